"""Which column plays which role."""

import pandas as pd
import pytest

from m6rec_core.config import MappingConfig
from m6rec_core.data.loading import RawTable, rejected_rows
from m6rec_core.data.mapping import guess_mapping, map_table, resolve_mapping
from m6rec_core.errors import DataError

NO_ROWS = pd.DataFrame()


def raw(**columns: list[str | None]) -> RawTable:
    frame = pd.DataFrame(columns, dtype="str")
    return RawTable(frame, rejected_rows(), pd.Series(range(2, len(frame) + 2)))


@pytest.mark.parametrize(
    ("header", "user", "item", "others"),
    [
        ("userId movieId rating timestamp", "userId", "movieId", {"value": "rating"}),
        ("user_id:token item_id:token rating:float", "user_id:token", "item_id:token", {}),
        ("user_id item_id weight datetime", "user_id", "item_id", {"timestamp": "datetime"}),
        ("userID itemID rating timestamp", "userID", "itemID", {}),
        ("user item label time", "user", "item", {"value": "label", "timestamp": "time"}),
        ("USER_ID ITEM_ID EVENT_TYPE EVENT_VALUE", "USER_ID", "ITEM_ID", {"event": "EVENT_TYPE"}),
        ("userToken objectID eventType timestamp", "userToken", "objectID", {"event": "eventType"}),
        ("FeedbackType UserId ItemId Timestamp", "UserId", "ItemId", {"event": "FeedbackType"}),
        ("session aid ts type", "session", "aid", {"timestamp": "ts", "event": "type"}),
        ("timestamp visitorid event itemid transactionid", "visitorid", "itemid", {}),
        (
            "event_time event_type product_id category_id price user_id user_session",
            *("user_id", "product_id"),
            {"timestamp": "event_time", "event": "event_type"},
        ),
        (
            "InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID Country",
            *("CustomerID", "StockCode"),
            {"value": "Quantity", "timestamp": "InvoiceDate"},
        ),
    ],
)
def test_the_headers_of_known_systems_are_understood(
    header: str, user: str, item: str, others: dict[str, str]
) -> None:
    found = guess_mapping(header.split(), NO_ROWS).sources()
    assert found["user_id"] == user
    assert found["item_id"] == item
    assert found.items() >= others.items()


def test_a_word_inside_a_longer_name_is_a_guess_of_less_confidence() -> None:
    found = guess_mapping(["my_user_key", "the_product_key"], NO_ROWS)
    assert found.sources() == {"user_id": "my_user_key", "item_id": "the_product_key"}
    assert max(found.confidence.values()) < 0.9


def test_a_column_whose_values_do_not_fit_its_name_is_not_guessed() -> None:
    sample = pd.DataFrame({"user": ["a"], "item": ["x"], "rating": ["great"], "time": ["soon"]})
    assert set(guess_mapping(list(sample.columns), sample).sources()) == {"user_id", "item_id"}


def test_the_configuration_overrules_the_guess_and_frees_its_column() -> None:
    table = pd.DataFrame({"user": ["a"], "item": ["x"], "who": ["b"]})
    found = resolve_mapping(table, MappingConfig(user_id="who", item_id="user"))
    assert found.sources() == {"user_id": "who", "item_id": "user"}
    assert found.confidence == {"user_id": 1.0, "item_id": 1.0}


def test_a_typed_header_may_be_named_without_its_type() -> None:
    table = pd.DataFrame({"who:token": ["a"], "item_id:token": ["x"]})
    assert resolve_mapping(table, MappingConfig(user_id="who")).user_id == "who:token"


def test_a_missing_user_column_is_answered_with_the_columns_present_and_the_option() -> None:
    table = pd.DataFrame({"buyer name": ["a"], "sku": ["x"]})
    with pytest.raises(DataError) as caught:
        resolve_mapping(table, MappingConfig())
    assert "user" in str(caught.value)
    assert "'buyer name', 'sku'" in str(caught.value)
    assert "--set mapping.user_id=COLUMN" in str(caught.value)


def test_a_named_column_that_is_not_there_is_answered_with_the_columns_present() -> None:
    table = pd.DataFrame({"user": ["a"], "item": ["x"]})
    with pytest.raises(DataError) as caught:
        resolve_mapping(table, MappingConfig(value="stars"))
    assert "no column 'stars' for mapping.value" in str(caught.value)
    assert "'user', 'item'" in str(caught.value)


def test_an_error_about_a_wide_table_stays_short() -> None:
    table = pd.DataFrame({f"c{number}": ["1"] for number in range(5_000)})
    with pytest.raises(DataError, match="and 4980 more"):
        resolve_mapping(table, MappingConfig())


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
    assert mapped.rejected.to_dict("records") == [
        {"line": 3, "column": "rating", "reason": "not a number", "text": "good"},
        {"line": 4, "column": "date", "reason": "not a time", "text": "2020-13-01"},
        {"line": 5, "column": "rating", "reason": "not a number", "text": "inf"},
    ]
    assert mapped.time_unit == "ISO 8601"


def test_a_column_without_any_value_counts_as_not_there() -> None:
    table = raw(user=["a"], item=["x"], rating=[None], timestamp=[None])
    frame = map_table(table, guess_mapping(list(table.frame), table.frame)).frame
    assert list(frame.columns) == ["user_id", "item_id"]
