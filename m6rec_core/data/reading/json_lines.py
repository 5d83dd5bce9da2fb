"""Lines of JSON: the SQL that makes rows of them, and the lines that are no objects."""

from collections.abc import Mapping, Sequence

import numpy as np

from m6rec_core.data.database import Database, quoted, text
from m6rec_core.data.reading import rejects
from m6rec_core.data.reading.delimited import RefusedLines, csv_source
from m6rec_core.data.reading.layout import Field
from m6rec_core.data.reading.line_numbers import Rows, past_gaps
from m6rec_core.data.reading.preparing import Prepared

_NOT_IN_TEXT = "\x1f"  # parts nothing: a line of JSON is read as one cell
_NO_OBJECT = -1


class JsonReader:
    """Reads prepared lines of JSON: one row per object, or per object of the nested list.

    `select` is to run before the others are asked.
    """

    def __init__(self, prepared: Prepared, name: str) -> None:
        self._prepared = prepared
        self._nested = prepared.layout.nested
        self._refused = RefusedLines(prepared.path, name)

    def select(self, columns: Mapping[str, str]) -> str:
        fields = {field.name: field for field in self._prepared.layout.fields}
        cells = ", ".join(
            f"{_cell(fields[key])} as {quoted(name)}" for name, key in columns.items()
        )
        source = f"{self._source(self._refused.table)} where {self._is_object()}"
        if self._nested:
            source = f"(select c0, unnest({self._events()}) as event from {source})"
        return f"(select {cells} from {source})"

    def rejected(self, db: Database) -> list[rejects.Reject]:
        reason = rejects.without_list(self._nested) if self._nested else rejects.NO_OBJECT
        refused = self._refused.rows(db)
        gaps = np.array([record for record, *_ in refused], dtype=np.int64)
        bad = np.flatnonzero(self._counts(db) == _NO_OBJECT)
        shown = [row for (row,) in db.rows(self._bad_lines())] if len(bad) else []
        records = np.concatenate([gaps, past_gaps(bad, gaps)])
        texts = [row[3] for row in refused] + shown
        lines = self._prepared.lines.of(records).tolist()
        return [(line, "", reason, cell) for line, cell in zip(lines, texts, strict=True)]

    def lines(self, db: Database, rows: Rows) -> Rows:
        up_to = np.cumsum(np.maximum(self._counts(db), 0), dtype=np.int64)
        records = past_gaps(np.searchsorted(up_to, rows, side="right"), self._refused.records(db))
        return self._prepared.lines.of(records)

    def _source(self, rejects_to: str = "") -> str:
        return csv_source(self._prepared, 1, _NOT_IN_TEXT, quotes=False, rejects_to=rejects_to)

    def _counts(self, db: Database) -> Rows:
        """Rows that each line gives: none for a blank one, -1 for one that is no object."""
        count = f"len({self._events()})" if self._nested else "1"
        return db.arrays(
            f"select cast(case when trim(c0) = '' then 0 when {self._is_object()} then {count} "
            f"else {_NO_OBJECT} end as INTEGER) as n from {self._source()}"
        )["n"]

    def _bad_lines(self) -> str:
        return (
            f"select left(c0, {rejects.MOST_TEXT}) from {self._source()} "
            f"where trim(c0) <> '' and not {self._is_object()}"
        )

    def _is_object(self) -> str:
        test = "json_type(c0) = 'OBJECT'"
        if self._nested:
            test += f" and {self._events()} is not null"
        return f"(case when json_valid(c0) then {test} else false end)"

    def _events(self) -> str:
        return f"try_cast(json_extract(c0, {_pointer((self._nested,))}) as JSON[])"


def _cell(field: Field) -> str:
    source = "event" if field.is_inner else "c0"
    cell = f"json_extract_string({source}, {_pointer(field.keys)})"
    if field.kind == "list":
        values = f"try_cast(json_extract({source}, {_pointer(field.keys)}) as VARCHAR[])"
        cell = f"coalesce(array_to_string({values}, '|'), {cell})"
    return f"nullif({cell}, '')"


def _pointer(keys: Sequence[str]) -> str:
    return text("".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys))
