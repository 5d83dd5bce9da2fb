"""A worker with small kinds of jobs, started by the tests as `python -m worker_for_tests HOME JOB_ID`."""

import sys
import time
from pathlib import Path

from m6rec_core.errors import DataError
from m6rec_core.worker import Work, main
from m6rec_core.workspace.artefacts import committed_folder


def steps(work: Work) -> str:
    """Counts to `steps`, remembers each step in the checkpoint, and goes on from there."""
    count, seconds = work.job.payload["steps"], work.job.payload["seconds"]
    done = work.checkpoint / "done.txt"
    for step in range(_lines(done), count):
        work.progress(f"step {step}", step / count)
        with open(done, "a", encoding="utf-8") as file:
            file.write(f"{work.job.attempt} {step}\n")
        time.sleep(seconds)
    return done.read_text(encoding="utf-8").replace("\n", ";")


def zigzag(work: Work) -> str:
    """Reports a progress that falls."""
    for fraction in (0.5, 0.2, 0.6, 0.1):
        work.progress("to and fro", fraction)
        time.sleep(0.6)
    return "zigzag"


def stubborn(work: Work) -> str:
    """Never looks whether it should stop."""
    work.progress("deaf", 0.5)
    time.sleep(60.0)
    return "never"


def wrong_data(work: Work) -> str:
    """Fails on what the analyst gave."""
    raise DataError("Column 'rating' is missing.\nMap another one.")


def broken(work: Work) -> str:
    """Fails on a mistake in the program."""
    return str({}["nothing here"])


def commit_and_die(work: Work) -> str:
    """Commits a run, then dies before it can say so."""
    record = {
        "run_id": work.job.job_id,
        "dataset_id": "d",
        "name": "last words",
        "created": time.time(),
        "config": {},
        "metrics": {},
    }
    about = {"record": record, "job_id": work.job.job_id}
    runs: Path = work.workspace.run_catalogue.parent
    with committed_folder(runs / work.job.job_id, about) as folder:
        (folder / "a.txt").write_text("complete")
    leftover = runs / ".tmp-half"
    leftover.mkdir()
    _die()
    return "never"


def _die() -> None:
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


KINDS = {
    kind.__name__: kind for kind in (steps, zigzag, stubborn, wrong_data, broken, commit_and_die)
}

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3], kinds=KINDS, module="worker_for_tests"))
