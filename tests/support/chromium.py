"""The Chromium that the browser tests drive: found on this machine, or installed by its package manager."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
MISSING = (
    "The browser tests need Chromium or Chrome, and none was found. "
    "Install one, or set CHROMIUM to the path of its program."
)


def find() -> str | None:
    """Path of the program: `$CHROMIUM`, else one on the path, else a macOS application."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    on_path = (shutil.which(name) for name in NAMES)
    in_applications = (path for path in MAC_APPLICATIONS if Path(path).exists())
    return next((path for path in (*on_path, *in_applications) if path), None)


def install_commands(
    platform: str, which: Callable[[str], str | None], is_root: bool
) -> list[list[str]]:
    """What installs a browser here; empty where this machine offers no way."""
    if platform == "darwin" and which("brew"):
        return [["brew", "install", "--cask", "google-chrome"]]
    if which("apt-get") and (is_root or which("sudo")):
        rights = [] if is_root else ["sudo"]
        install = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]
        return [[*rights, "apt-get", "update"], [*rights, *install]]
    return []


def main() -> None:
    """Leaves a machine that has a browser, or exits with what to do."""
    if find() is None:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in install_commands(sys.platform, shutil.which, os.geteuid() == 0):
            print(" ".join(command), flush=True)
            subprocess.run(command, check=False, env=quiet, stdout=subprocess.DEVNULL)
    if find() is None:
        sys.exit(MISSING)


if __name__ == "__main__":
    main()
