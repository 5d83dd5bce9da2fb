"""What a stored data set knows of one user or one item, read from its files without opening the whole."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq
from pyarrow import ArrowException

from m6rec_core import schema
from m6rec_core.data.attributes import naming_of
from m6rec_core.data.database import Database, database, quoted, text
from m6rec_core.data.dataset import INTERACTIONS_FILE, ITEMS_FILE, USERS_FILE
from m6rec_core.data.storage import ITEM_ROW, USER_ROW
from m6rec_core.errors import DataError

NEWEST: Final = 200
USERS, ITEMS = "users", "items"

_FILES = {USERS: (USERS_FILE, schema.USER_ID), ITEMS: (ITEMS_FILE, schema.ITEM_ID)}
_ABOUT_EVENTS, _ABOUT_ATTRIBUTES = b"m6rec.events", b"m6rec.attributes"
_MEMORY, _THREADS = "256MB", 2
_ROW = "file_row_number"


@dataclass(frozen=True)
class Match:
    """An id that was searched for, and what a person calls it: its title, else the id again."""

    one_id: str
    title: str


@dataclass(frozen=True, eq=False)
class Looked:
    """One user or item.

    - `title`: of an item; else the id; `attributes`: column → number or text, None where missing
    - `events` in all; `others`: distinct items of a user, or users of an item (its audience)
    - `kinds`, `events_of_kind` (kinds,)
    - `first`, `last`: Unix seconds; None without times; `month` (months,) datetime64[M] from the first to
      the last, `events_of_month` (months,)
    - `mean_value`: mean of the values; NaN where there are none, and of an item when they are no ratings
    - `newest`: of a user the newest 200 events, the newest first: `timestamp` (UTC; only with times),
      `event`, `value`, `item_id`, `title`; of an item none
    """

    one_id: str
    title: str
    attributes: Mapping[str, object]
    events: int
    others: int
    kinds: tuple[str, ...]
    events_of_kind: npt.NDArray[np.int64]
    first: int | None
    last: int | None
    month: npt.NDArray[np.datetime64]
    events_of_month: npt.NDArray[np.int64]
    mean_value: float
    newest: pd.DataFrame


def look_up_user(folder: Path, user_id: str) -> Looked:
    """One user of the data set in this folder; DataError for an id that it does not hold."""
    with _open(folder) as db:
        row, attributes, _ = _described(db, folder, USERS, user_id)
        about, events = _events_of(db, folder / INTERACTIONS_FILE, USER_ROW, row, ITEM_ROW)
        newest = _newest(db, folder, about, events)
    return _looked(user_id, user_id, attributes, about, events, events[ITEM_ROW], newest)


def look_up_item(folder: Path, item_id: str) -> Looked:
    """One item of the data set in this folder; DataError for an id that it does not hold."""
    with _open(folder) as db:
        row, attributes, title = _described(db, folder, ITEMS, item_id)
        about, events = _events_of(db, folder / INTERACTIONS_FILE, ITEM_ROW, row, USER_ROW)
    return _looked(item_id, title, attributes, about, events, events[USER_ROW], pd.DataFrame())


def search_ids(folder: Path, which: str, part: str, *, limit: int = 20) -> tuple[Match, ...]:
    """Users or items (`which`: "users" or "items") whose id or title holds the text, whatever its case.

    The exact id comes first, then what starts with the text, then the shortest. An empty text gives the
    first ids of the data set.
    """
    file, id_column = _FILES[which]
    path, wanted = folder / file, part.strip()
    title = _title_column(path)
    shown = f"coalesce({quoted(title)}, {quoted(id_column)})" if title else quoted(id_column)
    found = f"contains(lower({quoted(id_column)}), $low) or contains(lower({shown}), $low)"
    order = (
        f"{quoted(id_column)} = $wanted desc, lower({quoted(id_column)}) = $low desc, "
        f"starts_with(lower({shown}), $low) or starts_with(lower({quoted(id_column)}), $low) desc, "
        f"length({shown}), {quoted(id_column)}"
    )
    source = f"select {quoted(id_column)}, {shown} from {_reading(path)}"
    with _open(folder) as db:
        if not wanted:
            rows = db.rows(f"{source} limit {int(limit)}")
        else:
            sql = f"{source} where {found} order by {order} limit {int(limit)}"
            rows = db.rows(sql, {"wanted": wanted, "low": wanted.lower()})
    return tuple(Match(str(one_id), str(shown_as)) for one_id, shown_as in rows)


@contextmanager
def _open(folder: Path) -> Iterator[Database]:
    paths = [folder / INTERACTIONS_FILE, *(folder / file for file, _ in _FILES.values())]
    if not all(path.exists() for path in paths):
        raise DataError(f"'{folder}' holds no whole data set. Load it again on the page Data.")
    with database(*paths, memory_limit=_MEMORY, threads=_THREADS) as db:
        yield db


def _reading(path: Path) -> str:
    return f"read_parquet({text(str(path.resolve()))}, file_row_number=true)"


def _described(
    db: Database, folder: Path, which: str, one_id: str
) -> tuple[int, Mapping[str, object], str]:
    """Row, attributes and title of an id."""
    file, id_column = _FILES[which]
    path = folder / file
    sql = f"select * from {_reading(path)} where {quoted(id_column)} = $wanted"
    found = db.arrow(sql, {"wanted": one_id}).to_pylist()
    if not found:
        raise DataError(
            f"No {which[:-1]} of the data set has the id '{one_id}'. Ids are compared letter by letter: "
            "search for a part of it."
        )
    cells = dict(found[0])
    row = int(cells.pop(_ROW))
    del cells[id_column]
    return row, cells, str(cells.get(_title_column(path)) or one_id)


def _title_column(path: Path) -> str:
    about = _about(path, _ABOUT_ATTRIBUTES)
    return naming_of(about) if about else ""


def _about(path: Path, key: bytes) -> Any:
    try:
        found = pq.read_schema(path).metadata or {}
        return json.loads(found[key])
    except (OSError, KeyError, ArrowException) as error:
        raise DataError(
            f"'{path.name}' was stored by another version, or not by M6-Rec ({type(error).__name__}). "
            "Read the files again on the page Data."
        ) from None


def _events_of(
    db: Database, path: Path, key: str, row: int, other: str
) -> tuple[Any, dict[str, npt.NDArray[Any]]]:
    """What the file says of its events, and those of one row in the order of the file.

    Columns that tell nothing are left out, for reading is what takes time: kinds where there is only one,
    times where there are none, and of an item values that are no ratings.
    """
    about = _about(path, _ABOUT_EVENTS)
    columns = [other]
    columns += [schema.VALUE] if key == USER_ROW or about["rating_range"] else []
    columns += [schema.EVENT] if len(about["event_names"]) > 1 else []
    columns += [schema.TIMESTAMP] if about["has_time"] else []
    listed = ", ".join(quoted(column) for column in columns)
    source = f"read_parquet({text(str(path.resolve()))})"
    table = db.arrow(f"select {listed} from {source} where {quoted(key)} = {row}")
    return about, {column: table[column].to_numpy() for column in columns}


def _newest(db: Database, folder: Path, about: Any, events: Mapping[str, Any]) -> pd.DataFrame:
    last = slice(None, -NEWEST - 1, -1)  # a user's events rise by time
    rows = events[ITEM_ROW][last].astype(np.int64)
    path, title = folder / ITEMS_FILE, _title_column(folder / ITEMS_FILE)
    shown = f"coalesce({quoted(title)}, item_id)" if title else "item_id"
    listed = ",".join(str(row) for row in sorted(set(rows.tolist()))) or "-1"
    sql = f"select {_ROW}, item_id, {shown} from {_reading(path)} where {_ROW} in ({listed})"
    names = {row: (one_id, one_title) for row, one_id, one_title in db.rows(sql)}
    kind = events[schema.EVENT][last] if schema.EVENT in events else np.zeros(len(rows), np.int64)
    made: dict[str, object] = {}
    if schema.TIMESTAMP in events:
        times = events[schema.TIMESTAMP][last].astype("datetime64[s]")
        made[schema.TIMESTAMP] = pd.to_datetime(times, utc=True)
    made[schema.EVENT] = [about["event_names"][int(place)] for place in kind]
    made[schema.VALUE] = [float(f"{value:.6g}") for value in events[schema.VALUE][last]]
    made[schema.ITEM_ID] = [names[row][0] for row in rows.tolist()]
    made[schema.TITLE] = [names[row][1] for row in rows.tolist()]
    return pd.DataFrame(made)


def _looked(
    one_id: str,
    title: str,
    attributes: Mapping[str, object],
    about: Any,
    events: Mapping[str, Any],
    others: npt.NDArray[Any],
    newest: pd.DataFrame,
) -> Looked:
    names = tuple(about["event_names"])
    kinds = events.get(schema.EVENT, np.zeros(len(others), np.int64)).astype(np.int64)
    value = events.get(schema.VALUE, np.zeros(0, np.float32))
    times = events.get(schema.TIMESTAMP, np.zeros(0, np.int64)).astype(np.int64)
    months = times.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    start = int(months.min(initial=np.iinfo(np.int64).max)) if len(months) else 0
    given = value[~np.isnan(value)]
    number = np.bincount(months - start)
    return Looked(
        one_id=one_id,
        title=title,
        attributes=attributes,
        events=len(others),
        others=int(np.count_nonzero(np.bincount(others))),
        kinds=names,
        events_of_kind=np.bincount(kinds, minlength=len(names)),
        first=int(times.min()) if len(times) else None,
        last=int(times.max()) if len(times) else None,
        month=(start + np.arange(len(number))).astype("datetime64[M]"),
        events_of_month=number,
        mean_value=float(given.mean()) if len(given) else float("nan"),
        newest=newest,
    )
