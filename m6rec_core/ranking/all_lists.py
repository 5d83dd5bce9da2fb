"""Everybody's lists as one table, written part by part so that an interrupted writer goes on where it was."""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from threadpoolctl import threadpool_limits

from m6rec_core import schema
from m6rec_core.errors import ConfigError
from m6rec_core.formulas import defused
from m6rec_core.progress import Progress, silent
from m6rec_core.ranking.recommender import Recommender

USERS_PER_PART: Final = 2_048
THREADS: Final = 2  # parts at once: a part alone leaves half of the time a core without work
FORMATS: Final = ("parquet", "csv")
SOURCE: Final = "source"
_ABOUT = "wanted.json"


@dataclass(frozen=True)
class Wanted:
    """Which lists: how long, by which model, with or without what the user knows."""

    n: int = 20
    model: str = schema.SCORER
    include_seen: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.n <= 1000:
            raise ConfigError(f"A list has 1 to 1000 items. Received: {self.n}.")
        if self.model not in schema.MODELS:
            names = ", ".join(schema.MODELS)
            raise ConfigError(f"The model is one of {names}. Received: '{self.model}'.")


def write_all_lists(
    recommender: Recommender,
    wanted: Wanted,
    path: Path,
    *,
    parts: Path,
    progress: Progress = silent,
) -> int:
    """Writes `user_id, item_id, rank, score, source` of every user of the run; gives the number of rows.

    The name of `path` ends in .parquet or .csv. Each part of the users is a file of its own in the folder
    `parts`, there as a whole or not at all: after an interruption those that are there are not made
    again, and no user comes twice or is left out. Parts of other wishes are thrown away. In csv, ids that
    a spreadsheet would run as a formula get a leading apostrophe.
    """
    if path.suffix.lstrip(".") not in FORMATS:
        raise ConfigError(f"Lists are written as {' or '.join(FORMATS)}. Received: '{path.name}'.")
    _keep_only_parts_of(wanted, parts)
    n_users = len(recommender.training)
    starts = range(0, n_users, USERS_PER_PART)
    files = [parts / f"{start:012d}.parquet" for start in starts]
    missing = [(at, file) for at, file in zip(starts, files, strict=True) if not file.exists()]
    done = len(files) - len(missing)
    recommender.recommend(recommender.training.take([0]), 1)  # makes what the threads share

    def make(start: int, file: Path) -> None:
        table = _lists(recommender, wanted, start, min(start + USERS_PER_PART, n_users))
        _write_whole(lambda to: pq.write_table(table, to), file)

    # products of matrices run in the thread that asks: two that share all cores would wait for each other
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(THREADS) as pool:
        under_way = [pool.submit(make, start, file) for start, file in missing]
        try:
            for made in as_completed(under_way):
                made.result()
                done += 1
                progress("ranking for everybody", 0.95 * done / len(files))
        finally:
            for one in under_way:
                one.cancel()
    progress("putting the parts together", 0.95)
    _write_whole(lambda to: _put_together(files, to, path.suffix), path)
    return sum(pq.read_metadata(file).num_rows for file in files)


def _lists(recommender: Recommender, wanted: Wanted, start: int, stop: int) -> pa.Table:
    rows = np.arange(start, stop)
    found = recommender.recommend(
        recommender.training.take(rows),
        wanted.n,
        include_seen=wanted.include_seen,
        model=wanted.model,
    )
    users, places = np.nonzero(found.item_row >= 0)
    events = recommender.interactions
    return pa.table(
        {
            schema.USER_ID: pa.array(events.users.ids_of(rows[users]), pa.string()),
            schema.ITEM_ID: pa.array(
                events.items.ids_of(found.item_row[users, places]), pa.string()
            ),
            schema.RANK: pa.array(places + 1, pa.int32()),
            schema.SCORE: pa.array(found.score[users, places], pa.float32()),
            SOURCE: pa.array(np.array(found.source, dtype=object)[users], pa.string()),
        }
    )


def _keep_only_parts_of(wanted: Wanted, parts: Path) -> None:
    parts.mkdir(parents=True, exist_ok=True)
    about, said = parts / _ABOUT, json.dumps(asdict(wanted), sort_keys=True)
    if about.is_file() and about.read_text(encoding="utf-8") == said:
        return
    for file in parts.glob("*.parquet"):
        file.unlink()
    about.write_text(said, encoding="utf-8")


def _write_whole(write: Callable[[Path], None], path: Path) -> None:
    """The file appears when it is complete and on the disk."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    write(unfinished)
    with open(unfinished, "rb") as file:
        os.fsync(file.fileno())
    os.replace(unfinished, path)


def _put_together(files: list[Path], to: Path, suffix: str) -> None:
    tables = (pq.read_table(file) for file in files)
    first = next(tables)
    if suffix == ".parquet":
        with pq.ParquetWriter(to, first.schema) as parquet:
            for table in _chain(first, tables):
                parquet.write_table(table)
        return
    with pa_csv.CSVWriter(to, first.schema) as plain:
        for table in _chain(first, tables):
            plain.write_table(_defused(table))


def _chain(first: pa.Table, others: Iterator[pa.Table]) -> Iterator[pa.Table]:
    yield first
    yield from others


def _defused(table: pa.Table) -> pa.Table:
    for name in (schema.USER_ID, schema.ITEM_ID):
        safe = [defused(text) for text in table[name].to_pylist()]
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(safe))
    return table
