"""Limits of a process that reads files, each tried in a process of its own."""

import resource
import signal
import subprocess
import sys

import pytest

PRELUDE = """
import resource, sys
from pathlib import Path
from m6rec_core.errors import DataError
from m6rec_core.workspace import limits
def take():
    {body}
limits.{limit} = {value}
before = resource.getrlimit(resource.RLIMIT_{kind})
try:
    with limits.confined([]):
        take()
except DataError as error:
    print(error)
print(resource.getrlimit(resource.RLIMIT_{kind}) == before)
"""


def tried(kind: str, limit: str, value: int, body: str) -> subprocess.CompletedProcess[str]:
    code = PRELUDE.format(kind=kind, limit=limit, value=value, body=body)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_too_much_memory_is_one_clear_error_and_the_limit_ends_with_the_block() -> None:
    done = tried("AS", "ADDRESS_BYTES", 2 << 30, "return bytearray(3 << 30)")
    message, is_restored = done.stdout.splitlines()
    assert "more than 2 GB of memory" in message
    assert "Split them into parts" in message
    assert is_restored == "True"


def test_a_file_that_grows_too_large_is_one_clear_error(tmp_path) -> None:
    body = f"Path({str(tmp_path / 'large')!r}).write_bytes(bytes(2 << 20))"
    done = tried("FSIZE", "FILE_BYTES", 1 << 20, body)
    assert "unpack to more than" in done.stdout
    assert done.stdout.endswith("True\n")
    assert (tmp_path / "large").stat().st_size <= 1 << 20


def test_what_computes_for_too_long_is_ended() -> None:
    done = tried("CPU", "LEAST_SECONDS", 1, "\n    while True: pass")
    assert done.returncode == -signal.SIGXCPU


def test_what_stays_within_the_limits_is_left_alone() -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    done = tried("FSIZE", "FILE_BYTES", 1 << 20, "print('done')")
    assert done.stdout == "done\nTrue\n"
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == before
