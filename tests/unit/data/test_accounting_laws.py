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
from m6rec_core.data.mapping import Mapping
from m6rec_core.data.reading.source import opened
from m6rec_core.data.staging import stage_files
from m6rec_core.errors import DataError
from m6rec_core.progress import silent

# no surrogate, and no control character: a file of many is no text
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n\t"), max_size=6
)
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


FORMATS = ["csv", "semicolons", "tsv", "utf-16", "csv.gz", "jsonl", "jsonl.gz", "parquet"]
KEPT, DROPPED, REJECTED = "kept", "dropped", "rejected"
FATES = {  # cells of user, item, rating, time → what becomes of the row, by hand
    ("ann", "x", "4", "1600000000"): KEPT,
    ("bob", "y", "3.5", "1600000001"): KEPT,
    ("007", "NaN", "5", "1600000002"): KEPT,
    ("1e5", "😀", "0.5", "1600000003"): KEPT,
    (None, "x", "4", "1600000004"): DROPPED,
    ("ann", None, "4", "1600000005"): DROPPED,
    ("ann", "x", None, "1600000006"): DROPPED,
    ("ann", "x", "4", None): DROPPED,
    ("ann", "x", "99", "1600000007"): DROPPED,
    ("ann", "x", "good", "1600000008"): REJECTED,
    ("ann", "x", "inf", "1600000009"): REJECTED,
    ("ann", "x", "4", "never"): REJECTED,
}
COLUMNS = ["who", "what", "how much", "when"]
MAPPED = Mapping("who", "what", value="how much", timestamp="when")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(sorted(FATES, key=repr)), max_size=25), st.sampled_from(FORMATS))
def test_every_row_of_every_format_has_the_fate_that_its_cells_deserve(
    rows: list[tuple[str | None, ...]], kind: str
) -> None:
    rows = [*rows, ("ann", "x", "4", "1600000000"), ("bob", "y", "3.5", "1600000001")]
    scale = {"data.rating_low": 0.5, "data.rating_high": 5.0, "data.repeats": "all"}
    config = Config.from_flat(
        MAPPED.to_words() | scale | {"data.duplicates": False, "data.latest": "2030-01-01"}
    )
    with tempfile.TemporaryDirectory() as folder:
        path = written(pd.DataFrame(rows, columns=COLUMNS, dtype="object"), Path(folder), kind)
        dataset = load_dataset(path, config=config)
    fates = [FATES[row] for row in rows]
    report = dataset.report
    assert report.rows_in == len(rows)
    assert report.rows_kept == len(dataset.interactions) == fates.count(KEPT)
    assert report.rows_dropped == fates.count(DROPPED)
    assert report.rows_rejected == fates.count(REJECTED)
    header = 0 if kind.startswith("jsonl") or kind == "parquet" else 1
    lines = [n for n, fate in enumerate(fates, start=1 + header) if fate == REJECTED]
    assert report.rejected["line"].tolist() == lines


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "007", "NaN", "1e5", "😀", 'q"q', "x|y", "p;q", "d\te"]),
            st.sampled_from(["i", "j", "k", "0", "null", "l,m", "n\no"]),
            st.sampled_from(["view", "purchase"]),
            st.sampled_from([None, 1.0, 2.5, -3.0, 1e-3, 123456.0]),
            st.integers(0, 1_700_000_000),
        ),
        max_size=30,
    ),
    st.sampled_from(FORMATS),
    st.sampled_from(FORMATS),
)
def test_mapping_then_export_then_import_gives_the_same_table(
    rows: list[tuple[str, str, str, float | None, int]], first: str, second: str
) -> None:
    rows = [*rows, ("a", "i", "view", 1.0, 86_400), ("b", "j", "view", 2.5, 172_800)]
    foreign = ["who", "what", "deed", "how much", "when"]
    frame = pd.DataFrame(rows, columns=foreign)
    named = Mapping("who", "what", "deed", "how much", "when").to_words()
    with tempfile.TemporaryDirectory() as folder:
        path = written(frame, Path(folder), first)
        once = load_dataset(path, config=Config.from_flat(named)).interactions
        exported = written(once.to_frame(), Path(folder), second)
        twice = load_dataset(exported).interactions
    assert twice.fingerprint() == once.fingerprint()
    pd.testing.assert_frame_equal(twice.to_frame(), once.to_frame())
    assert set(once.to_frame()["user_id"]) == {row[0] for row in rows}


def written(frame: pd.DataFrame, folder: Path, kind: str) -> Path:
    """A table as a file of this format; several of one folder do not meet."""
    path = folder / f"{len(list(folder.iterdir()))}.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind.startswith("jsonl"):
        frame.to_json(path, orient="records", lines=True, force_ascii=False)
    else:
        separator = {"semicolons": ";", "tsv": "\t"}.get(kind, ",")
        encoding = "utf-16" if kind == "utf-16" else "utf-8"
        frame.to_csv(path, index=False, sep=separator, encoding=encoding)
    return path
