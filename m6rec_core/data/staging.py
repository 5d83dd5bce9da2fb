"""Files of events, or a table in memory, as one table `events` of a database: mapped and converted."""

from collections.abc import Mapping as Words
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from m6rec_core import schema
from m6rec_core.config import Config
from m6rec_core.data.database import Database, database
from m6rec_core.data.loading import FILE
from m6rec_core.data.mapping import Mapping, resolve_mapping
from m6rec_core.data.numbers import has_decimal_commas, number_sql
from m6rec_core.data.reading.layout import Layout
from m6rec_core.data.reading.rejects import COLUMN, LINE, MOST_TEXT, rejected_rows
from m6rec_core.data.reading.source import Source
from m6rec_core.data.report import FileReport
from m6rec_core.data.times import ISO, TimeFormat, time_formats
from m6rec_core.errors import DataError
from m6rec_core.progress import Progress, within

EVENTS = "events"
FAULT, BAD = "fault", "bad"
_TYPES = {
    schema.USER_ID: "VARCHAR",
    schema.ITEM_ID: "VARCHAR",
    schema.EVENT: "VARCHAR",
    schema.VALUE: "DOUBLE",
    schema.TIMESTAMP: "BIGINT",
}
_FAULTS = {
    1: (schema.VALUE, "not a number", "Write a number such as 4.5, or leave the cell empty."),
    2: (schema.TIMESTAMP, "not a time", "Write it as the other rows do, or leave the cell empty."),
}
_SAMPLE_ROWS = 2000


@dataclass(frozen=True, eq=False)
class Staged:
    """What is known of the table `events`.

    Its columns: `user_id`, `item_id`, `event` texts, `value` DOUBLE, `timestamp` BIGINT seconds; and
    `fault`, 0 where the row could be read. Rows have the order of the files. `columns` are those that
    any file has a value for; `rows_in` counts all rows of the files, `rejected` those not readable.
    """

    columns: frozenset[str]
    rows_in: int
    rejected: pd.DataFrame = field(default_factory=rejected_rows)
    mapping: Words[str, str] = field(default_factory=dict)
    mappings: tuple[Mapping, ...] = ()
    value_is_rating: bool | None = None
    time_unit: str = ""
    files: tuple[FileReport, ...] = ()


def stage_files(
    db: Database, sources: Sequence[Source], config: Config, *, progress: Progress
) -> Staged:
    """Reads all files into the table; raises `DataError` for a file without the needed columns."""
    _make_table(db)
    files: list[FileReport] = []
    rejected: list[pd.DataFrame] = []
    mappings: list[Mapping] = []
    unit = ""
    for place, source in enumerate(sources):
        share = within(progress, place / len(sources), (place + 1) / len(sources))
        sample = source.head(_SAMPLE_ROWS)
        mapping = resolve_mapping(list(source.layout.columns), sample, config.mapping)
        times = _time_format(source, sample, mapping.timestamp)
        (start,) = db.row(f"select count(*) from {EVENTS}")
        columns = {role: column for role, column in _columns_of(mapping).items() if column}
        insert = _insert(source.select(columns), columns, sample, times, config, mapping)
        db.run(insert, progress=share, phase=f"reading {source.name}")
        (end,) = db.row(f"select count(*) from {EVENTS}")
        found = _rejected(db, source, mapping, start)
        files.append(_file_report(source, end - start, found))
        rejected.append(found.assign(**{FILE: source.name}))
        mappings.append(mapping)
        unit = unit or (times.name if times else "")
    everything = pd.concat(rejected, ignore_index=True)
    everything.insert(0, FILE, everything.pop(FILE))
    return Staged(
        columns=_filled(db),
        rows_in=sum(file.rows for file in files),
        rejected=everything,
        mapping=mappings[0].sources(),
        mappings=tuple(mappings),
        value_is_rating=mappings[0].value_is_rating(),
        time_unit=unit,
        files=tuple(files),
    )


def stage_frame(db: Database, frame: pd.DataFrame) -> Staged:
    """Takes a table that carries the names of the vocabulary; times are Unix seconds."""
    for column in (schema.USER_ID, schema.ITEM_ID):
        if column not in frame.columns:
            present = ", ".join(f"'{name}'" for name in frame.columns)
            raise DataError(f"The events have no column '{column}'. Columns present: {present}.")
    _make_table(db)
    given = {name: frame[name] for name in _TYPES if name in frame.columns}
    db.register("given", pa.table({name: _arrow(name, cells) for name, cells in given.items()}))
    cells = [
        f"nullif(cast({name} as VARCHAR), '')" if kind == "VARCHAR" else f"cast({name} as {kind})"
        for name, kind in _TYPES.items()
        if name in given
    ]
    db.run(f"insert into {EVENTS} ({', '.join(given)}) select {', '.join(cells)} from given")
    return Staged(columns=_filled(db), rows_in=len(frame))


def _make_table(db: Database) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in _TYPES.items())
    db.run(f"create table {EVENTS} ({columns}, {FAULT} UTINYINT default 0, {BAD} VARCHAR)")


def _columns_of(mapping: Mapping) -> dict[str, str]:
    """Role → column; the session stands in where there is no user."""
    return {
        schema.USER_ID: mapping.who,
        "session": mapping.session if mapping.user_id else "",
        schema.ITEM_ID: mapping.item_id,
        schema.EVENT: mapping.event,
        schema.VALUE: mapping.value,
        schema.TIMESTAMP: mapping.timestamp,
    }


def _insert(
    rows: str,
    columns: Words[str, str],
    sample: pd.DataFrame,
    times: TimeFormat | None,
    config: Config,
    mapping: Mapping,
) -> str:
    cells = {
        name: name for name in (schema.USER_ID, schema.ITEM_ID, schema.EVENT) if name in columns
    }
    if "session" in columns:
        cells[schema.USER_ID] = f"coalesce({schema.USER_ID}, session)"
    wrong = []
    if schema.VALUE in columns:
        comma = config.reading.decimal == "comma" or (
            config.reading.decimal == "auto" and has_decimal_commas(sample[mapping.value])
        )
        number = number_sql(schema.VALUE, decimal_comma=comma)
        cells[schema.VALUE] = number
        wrong.append(f"when {schema.VALUE} is not null and {number} is null then 1")
    if times is not None:
        seconds = times.sql(schema.TIMESTAMP)
        cells[schema.TIMESTAMP] = seconds
        wrong.append(f"when {schema.TIMESTAMP} is not null and {seconds} is null then 2")
    if wrong:
        fault = f"case {' '.join(wrong)} else 0 end"
        texts = f"case {fault} when 1 then {_left(columns, schema.VALUE)} when 2 then {_left(columns, schema.TIMESTAMP)} end"
        cells |= {FAULT: fault, BAD: texts}
    return (
        f"insert into {EVENTS} ({', '.join(cells)}) select {', '.join(cells.values())} from {rows}"
    )


def _left(columns: Words[str, str], name: str) -> str:
    return f"left({name}, {MOST_TEXT})" if name in columns else "null"


def _time_format(source: Source, sample: pd.DataFrame, column: str) -> TimeFormat | None:
    """The format of a column of times; one that fits a sample as well as another is settled by all rows."""
    if not column:
        return None
    formats = time_formats(sample[column])
    if len(formats) == 1:
        return formats[0]
    rows = source.select({"t": column})
    with database(source.path) as db:
        if not formats:
            cells = db.arrow(f"select t from {rows} where t is not null limit {_SAMPLE_ROWS}")
            return _first_format(cells.to_pandas()["t"])
        counts = ", ".join(f"count({form.sql('t')})" for form in formats)
        found = db.row(f"select {counts} from {rows}")
    return formats[int(np.argmax(found))]


def _first_format(cells: pd.Series) -> TimeFormat | None:
    """The format of the first filled cells; of cells that are no times ISO, so that each is rejected."""
    formats = time_formats(cells) or ((TimeFormat(ISO),) if len(cells) else ())
    return formats[0] if formats else None


def _rejected(db: Database, source: Source, mapping: Mapping, start: int) -> pd.DataFrame:
    """The lines that could not be read and the rows with a cell that could not be converted."""
    found = source.rejected(db)
    faults = db.rows(
        f"select rowid, {FAULT}, {BAD} from {EVENTS} where {FAULT} > 0 and rowid >= {start} order by rowid"
    )
    if not faults:
        return found
    lines = source.lines(db, np.array([row - start for row, *_ in faults], dtype=np.int64))
    rows = [
        (int(line), getattr(mapping, _FAULTS[fault][0]), _FAULTS[fault][1], bad, _FAULTS[fault][2])
        for line, (_, fault, bad) in zip(lines, faults, strict=True)
    ]
    return pd.concat([found, rejected_rows(rows)]).sort_values([LINE, COLUMN], ignore_index=True)


def _file_report(source: Source, readable: int, rejected: pd.DataFrame) -> FileReport:
    layout: Layout = source.layout
    faults = int(rejected["reason"].isin([reason for _, reason, _ in _FAULTS.values()]).sum())
    return FileReport(
        name=source.name,
        rows=readable + len(rejected) - faults,
        rejected=len(rejected),
        kind=layout.kind,
        encoding=layout.encoding,
        separator=layout.delimiter,
        header=layout.has_header,
    )


def _filled(db: Database) -> frozenset[str]:
    """The columns with at least one value; the ids always."""
    checks = ", ".join(f"count({name}) > 0" for name in _TYPES)
    found = db.row(f"select {checks} from {EVENTS}")
    present = {name for name, there in zip(_TYPES, found, strict=True) if there}
    return frozenset({schema.USER_ID, schema.ITEM_ID, *present})


def _arrow(name: str, cells: "pd.Series") -> pa.Array:
    if _TYPES[name] == "VARCHAR":
        return pa.array(cells.astype("str"), type=pa.string(), from_pandas=True)
    kind = pa.float64() if _TYPES[name] == "DOUBLE" else pa.int64()
    return pa.array(cells, type=kind, from_pandas=True)
