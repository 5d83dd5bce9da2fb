"""A real Chromium, and the real app with one small data set and one run in its workspace."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

import chromium
from m6rec_core.workspace.workspace import Workspace
from running_app import log_of, running_app
from tiny_training import TINY
from visit import FLAGS, Visit


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of the session; a missing one is a failure, not a reason to skip."""
    program = chromium.find()
    if program is None:
        pytest.fail(chromium.MISSING)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def furnished(make_once, small_shop) -> Path:
    """Workspace folder with the small shop and a run of it; it is copied, never opened."""

    def fill(folder: Path) -> None:
        folder.mkdir()
        small_shop.interactions.to_frame().drop(columns="value").to_csv(
            folder / "events.csv", index=False
        )
        workspace = Workspace(folder / "home")
        tables = {"interactions": str(folder / "events.csv")}
        made = done(workspace, workspace.submit("ingest", {**tables, "name": "Corner shop"}).job_id)
        payload = {"dataset_id": made.result_id, "config": TINY, "name": "First run"}
        done(workspace, workspace.submit("train", payload).job_id)

    return make_once("furnished-workspace", fill) / "home"


@pytest.fixture(scope="module")
def home(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A furnished workspace for the tests of one file; no process of it goes on afterwards."""
    folder = tmp_path_factory.mktemp("workspace") / "home"
    shutil.copytree(furnished, folder)
    yield folder
    end_jobs(Workspace(folder))


@pytest.fixture(scope="module")
def app(home: Path) -> Iterator[str]:
    """Address of the app on that workspace."""
    with running_app(home) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, app: str, home: Path) -> Iterator[Visit]:
    """A fresh visit; the test fails when anything on the way went wrong."""
    made = Visit(browser, app)
    yield made
    made.close()
    assert not made.faults, "\n".join([*made.faults[:5], log_of(home).read_text()[-3000:]])


def done(workspace: Workspace, job_id: str, seconds: float = 180.0):
    """The job when it has ended well."""
    deadline = time.monotonic() + seconds
    while (job := workspace.job(job_id)).is_open and time.monotonic() < deadline:
        workspace.tick()
        time.sleep(0.2)
    assert job.state == "done", f"{job.state}: {job.error}\n{workspace.job_log(job_id)[-2000:]}"
    return job


def end_jobs(workspace: Workspace) -> None:
    """Leaves no process of the workspace behind."""
    for job in workspace.open_jobs():
        workspace.cancel(job.job_id)
    deadline = time.monotonic() + 10
    while workspace.open_jobs() and time.monotonic() < deadline:
        workspace.tick()
        time.sleep(0.2)
