"""The account of broken lines, to the line; files of all kinds are in `test_awkward_files`."""

from pathlib import Path

import pytest

from m6rec_core.data.loading import read_table
from m6rec_core.errors import DataError


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
