"""Is a process still the one that was started? A bare process number says little: numbers are used again."""

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
_GONE_SECONDS = 2.0


@dataclass(frozen=True)
class Process:
    """A process that cannot be mistaken for another: its number, when it started, in which boot."""

    pid: int
    started: str
    boot_id: str


def this_process() -> Process:
    """The process that asks."""
    made = process_of(os.getpid())
    if made is None:
        raise OSError("The system does not tell when this process started.")
    return made


def process_of(pid: int) -> Process | None:
    """The living process of this number; None when there is none, or when it only waits to be buried."""
    state = _state_and_start(pid)
    return None if state is None else Process(pid, state[1], boot_id())


def is_running(process: Process) -> bool:
    """Whether exactly this process lives; a stopped one (SIGSTOP) counts."""
    return process_of(process.pid) == process


def is_stopped(process: Process) -> bool:
    """Whether exactly this process lives but was told to stand still."""
    state = _state_and_start(process.pid)
    return is_running(process) and state is not None and state[0] in "Tt"


def ask_to_stop(process: Process) -> None:
    """SIGTERM, unless the process is gone."""
    _signal(process, signal.SIGTERM)


def kill(process: Process) -> None:
    """SIGKILL to the process and those it started, and waits a moment until it is gone."""
    _signal(process, signal.SIGKILL)
    until = time.monotonic() + _GONE_SECONDS
    while is_running(process) and time.monotonic() < until:
        time.sleep(0.01)


def start(command: list[str], *, log: Path, environment: dict[str, str]) -> Process | None:
    """Starts a command in a session of its own, output appended to `log`; None when it ended at once.

    It lives on when the starter ends; while the starter lives, it is buried as soon as it dies.
    """
    with open(log, "ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    made = process_of(child.pid)
    threading.Thread(target=child.wait, name=f"burial of {child.pid}", daemon=True).start()
    return made


@cache
def boot_id() -> str:
    """Differs after each start of the machine."""
    file = _PROC / "sys/kernel/random/boot_id"
    if file.exists():
        return file.read_text().strip()
    return _output("sysctl", "-n", "kern.boottime")


def _state_and_start(pid: int) -> tuple[str, str] | None:
    if (_PROC / "self/stat").exists():
        try:
            text = (_PROC / str(pid) / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return None
        fields = text.rpartition(")")[2].split()  # the name before it may hold blanks and brackets
        state, started = fields[0], fields[19]
    else:
        state, _, started = _output("ps", "-o", "stat=,lstart=", "-p", str(pid)).partition(" ")
    return None if not state or state[0] in "ZXx" else (state[0], started.strip())


def _signal(process: Process, number: signal.Signals) -> None:
    if not is_running(process):
        return
    try:
        if number == signal.SIGKILL and os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, number)
        else:
            os.kill(process.pid, number)
    except ProcessLookupError:
        return  # it ended between the look and the signal


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
