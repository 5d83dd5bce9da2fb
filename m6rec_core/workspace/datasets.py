"""What the index knows of a data set."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from m6rec_core.workspace.catalogue import Catalogue
from m6rec_core.workspace.index import Index


@dataclass(frozen=True)
class DatasetRecord:
    """One cleaned data set; `created` in Unix seconds UTC, `folder` holds its immutable files."""

    dataset_id: str
    name: str
    created: float
    fingerprint: str
    events: int
    users: int
    items: int
    folder: Path


def dataset_catalogue(index: Index, home: Path) -> Catalogue[DatasetRecord]:
    """The data sets of the workspace at `home`."""
    return Catalogue(index, home / "datasets", table="datasets", key="dataset_id", read=_read)


def _read(row: sqlite3.Row, folder: Path) -> DatasetRecord:
    return DatasetRecord(**{name: row[name] for name in row.keys()}, folder=folder)  # noqa: SIM118
