"""Small parts of a stored data set, read from its files: a page never opens the whole of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from m6rec_core import schema
from m6rec_core.data.dataset import INTERACTIONS_FILE, ITEMS_FILE, USERS_FILE
from m6rec_core.data.storage import ITEM_ROW, USER_ROW
from pages.shared.exports import sanitised_csv

_BATCH = 50_000
_ABOUT_EVENTS, _ABOUT_ATTRIBUTES = b"m6rec.events", b"m6rec.attributes"


def about_events(folder: Path) -> Mapping[str, Any]:
    """Names and weights of the kinds of events, the target, the scale of the ratings."""
    return _metadata(folder / INTERACTIONS_FILE, _ABOUT_EVENTS)


def first_events(folder: Path, most: int) -> pd.DataFrame:
    """The first events with readable ids, kinds and times; columns without any value are left out."""
    rows = _head(folder / INTERACTIONS_FILE, most)
    about = about_events(folder)
    names = pa.array(about["event_names"], pa.string())
    shown = {
        schema.USER_ID: _ids(folder / USERS_FILE, schema.USER_ID, rows[USER_ROW]),
        schema.ITEM_ID: _ids(folder / ITEMS_FILE, schema.ITEM_ID, rows[ITEM_ROW]),
        schema.EVENT: names.take(rows[schema.EVENT].combine_chunks()).to_pandas(),
        schema.VALUE: rows[schema.VALUE].to_pandas(),
    }
    if about["has_time"]:
        shown[schema.TIMESTAMP] = pd.to_datetime(
            rows[schema.TIMESTAMP].to_pandas(), unit="s", utc=True
        )
    return pd.DataFrame(shown).dropna(axis="columns", how="all")


def first_attributes(folder: Path, id_column: str, most: int) -> tuple[pd.DataFrame, int]:
    """The first rows of the table of users or items, and how many rows it has."""
    path = folder / (USERS_FILE if id_column == schema.USER_ID else ITEMS_FILE)
    return _head(path, most).to_pandas(), pq.read_metadata(path).num_rows


def about_attributes(folder: Path, id_column: str) -> Mapping[str, Any]:
    """What is known of the attributes; empty when no file described these ids."""
    path = folder / (USERS_FILE if id_column == schema.USER_ID else ITEMS_FILE)
    return _metadata(path, _ABOUT_ATTRIBUTES)


def lost_rows(folder: Path, file: str, most: int) -> tuple[pd.DataFrame, int]:
    """The first rows that could not be read, of the events or of other files, and how many there are."""
    path = folder / file
    if not path.exists():
        return pd.DataFrame(), 0
    return _head(path, most).to_pandas(), pq.read_metadata(path).num_rows


def lost_rows_csv(folder: Path, file: str) -> bytes:
    """All of these rows as csv, made batch by batch."""
    return _csv(folder / file)


def attributes_csv(folder: Path, id_column: str) -> bytes:
    """All users or items with their attributes as csv."""
    return _csv(folder / (USERS_FILE if id_column == schema.USER_ID else ITEMS_FILE))


def _csv(path: Path) -> bytes:
    file = pq.ParquetFile(path)
    header = sanitised_csv(file.schema_arrow.empty_table().to_pandas())
    batches = (batch.to_pandas() for batch in file.iter_batches(batch_size=_BATCH))
    return b"".join([header, *(sanitised_csv(batch)[len(header) :] for batch in batches)])


def _head(path: Path, most: int) -> pa.Table:
    file = pq.ParquetFile(path)
    batch = next(file.iter_batches(batch_size=most), None)
    return file.schema_arrow.empty_table() if batch is None else pa.Table.from_batches([batch])


def _ids(path: Path, column: str, rows: pa.ChunkedArray) -> "pd.Series[str]":
    ids = pq.read_table(path, columns=[column]).column(0)
    return ids.take(rows).to_pandas().reset_index(drop=True)


def _metadata(path: Path, key: bytes) -> Mapping[str, Any]:
    found = pq.read_schema(path).metadata or {}
    return (json.loads(found[key]) if key in found else None) or {}
