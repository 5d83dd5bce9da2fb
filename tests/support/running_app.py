"""The real app in a process of its own, on a free port of this machine and in a workspace of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0


@contextmanager
def running_app(home: Path, *, with_demo: bool = True) -> Iterator[str]:
    """Serves the app from the workspace folder `home` and gives its address.

    `with_demo`: whether an empty workspace fills itself with the sample and a demo run.
    """
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    log = log_of(home)
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "M6REC_HOME": str(home), "M6REC_DEMO": "1" if with_demo else "0"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_healthy(server, address, log)
            yield address
        finally:
            _stop(server)


def log_of(home: Path) -> Path:
    """What the server of a workspace wrote; pages never show a traceback, this file does."""
    return home.with_suffix(".log")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_until_healthy(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"The app did not start:\n{log.read_text()[-2000:]}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(10)
