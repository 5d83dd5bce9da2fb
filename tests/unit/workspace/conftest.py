"""A workspace whose jobs are the small ones of `worker_for_tests`, and a way to wait for them."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from m6rec_core.workspace import JobRecord, Workspace, processes

HERE = Path(__file__).parent


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    made = Workspace(tmp_path / "home", worker_module="worker_for_tests")
    yield made
    for job in made.open_jobs():
        made.job_table.cancel(job.job_id)
    for job in made.job_table.active():
        if job.process is not None:
            processes.kill(job.process)


def _wait(
    workspace: Workspace, job_id: str, until: Callable[[JobRecord], bool], seconds: float = 20.0
) -> JobRecord:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        workspace.tick()
        job = workspace.job(job_id)
        if until(job):
            return job
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain: {job}\n{workspace.job_log(job_id)}")


@pytest.fixture
def wait() -> Callable[..., JobRecord]:
    """`wait(workspace, job_id, until, seconds)` ticks until the job is as wanted."""
    return _wait
