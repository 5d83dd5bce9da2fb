"""Every readable kind of file gives the same table of texts."""

import gzip
import json
from pathlib import Path

import pandas as pd
import pytest

from m6rec_core.data.loading import RawTable, read_table

ROWS = [["007", "1e5", "4.5"], ["NaN", "2", None], ["😀", "null", "3"]]
COLUMNS = ["user_id", "item_id", "rating"]


def separated(by: str) -> bytes:
    lines = [by.join(COLUMNS), *(by.join(cell or "" for cell in row) for row in ROWS)]
    return ("\n".join(lines) + "\n").encode()


def json_lines() -> bytes:
    lines = (json.dumps(dict(zip(COLUMNS, row, strict=True))) for row in ROWS)
    return "\n".join(lines).encode()


def parquet(folder: Path) -> bytes:
    path = folder / "made.parquet"
    pd.DataFrame(ROWS, columns=COLUMNS).to_parquet(path)
    return path.read_bytes()


def cells(table: RawTable) -> list[list[str | None]]:
    frame = table.frame.astype(object)
    return frame.where(frame.notna(), None).to_numpy().tolist()


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.fixture(
    params=["comma", "semicolon", "tab", "bar", "colons", "json", "parquet"], scope="module"
)
def content(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    separators = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "colons": "::"}
    if request.param == "json":
        return json_lines()
    if request.param == "parquet":
        return parquet(tmp_path_factory.mktemp("parquet"))
    return separated(separators[request.param])


def test_ids_that_look_like_numbers_or_missing_values_stay_as_they_are(
    content: bytes, tmp_path: Path
) -> None:
    table = read_table(written(tmp_path, "events.data", content))
    assert list(table.frame.columns) == COLUMNS
    assert cells(table) == ROWS
    assert table.rejected.empty


def test_a_gzipped_file_reads_the_same_whatever_its_name(content: bytes, tmp_path: Path) -> None:
    assert cells(read_table(written(tmp_path, "events.csv", gzip.compress(content)))) == ROWS


@pytest.mark.parametrize("name", ["a b.csv", "a[1]*?.csv", "it's.csv", "日本.csv", 'say "x".csv'])
def test_any_name_of_a_file_is_only_a_name(name: str, tmp_path: Path) -> None:
    written(tmp_path, "a1.csv", "user_id,item_id\nwrong,file\n")
    path = written(tmp_path, name, "user_id,item_id\nann,x\n")
    assert cells(read_table(path)) == [["ann", "x"]]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    path = written(tmp_path, "bom.csv", b"\xef\xbb\xbfuser_id,item_id\r\nann,x\r\n")
    assert read_table(path).frame.to_dict("records") == [{"user_id": "ann", "item_id": "x"}]


def test_a_byte_order_mark_before_json_lines_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, "bom.jsonl", b'\xef\xbb\xbf{"user": "ann", "item": 1}\n')
    assert cells(read_table(path)) == [["ann", "1"]]


def test_a_quoted_cell_may_hold_separators_quotes_and_line_ends(tmp_path: Path) -> None:
    path = written(tmp_path, "q.csv", 'user_id,item_id\nann,"a, ""b""\nc"\nbob,d\n')
    assert cells(read_table(path)) == [["ann", 'a, "b"\nc'], ["bob", "d"]]


def test_the_separator_is_the_one_that_the_lines_agree_on(tmp_path: Path) -> None:
    path = written(tmp_path, "s.csv", "user_id;item_id;rating\nann;x;3,5\nbob;y;4,0\n")
    assert cells(read_table(path)) == [["ann", "x", "3,5"], ["bob", "y", "4,0"]]


def test_lines_may_end_now_so_now_so(tmp_path: Path) -> None:
    path = written(tmp_path, "m.csv", b"user_id,item_id\r\nann,x\nbob,y\r\n")
    assert cells(read_table(path)) == [["ann", "x"], ["bob", "y"]]


def test_columns_without_or_with_equal_names_are_told_apart(tmp_path: Path) -> None:
    path = written(tmp_path, "c.csv", ",user_id,Rating,rating\n0,ann,4,5\n")
    assert list(read_table(path).frame.columns) == ["column_1", "user_id", "Rating", "rating_2"]


def test_each_event_of_a_nested_session_becomes_a_row(tmp_path: Path) -> None:
    sessions = [
        {"session": 7, "events": [{"aid": 1, "ts": 10, "type": "clicks"}, {"aid": 2, "ts": 11}]},
        {"session": 8, "events": []},
        {"session": 9, "events": [{"aid": 3, "ts": 12, "type": "orders"}]},
    ]
    path = written(tmp_path, "otto.jsonl", "\n".join(map(json.dumps, sessions)))
    table = read_table(path)
    assert list(table.frame.columns) == ["session", "aid", "ts", "type"]
    assert cells(table) == [
        ["7", "1", "10", "clicks"],
        ["7", "2", "11", None],
        ["9", "3", "12", "orders"],
    ]
    assert table.line.tolist() == [1, 1, 3]


def test_a_list_of_values_in_json_becomes_a_multi_value(tmp_path: Path) -> None:
    path = written(tmp_path, "l.jsonl", '{"id": "a", "tags": ["x", "y"]}\n{"id": "b", "tags": "z"}')
    assert cells(read_table(path)) == [["a", "x|y"], ["b", "z"]]


def test_keys_that_only_later_lines_have_become_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "k.jsonl", '{"user": "a"}\n{"user": "b", "it\'em/~": 2}\n')
    table = read_table(path)
    assert list(table.frame.columns) == ["user", "it'em/~"]
    assert cells(table) == [["a", None], ["b", "2"]]


def test_parquet_keeps_types_apart_but_gives_texts(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame(
        {
            "user": [17850.0, None],  # whole numbers that pandas made floats
            "price": [2.5, float("nan")],
            "when": pd.to_datetime(["2010-12-01 08:26", "2011-01-01 00:00"]),
            "zone": pd.to_datetime(["2010-12-01 08:26", "2011-01-01 00:00"]).tz_localize(
                "Asia/Tokyo"
            ),
            "tags": [["a", "b"], []],
            'odd "name"': ["x", ""],
        }
    ).to_parquet(path)
    assert cells(read_table(path)) == [
        ["17850", "2.5", "2010-12-01 08:26:00", "2010-11-30 23:26:00", "a|b", "x"],
        [None, None, "2011-01-01 00:00:00", "2010-12-31 15:00:00", None, None],
    ]


def test_a_header_of_many_columns_is_read_whole(tmp_path: Path) -> None:
    names = ["user_id", "item_id", *(f"attribute_{number}" for number in range(2_000))]
    path = written(tmp_path, "wide.csv", ",".join(names) + "\n" + ",".join("1" for _ in names))
    assert list(read_table(path).frame.columns) == names
