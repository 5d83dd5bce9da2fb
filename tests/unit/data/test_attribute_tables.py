"""Attributes stand in the order of the rows, whatever the order of their file."""

import numpy as np
import pandas as pd
import pytest

from m6rec_core.data.attributes import attribute_table, kind_of
from m6rec_core.data.ids import IdMap
from m6rec_core.errors import DataError

IDS = IdMap.in_given_order(["c", "a", "b"])
FILE = pd.DataFrame(
    {
        "movie": ["a", "z", "c", "a"],
        "title": ["Old A", "Z", None, "A"],
        "year": ["1990", "1991", "1992", "1999"],
        "genres": ["Drama", "War", "War|Drama|War", "Comedy | Drama"],
    },
    dtype="str",
)


def test_rows_follow_the_id_map_and_the_last_line_of_an_id_counts() -> None:
    table = attribute_table(FILE, IDS, "movie")
    assert table.titles().tolist() == ["c", "A", "b"]
    assert table.numbers("year").tolist()[:2] == [1992.0, 1999.0]
    assert np.isnan(table.numbers("year")[2])
    assert dict(table.kinds) == {"title": "title", "year": "number", "genres": "multi"}


def test_what_did_not_match_is_counted_both_ways() -> None:
    table = attribute_table(FILE, IDS, "movie")
    counts = (table.ids_without_attributes, table.rows_without_events, table.repeated_rows)
    assert counts == (1, 1, 1)


def test_labels_are_pairs_of_row_and_label_without_repeats() -> None:
    rows, labels = attribute_table(FILE, IDS, "movie").labels("genres")
    assert list(zip(rows.tolist(), labels, strict=True)) == [
        (0, "War"),
        (0, "Drama"),
        (1, "Comedy"),
        (1, "Drama"),
    ]


def test_a_category_with_a_bar_inside_is_split_only_when_it_is_a_multi_value() -> None:
    frame = pd.DataFrame({"id": ["a", "c"], "city": ["Rome", "Oslo"]})
    rows, labels = attribute_table(frame, IDS, "id").labels("city")
    assert (rows.tolist(), labels.tolist()) == ([0, 1], ["Oslo", "Rome"])


def test_without_a_title_a_row_is_called_by_its_id() -> None:
    frame = pd.DataFrame({"id": ["a"], "year": ["1990"]})
    assert attribute_table(frame, IDS, "id").titles().tolist() == ["c", "a", "b"]


def test_an_empty_file_gives_missing_values_only() -> None:
    table = attribute_table(FILE.iloc[:0], IDS, "movie")
    assert len(table) == 3
    assert table.ids_without_attributes == 3
    assert table.frame.isna().all(axis=None)


def test_a_missing_id_column_is_answered_with_the_columns_present() -> None:
    with pytest.raises(DataError, match="'movie', 'title', 'year', 'genres'"):
        attribute_table(FILE, IDS, "item_id")


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("price", ["1,5", "2,5"], "number"),
        ("age", ["25", None, "31"], "number"),
        ("Occupation", ["4", "7"], "category"),
        ("zip-code", ["10115", "80331"], "category"),
        ("brand", ["Oak", "Elm"], "category"),
        ("tags:token_seq", ["a|b", "c"], "multi"),
        ("name", ["5", "6"], "title"),
        ("image_url", ["x", "y"], "image"),
        ("cover", ["https://example.org/a.jpg"], "image"),
        ("text", ["a|b"], "text"),
        ("blurb", ["A long tale of many words about a house by the sea"], "text"),
        ("empty", [None, None], "category"),
    ],
)
def test_the_kind_of_a_column(name: str, values: list[str | None], kind: str) -> None:
    assert kind_of(name, pd.Series(values, dtype="str")) == kind


def test_the_table_that_came_in_is_not_changed() -> None:
    before = FILE.copy()
    attribute_table(FILE, IDS, "movie")
    pd.testing.assert_frame_equal(FILE, before)


def test_a_short_text_that_hardly_ever_comes_twice_names_what_has_no_title():
    ids = IdMap(["85123A", "71053", "22752"])
    words = ["WHITE HANGING HEART T-LIGHT HOLDER", "WHITE METAL LANTERN", None]
    frame = pd.DataFrame({"id": ["85123A", "71053", "22752"], "Description": words})
    named = attribute_table(frame, ids, "id")
    assert named.kinds["Description"] == "text"  # and stays one: likeness of texts needs it
    assert dict(zip(ids.ids, named.titles(), strict=True)) == {
        "85123A": "WHITE HANGING HEART T-LIGHT HOLDER", "71053": "WHITE METAL LANTERN",
        "22752": "22752",
    }  # fmt: skip
    same = attribute_table(frame.assign(Description="on sale"), ids, "id")
    assert same.titles().tolist() == ids.ids.tolist()
    long = attribute_table(frame.assign(Description=["a" * 90, "b" * 90, "c" * 90]), ids, "id")
    assert long.titles().tolist() == ids.ids.tolist()
