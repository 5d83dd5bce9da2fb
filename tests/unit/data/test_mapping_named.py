"""Columns that the configuration names, and what is said when they cannot be found."""

from dataclasses import asdict

import pandas as pd
import pytest

from m6rec_core.config import Config, MappingConfig
from m6rec_core.data.mapping import Mapping, guess_mapping, resolve_mapping
from m6rec_core.errors import DataError

TABLE = pd.DataFrame(
    {
        "user": ["a", "b"],
        "item": ["x", "y"],
        "rating": ["4", "5"],
        "who": ["c", "d"],
        "day": ["2020-01-01", "2020-01-02"],
        "colour": ["red", "blue"],
    }
)
SESSIONS = pd.DataFrame({"session": ["1", "2"], "aid": ["x", "y"], "type": ["carts", "clicks"]})


def resolve(table: pd.DataFrame = TABLE, **named: str) -> Mapping:
    return resolve_mapping(list(table.columns), table, MappingConfig(**named))


def refusal(table: pd.DataFrame = TABLE, **named: str) -> str:
    with pytest.raises(DataError) as caught:
        resolve(table, **named)
    return str(caught.value)


def test_without_names_it_is_the_guess():
    assert resolve() == guess_mapping(list(TABLE.columns), TABLE)
    assert resolve().sources() == {
        "user_id": "user",
        "item_id": "item",
        "value": "rating",
        "timestamp": "day",
    }


def test_a_named_column_wins_is_certain_and_frees_the_guessed_one():
    found = resolve(user_id="who", item_id="user")
    assert (found.user_id, found.item_id) == ("who", "user")
    assert found.confidence["user_id"] == found.confidence["item_id"] == 1.0
    assert found.reason["user_id"] == "the analyst named it"
    assert "item" not in found.sources().values()


def test_a_role_whose_column_was_named_for_another_is_guessed_from_the_rest():
    table = pd.DataFrame({"user": ["a"], "item": ["x"], "product": ["p"]})
    assert resolve(table, event="item").sources() == {
        "user_id": "user",
        "item_id": "product",
        "event": "item",
    }


def test_a_dash_says_that_there_is_no_such_column():
    found = resolve(value="-", timestamp="-")
    assert found.sources() == {"user_id": "user", "item_id": "item"}
    assert "value" not in found.confidence


def test_columns_of_a_file_without_a_header_are_guessed_around_the_named_ones():
    table = pd.DataFrame({f"column_{n}": list("12") for n in (1, 2)}).assign(column_3=["5", "3"])
    found = resolve(table, user_id="column_2", item_id="column_1")
    assert found.sources() == {
        "user_id": "column_2",
        "item_id": "column_1",
        "value": "column_3",
    }


def test_a_typed_header_may_be_named_without_its_type():
    table = pd.DataFrame({"who:token": ["a"], "item_id:token": ["x"]})
    assert resolve(table, user_id="who").user_id == "who:token"


def test_a_session_stands_in_for_a_user_that_is_not_there():
    found = resolve(SESSIONS)
    assert (found.user_id, found.session, found.who) == ("", "session", "session")
    assert found.sources() == {"session": "session", "item_id": "aid", "event": "type"}


def test_a_user_stands_before_the_session():
    table = SESSIONS.assign(user_id=["u", "v"])
    assert resolve(table).who == "user_id"
    assert resolve(table, user_id="-").who == "session"


def test_a_named_session_stands_in_for_the_user():
    found = resolve(TABLE.drop(columns="user"), session="who")
    assert (found.user_id, found.who) == ("", "who")


def test_attributes_are_listed_with_commas():
    found = resolve(item_attributes="colour, day", user_attributes="who")
    assert found.item_attributes == ("colour", "day")
    assert found.user_attributes == ("who",)
    assert found.confidence["item_attributes"] == 1.0


def test_a_column_with_a_comma_in_its_name_can_be_listed():
    table = TABLE.rename(columns={"colour": "colour, main"})
    assert resolve(table, item_attributes="colour, main").item_attributes == ("colour, main",)
    both = resolve(table, item_attributes='who,"colour, main"')
    assert both.item_attributes == ("who", "colour, main")


def repeated() -> pd.DataFrame:
    """Forty rows in which `colour` hangs on the item alone."""
    items = [f"i{number // 2 % 8}" for number in range(40)]
    return pd.DataFrame(
        {
            "user": [f"u{number % 3}" for number in range(40)],
            "item": items,
            "colour": ["red" if item in ("i1", "i5") else "blue" for item in items],
        }
    )


def test_a_dash_drops_the_guessed_attributes():
    assert resolve(repeated()).item_attributes == ("colour",)
    found = resolve(repeated(), item_attributes="-")
    assert found.item_attributes == ()
    assert "item_attributes" not in found.reason


def test_a_column_that_is_named_for_users_is_no_longer_guessed_for_items():
    found = resolve(repeated(), user_attributes="colour")
    assert (found.user_attributes, found.item_attributes) == (("colour",), ())


def test_a_mapping_in_words_names_all_of_it_so_that_nothing_is_guessed():
    words = resolve(item_attributes="colour", value="-").to_words()
    assert words == {
        "mapping.user_id": "user",
        "mapping.item_id": "item",
        "mapping.event": "-",
        "mapping.value": "-",
        "mapping.timestamp": "day",
        "mapping.session": "-",
        "mapping.user_attributes": "-",
        "mapping.item_attributes": "colour",
    }


@pytest.mark.parametrize("table", [TABLE, SESSIONS, repeated()], ids=["users", "sessions", "items"])
def test_words_bring_the_same_mapping_back_by_way_of_the_configuration(table):
    first = resolve(table)
    config = Config.from_flat(first.to_words()).mapping
    again = resolve_mapping(list(table.columns), table, config)
    assert {**asdict(again), "confidence": 0, "reason": 0} == {
        **asdict(first),
        "confidence": 0,
        "reason": 0,
    }
    assert Mapping.from_words(first.to_words()).sources() == first.sources()
    assert set(again.confidence.values()) == {1.0}


def test_no_words_are_a_mapping_of_nothing():
    assert Mapping.from_words({}) == Mapping()
    assert Mapping.from_words({"mapping.user_id": "-"}) == Mapping()


@pytest.mark.parametrize(
    ("role", "text"),
    [("value", "stars"), ("session", "visit"), ("item_attributes", "colour,stars,size")],
)
def test_a_named_column_that_is_not_there_is_answered_with_the_columns_present(role, text):
    message = refusal(**{role: text})
    missing = "stars" if "stars" in text else text
    assert f"There is no column '{missing}' for mapping.{role}." in message
    assert "'user', 'item', 'rating', 'who', 'day', 'colour'" in message
    assert f"--set mapping.{role}=COLUMN" in message


def test_a_missing_user_is_answered_with_the_columns_present_and_the_option():
    message = refusal(pd.DataFrame({"buyer name": ["a"], "sku": ["x"]}))
    assert "No column with the user ids was found." in message
    assert "'buyer name', 'sku'" in message
    assert "--set mapping.user_id=COLUMN" in message


def test_a_missing_item_is_answered_with_the_columns_present_and_the_option():
    message = refusal(item_id="-")
    assert "No column with the item ids was found." in message
    assert "--set mapping.item_id=COLUMN" in message


def test_a_table_of_items_is_not_taken_for_events():
    items = pd.DataFrame({"item_id": ["1", "2"], "price": ["3", "4"], "brand": ["a", "b"]})
    assert "No column with the user ids" in refusal(items)


def test_an_error_about_a_wide_table_stays_short():
    assert "and 4980 more" in refusal(pd.DataFrame({f"c{n}": ["1"] for n in range(5_000)}))
