"""The kinds of jobs: what they make of their payload, with the training itself replaced by a small one."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import m6rec_core
import m6rec_core.tuning
from m6rec_core import worker
from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset
from m6rec_core.errors import ConfigError, DataError, RunError
from m6rec_core.worker import Work
from m6rec_core.workspace import Workspace
from m6rec_core.workspace.artefacts import verify

EVENTS = "user_id,item_id,rating\n" + "".join(
    f"u{user},i{item},{1 + (user + item) % 5}\n" for user in range(4) for item in range(5)
)
METRICS = {"models": {"scorer": {"ndcg@10": {"value": 0.5, "low": 0.4, "high": 0.6}}}}

MakeWork = Callable[[str, dict[str, Any]], Work]


@pytest.fixture
def home(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def heard() -> list[float]:
    return []


@pytest.fixture
def make_work(home: Workspace, heard: list[float]) -> MakeWork:
    def make(kind: str, payload: dict[str, Any]) -> Work:
        job = home.job_table.add(kind, payload)
        return Work(home, job, lambda _, fraction: heard.append(fraction))

    return make


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the training was called with."""
    calls: dict[str, Any] = {}

    def train(
        dataset: Dataset, config: Config, folder: Path, *, progress: Any, checkpoint: Path
    ) -> None:
        calls.update(dataset=dataset, config=config, checkpoint=checkpoint)
        progress("training", 0.5)
        (folder / "metrics.json").write_text(json.dumps(METRICS))

    pipeline = SimpleNamespace(train=train)
    monkeypatch.setattr(m6rec_core, "pipeline", pipeline, raising=False)
    return calls


def test_uploaded_files_become_a_data_set(
    home: Workspace, make_work: MakeWork, heard: list[float]
) -> None:
    path = home.save_upload("My ratings.csv", EVENTS.encode())
    dataset_id = worker.ingest(make_work("ingest", {"interactions": str(path), "users": None}))
    record = home.dataset(dataset_id)
    assert (record.name, record.events, record.users, record.items) == ("My ratings", 20, 4, 5)
    assert record.fingerprint == Dataset.load(record.folder).interactions.fingerprint()
    verify(record.folder)
    assert heard == sorted(heard)


def test_a_second_data_set_of_the_same_name_gets_a_number(
    home: Workspace, make_work: MakeWork
) -> None:
    payload = {"interactions": str(home.save_upload("a.csv", EVENTS.encode())), "name": "shop"}
    for _ in range(2):
        worker.ingest(make_work("ingest", payload))
    assert {record.name for record in home.datasets()} == {"shop", "shop (2)"}


def test_a_file_that_cannot_be_used_leaves_no_data_set(
    home: Workspace, make_work: MakeWork
) -> None:
    path = home.save_upload("empty.csv", b"")
    with pytest.raises(DataError):
        worker.ingest(make_work("ingest", {"interactions": str(path)}))
    assert home.datasets() == ()
    assert list((home.home / "datasets").iterdir()) == []


@pytest.fixture
def dataset_id(home: Workspace, make_work: MakeWork) -> str:
    path = home.save_upload("a.csv", EVENTS.encode())
    return worker.ingest(make_work("ingest", {"interactions": str(path), "name": "shop"}))


def test_training_makes_a_run_with_its_options_and_figures(
    home: Workspace, make_work: MakeWork, trained: dict[str, Any], dataset_id: str
) -> None:
    config = {"seed": 7, "scorer.network": "cnn", "similarity.basis": "item"}
    work = make_work("train", {"dataset_id": dataset_id, "config": config})
    run_id = worker.train(work)
    run = home.run(run_id)
    assert run_id == work.job.job_id
    assert (run.dataset_id, run.name) == (dataset_id, "CNN on items alike")
    assert run.config == Config.from_flat(config).to_flat()
    assert run.value("ndcg@10") == 0.5
    assert len(trained["dataset"].interactions) == 20
    assert trained["checkpoint"] == home.checkpoint_folder(run_id)
    assert trained["checkpoint"].is_dir()
    verify(run.folder)


def test_a_sample_is_made_once_and_trained_on(
    home: Workspace, make_work: MakeWork, trained: dict[str, Any], heard: list[float]
) -> None:
    assert worker.sample(make_work("sample", {"name": "movielens"})) == "sample-movielens"
    made = home.dataset("sample-movielens")
    payload = {"sample": "movielens", "name": "Demo run", "config": {}}
    run = home.run(worker.train(make_work("train", payload)))
    assert home.datasets() == (made,)
    assert (run.dataset_id, run.name) == ("sample-movielens", "Demo run")
    assert len(trained["dataset"].interactions) == made.events
    assert 0.525 in heard  # half of the training, after a twentieth for the sample


@pytest.mark.parametrize(
    ("payload", "error", "message"),
    [
        ({"dataset_id": "gone"}, RunError, "no dataset 'gone'"),
        ({"sample": "nothing"}, DataError, "no sample 'nothing'"),
        ({"sample": "movielens", "config": {"scorer.epoch": 3}}, ConfigError, "scorer.epochs"),
    ],
)
@pytest.mark.usefixtures("trained")
def test_a_payload_that_cannot_be_used_is_a_clear_error(
    make_work: MakeWork, payload: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        worker.train(make_work("train", payload))


def test_a_training_that_fails_leaves_no_run(
    home: Workspace, make_work: MakeWork, dataset_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Dataset, __: Config, folder: Path, **___: Any) -> None:
        (folder / "scorer.keras").write_bytes(b"half")
        raise DataError("There is nothing to learn.")

    monkeypatch.setattr(m6rec_core, "pipeline", SimpleNamespace(train=fail), raising=False)
    with pytest.raises(DataError, match="nothing to learn"):
        worker.train(make_work("train", {"dataset_id": dataset_id}))
    assert home.runs() == ()
    assert list((home.home / "runs").iterdir()) == []


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the search was called with."""
    calls: list[tuple[Any, ...]] = []

    def tune(dataset: Dataset, plan: Any, base: Config, folder: Path, *, progress: Any) -> None:
        calls.append((len(dataset.interactions), plan, base, folder))
        progress("trial 1 of 4", 0.5)

    monkeypatch.setitem(sys.modules, "m6rec_core.tuning.study", SimpleNamespace(tune=tune))
    monkeypatch.setattr(m6rec_core.tuning, "study", SimpleNamespace(tune=tune), raising=False)
    return calls


def test_a_search_keeps_its_trials_where_they_outlive_the_job(
    home: Workspace, make_work: MakeWork, searched: list[tuple[Any, ...]], dataset_id: str
) -> None:
    config = {"seed": 7, "split.strategy": "leave_last_out"}
    payload = {
        "dataset_id": dataset_id,
        "config": config,
        "plan": {"trials": 4, "sampler": "nsga2"},
    }
    work = make_work("tune", payload)
    assert worker.tune(work) == work.job.job_id
    again = make_work("tune", {**payload, "tuning_id": work.job.job_id})
    assert worker.tune(again) == work.job.job_id
    (events, plan, base, folder), (*_, same) = searched
    assert (events, plan.trials, plan.sampler) == (20, 4, "nsga2")
    assert base == Config.from_flat(config)
    assert folder == same == home.tuning_folder(dataset_id, work.job.job_id)
    assert not folder.is_relative_to(home.home / "jobs")


def test_the_tunings_of_a_data_set_go_with_it(
    home: Workspace, make_work: MakeWork, dataset_id: str
) -> None:
    home.tuning_folder(dataset_id, "t1").mkdir(parents=True)
    home.tuning_folder("another", "t2").mkdir(parents=True)
    assert [folder.name for folder in home.tuning_folders(dataset_id)] == ["t1"]
    home.delete_dataset(dataset_id)
    assert home.tuning_folders(dataset_id) == ()
    assert [folder.name for folder in home.tuning_folders("another")] == ["t2"]
