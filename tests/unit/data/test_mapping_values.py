"""Columns that are understood from their values: files without a header, unknown names, and traps."""

import numpy as np
import pandas as pd
import pytest

from m6rec_core.data.mapping import guess_mapping

N = 300
RNG = np.random.default_rng(7)
USERS = RNG.integers(100_000, 100_060, N).astype(str)
ITEMS = RNG.integers(4_000_000, 4_000_150, N).astype(str)
HASHES = np.array([f"{number:08x}" for number in RNG.integers(0, 40, N)])
SECONDS = (1_511_544_070 + RNG.integers(0, 900_000, N)).astype(str)
MILLISECONDS = (1_661_724_000_278 + RNG.integers(0, 900_000_000, N)).astype(str)
ISO = pd.Series(pd.to_datetime(SECONDS.astype(int), unit="s")).dt.strftime("%Y-%m-%dT%H:%M:%S.000Z")
STARS = RNG.integers(1, 6, N).astype(str)
HALVES = (RNG.integers(1, 11, N) / 2).astype(str)
CATEGORIES = RNG.integers(2_000, 2_030, N).astype(str)
BEHAVIOUR = RNG.choice(["pv", "buy", "cart", "fav"], N)
COUNTS = (RNG.geometric(0.3, N)).astype(str)
PRICES = np.round(RNG.uniform(1, 99, N), 2).astype(str)
COUNTRIES = RNG.choice(["Germany", "France", "Spain"], N)
MIXED = RNG.choice(["0000143502", "B00YQ6X8EO", "B081TJ8YS3", "0321732944"], N)


def numbered(*columns) -> pd.DataFrame:
    """A table as it is read from a file without a header."""
    return pd.DataFrame({f"column_{place}": c for place, c in enumerate(columns, 1)}, dtype="str")


def guess(frame: pd.DataFrame):
    return guess_mapping(list(frame.columns), frame)


def places(frame: pd.DataFrame) -> dict[str, int]:
    """Role → number of its column."""
    return {role: int(name.split("_")[1]) for role, name in guess(frame).sources().items()}


USER, ITEM, EVENT, VALUE, TIME = "user_id", "item_id", "event", "value", "timestamp"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ((USERS, ITEMS, STARS, SECONDS), {USER: 1, ITEM: 2, VALUE: 3, TIME: 4}),
        ((np.sort(USERS), ITEMS, HALVES, SECONDS), {USER: 1, ITEM: 2, VALUE: 3, TIME: 4}),
        ((np.sort(RNG.integers(1, 9, N)), ITEMS, STARS), {USER: 1, ITEM: 2, VALUE: 3}),
        ((USERS, ITEMS, CATEGORIES, BEHAVIOUR, SECONDS), {USER: 1, ITEM: 2, EVENT: 4, TIME: 5}),
        ((MILLISECONDS, USERS, BEHAVIOUR, ITEMS), {USER: 2, ITEM: 4, EVENT: 3, TIME: 1}),
        ((HASHES, MIXED, STARS, SECONDS), {USER: 1, ITEM: 2, VALUE: 3, TIME: 4}),
        ((USERS, ISO, ITEMS, CATEGORIES), {USER: 1, ITEM: 3, TIME: 2}),
        ((HASHES, ITEMS, COUNTS), {USER: 1, ITEM: 2, VALUE: 3}),
        ((USERS, ISO, PRICES, ITEMS), {USER: 1, ITEM: 4, TIME: 2, VALUE: 3}),
        ((USERS, ITEMS), {USER: 1, ITEM: 2}),
        ((np.arange(N), USERS, ITEMS, STARS), {USER: 2, ITEM: 3, VALUE: 4}),
        ((np.full(N, "7"), ITEMS, STARS), {USER: 1, ITEM: 2, VALUE: 3}),
        ((COUNTRIES, USERS, ITEMS), {USER: 2, ITEM: 3}),
        ((USERS, ITEMS, np.full(N, "5")), {USER: 1, ITEM: 2}),
    ],
    ids=[
        *("MovieLens 100K", "MovieLens sorted by user", "small ids sorted by user", "Taobao"),
        *("RetailRocket", "Amazon ratings", "Yoochoose", "Million Song", "with a price"),
        *(
            "nothing but ids",
            "numbered rows",
            "one user",
            "a word before the ids",
            "constant value",
        ),
    ],
)
def test_a_file_without_a_header_is_understood(columns, expected):
    assert places(numbered(*columns)) == expected


def test_a_header_less_file_of_three_lines_is_understood():
    frame = numbered(["1", "1", "2"], ["10", "11", "10"], ["5", "3", "4"])
    assert places(frame) == {USER: 1, ITEM: 2, VALUE: 3}


def test_two_columns_of_small_numbers_are_ids_and_no_ratings():
    assert places(numbered(["1", "2", "1"], ["3", "5", "4"])) == {USER: 1, ITEM: 2}


def test_small_numbers_in_rising_order_are_no_ratings():
    users = np.sort(RNG.integers(1, 9, N)).astype(str)
    assert places(numbered(users, ITEMS, HASHES)) == {USER: 1, ITEM: 2}


def test_steam_purchases_without_a_header_are_understood():
    games = RNG.choice(["The Elder Scrolls V Skyrim", "Fallout 4", "Spore", "Portal"], N)
    kinds = RNG.choice(["purchase", "play"], N)
    hours = np.where(kinds == "play", np.round(RNG.exponential(9, N), 1), 1.0).astype(str)
    frame = numbered(USERS, games, kinds, hours, np.zeros(N, dtype=int).astype(str))
    assert places(frame) == {USER: 1, ITEM: 2, EVENT: 3, VALUE: 4}


def test_ids_that_are_guessed_from_values_are_of_little_confidence_and_say_so():
    found = guess(numbered(USERS, ITEMS, STARS, SECONDS))
    assert max(found.confidence[USER], found.confidence[ITEM]) <= 0.6
    for role in found.sources():
        assert found.reason[role].startswith("guessed from its values: ")
    assert found.reason[TIME].endswith("times in Unix seconds")
    assert found.reason[VALUE].endswith("ratings from 1 to 5")


def test_the_reason_for_a_kind_of_event_shows_the_most_frequent_words():
    words = ["view"] * 5 + ["cart"] * 3 + ["purchase"] * 2 + ["refund"]
    frame = pd.DataFrame(
        {"user": list("abcdefghijk"), "item": list("abcdefghijk"), "action": words}
    )
    assert guess(frame).reason[EVENT].endswith("few distinct words such as view, cart, purchase")


def test_unknown_names_are_understood_from_values():
    frame = pd.DataFrame({"foo": USERS, "bar": ITEMS, "baz": HALVES, "when": MILLISECONDS})
    assert guess(frame).sources() == {USER: "foo", ITEM: "bar", VALUE: "baz", TIME: "when"}


@pytest.mark.parametrize("order", [["user_id", "thing", "shelf"], ["shelf", "thing", "user_id"]])
def test_beside_a_known_user_the_richest_column_of_ids_is_the_item(order):
    frame = pd.DataFrame({"user_id": USERS, "thing": ITEMS, "shelf": CATEGORIES})
    assert guess(frame[order]).sources() == {USER: "user_id", ITEM: "thing"}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("1511544070", "times in Unix seconds"),
        ("1511544070123", "times in Unix milliseconds"),
        ("1511544070123456", "times in Unix microseconds"),
        ("1511544070123456789", "times in Unix nanoseconds"),
        ("2017-11-24T17:21:10+02:00", "times such as 2017-11-24T17:21:10+02:00"),
        ("2017-11-24 17:21:10", "times such as 2017-11-24 17:21:10"),
        ("24.11.2017", "times such as 24.11.2017"),
        ("20171124", "times such as 20171124"),
    ],
)
def test_times_are_told_by_their_values_in_any_unit(text, unit):
    frame = pd.DataFrame({"user": ["a", "b"], "item": ["x", "y"], "seen": [text, text]})
    found = guess(frame)
    assert found.timestamp == "seen"
    assert found.reason[TIME] == f"guessed from its values: {unit}"


@pytest.mark.parametrize("text", ["0", "17", "1995", "631151999", "4102444800", "1899-12-31", "12"])
def test_numbers_and_dates_outside_of_1990_to_2100_are_no_times_by_themselves(text):
    frame = pd.DataFrame({"user": ["a", "b"], "item": ["x", "y"], "seen": [text, text]})
    assert guess(frame).timestamp == ""


def test_of_two_names_that_are_known_as_well_the_values_choose():
    frame = pd.DataFrame(
        {
            "item_id": np.arange(N).astype(str),  # a number per row
            "product_id": ITEMS,
            "customer_id": np.full(N, None),
            "user_id": USERS,
            "rating": RNG.integers(1, 9000, N).astype(str),
            "stars": STARS,
            "datetime": ISO.str[:10],
            "time": ISO,
        }
    )
    for columns in (list(frame), list(frame)[::-1]):
        assert guess_mapping(columns, frame[columns]).sources() == {
            USER: "user_id",
            ITEM: "product_id",
            VALUE: "stars",
            TIME: "time",
        }


def test_of_two_names_for_the_time_the_one_with_likely_times_wins():
    frame = pd.DataFrame({"user": USERS, "item": ITEMS, "time": COUNTS, "datetime": ISO.str[:10]})
    assert guess(frame).timestamp == "datetime"


@pytest.mark.parametrize("name", ["rank", "index", "position", "Unnamed: 0", "transaction_id"])
def test_a_column_of_this_name_is_nobodys_id(name):
    frame = pd.DataFrame({name: ITEMS, "user": USERS, "foo": CATEGORIES})
    assert guess(frame).sources() == {USER: "user", ITEM: "foo"}


def test_a_number_per_row_named_id_is_neither_user_nor_item():
    frame = pd.DataFrame({"id": np.arange(N).astype(str), "user": USERS, "item": ITEMS})
    assert guess(frame).sources() == {USER: "user", ITEM: "item"}


def test_an_id_that_comes_again_is_the_item_when_nothing_else_is():
    frame = pd.DataFrame({"user": USERS, "rating": HALVES, "ID": ITEMS})
    assert guess(frame).sources() == {USER: "user", ITEM: "ID", VALUE: "rating"}


@pytest.mark.parametrize("other", ["rating", "Quantity", "weight", "label", "watch_ratio"])
def test_a_price_is_never_taken_before_a_rating_or_an_amount(other):
    frame = pd.DataFrame({"price": STARS, "user": USERS, "item": ITEMS, other: STARS})
    assert guess(frame).value == other


def test_a_price_alone_says_nothing_of_the_taste():
    frame = pd.DataFrame({"user": USERS, "item": ITEMS, "price": PRICES})
    assert guess(frame).value == ""


def test_few_words_make_no_kind_of_event_unless_some_are_known():
    frame = pd.DataFrame({"user": USERS, "item": ITEMS, "type": COUNTRIES, "where": COUNTRIES})
    assert guess(frame).event == ""
    frame["type"] = BEHAVIOUR
    assert guess(frame).event == "type"


def test_an_unknown_name_with_kinds_of_behaviour_is_the_event():
    frame = pd.DataFrame({"user": USERS, "item": ITEMS, "what": BEHAVIOUR})
    found = guess(frame)
    assert (found.event, found.item_id) == ("what", "item")


def test_a_column_named_event_that_holds_ids_is_no_kind_of_event():
    frame = pd.DataFrame({"user": USERS, "item": ITEMS, "event": np.arange(N).astype(str)})
    assert guess(frame).event == ""


def test_names_win_over_what_the_values_look_like():
    frame = pd.DataFrame({"item_id": USERS, "user_id": ITEMS})  # few items of many users
    assert guess(frame).sources() == {USER: "user_id", ITEM: "item_id"}


def test_times_of_something_else_are_not_the_time_of_the_event():
    frame = pd.DataFrame({"user": USERS, "item": ITEMS, "birth_date": ISO, "release_date": ISO})
    assert guess(frame).timestamp == ""


@pytest.mark.parametrize(
    "name", ["user_age", "user_agent", "num_users", "user-item_affinity_1", "user_feature_0"]
)
def test_a_user_in_a_longer_name_is_not_always_the_user(name):
    frame = pd.DataFrame({name: USERS, "item_id": ITEMS})
    assert guess(frame).user_id == ""


def test_times_and_kinds_are_seen_through_a_few_bad_cells():
    seconds, kinds = SECONDS.astype(object).copy(), BEHAVIOUR.astype(object).copy()
    seconds[:2], kinds[:9] = "never", "?"
    frame = pd.DataFrame({"user": USERS, "item": ITEMS, "foo": seconds, "bar": kinds})
    assert guess(frame).sources() == {USER: "user", ITEM: "item", TIME: "foo", EVENT: "bar"}


def test_nothing_but_empty_cells_gives_names_only():
    frame = pd.DataFrame({name: [None, ""] for name in ("user", "item", "rating", "foo")})
    assert guess(frame).sources() == {USER: "user", ITEM: "item", VALUE: "rating"}


def test_ten_thousand_unknown_columns_are_no_trouble():
    frame = pd.DataFrame({f"c{number}": STARS[:50] for number in range(10_000)})
    frame["user"], frame["item"] = USERS[:50], ITEMS[:50]
    assert guess(frame).sources() == {USER: "user", ITEM: "item"}
