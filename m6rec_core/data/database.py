"""A database that lives as long as a block: bounded in memory, shut off from all files but those named."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt
import pyarrow as pa

from m6rec_core.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "2GB"
_READ_AHEAD = "64MB"  # of a result that is taken piece by piece
_ROWS_OF_A_BATCH = 1 << 17


class Database:
    """One connection to DuckDB; statements are given as SQL, values as `$name` parameters.

    `folder` is the place for what does not fit into memory, as long as the database lives.
    """

    def __init__(self, connection: "DuckDBPyConnection", folder: Path) -> None:
        self._connection, self.folder = connection, folder

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """Runs a statement."""
        self._connection.execute(sql, dict(values or {}))

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """A result piece by piece, in its order, while the database works ahead on the next ones.

        It is not to be asked for anything else meanwhile.
        """
        yield from self._connection.sql(sql).to_arrow_reader(_ROWS_OF_A_BATCH)

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of a small result."""
        return self._connection.execute(sql, dict(values or {})).fetchall()

    def row(self, sql: str, values: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
        """The only row of a result."""
        (only,) = self.rows(sql, values)
        return only

    def arrow(self, sql: str, values: Mapping[str, Any] | None = None) -> pa.Table:
        """A result as an Arrow table."""
        return self._connection.sql(sql, params=dict(values or {})).to_arrow_table()

    def arrays(self, sql: str) -> dict[str, npt.NDArray[Any]]:
        """A result of numbers without missing cells as one array per column, in the result's order."""
        table = self.arrow(sql)
        return {name: table[name].to_numpy() for name in table.column_names}

    def register(self, name: str, table: pa.Table) -> None:
        """Makes an Arrow table readable under a name."""
        self._connection.register(name, table)


@contextmanager
def database(
    *readable: Path, memory_limit: str = MEMORY_LIMIT, threads: int = 0
) -> Iterator[Database]:
    """A database in memory that spills to a temporary folder and may read these files, nothing else.

    An error of the engine is raised as `DataError` with its first line.
    """
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        settings: dict[str, Any] = {
            "memory_limit": memory_limit,
            "temp_directory": folder,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        }
        connection = duckdb.connect(config=settings | ({"threads": threads} if threads else {}))
        try:
            connection.execute("set timezone = 'UTC'")
            connection.execute(f"set streaming_buffer_size = '{_READ_AHEAD}'")
            paths = [str(path.resolve()) for path in readable]
            connection.execute("set allowed_paths = $paths", {"paths": paths})
            connection.execute("set enable_external_access = false")
            connection.execute("set lock_configuration = true")
            yield Database(connection, Path(folder))
        except (duckdb.Error, pa.ArrowException) as error:
            raise DataError(_first_line(error, readable)) from error
        finally:
            connection.close()


def quoted(name: str) -> str:
    """A name of a table or a column, as it stands in SQL.

    >>> quoted("user id")
    '"user id"'
    """
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text constant, as it stands in SQL.

    >>> print(text("it's"))
    'it''s'
    """
    return "'" + value.replace("'", "''") + "'"


def _first_line(error: Exception, readable: Iterable[Path]) -> str:
    line = str(error).partition("\n")[0].rstrip(". ")
    shown = ", ".join(f"'{path}'" for path in readable) or "The data"
    return f"{shown} cannot be read: {line}. Copy or export it again."
