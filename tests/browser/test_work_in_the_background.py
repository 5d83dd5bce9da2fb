"""Training as the browser shows it: killed, resumed, cancelled."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from m6rec_core.workspace.jobs import CANCELLED, RUNNING
from m6rec_core.workspace.workspace import Workspace
from visit import Visit

ENDLESS = {"scorer.epochs": 200, "scorer.patience": 200, "similarity.measure": "degree"}
TEN_SECONDS = 10_000


def wait(is_so: Callable[[], bool], seconds: float = 60.0) -> None:
    """Waits until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.1)


def test_a_killed_training_is_shown_as_interrupted_goes_on_when_resumed_and_can_be_cancelled(
    visit: Visit, home: Path
):
    workspace = Workspace(home)
    dataset_id = workspace.datasets()[0].dataset_id
    payload = {"dataset_id": dataset_id, "config": ENDLESS, "name": "Endless"}
    job_id = workspace.submit("train", payload).job_id
    wait(lambda: workspace.job(job_id).process is not None)
    page = visit.open("train")
    expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=TEN_SECONDS)

    os.kill(workspace.job(job_id).process.pid, signal.SIGKILL)
    expect(page.get_by_text("interrupted").first).to_be_visible(timeout=TEN_SECONDS)
    assert [run.name for run in workspace.runs()] == ["First run"]

    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=TEN_SECONDS)
    wait(lambda: workspace.job(job_id).process is not None)
    assert workspace.job(job_id).state == RUNNING

    page.get_by_role("button", name="Cancel").click()
    wait(lambda: workspace.job(job_id).state == CANCELLED, seconds=8)
