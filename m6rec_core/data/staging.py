"""Files of events, or a table in memory, mapped and converted: the readable rows as columns of numbers."""

from collections.abc import Mapping as Words
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from m6rec_core import schema
from m6rec_core.config import Config
from m6rec_core.data.database import Database, database
from m6rec_core.data.loading import FILE
from m6rec_core.data.mapping import Mapping, resolve_mapping
from m6rec_core.data.numbers import has_decimal_commas, number_sql
from m6rec_core.data.reading.layout import PARQUET, Layout
from m6rec_core.data.reading.rejects import COLUMN, LINE, MOST_TEXT, rejected_rows
from m6rec_core.data.reading.source import Source
from m6rec_core.data.report import FileReport
from m6rec_core.data.staged import Stage, Staged
from m6rec_core.data.times import ISO, TimeFormat, time_formats
from m6rec_core.errors import DataError
from m6rec_core.progress import Progress, within

Faults = list[tuple[int, str]]  # row of a file, number of the fault and the cell

_FAULT = "fault"
_FAULTS = {
    "1": (schema.VALUE, "not a number", "Write a number such as 4.5, or leave the cell empty."),
    "2": (
        schema.TIMESTAMP,
        "not a time",
        "Write it as the other rows do, or leave the cell empty.",
    ),
}
_SAMPLE_ROWS = 2000
_READING = 0.85  # share of the time


def stage_files(
    db: Database, sources: Sequence[Source], config: Config, *, progress: Progress
) -> Staged:
    """Reads all files; raises `DataError` for a file without the needed columns."""
    stage = Stage(db)
    files: list[FileReport] = []
    rejected: list[pd.DataFrame] = []
    mappings: list[Mapping] = []
    unit = ""
    for place, source in enumerate(sources):
        start, end = (_READING * at / len(sources) for at in (place, place + 1))
        share = within(progress, start, end)
        sample = source.head(_SAMPLE_ROWS)
        mapping = resolve_mapping(list(source.layout.columns), sample, config.mapping)
        times = _time_format(source, sample, mapping.timestamp)
        columns = {role: column for role, column in _columns_of(mapping).items() if column}
        rows = _rows(source.select(columns), columns, sample, times, config, mapping)
        expected = _expected(source, sample)
        read, faults = 0, Faults()
        for batch in db.batches(rows):
            faults += _add(stage, batch, read)
            read += len(batch)
            share(f"reading {source.name}", min(read / expected, 1.0))
        found = _rejected(db, source, mapping, faults)
        files.append(_file_report(source, read + len(found) - len(faults), len(found)))
        rejected.append(found.assign(**{FILE: source.name}))
        mappings.append(mapping)
        unit = unit or (times.name if times else "")
    everything = pd.concat(rejected, ignore_index=True)
    everything.insert(0, FILE, everything.pop(FILE))
    progress("numbering users and items", _READING)
    events = stage.finished()
    return Staged(
        events,
        events.columns(),
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
    stage = Stage(db)
    given = {name: frame[name] for name in schema.INTERACTION_COLUMNS if name in frame.columns}
    stage.add({name: _arrow(name, cells) for name, cells in given.items()}, len(frame))
    events = stage.finished()
    return Staged(events, events.columns(), rows_in=len(frame))


def _add(stage: Stage, batch: pa.RecordBatch, start: int) -> Faults:
    """Adds the rows of a batch that begins at this row of its file, without those with a fault."""
    fault = batch[_FAULT]
    faults: Faults = []
    if fault.null_count < len(fault):
        places = np.flatnonzero(fault.is_valid().to_numpy(zero_copy_only=False))
        faults = [(start + int(place), fault[place].as_py()) for place in places]
        batch = batch.filter(pc.is_null(fault))
    cells = {name: batch[name] for name in batch.schema.names if name != _FAULT}
    stage.add(cells, len(batch))
    return faults


def _expected(source: Source, sample: pd.DataFrame) -> int:
    """How many rows the file may have, from the sizes of the file and of its first rows; at least 1."""
    if source.layout.kind == PARQUET:
        return max(int(pq.read_metadata(source.path).num_rows), 1)
    if sample.empty:
        return 1
    texts = sum(int(sample[column].str.len().sum()) for column in sample.columns)
    bytes_of_a_row = texts / len(sample) + len(sample.columns)
    return max(int(source.path.stat().st_size / bytes_of_a_row), 1)


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


def _rows(
    rows: str,
    columns: Words[str, str],
    sample: pd.DataFrame,
    times: TimeFormat | None,
    config: Config,
    mapping: Mapping,
) -> str:
    """SQL of the rows with converted cells; `fault` is NULL where the row could be read."""
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
        cells[schema.VALUE] = number_sql(schema.VALUE, decimal_comma=comma)
        wrong.append(_when_bad("1", schema.VALUE, cells[schema.VALUE]))
    if times is not None:
        cells[schema.TIMESTAMP] = times.sql(schema.TIMESTAMP)
        wrong.append(_when_bad("2", schema.TIMESTAMP, cells[schema.TIMESTAMP]))
    cells[_FAULT] = f"case {' '.join(wrong)} end" if wrong else "null::VARCHAR"
    named = ", ".join(f"{cell} as {name}" for name, cell in cells.items())
    return f"select {named} from {rows}"


def _when_bad(number: str, name: str, converted: str) -> str:
    bad = f"'{number}' || left({name}, {MOST_TEXT})"
    return f"when {name} is not null and {converted} is null then {bad}"


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


def _rejected(db: Database, source: Source, mapping: Mapping, faults: Faults) -> pd.DataFrame:
    """The lines that could not be read and the rows with a cell that could not be converted."""
    found = source.rejected(db)
    if not faults:
        return found
    lines = source.lines(db, np.array([row for row, _ in faults], dtype=np.int64))
    rows = []
    for line, (_, bad) in zip(lines, faults, strict=True):
        role, reason, remedy = _FAULTS[bad[0]]
        rows.append((int(line), getattr(mapping, role), reason, bad[1:], remedy))
    return pd.concat([found, rejected_rows(rows)]).sort_values([LINE, COLUMN], ignore_index=True)


def _file_report(source: Source, rows: int, rejected: int) -> FileReport:
    layout: Layout = source.layout
    return FileReport(
        name=source.name,
        rows=rows,
        rejected=rejected,
        kind=layout.kind,
        encoding=layout.encoding,
        separator=layout.delimiter,
        header=layout.has_header,
    )


def _arrow(name: str, cells: "pd.Series") -> pa.Array:
    kinds = {schema.VALUE: pa.float64(), schema.TIMESTAMP: pa.int64()}
    texts = name not in kinds
    given = cells.astype("str") if texts else cells
    made = pa.array(given, type=kinds.get(name, pa.string()), from_pandas=True)
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made
