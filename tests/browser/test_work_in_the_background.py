"""Training as the browser shows it: killed, resumed, cancelled."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from m6rec_core.workspace.jobs import RUNNING
from m6rec_core.workspace.workspace import Workspace
from running_app import running_app
from visit import Visit

ENDLESS = {"scorer.epochs": 200, "scorer.patience": 200, "similarity.measure": "degree"}
TEN_SECONDS = 10_000


@pytest.fixture
def spare(furnished: Path) -> Iterator[Workspace]:
    """A workspace that a test may harm; nothing goes on in it afterwards."""
    workspace = Workspace(furnished.with_name("spare"))
    yield workspace
    for job in workspace.open_jobs():
        workspace.cancel(job.job_id)
    wait(lambda: (workspace.tick(), not workspace.open_jobs())[1])


def wait(is_so, seconds: float = 60.0) -> None:
    """Waits until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.1)


def test_a_killed_training_is_shown_as_interrupted_goes_on_when_resumed_and_can_be_cancelled(
    browser, spare
):
    dataset = spare.datasets()[0]
    payload = {"dataset_id": dataset.dataset_id, "config": ENDLESS, "name": "Endless"}
    job_id = spare.submit("train", payload).job_id
    wait(lambda: spare.job(job_id).process is not None)
    with running_app(spare.home) as address:
        visit = Visit(browser, address)
        page = visit.open("train")
        expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=TEN_SECONDS)

        os.kill(spare.job(job_id).process.pid, signal.SIGKILL)
        expect(page.get_by_text("interrupted").first).to_be_visible(timeout=TEN_SECONDS)
        assert [run.name for run in spare.runs()] == ["First run"]

        page.get_by_role("button", name="Resume").click()
        expect(page.get_by_role("button", name="Cancel")).to_be_visible(timeout=TEN_SECONDS)
        wait(lambda: spare.job(job_id).process is not None)
        assert spare.job(job_id).state == RUNNING

        page.get_by_role("button", name="Cancel").click()
        wait(lambda: spare.job(job_id).state == "cancelled", seconds=8)
        assert visit.faults == []
        visit.close()
