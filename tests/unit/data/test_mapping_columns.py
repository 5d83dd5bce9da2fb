"""Which column plays which role."""

import pandas as pd

from m6rec_core.config import MappingConfig
from m6rec_core.data.loading import RawTable
from m6rec_core.data.mapping import guess_mapping, map_table, resolve_mapping
from m6rec_core.data.reading.rejects import rejected_rows

NO_ROWS = pd.DataFrame()


def raw(**columns: list[str | None]) -> RawTable:
    frame = pd.DataFrame(columns, dtype="str")
    return RawTable(frame, rejected_rows(), pd.Series(range(2, len(frame) + 2)))


def test_a_word_inside_a_longer_name_is_a_guess_of_less_confidence() -> None:
    found = guess_mapping(["my_user_key", "the_product_key"], NO_ROWS)
    assert found.sources() == {"user_id": "my_user_key", "item_id": "the_product_key"}
    assert max(found.confidence.values()) < 0.9


def test_a_column_whose_values_do_not_fit_its_name_is_not_guessed() -> None:
    sample = pd.DataFrame({"user": ["a"], "item": ["x"], "rating": ["great"], "time": ["soon"]})
    assert set(guess_mapping(list(sample.columns), sample).sources()) == {"user_id", "item_id"}


def test_the_name_of_the_value_says_whether_it_is_a_rating() -> None:
    def says(column: str) -> bool | None:
        return guess_mapping(["user", "item", column], NO_ROWS).value_is_rating()

    assert says("Rating:float") is True
    assert says("Quantity") is False
    assert says("value") is None


def test_values_and_times_are_converted_and_missing_cells_stay_missing() -> None:
    table = raw(user=["a", "b"], item=["x", "y"], rating=["4,5", None], ts=["1000", None])
    frame = map_table(table, guess_mapping(list(table.frame), table.frame)).frame
    assert list(frame.columns) == ["user_id", "item_id", "value", "timestamp"]
    assert frame["value"].tolist()[0] == 4.5
    assert frame["timestamp"].tolist()[0] == 1000
    assert frame.isna().sum().tolist() == [0, 0, 1, 1]


def test_a_session_becomes_the_user_of_the_table_where_there_is_none() -> None:
    table = raw(session=["7", "8"], aid=["x", "y"])
    frame = map_table(table, guess_mapping(list(table.frame), table.frame)).frame
    assert frame.to_dict("list") == {"user_id": ["7", "8"], "item_id": ["x", "y"]}


def test_a_row_with_an_unreadable_cell_is_rejected_once_with_its_line_and_text() -> None:
    table = raw(
        user=["a", "b", "c", "d"],
        item=["x", "y", "z", "w"],
        rating=["4", "good", "3", "inf"],
        date=["2020-01-01", "then", "2020-13-01", "2020-01-02"],
    )
    mapping = resolve_mapping(table.frame, MappingConfig(value="rating", timestamp="date"))
    mapped = map_table(table, mapping)
    assert mapped.frame["user_id"].tolist() == ["a"]
    assert mapped.rejected.drop(columns="remedy").to_dict("records") == [
        {"line": 3, "column": "rating", "reason": "not a number", "text": "good"},
        {"line": 4, "column": "date", "reason": "not a time", "text": "2020-13-01"},
        {"line": 5, "column": "rating", "reason": "not a number", "text": "inf"},
    ]
    assert mapped.rejected["remedy"].str.len().gt(10).all()
    assert mapped.time_unit == "ISO 8601"


def test_a_column_without_any_value_counts_as_not_there() -> None:
    table = raw(user=["a"], item=["x"], rating=[None], timestamp=[None])
    frame = map_table(table, guess_mapping(list(table.frame), table.frame)).frame
    assert list(frame.columns) == ["user_id", "item_id"]
