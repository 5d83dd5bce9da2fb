"""Parquet: the SQL that turns every column into texts."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from m6rec_core.data.database import Database, database, quoted, text
from m6rec_core.data.reading.line_numbers import Rows
from m6rec_core.data.reading.rejects import Reject
from m6rec_core.errors import DataError

MARK: Final = b"PAR1"  # the first and the last bytes of a parquet file
_MOST_WHOLE = "9e15"  # whole floating-point numbers beyond it are not exact


class ParquetReader:
    """Reads a parquet file; no row of it can be rejected, and a row counts as a line."""

    def __init__(self, path: Path) -> None:
        _refuse_stump(path)
        self._source = f"read_parquet({text(str(path.resolve()))})"
        with database(path) as db:
            described = db.rows(f"describe select * from {self._source}")
        self._cells = {name: _cell(quoted(name), kind) for name, kind, *_ in described}

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self._cells)

    def select(self, columns: Mapping[str, str]) -> str:
        cells = ", ".join(f"{self._cells[key]} as {quoted(name)}" for name, key in columns.items())
        return f"(select {cells} from {self._source})"

    def rejected(self, db: Database) -> list[Reject]:
        return []

    def lines(self, db: Database, rows: Rows) -> Rows:
        return rows + 1


def _refuse_stump(path: Path) -> None:
    with path.open("rb") as file:
        file.seek(-min(len(MARK), path.stat().st_size), os.SEEK_END)
        if file.read() != MARK:
            raise DataError(
                f"'{path}' cannot be read: it is a parquet file whose end is missing. Copy it again."
            )


def _cell(column: str, kind: str) -> str:
    if kind in ("FLOAT", "DOUBLE"):
        whole = f"{column} = trunc({column}) and abs({column}) < {_MOST_WHOLE}"
        as_whole = f"cast(cast({column} as BIGINT) as VARCHAR)"
        return (
            f"case when {whole} then {as_whole} else cast(nullif({column}, 'nan') as VARCHAR) end"
        )
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"cast(make_timestamp(epoch_us({column})) as VARCHAR)"
    if kind == "BLOB":
        return f"nullif(coalesce(try(decode({column})), cast({column} as VARCHAR)), '')"
    if kind.startswith(("STRUCT", "MAP")) or (kind.endswith("]") and "STRUCT" in kind):
        return f"cast(to_json({column}) as VARCHAR)"
    if kind.endswith("[][]"):
        return f"cast(to_json({column}) as VARCHAR)"
    if kind.endswith("[]"):
        return f"nullif(array_to_string(cast({column} as VARCHAR[]), '|'), '')"
    return f"nullif(cast({column} as VARCHAR), '')"
