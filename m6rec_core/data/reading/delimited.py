"""Delimited text: the SQL that reads it, the lines that the database refused, and their numbers."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from m6rec_core.data.database import Database, quoted, text
from m6rec_core.data.reading import rejects
from m6rec_core.data.reading.line_numbers import Rows, past_gaps
from m6rec_core.data.reading.preparing import Prepared
from m6rec_core.errors import DataError

_LONGEST_BY_DEFAULT = 1_900_000  # bytes of a line that DuckDB takes without being told
_KINDS = {
    "MISSING COLUMNS": rejects.TOO_FEW,
    "TOO MANY COLUMNS": rejects.TOO_MANY,
    "UNQUOTED VALUE": rejects.OPEN_QUOTE,
    "INVALID ENCODING": rejects.not_in("utf-8"),
    "LINE SIZE OVER MAXIMUM": rejects.TOO_LONG,
}


class DelimitedReader:
    """Reads a prepared text file; `select` is to run before the others are asked."""

    def __init__(self, prepared: Prepared, name: str) -> None:
        self._prepared = prepared
        self._refused = RefusedLines(prepared.path, name)

    def select(self, columns: Mapping[str, str]) -> str:
        layout = self._prepared.layout
        position = {column: number for number, column in enumerate(layout.columns)}
        cells = ", ".join(
            f"c{position[column]} as {quoted(name)}" for name, column in columns.items()
        )
        source = csv_source(
            self._prepared,
            len(layout.columns),
            layout.delimiter,
            quotes=layout.quotes,
            rejects_to=self._refused.table,
        )
        return f"(select {cells} from {source})"

    def rejected(self, db: Database) -> list[rejects.Reject]:
        found = self._refused.rows(db)
        lines = self._prepared.lines.of(np.array([record for record, *_ in found], dtype=np.int64))
        columns = self._prepared.layout.columns
        return [
            (line, columns[int(cell[1:])] if cell else "", reason, shown)
            for line, (_, cell, reason, shown) in zip(lines.tolist(), found, strict=True)
            if shown.strip()  # else blank to the eye
        ]

    def lines(self, db: Database, rows: Rows) -> Rows:
        first = int(self._prepared.header)
        records = past_gaps(rows, self._refused.records(db) - first) + first
        return self._prepared.lines.of(records)


class RefusedLines:
    """The table in which DuckDB keeps the lines of one file that it could not part into cells."""

    def __init__(self, path: Path, name: str) -> None:
        self.table = "rejects_" + hashlib.sha256(str(path).encode()).hexdigest()[:16]
        self._name = name
        self._once = f"{self.table} where scan_id = (select min(scan_id) from {self.table})"

    def records(self, db: Database) -> Rows:
        """The records of the file, from 0, that were refused, in order."""
        self._check(db)
        return db.arrays(f"select distinct line - 1 as n from {self._once} order by n")["n"].astype(
            np.int64
        )

    def rows(self, db: Database) -> list[tuple[int, str, str, str]]:
        """Record from 0, column in SQL or nothing, reason, text; the first error of each record."""
        self._check(db)
        found = db.rows(
            f"select line - 1, first(column_name), first(error_type), "
            f"first(left(csv_line, {rejects.MOST_TEXT})) from {self._once} group by line order by line"
        )
        return [
            (record, column or "", _KINDS.get(kind, kind.lower()), (shown or "").strip("\r\n"))
            for record, column, kind, shown in found
        ]

    def _check(self, db: Database) -> None:
        (count,) = db.row(f"select count(*) from {self._once}")
        if count > rejects.MOST_REJECTED:
            raise DataError(
                f"More than {rejects.MOST_REJECTED:,} lines of '{self._name}' have another number of "
                "values than there are columns. Check the separator and the header."
            )


def csv_source(
    prepared: Prepared, width: int, delimiter: str, *, quotes: bool, rejects_to: str = ""
) -> str:
    """`read_csv(…)` with columns c0, c1 …; the refused lines go to the table `rejects_to`.

    Without such a table they are passed over.
    """
    quote = text('"' if quotes else "")
    options = {
        "auto_detect": "false",
        "header": str(prepared.header).lower(),
        "columns": "{" + ", ".join(f"'c{position}': 'VARCHAR'" for position in range(width)) + "}",
        "delim": text(delimiter),
        "quote": quote,
        "escape": quote,
        "new_line": text(prepared.line_end.replace("\r", "\\r").replace("\n", "\\n")),
        "compression": "'none'",
    }
    if (
        prepared.longest > _LONGEST_BY_DEFAULT
    ):  # with buffer_size, rows across buffers would be lost
        options["max_line_size"] = str(prepared.longest + 1024)
    if not prepared.in_parallel:
        options["parallel"] = "false"
    if rejects_to:
        options |= {
            "store_rejects": "true",
            "rejects_limit": str(rejects.MOST_REJECTED + 1),
            "rejects_table": text(rejects_to),
            "rejects_scan": text(f"{rejects_to}_scans"),
        }
    else:
        options["ignore_errors"] = "true"
    named = ", ".join(f"{name} = {value}" for name, value in options.items())
    return f"read_csv({text(str(prepared.path.resolve()))}, {named})"
