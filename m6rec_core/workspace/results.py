"""How the result of a job becomes a data set or a run of the workspace."""

import json
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from m6rec_core.config import Config
from m6rec_core.progress import Progress, silent, within
from m6rec_core.workspace.artefacts import committed_folder, write_manifest
from m6rec_core.workspace.datasets import DatasetRecord
from m6rec_core.workspace.source_files import SourceFile, fingerprint_of, keep_sources
from m6rec_core.workspace.workspace import Workspace

if TYPE_CHECKING:
    from m6rec_core.data.dataset import Dataset

_BETWEEN_LOOKS = 0.2  # seconds
BASIS_WORDS = {
    "item": "items alike",
    "user": "users alike",
    "both": "items and users alike",
}
NETWORK_WORDS = {"mlp": "MLP", "cnn": "CNN", "gru": "GRU", "additive": "Additive network"}


def store_dataset(
    workspace: Workspace,
    dataset: "Dataset",
    dataset_id: str,
    *,
    job_id: str,
    files: Sequence[SourceFile] = (),
    parent: DatasetRecord | None = None,
    progress: Progress = silent,
) -> str:
    """Commits a data set with its figures, the files it was made from, and its row; gives its id."""
    catalogue = workspace.dataset_catalogue
    taken = [record.name for record in workspace.datasets()]
    wanted = dataset.name or "Data set"
    record = {
        "dataset_id": dataset_id,
        "name": wanted if parent and parent.name == wanted else free_name(wanted, taken),
        "created": time.time(),
        "events": len(dataset.interactions),
        "users": len(dataset.interactions.users),
        "items": len(dataset.interactions.items),
        "version": parent.version + 1 if parent else 1,
        "parent": parent.dataset_id if parent else "",
    }
    with committed_folder(catalogue.parent / dataset_id, _about(record, job_id)) as folder:
        with ThreadPoolExecutor() as pool:
            saved = pool.submit(dataset.save, folder)
            measured = pool.submit(_measure, dataset, folder)
            kept = pool.submit(keep_sources, files, folder)
            content = pool.submit(fingerprint_of, files)
            _await([saved, measured, kept, content], within(progress, 0.0, 0.7))
        # the record becomes part of the manifest when the block ends
        record |= {"fingerprint": dataset.interactions.fingerprint()}
        record |= {"source_sha256": content.result()}
        progress("storing", 0.7)
    catalogue.register(dataset_id)
    return dataset_id


@contextmanager
def store_run(
    workspace: Workspace, dataset: DatasetRecord, config: Config, name: str, *, job_id: str
) -> Iterator[Path]:
    """Gives the folder for a run, which has the id of its job; commits it and its row when the block ends well."""
    catalogue = workspace.run_catalogue
    record = {
        "run_id": job_id,
        "dataset_id": dataset.dataset_id,
        "name": free_name(name, [run.name for run in workspace.runs()]),
        "config": config.to_flat(),
    }
    with committed_folder(catalogue.parent / job_id) as folder:
        yield folder
        measured = {**record, "created": time.time(), "metrics": _metrics(folder)}
        write_manifest(folder, _about(measured, job_id))
    catalogue.register(job_id)


def run_name(config: Config) -> str:
    """What a run is called until somebody finds a better name.

    >>> run_name(Config())
    'MLP on items and users alike'
    """
    basis = BASIS_WORDS[config.similarity.basis]
    return f"{NETWORK_WORDS[config.scorer.network]} on {basis}"


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The name, with the next number when it is taken.

    >>> free_name("events", ["events", "events (2)"])
    'events (3)'
    """
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted} ({number})"
    return name


def _measure(dataset: "Dataset", folder: Path) -> None:
    from m6rec_core.data.health import HEALTH_FILE
    from m6rec_core.data.health.measuring import health

    measured = health(
        dataset.interactions, users=dataset.users, items=dataset.items, links=dataset.links
    )
    measured.save(folder / HEALTH_FILE)


def _await(tasks: Sequence["Future[Any]"], progress: Progress) -> None:
    """Waits for all; raises what the first of them raised."""
    while left := wait(tasks, timeout=_BETWEEN_LOOKS).not_done:
        progress("measuring and storing", 1 - len(left) / len(tasks))
    for task in tasks:
        task.result()


def _about(record: dict[str, Any], job_id: str) -> dict[str, Any]:
    return {"record": record, "job_id": job_id}


def _metrics(folder: Path) -> dict[str, Any]:
    path = folder / "metrics.json"
    measured = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    models: dict[str, Any] = measured.get("models", {})
    return models
