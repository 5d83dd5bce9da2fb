"""Workspaces to open the pages on: empty, with data, with a run; no job is ever started by a page here."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from m6rec_core.config import Config
from m6rec_core.workspace import runner
from m6rec_core.workspace.results import store_dataset, store_run
from m6rec_core.workspace.workspace import Workspace
from pages.shared.places import Place

APP = Path(__file__).parents[2] / "app.py"
Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    """Jobs that a page submits stay in the queue."""
    monkeypatch.setattr(runner, "start_next", lambda *_: None)
    monkeypatch.setenv("M6REC_DEMO", "0")


@pytest.fixture(scope="session")
def furnished(make_once, small_shop, trained_run) -> Path:
    """Home of a workspace with the small shop and a run of it. Copy it before a test changes it."""

    def fill(home: Path) -> None:
        workspace = Workspace(home)
        store_dataset(workspace, small_shop, "corner-shop", job_id="")
        record = workspace.dataset("corner-shop")
        config = Config.from_flat({"split.strategy": "leave_last_out", "seed": 1})
        with store_run(workspace, record, config, "First run", job_id="first-run") as folder:
            shutil.copytree(trained_run, folder, dirs_exist_ok=True)

    return make_once("furnished-pages", fill)


@pytest.fixture
def with_data(tmp_path, small_shop) -> Path:
    """Home of a workspace with the small shop and no run."""
    store_dataset(Workspace(tmp_path), small_shop, "corner-shop", job_id="")
    return tmp_path


@pytest.fixture
def own(furnished, tmp_path) -> Path:
    """A copy of the furnished workspace that a test may change."""
    shutil.copytree(furnished, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def open_page(monkeypatch) -> Open:
    """Opens a page in a new session, as a browser does that comes by its address."""

    def open_it(place: Place, home: Path, **address: str) -> AppTest:
        monkeypatch.setenv("M6REC_HOME", str(home))
        app = AppTest.from_file(str(APP), default_timeout=120)
        for name, value in address.items():
            app.query_params[name] = value
        return app.switch_page(place.script).run()

    return open_it
