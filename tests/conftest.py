"""What is expensive is made once per test session, by whichever worker comes first, and only read afterwards."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from m6rec_core.data.dataset import Dataset

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

MakeOnce = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """Calls `fill(folder)` for a name once in the whole session, and gives the folder to everybody."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # common to all workers

    def make(name: str, fill: Callable[[Path], None]) -> Path:
        folder, complete = root / f"once-{name}", root / f"once-{name}.complete"
        with _alone(root / f"once-{name}.lock"):
            if not complete.exists():
                shutil.rmtree(folder, ignore_errors=True)  # what a failed attempt left
                fill(folder)
                complete.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def small_shop() -> "Dataset":
    """A generated shop of 120 users and 60 items, with attributes of both."""
    from m6rec_core.data.samples.shop import make_shop

    return make_shop(users=120, items=60, seed=3).dataset


@pytest.fixture(scope="session")
def trained_run(make_once: MakeOnce, small_shop: "Dataset") -> Path:
    """Run directory of the small shop, each user's last item held out. Never write into it."""

    def fill(folder: Path) -> None:
        from m6rec_core.config import Config
        from m6rec_core.pipeline import train  # slow: only where a run is needed
        from m6rec_core.workspace.artefacts import committed_folder
        from tiny_training import TINY

        with committed_folder(folder) as unfinished:
            train(small_shop, Config.from_flat(TINY), unfinished)

    return make_once("trained-run", fill)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
