"""What the index knows of a data set."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from m6rec_core.workspace.catalogue import Catalogue
from m6rec_core.workspace.index import Index


@dataclass(frozen=True)
class DatasetRecord:
    """One cleaned data set; `created` in Unix seconds UTC, `folder` holds its immutable files.

    `version` counts from 1; `parent` is the data set that this one is a new version of, or empty;
    `source_sha256` is a fingerprint of the files it was made from, whatever they are called.
    """

    dataset_id: str
    name: str
    created: float
    fingerprint: str
    events: int
    users: int
    items: int
    folder: Path
    version: int = 1
    parent: str = ""
    source_sha256: str = ""


def dataset_catalogue(index: Index, home: Path) -> Catalogue[DatasetRecord]:
    """The data sets of the workspace at `home`."""
    return Catalogue(index, home / "datasets", table="datasets", key="dataset_id", read=_read)


def _read(row: sqlite3.Row, folder: Path) -> DatasetRecord:
    return DatasetRecord(**{name: row[name] for name in row.keys()}, folder=folder)  # noqa: SIM118
