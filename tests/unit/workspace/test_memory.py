"""Corrections of the mapping come back for files with the same header, and for no others."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from m6rec_core.workspace.memory import MOST_HEADERS, recall, remember

HEADER = ["who", "what", "when"]
SETTINGS = {"mapping.user_id": "who", "mapping.event": "-"}


def only_file(home):
    """The one file that the memory consists of: nothing temporary stays beside it."""
    (path,) = home.iterdir()
    return path


def test_settings_come_back_for_the_same_header(tmp_path):
    remember(tmp_path, HEADER, SETTINGS)
    assert recall(tmp_path, HEADER) == SETTINGS


def test_nothing_is_known_in_the_beginning(tmp_path):
    assert recall(tmp_path, HEADER) == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "same",
    [["when", "who", "what"], [" who", "what ", "when\t"], ["\ufeffwho", "what", "when"]],
    ids=["other order", "blanks", "byte-order mark"],
)
def test_order_and_blanks_do_not_make_another_header(tmp_path, same):
    remember(tmp_path, HEADER, SETTINGS)
    assert recall(tmp_path, same) == SETTINGS


def test_composed_and_decomposed_letters_are_the_same(tmp_path):
    remember(tmp_path, ["K\u00e4ufer"], SETTINGS)
    assert recall(tmp_path, ["Ka\u0308ufer"]) == SETTINGS


@pytest.mark.parametrize(
    "other",
    [
        ["who", "what"],
        ["who", "what", "when", "why"],
        ["Who", "what", "when"],
        ["who", "what", "when", "when"],
        ["who what", "when"],
        [],
    ],
)
def test_another_header_has_no_settings(tmp_path, other):
    remember(tmp_path, HEADER, SETTINGS)
    assert recall(tmp_path, other) == {}


def test_files_without_a_header_are_told_apart_by_their_number_of_columns(tmp_path):
    remember(tmp_path, ["column_1", "column_2"], {"mapping.user_id": "column_1"})
    remember(tmp_path, ["column_1", "column_2", "column_3"], {"mapping.user_id": "column_3"})
    assert recall(tmp_path, ["column_1", "column_2"]) == {"mapping.user_id": "column_1"}
    assert recall(tmp_path, ["column_1", "column_2", "column_3"])["mapping.user_id"] == "column_3"
    assert recall(tmp_path, ["column_1"]) == {}


def test_later_settings_replace_earlier_ones_and_empty_ones_forget(tmp_path):
    remember(tmp_path, HEADER, SETTINGS)
    remember(tmp_path, HEADER, {"mapping.user_id": "what"})
    assert recall(tmp_path, HEADER) == {"mapping.user_id": "what"}
    remember(tmp_path, HEADER, {})
    assert recall(tmp_path, HEADER) == {}


def test_of_too_many_headers_the_one_not_written_for_longest_is_forgotten(tmp_path):
    memory = {f"{number:064x}": SETTINGS for number in range(MOST_HEADERS - 2)}
    remember(tmp_path, ["first"], SETTINGS)
    path = only_file(tmp_path)
    first = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**first, **memory}), "utf-8")  # one place is free
    remember(tmp_path, ["second"], SETTINGS)
    assert recall(tmp_path, ["first"]) == SETTINGS
    remember(tmp_path, ["third"], SETTINGS)
    assert recall(tmp_path, ["first"]) == {}
    assert recall(tmp_path, ["second"]) == recall(tmp_path, ["third"]) == SETTINGS
    assert len(json.loads(path.read_text("utf-8"))) == MOST_HEADERS


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b"[" * 100_000, b'{"a": 3, "b": {"c": 4}}'],
    ids=["empty", "cut off", "a list", "null", "no text", "deep", "other values"],
)
def test_a_damaged_file_is_an_empty_memory_that_can_be_written_again(tmp_path, content):
    remember(tmp_path, HEADER, SETTINGS)
    path = only_file(tmp_path)
    path.write_bytes(content)
    assert recall(tmp_path, HEADER) == {}
    remember(tmp_path, HEADER, SETTINGS)
    assert recall(tmp_path, HEADER) == SETTINGS
    assert only_file(tmp_path) == path


def test_names_in_any_writing_are_kept_as_they_are(tmp_path):
    settings = {"mapping.user_id": "用户 🙂", "mapping.item_attributes": 'a,"b, c"'}
    remember(tmp_path, ["用户 🙂", "a", "b, c"], settings)
    assert recall(tmp_path, ["用户 🙂", "a", "b, c"]) == settings


def test_writers_in_one_process_lose_nothing(tmp_path):
    headers = [[f"name {number}"] for number in range(20)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda header: remember(tmp_path, header, {"a": header[0]}), headers))
    assert [recall(tmp_path, header) for header in headers] == [
        {"a": header[0]} for header in headers
    ]
