"""Starts queued jobs, one at a time, and finds out which of them have died.

There is no server thread: whoever looks at the workspace (a page, the command line, a worker that ends)
calls `tick`.
"""

import os
import sys
import time
from pathlib import Path

from m6rec_core.workspace import processes
from m6rec_core.workspace.jobs import CANCELLED, CANCELLING, FAILED, INTERRUPTED, JobRecord, Jobs

BEAT_SECONDS = 2.0  # between two signs of life
SILENCE_SECONDS = 10.0  # after which a job without a living process is given up
MUTE_SECONDS = (
    120.0  # after which a living process is given up: compiled code can hold its heartbeat
)
KILL_SECONDS = 3.5  # between the request to stop and the end by force; five are promised

WORKER_MODULE = "m6rec_core.worker"
LOG = "log.txt"
CHECKPOINT = "checkpoint"


def job_folder(home: Path, job_id: str) -> Path:
    """Where a job keeps its log and its checkpoint."""
    return home / "jobs" / job_id


def start_next(jobs: Jobs, home: Path, worker_module: str = WORKER_MODULE) -> JobRecord | None:
    """Starts a worker for the first job of the queue, if none is active."""
    job = jobs.claim_next()
    if job is None:
        return None
    folder = job_folder(home, job.job_id)
    command = [sys.executable, "-m", worker_module, str(home), job.job_id]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        process = processes.start(command, log=folder / LOG, environment=worker_environment())
    except OSError as error:
        reason = (
            f"The worker could not be started: {error.strerror}. Free resources and resume the job."
        )
        jobs.finish(job, FAILED, error=reason)
        return None
    if process is not None:
        jobs.set_process(job, process)
    return job


def settle(jobs: Jobs) -> bool:
    """Ends what died, and by force what was asked to stop and did not; whether there was any."""
    ended = [_settle(jobs, job) for job in jobs.active()]
    return any(ended)


def ask_to_stop(jobs: Jobs, job_id: str) -> bool:
    """Cancels a job; False when it has ended, or was cancelled, before."""
    if not jobs.cancel(job_id):
        return False
    process = jobs.get(job_id).process
    if process is not None:
        processes.ask_to_stop(process)
    return True


def is_alive(job: JobRecord) -> bool:
    """Whether an active job is being worked on: its very process lives and its heartbeat is recent."""
    if job.beat is None or job.boot_id != processes.boot_id():
        return False
    silence = time.monotonic() - job.beat
    if job.process is None:  # just claimed: the starter has not named the process yet
        return silence < SILENCE_SECONDS
    if not processes.is_running(job.process):
        return False
    patience = SILENCE_SECONDS if processes.is_stopped(job.process) else MUTE_SECONDS
    return silence < patience


def _settle(jobs: Jobs, job: JobRecord) -> bool:
    overdue = (
        job.state == CANCELLING
        and job.cancel_asked is not None
        and time.monotonic() - job.cancel_asked > KILL_SECONDS
    )
    if is_alive(job) and not overdue:
        return False
    if job.process is not None:
        processes.kill(job.process)  # also a process that only seems dead must not write any more
    if job.state == CANCELLING:
        return jobs.finish(job, CANCELLED)
    return jobs.finish(job, INTERRUPTED, error="The work was interrupted. Resume it to go on.")


def worker_environment() -> dict[str, str]:
    """The environment of a worker: it finds this package wherever it was started, and its log is in time."""
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
    }
