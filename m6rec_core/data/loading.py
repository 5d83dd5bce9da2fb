"""Files as tables of texts: nothing is converted, and every line that could not be read is kept apart."""

import gzip
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from m6rec_core.data.layout import DELIMITED, JSON_LINES, Layout, layout_of
from m6rec_core.data.repair import has_blank_lines, repair
from m6rec_core.errors import DataError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LINE = "line"
COLUMN = "column"
REASON = "reason"
SOURCE_TEXT = "text"
REJECTED_COLUMNS = (LINE, COLUMN, REASON, SOURCE_TEXT)

MEMORY_LIMIT = "2GB"
_REASONS = {
    "MISSING COLUMNS": "fewer values than columns",
    "TOO MANY COLUMNS": "more values than columns",
    "UNQUOTED VALUE": "a quote is not closed",
    "INVALID ENCODING": "not UTF-8",
    "LINE SIZE OVER MAXIMUM": "line too long",
}
_HIDES_LINES = (_REASONS["UNQUOTED VALUE"], _REASONS["LINE SIZE OVER MAXIMUM"])
_NOT_IN_TEXT = "\x1f"  # parts nothing: a line of JSON is read as one cell


class _IrregularLineEnds(DataError):
    """The reader lost its way in a file whose lines end now so, now so."""


@dataclass(frozen=True, eq=False)
class RawTable:
    """A file as it was read.

    - `frame` one text column per column of the file; an empty cell is missing (NaN), never a text
    - `rejected` one row per line that could not be read: `line` (from 1, the header is line 1),
      `column` (empty when the whole line is meant), `reason`, `text`
    - `line` (len(frame),) line each row came from; rows inside one line share it. For parquet: row + 1.
    """

    frame: pd.DataFrame
    rejected: pd.DataFrame
    line: pd.Series

    @property
    def rows(self) -> int:
        """All rows of the file: the readable and the rejected ones."""
        return len(self.frame) + len(self.rejected)


def rejected_rows(rows: list[tuple[int, str, str, str]] | None = None) -> pd.DataFrame:
    """A table of rejected rows from (line, column, reason, text).

    >>> rejected_rows([(7, "rating", "not a number", "good")]).to_dict("records")
    [{'line': 7, 'column': 'rating', 'reason': 'not a number', 'text': 'good'}]
    """
    table = pd.DataFrame(rows or [], columns=list(REJECTED_COLUMNS))
    kinds = {LINE: "int64", COLUMN: "str", REASON: "str", SOURCE_TEXT: "str"}
    return table.astype(kinds)


def read_table(path: Path) -> RawTable:
    """Reads csv, tsv, `;`, `|` or `::` separated text, JSON lines or parquet, gzipped or not.

    The kind is recognised by the content. JSON lines that hold a list of objects (a session with its
    events) give one row per object. Raises `DataError` for a file that is missing, empty or of no
    readable kind, or that has no line below its header.
    """
    path = Path(path)
    layout = layout_of(path)
    try:
        if layout.kind == DELIMITED:
            table = _read_delimited(path, layout)
        elif layout.kind == JSON_LINES:
            table = _read_json_lines(path, layout)
        else:
            table = _read_parquet(path, layout)
    except (OSError, EOFError) as error:
        raise DataError(f"'{path}' cannot be read: {error}. Copy or export it again.") from None
    if not table.rows:
        raise DataError(
            f"'{path}' has a header but no rows. Upload a file with at least one event."
        )
    return table


def _read_delimited(path: Path, layout: Layout) -> RawTable:
    if has_blank_lines(path, is_gzip=layout.is_gzip):
        return _repaired(path, layout)
    try:
        reading = _delimited(path, layout)
    except _IrregularLineEnds:
        return _repaired(path, layout)
    is_plain = not _has_line_ends(reading.frame) and not _has_line_ends(reading.rejected)
    hides_lines = reading.rejected[REASON].isin(_HIDES_LINES).any()
    return reading if is_plain and not hides_lines else _repaired(path, layout)


def _has_line_ends(frame: pd.DataFrame) -> bool:
    """Whether a cell holds a line end: lines and records are then numbered apart."""
    return any(
        bool(cells.str.contains("\n", regex=False).any())
        for _, cells in frame.items()
        if pd.api.types.is_string_dtype(cells)
    )


def _repaired(path: Path, layout: Layout) -> RawTable:
    """Reads a regular copy, and gives every row and every rejected line its number in the file."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "regular.csv"
        made = repair(path, copy, is_gzip=layout.is_gzip, delimiter=layout.delimiter)
        reading = _delimited(copy, replace(layout, is_gzip=False))
    numbers = np.array([0, *made.line], dtype=np.int64)  # line 1 of the copy is made.line[0]
    rejected = reading.rejected.assign(line=numbers[reading.rejected[LINE]])
    unclosed = [(line, "", _REASONS["UNQUOTED VALUE"], text) for line, text in made.unclosed]
    everything = pd.concat([rejected, rejected_rows(unclosed)]).sort_values(LINE, ignore_index=True)
    return RawTable(reading.frame, everything, pd.Series(numbers[reading.line], name=LINE))


def _delimited(path: Path, layout: Layout) -> RawTable:
    names = [f"c{position}" for position in range(len(layout.columns))]
    quote = '"' if len(layout.delimiter) == 1 else ""
    with _connection(path) as database:
        relation = database.sql(
            "select * from read_csv($path, auto_detect=false, header=true, columns=$columns, "
            "delim=$delimiter, quote=$quote, escape=$quote, compression=$compression, "
            "store_rejects=true, rejects_limit=0)",
            params={
                "path": str(path.resolve()),
                "columns": dict.fromkeys(names, "VARCHAR"),
                "delimiter": layout.delimiter,
                "quote": quote,
                "compression": "gzip" if layout.is_gzip else "none",
            },
        )
        frame = relation.to_arrow_table().to_pandas()
        errors = database.sql(
            "select line, column_name, error_type, csv_line from reject_errors order by line"
        ).fetchall()
    frame.columns = pd.Index(layout.columns)
    rejected = _rejected_lines(errors, dict(zip(names, layout.columns, strict=True)))
    return RawTable(frame, rejected, _lines_beside(rejected, len(frame), first=2))


def _rejected_lines(
    errors: list[tuple[int, str | None, str, str]], named: dict[str, str]
) -> pd.DataFrame:
    first_of_line = {error[0]: error for error in reversed(errors)}
    rows = [
        (line, named.get(column or "", ""), _REASONS.get(kind, kind.lower()), text.strip("\r\n"))
        for line, column, kind, text in first_of_line.values()
    ]
    return rejected_rows(sorted(rows))


def _lines_beside(rejected: pd.DataFrame, count: int, *, first: int) -> pd.Series:
    """Numbers of the lines that were read: all from `first` on, but for the rejected ones."""
    lines = np.arange(first, first + count + len(rejected))
    is_read = ~np.isin(lines, rejected[LINE])
    return pd.Series(lines[is_read][:count], name=LINE)


def _read_json_lines(path: Path, layout: Layout) -> RawTable:
    outer = _extracts("text", layout.columns, layout.key_kinds)
    with _connection(path) as database:
        database.sql(
            "create temp table source as select row_number() over () as line, text from "
            "read_csv($path, auto_detect=false, header=false, columns={text: 'VARCHAR'}, "
            "delim=$delimiter, quote='', escape='', compression=$compression, max_line_size=16777216)",
            params={
                "path": str(path.resolve()),
                "delimiter": _NOT_IN_TEXT,
                "compression": "gzip" if layout.is_gzip else "none",
            },
        )
        database.sql("delete from source where text is null or trim(text) = ''")
        good = "case when json_valid(text) then json_type(text) = 'OBJECT' else false end"
        reason = "not a JSON object"
        if layout.nested:
            events = f"try_cast(json_extract(text, {_pointer(layout.nested)}) as JSON[])"
            good = f"case when {good} then {events} is not null else false end"
            reason = f"not a JSON object with a list '{layout.nested}'"
            inner = _extracts("event", layout.nested_keys, ("value",) * len(layout.nested_keys))
            query = (
                f"select line, {', '.join(outer + inner)} from "
                f"(select line, text, unnest({events}) as event from source where {good}) "
                "order by line"
            )
        else:
            query = f"select line, {', '.join(outer)} from source where {good} order by line"
        frame = database.sql(query).to_arrow_table().to_pandas()
        errors = database.sql(f"select line, text from source where not ({good})").fetchall()
    line = frame.pop("line")
    frame.columns = pd.Index(layout.columns + layout.nested_keys)
    rejected = rejected_rows([(number, "", reason, text) for number, text in errors])
    return RawTable(frame, rejected, line)


def _extracts(source: str, keys: tuple[str, ...], kinds: tuple[str, ...]) -> list[str]:
    expressions = []
    for position, (key, kind) in enumerate(zip(keys, kinds, strict=True)):
        text = f"json_extract_string({source}, {_pointer(key)})"
        if kind == "list":
            values = f"try_cast(json_extract({source}, {_pointer(key)}) as VARCHAR[])"
            text = f"coalesce(array_to_string({values}, '|'), {text})"
        expressions.append(f"nullif({text}, '') as {source}_{position}")
    return expressions


def _pointer(key: str) -> str:
    escaped = key.replace("~", "~0").replace("/", "~1").replace("'", "''")
    return f"'/{escaped}'"


def _read_parquet(path: Path, layout: Layout) -> RawTable:
    if layout.is_gzip:
        with tempfile.TemporaryDirectory() as folder:
            unpacked = Path(folder) / "table.parquet"
            with gzip.open(path) as source, unpacked.open("wb") as target:
                shutil.copyfileobj(source, target)
            return _read_parquet(unpacked, Layout(layout.kind, is_gzip=False))
    with _connection(path) as database:
        database.sql("set timezone = 'UTC'")
        relation = database.read_parquet(str(path.resolve()))
        texts = [
            f"{_as_text(relation, name, str(kind))} as c{position}"
            for position, (name, kind) in enumerate(
                zip(relation.columns, relation.types, strict=True)
            )
        ]
        frame = relation.project(", ".join(texts)).to_arrow_table().to_pandas()
        frame.columns = pd.Index(relation.columns)
    return RawTable(frame, rejected_rows(), pd.Series(range(1, len(frame) + 1), name=LINE))


def _as_text(relation: Any, name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if kind in ("FLOAT", "DOUBLE"):
        number = f"nullif({column}, 'nan')"
        whole = f"bool_and({number} = trunc({number}) and abs({number}) < 9e15)"
        ((is_whole,),) = relation.aggregate(f"coalesce({whole}, false)").fetchall()
        return (
            f"cast(cast({number} as BIGINT) as VARCHAR)"
            if is_whole
            else f"cast({number} as VARCHAR)"
        )
    if kind.endswith("[]"):
        return f"nullif(array_to_string(cast({column} as VARCHAR[]), '|'), '')"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"cast(make_timestamp(epoch_us({column})) as VARCHAR)"
    return f"nullif(cast({column} as VARCHAR), '')"


@contextmanager
def _connection(path: Path) -> Iterator["DuckDBPyConnection"]:
    """A database in memory that may read this one file and nothing else."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        database = duckdb.connect(
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": folder,
                "autoload_known_extensions": False,
            }
        )
        try:
            database.execute("set allowed_paths = $paths", {"paths": [str(path.resolve())]})
            database.execute("set enable_external_access = false")
            yield database
        except duckdb.Error as error:
            if "invalid state" in str(error):
                raise _IrregularLineEnds(f"'{path}' mixes line ends. Save it again.") from None
            first_line = str(error).partition("\n")[0]
            hint = "Copy or export it again."
            raise DataError(f"'{path}' cannot be read: {first_line} {hint}") from None
        finally:
            database.close()
