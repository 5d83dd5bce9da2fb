"""The first start: something to look at, made once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from m6rec_core.workspace import Workspace, ensure_demo, processes


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are claimed and named, but not started."""
    monkeypatch.setattr(processes, "start", lambda *_, **__: None)


@pytest.mark.usefixtures("idle")
def test_many_tabs_at_once_queue_the_sample_and_one_run(tmp_path: Path) -> None:
    tabs = [Workspace(tmp_path) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ensure_demo, tabs))
    ensure_demo(tabs[0])
    jobs = tabs[0].open_jobs()
    assert sorted(job.kind for job in jobs) == ["sample", "train"]
    (train,) = [job for job in jobs if job.kind == "train"]
    assert train.payload["sample"] == "movielens"
    assert train.payload["config"] == {"split.strategy": "leave_last_out"}


@pytest.mark.usefixtures("idle")
def test_a_workspace_that_works_on_something_gets_no_demo(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.submit("ingest", {"interactions": "mine.csv"})
    ensure_demo(workspace)
    assert [job.kind for job in workspace.jobs()] == ["ingest"]


@pytest.mark.usefixtures("idle")
def test_a_demo_that_was_cancelled_does_not_come_back(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    ensure_demo(workspace)
    for job in workspace.open_jobs():
        workspace.cancel(job.job_id)
        workspace.job_table.finish(job, "cancelled")
    ensure_demo(workspace)
    assert len(workspace.jobs()) == 2
    assert workspace.open_jobs() == ()
