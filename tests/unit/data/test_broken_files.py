"""A broken file gives a whole account of its lines, or one clear error."""

import gzip
from pathlib import Path

import pytest

from m6rec_core.data.loading import read_table
from m6rec_core.errors import DataError

UNREADABLE = {
    "empty.csv": (b"", "is empty"),
    "blank.csv": (b"\n \n", "is empty"),
    "header.csv": (b"user_id,item_id\n", "has a header but no rows"),
    "header-without-end.csv": (b"user_id,item_id", "has a header but no rows"),
    "empty.csv.gz": (gzip.compress(b""), "is empty"),
    "cut.csv.gz": (gzip.compress(b"user_id,item_id\n" + bytes(range(10, 256)) * 900)[:-30], "read"),
    "utf16.csv": ("user_id,item_id\nann,x\n".encode("utf-16"), "not UTF-8"),
    "nul.csv": (b"user_id,item_id\nann,\x00\n", "not UTF-8"),
    "text.parquet": (b"user_id,item_id\nann,x\n", "no parquet file"),
    "stump.parquet": (b"PAR1xxxxxxxx", "cannot be read"),
    "array.json": (b'[{"user": 1},\n{"user": 2}]', "JSON array"),
    "broken.jsonl": (b'{"user": 1\n', "no readable JSON line"),
    "headless.dat": (b"1::1193::5::978300760\n1::661::3::978302109\n", "not names of columns"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unusable_file_gives_one_line_that_names_it(name: str, tmp_path: Path) -> None:
    content, reason = UNREADABLE[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / name)
    message = str(caught.value)
    assert name in message
    assert reason in message
    assert "\n" not in message
    assert message.endswith(".")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(DataError, match=r"There is no file 'nowhere\.csv'"):
        read_table(Path("nowhere.csv"))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is a folder"):
        read_table(tmp_path)


def rejected_of(folder: Path, text: str | bytes) -> list[tuple[int, str, str]]:
    path = folder / "events.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    table = read_table(path).rejected
    return list(zip(table["line"], table["reason"], table["text"], strict=True))


def test_ragged_lines_are_rejected_with_number_reason_and_text(tmp_path: Path) -> None:
    text = "user_id,item_id\nann,x\nbob\ncid,y,z\ndan,w\n"
    assert rejected_of(tmp_path, text) == [
        (3, "fewer values than columns", "bob"),
        (4, "more values than columns", "cid,y,z"),
    ]
    assert read_table(tmp_path / "events.csv").line.tolist() == [2, 5]


def test_a_last_line_that_was_cut_off_is_rejected(tmp_path: Path) -> None:
    text = "user_id,item_id,rating\nann,x,4\nbob,y"
    assert rejected_of(tmp_path, text) == [(3, "fewer values than columns", "bob,y")]


def test_a_line_that_is_not_utf8_is_rejected(tmp_path: Path) -> None:
    found = rejected_of(tmp_path, b"user_id,item_id\nann,x\nb\xffb,y\ncid,z\n")
    assert [(line, reason) for line, reason, _ in found] == [(3, "not UTF-8")]


def test_a_quote_that_is_never_closed_costs_its_own_line_only(tmp_path: Path) -> None:
    text = 'user_id,item_id\nann,x\n"bob,y\n' + "cid,z\n" * 3_000
    assert rejected_of(tmp_path, text) == [(3, "a quote is not closed", '"bob,y')]
    table = read_table(tmp_path / "events.csv")
    assert len(table.frame) == 3_001
    assert table.line.tolist()[:3] == [2, 4, 5]


def test_a_cell_over_two_lines_survives_a_broken_quote_elsewhere(tmp_path: Path) -> None:
    text = 'user_id,item_id\nann,"x\ny"\n"bob,y\n\ncid,z\n'
    assert rejected_of(tmp_path, text) == [(4, "a quote is not closed", '"bob,y')]
    table = read_table(tmp_path / "events.csv")
    assert table.frame.to_numpy().tolist() == [["ann", "x\ny"], ["cid", "z"]]
    assert table.line.tolist() == [2, 6]


def test_text_after_a_closing_quote_is_rejected(tmp_path: Path) -> None:
    text = 'user_id,item_id\n"an"n,x\nbob,y\n'
    assert rejected_of(tmp_path, text) == [(2, "a quote is not closed", '"an"n,x')]


def test_blank_lines_are_no_rows_but_count_as_lines(tmp_path: Path) -> None:
    text = "user_id,item_id\n\nann,x\n\n\nbob\ncid,y\n\n"
    assert rejected_of(tmp_path, text) == [(6, "fewer values than columns", "bob")]
    assert read_table(tmp_path / "events.csv").line.tolist() == [3, 7]


def test_a_line_of_three_megabytes_is_rejected_and_the_next_one_read(tmp_path: Path) -> None:
    text = "user_id,item_id\nann," + "x" * 3_000_000 + "\nbob,y\n"
    found = rejected_of(tmp_path, text)
    assert [(line, reason) for line, reason, _ in found] == [(2, "line too long")]


def test_a_json_line_that_is_no_object_is_rejected(tmp_path: Path) -> None:
    text = '{"user": "ann", "item": "x"}\n\n[1]\n{"user": "bob"\n{"user": "cid", "item": "y"}\n'
    assert rejected_of(tmp_path, text) == [
        (3, "not a JSON object", "[1]"),
        (4, "not a JSON object", '{"user": "bob"'),
    ]


def test_a_session_without_a_list_of_events_is_rejected(tmp_path: Path) -> None:
    text = '{"session": 1, "events": [{"aid": 5}]}\n{"session": 2}\n{"session": 3, "events": 4}\n'
    assert [line for line, _, _ in rejected_of(tmp_path, text)] == [2, 3]


def test_lines_are_numbered_as_an_editor_shows_them_behind_a_cell_over_two_lines(
    tmp_path: Path,
) -> None:
    text = 'user_id,item_id\nann,"x\ny"\nbob\ncid,z\n'
    assert rejected_of(tmp_path, text) == [(4, "fewer values than columns", "bob")]
    assert read_table(tmp_path / "events.csv").line.tolist() == [2, 5]
