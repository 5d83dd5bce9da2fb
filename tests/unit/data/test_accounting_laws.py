"""Laws that hold for any file: no row is lost, and an export reads back the same."""

import csv
import io
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from m6rec_core.config import Config, MappingConfig
from m6rec_core.data.database import database
from m6rec_core.data.dataset import load_dataset
from m6rec_core.data.indexing import clean
from m6rec_core.data.loading import read_table
from m6rec_core.data.reading.source import opened
from m6rec_core.data.staging import stage_files
from m6rec_core.errors import DataError
from m6rec_core.progress import silent

# no NUL, no surrogate; a lone carriage return ends a line in some programs and not in others
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\x1a"), max_size=6)
IDS = st.sampled_from(["a", "b", "007", "1e5", "NaN", "", " ", "😀", 'q"q', "x,y", "line\nend"])
CELLS = st.tuples(
    IDS,
    IDS,
    st.sampled_from(["4", "5", "0", "-1", "11", "", "good", "inf", "nan"]),
    st.sampled_from(["1000", "2000", "", "never", "1e9"]),
)
MANGLED = st.sampled_from(["", "short", "a,b,4,1000,extra", '"open,b,4,1000', '"shut"x,b,4,1', " "])


def table_of(content: str) -> tuple[int, int, list[list[str | None]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.csv"
        path.write_bytes(content.encode())
        raw = read_table(path)
    frame = raw.frame.astype(object)
    return len(raw.frame), len(raw.rejected), frame.where(frame.notna(), None).to_numpy().tolist()


def as_csv(rows: list[tuple[str, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue()


@settings(max_examples=30, deadline=None)
@example([("", "\n")])
@example([("", "\n"), ("", "")])
@example([("a\n\n", "b\n"), ("c", "d")])
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=20))
def test_any_text_written_as_csv_is_read_back(rows: list[tuple[str, str]]) -> None:
    kept, rejected, cells = table_of(as_csv([("user_id", "item_id"), *rows]))
    assert (kept, rejected) == (len(rows), 0)
    assert cells == [[cell or None for cell in row] for row in rows]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(CELLS.map(lambda row: as_csv([row]).rstrip("\n")), MANGLED), max_size=25))
def test_rows_in_are_rows_kept_dropped_and_rejected(lines: list[str]) -> None:
    records = [line for line in lines if line.strip()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.csv"
        path.write_text("user,item,rating,time\n" + "\n".join(lines) + "\n", encoding="utf-8")
        if not records:
            with pytest.raises(DataError, match="no rows"):
                read_table(path)
            return
        raw = read_table(path)
        settings_of_case = Config(mapping=MappingConfig(value="rating", timestamp="time"))
        with opened(path) as source, database(source.path) as db:
            staged = stage_files(db, [source], settings_of_case, progress=silent)
            try:
                kept, report = clean(db, staged, settings_of_case, progress=silent)
            except DataError:  # nothing is left; other tests look at what it says
                return
    assert raw.rows == len(records) == report.rows_in
    assert report.rows_kept == len(kept)
    assert report.is_complete()
    first_line = {}
    number = 2
    for line in lines:
        first_line[number] = line
        number += 1 + line.count("\n")
    for line_number in [*raw.rejected["line"], *report.rejected["line"], *raw.line]:
        assert first_line[line_number]  # a line that was written, and the first of its record


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "007", "NaN", "1e5", "😀", 'q"q', "x|y"]),
            st.sampled_from(["i", "j", "k", "0", "null"]),
            st.sampled_from(["view", "purchase"]),
            st.integers(0, 1_700_000_000),
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from(["csv", "parquet"]),
)
def test_load_then_export_then_load_gives_the_same_events(
    rows: list[tuple[str, str, str, int]], kind: str
) -> None:
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "event", "timestamp"])
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / f"first.{kind}", Path(folder) / f"second.{kind}"
        written(frame, first)
        if min(frame["user_id"].nunique(), frame["item_id"].nunique()) < 2:
            with pytest.raises(DataError, match="needs at least 2"):
                load_dataset(first)
            return
        once = load_dataset(first).interactions
        written(once.to_frame(), second)
        twice = load_dataset(second).interactions
    assert twice.fingerprint() == once.fingerprint()


def written(frame: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
