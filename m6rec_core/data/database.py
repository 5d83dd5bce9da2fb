"""A database that lives as long as a block: bounded in memory, shut off from all files but those named."""

import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from m6rec_core.errors import DataError
from m6rec_core.progress import Progress, silent

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT = "2GB"
_BETWEEN_LOOKS = 0.2  # seconds
_ROWS_OF_A_BATCH = 1 << 17


class Database:
    """One connection to DuckDB; statements are given as SQL, values as `$name` parameters."""

    def __init__(self, connection: "DuckDBPyConnection") -> None:
        self._connection = connection

    def run(
        self,
        sql: str,
        values: Mapping[str, Any] | None = None,
        *,
        progress: Progress = silent,
        phase: str = "",
    ) -> None:
        """Runs a statement; `progress(phase, fraction)` is called several times a second.

        Whatever `progress` raises interrupts the statement, and is raised.
        """
        if progress is silent:
            self._connection.execute(sql, dict(values or {}))
            return
        errors: list[BaseException] = []
        work = threading.Thread(target=self._keep_error, args=(sql, values, errors))
        work.start()
        try:
            while work.is_alive():
                work.join(_BETWEEN_LOOKS)
                progress(phase, min(max(self._connection.query_progress(), 0.0), 100.0) / 100.0)
        except BaseException:
            self._connection.interrupt()
            work.join()
            raise
        if errors:
            raise errors[0]

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

    def arrays(self, sql: str, *, rows: int | None = None) -> dict[str, npt.NDArray[Any]]:
        """A result of numbers without missing cells as one array per column, in the result's order.

        `rows`: how many there are, when it is known; the arrays are then filled while the result is made.
        """
        reader = self._connection.sql(sql).to_arrow_reader(_ROWS_OF_A_BATCH)
        if rows is None:
            table = reader.read_all()
            return {name: table[name].to_numpy() for name in table.column_names}
        made = {field.name: np.empty(rows, field.type.to_pandas_dtype()) for field in reader.schema}
        start = 0
        for batch in reader:
            for name, column in made.items():
                column[start : start + len(batch)] = batch[name].to_numpy()
            start += len(batch)
        return made

    def register(self, name: str, table: pa.Table) -> None:
        """Makes an Arrow table readable under a name."""
        self._connection.register(name, table)

    def _keep_error(
        self, sql: str, values: Mapping[str, Any] | None, errors: list[BaseException]
    ) -> None:
        try:
            self._connection.execute(sql, dict(values or {}))
        except BaseException as error:
            errors.append(error)


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
            connection.execute("set enable_progress_bar = true")  # else its progress stays unknown
            connection.execute("set enable_progress_bar_print = false")
            paths = [str(path.resolve()) for path in readable]
            connection.execute("set allowed_paths = $paths", {"paths": paths})
            connection.execute("set enable_external_access = false")
            connection.execute("set lock_configuration = true")
            yield Database(connection)
        except duckdb.Error as error:
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
