"""How the tests come to a browser."""

import os
import subprocess
import sys

import pytest

import chromium


def only(*names):
    """A search of the path that knows these programs."""
    return lambda name: f"/usr/bin/{name}" if name in names else None


def test_debian_installs_chromium_as_root_and_with_sudo_otherwise():
    as_root = chromium.install_commands("linux", only("apt-get"), is_root=True)
    as_user = chromium.install_commands("linux", only("apt-get", "sudo"), is_root=False)
    assert as_root[0] == ["apt-get", "update"]
    assert as_root[1][:2] == ["apt-get", "install"]
    assert as_user == [["sudo", *command] for command in as_root]


def test_macos_installs_by_brew():
    assert chromium.install_commands("darwin", only("brew"), is_root=False)[0][0] == "brew"


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_without_rights_or_package_manager_nothing_is_tried(platform):
    assert chromium.install_commands(platform, only("apt-get"), is_root=False) == []


def test_a_missing_browser_fails_with_what_to_do():
    done = subprocess.run(
        [sys.executable, chromium.__file__],
        env={**os.environ, "PATH": "/nowhere", "CHROMIUM": "/nowhere/chromium"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == chromium.MISSING
