"""Columns of the events that describe the item or the user, each case counted by hand."""

import numpy as np
import pandas as pd
import pytest

from m6rec_core.data.describing import share_determined
from m6rec_core.data.mapping import guess_mapping

USERS = [f"u{number % 4}" for number in range(40)]  # ten rows each
ITEMS = [f"i{number // 2 % 8}" for number in range(40)]  # four or six rows each


def attributes(**columns) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those of the user and those of the item that are guessed beside the two ids."""
    frame = pd.DataFrame({"user": USERS, "item": ITEMS, **columns}, dtype="str")
    found = guess_mapping(list(frame.columns), frame)
    assert (found.user_id, found.item_id) == ("user", "item")
    return found.user_attributes, found.item_attributes


def by(ids: list[str], *names: str) -> list[str]:
    """One of the names for each row, always the same for an id."""
    return [names[int(one_id[1:]) % len(names)] for one_id in ids]


def test_what_is_the_same_for_each_item_describes_the_item():
    assert attributes(colour=by(ITEMS, "red", "blue")) == ((), ("colour",))


def test_what_is_the_same_for_each_user_describes_the_user():
    assert attributes(country=by(USERS, "Spain", "France")) == (("country",), ())


def test_what_varies_describes_neither():
    rng = np.random.default_rng(3)
    assert attributes(mood=rng.choice(["good", "bad"], 40)) == ((), ())


def test_what_is_the_same_in_all_rows_describes_neither():
    assert attributes(shop=["one"] * 40) == ((), ())


def test_two_stray_rows_of_forty_are_tolerated_and_three_are_not():
    colours = by(ITEMS, "red", "blue", "green", "black")
    colours[0] = colours[20] = "white"  # 38 of 40 rows agree with their item: 95 %
    assert attributes(colour=colours) == ((), ("colour",))
    colours[30] = "white"
    assert attributes(colour=colours) == ((), ())


@pytest.mark.parametrize(("filled", "expected"), [(20, ("colour",)), (19, ())])
def test_twenty_rows_of_repeated_items_are_needed(filled, expected):
    items = ["i1"] * 10 + ["i2"] * 10 + [f"i{number}" for number in range(10, 30)]
    colours = ["red"] * 10 + ["blue"] * 10 + ["green"] * 20
    colours[filled:20] = [None] * (20 - filled)
    assert attributes(item=items, colour=colours)[1] == expected


def test_items_with_a_single_row_prove_nothing():
    items = [f"i{number}" for number in range(40)]
    colours = ["red", "blue"] * 20
    assert attributes(item=items, colour=colours, user=["u1", "u2", "u3", "u3"] * 10)[1] == ()


def test_of_user_and_item_the_one_that_tells_it_better_is_described():
    users = [f"u{number // 10}" for number in range(40)]
    items = [f"i{number // 10 * 5 + number % 5}" for number in range(40)]  # five of each user alone
    items[0] = items[10]  # but one: 39 of 40 rows agree with their item, and all with their user
    countries = by(users, "Spain", "France")
    assert attributes(user=users, item=items, country=countries) == (("country",), ())
    assert attributes(user=items, item=users, country=countries) == ((), ("country",))


def test_a_value_that_is_nearly_always_the_same_does_not_hang_on_the_item_by_chance():
    wrapped = ["no"] * 39 + ["yes"]  # 39 of 40 rows agree with their item, and with everything else
    assert attributes(wrapped=wrapped) == ((), ())


@pytest.mark.parametrize("name", ["invoice_no", "order id", "InvoiceNo", "basket", "ip"])
def test_a_number_of_one_purchase_describes_no_user(name):
    assert attributes(**{name: by(USERS, "536365", "536366")}) == ((), ())


def test_a_time_describes_no_user():
    days = by(USERS, "2020-01-01", "2020-01-02")
    assert attributes(timestamp=days, seen=days) == ((), ())


def test_a_value_of_its_own_for_each_of_many_users_is_a_name_and_no_attribute():
    users = [f"u{number % 12}" for number in range(240)]
    frame = pd.DataFrame({"user": users, "item": ITEMS * 6, "nickname": by(users, *"abcdefghijkl")})
    assert guess_mapping(list(frame), frame).user_attributes == ()
    frame["nickname"] = by(users, "a", "b", "c")
    assert guess_mapping(list(frame), frame).user_attributes == ("nickname",)


def test_online_retail_has_descriptions_of_items_and_countries_of_users():
    rng = np.random.default_rng(5)
    stock, customer = rng.integers(0, 30, 600), rng.integers(0, 25, 600)
    frame = pd.DataFrame(
        {
            "InvoiceNo": (536_365 + customer * 40 + rng.integers(0, 3, 600)).astype(str),
            "StockCode": stock.astype(str),
            "Description": [f"BAG NO {code}" for code in stock],
            "Quantity": rng.integers(1, 12, 600).astype(str),
            "InvoiceDate": [f"12/{day}/2010 8:26" for day in rng.integers(1, 28, 600)],
            "UnitPrice": np.round(rng.uniform(1, 9, 600), 2).astype(str),
            "CustomerID": np.where(rng.random(600) < 0.25, None, customer.astype(str)),
            "Country": np.where(customer == 7, "France", "United Kingdom"),
        },
        dtype="str",
    )
    found = guess_mapping(list(frame), frame)
    assert found.item_attributes == ("Description",)
    assert found.user_attributes == ("Country",)
    assert found.confidence["item_attributes"] < 1
    assert found.reason["user_attributes"] == "each user has one value of it"


def test_a_session_in_the_place_of_the_user_is_described_like_one():
    sessions = [f"s{number % 4}" for number in range(40)]
    frame = pd.DataFrame(
        {"session": sessions, "aid": ITEMS, "browser": by(sessions, "Firefox", "Safari")}
    )
    assert guess_mapping(list(frame), frame).user_attributes == ("browser",)


def test_the_order_of_rows_and_columns_changes_no_attribute():
    frame = pd.DataFrame(
        {
            "user": USERS,
            "item": ITEMS,
            "colour": by(ITEMS, "red", "blue"),
            "country": by(USERS, "Spain", "France"),
        }
    )
    for turned in (frame, frame.iloc[::-1], frame.sample(frac=1, random_state=2)):
        for columns in (list(frame), list(frame)[::-1]):
            found = guess_mapping(columns, turned[columns])
            assert found.user_attributes == ("country",)
            assert found.item_attributes == ("colour",)


def test_the_share_counts_rows_of_repeated_ids_only_and_no_missing_cells():
    ids = np.array([0, 0, 0, 0, 1, 1, 2, 3, 3, -1])
    values = np.array([5, 5, 5, 6, 7, 8, 9, 9, -1, 5])
    assert share_determined(ids, values) == (4 / 6, 6)  # 3 of 4 rows of id 0, 1 of 2 of id 1


def test_the_share_of_no_rows_is_undefined():
    share, rows = share_determined(np.array([0, 1]), np.array([0, 0]))
    assert np.isnan(share)
    assert rows == 0
