"""The readable events as columns of numbers, in the order of the files, and how they are put there."""

from collections.abc import Mapping as Words
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from m6rec_core import schema
from m6rec_core.data.columns import GrowingColumn
from m6rec_core.data.database import Database
from m6rec_core.data.mapping import Mapping
from m6rec_core.data.reading.rejects import rejected_rows
from m6rec_core.data.report import FileReport
from m6rec_core.data.rows import NO_TIME
from m6rec_core.data.vocabulary import Vocabulary
from m6rec_core.schema import NO_ROW

_TEXTS = (schema.USER_ID, schema.ITEM_ID, schema.EVENT)
_KINDS = dict.fromkeys(_TEXTS, np.int32) | {schema.VALUE: np.float64, schema.TIMESTAMP: np.int64}
_MISSING = dict.fromkeys(_TEXTS, NO_ROW) | {schema.VALUE: np.nan, schema.TIMESTAMP: NO_TIME}
_CHUNK = 1 << 20  # rows that are renumbered at once


class Coded(NamedTuple):
    """A column of texts: `row` (n,) int32 place of each among the distinct `texts`, -1 where missing.

    The order of the texts says nothing of the order in which they came. One of spaces only is missing,
    though it stays among the texts.
    """

    row: npt.NDArray[np.int32]
    texts: npt.NDArray[np.object_]


class Events(NamedTuple):
    """The n readable rows: `value` (n,) float64, NaN where missing; `time` (n,) int64 Unix seconds,
    `NO_TIME` where missing. They lie in files, of which the system keeps in memory what it can.
    """

    user: Coded
    item: Coded
    event: Coded
    value: npt.NDArray[np.float64]
    time: npt.NDArray[np.int64]

    def columns(self) -> frozenset[str]:
        """The columns with at least one value; the ids always."""
        given = {
            schema.EVENT: len(self.event.texts) > 0,
            schema.VALUE: not np.isnan(self.value).all(),
            schema.TIMESTAMP: bool((self.time != NO_TIME).any()),
        }
        present = (name for name, there in given.items() if there)
        return frozenset({schema.USER_ID, schema.ITEM_ID, *present})


@dataclass(frozen=True, eq=False)
class Staged:
    """The readable rows of all files, in their order, and what is known of the others.

    `columns` are those that any file has a value for; `rows_in` counts all rows of the files, `rejected`
    those not readable.
    """

    events: Events
    columns: frozenset[str]
    rows_in: int
    rejected: pd.DataFrame = field(default_factory=rejected_rows)
    mapping: Words[str, str] = field(default_factory=dict)
    mappings: tuple[Mapping, ...] = ()
    value_is_rating: bool | None = None
    time_unit: str = ""
    files: tuple[FileReport, ...] = ()


class Stage:
    """Takes batches of rows and makes the columns of them."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._words = {name: Vocabulary() for name in _TEXTS}
        self._columns = {name: GrowingColumn(db.folder, kind) for name, kind in _KINDS.items()}

    def add(self, cells: Words[str, pa.Array], n: int) -> None:
        """Appends n rows: texts, DOUBLE values and BIGINT times; columns that are not given are missing."""
        for name, column in self._columns.items():
            missing = _MISSING[name]
            if name not in cells:
                column.append(np.full(n, missing, _KINDS[name]))
            elif name in self._words:
                column.append(self._words[name].codes_of(cells[name]))
            else:
                column.append(cells[name].fill_null(missing).to_numpy(zero_copy_only=False))

    def finished(self) -> Events:
        """All rows; none can be added any more."""
        columns = {name: column.finished() for name, column in self._columns.items()}
        user, item, event = (self._coded(columns[name], self._words[name]) for name in _TEXTS)
        return Events(user, item, event, columns[schema.VALUE], columns[schema.TIMESTAMP])

    def _coded(self, codes: npt.NDArray[np.int32], words: Vocabulary) -> Coded:
        """Renumbers the codes, in place, in the order of the hashes of their texts."""
        order = np.argsort(words.hashes(self._db), kind="stable")
        texts = words.texts()[order]
        is_blank = np.asarray(pd.Series(texts, dtype="str").str.strip() == "", dtype=bool)
        row_of = np.full(len(order) + 1, NO_ROW, np.int32)  # the last stands for a missing text
        row_of[order] = np.where(is_blank, NO_ROW, np.arange(len(order)))
        for start in range(0, len(codes), _CHUNK):
            part = codes[start : start + _CHUNK]
            part[:] = row_of[part]
        return Coded(codes, texts)
