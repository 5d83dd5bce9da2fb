"""The first rows of the files: as they stand there, and as they are understood."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from m6rec_core import schema
from m6rec_core.data.loading import RawTable
from m6rec_core.data.mapping import MappedTable, map_table
from m6rec_core.data.ratings import are_ratings
from m6rec_core.data.times import unit_in_words
from m6rec_core.figures.text import counted
from pages.shared.panels import escaped, quiet
from pages.shared.upload_files import TABLES, File
from pages.shared.upload_mapping import Choice
from pages.shared.upload_meaning import Understood
from pages.shared.upload_tables import EVENTS

PAGE = "uploads"
UNDERSTOOD, AS_IS = "Events as they are understood", "as in the file"
_SHOWN_ROWS = 20
_SHOWN_COLUMNS = 50


def show(files: Sequence[File], choice: Choice) -> Understood:
    """Tabs with the events as understood and the first rows of each table; gives what the events hold."""
    events = [file for file in files if file.table == EVENTS]
    tables = [table for table in TABLES if any(file.table == table for file in files)]
    names = [UNDERSTOOD] * bool(events) + [f"{TABLES[table]} {AS_IS}" for table in tables]
    places = list(st.tabs(names))
    mapped: list[MappedTable] = []
    if events:
        with places.pop(0):
            mapped = _show_mapped(events, choice)
    for place, table in zip(places, tables, strict=True):
        with place:
            _show_raw([file for file in files if file.table == table])
    return _understood([table.frame for table in mapped])


def _show_mapped(events: Sequence[File], choice: Choice) -> list[MappedTable]:
    if choice.problem:
        st.warning(escaped(choice.problem), icon=":material/warning:")
        return []
    mapped = [_mapped(file, choice) for file in events]
    shown = pd.concat([table.frame.head(_SHOWN_ROWS) for table in mapped[:3]], ignore_index=True)
    if schema.TIMESTAMP in shown:
        shown[schema.TIMESTAMP] = pd.to_datetime(shown[schema.TIMESTAMP], unit="s", utc=True)
    st.dataframe(
        shown,
        hide_index=True,
        key=f"{PAGE}.mapped",
        column_config={
            schema.TIMESTAMP: st.column_config.DatetimeColumn(
                "timestamp (UTC)", format="YYYY-MM-DD HH:mm:ss", timezone="UTC"
            )
        },
    )
    _say_times_and_losses(mapped)
    return mapped


def _say_times_and_losses(mapped: Sequence[MappedTable]) -> None:
    units = sorted({table.time_unit for table in mapped if table.time_unit})
    if units:
        quiet(f"Times were read as {', '.join(map(unit_in_words, units))} and are shown in UTC.")
    lost = sum(len(table.rejected) for table in mapped)
    seen = lost + sum(len(table.frame) for table in mapped)
    if lost:
        st.warning(
            f"{counted(lost, 'row')} of the first {seen} would be rejected: a value or a time in them "
            "cannot be read. Another column, or the decimal sign above, may mend it.",
            icon=":material/warning:",
        )


def _show_raw(files: Sequence[File]) -> None:
    file = files[0]
    if len(files) > 1:
        name = st.selectbox(
            "File", [file.upload.name for file in files], key=f"{PAGE}.raw_of.{file.table}"
        )
        file = next(one for one in files if one.upload.name == name)
    frame = file.preview.frame
    st.dataframe(
        frame.iloc[:_SHOWN_ROWS, :_SHOWN_COLUMNS],
        hide_index=True,
        key=f"{PAGE}.raw.{file.table}",
    )
    if frame.shape[1] > _SHOWN_COLUMNS:
        quiet(f"The first {_SHOWN_COLUMNS} of {counted(frame.shape[1], 'column')}.")


def _mapped(file: File, choice: Choice) -> MappedTable:
    frame = file.preview.frame
    lines = pd.Series(range(2, len(frame) + 2), dtype="int64")
    return map_table(RawTable(frame, frame.iloc[:0], lines), choice.mapping)


def _understood(frames: Sequence[pd.DataFrame]) -> Understood:
    named = [frame[schema.EVENT] for frame in frames if schema.EVENT in frame]
    given = [frame[schema.VALUE] for frame in frames if schema.VALUE in frame]
    values = pd.concat(given) if given else pd.Series(dtype="float64")
    kinds = pd.concat(named).value_counts().index if named else [_only_kind(values)]
    return Understood(tuple(str(kind) for kind in kinds), bool((values < 0).any()))


def _only_kind(values: pd.Series) -> str:
    """The kind of all events, where no column says it."""
    return schema.RATING if are_ratings(values.to_numpy(float)) else schema.INTERACTION
