"""The figures of a small data set, worked by hand."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m6rec_core.data.attributes import attribute_table
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.health import Health, health
from m6rec_core.data.health.shape import gini, lorenz
from m6rec_core.data.interactions import Interactions
from m6rec_core.errors import DataError

MONDAY_10 = 1_704_103_200  # 2024-01-01 10:00 UTC, a Monday

EVENTS = pd.DataFrame(
    {
        "user_id": ["ann", "ann", "ann", "bob"],
        "item_id": ["x", "x", "y", "x"],
        "event": ["view", "purchase", "view", "view"],
        "value": [np.nan, 2.0, np.nan, 4.0],
        "timestamp": [MONDAY_10, MONDAY_10 + 3600, MONDAY_10 + 86_400, MONDAY_10],
    }
)


def found_in(events: pd.DataFrame = EVENTS) -> Health:
    return health(Interactions.from_frame(events, rating_range=(2.0, 4.0)))


def test_counts_density_and_spread() -> None:
    found = found_in()
    assert (found.n_events, found.n_users, found.n_items, found.pairs) == (4, 2, 2, 3)
    assert found.density == 0.75  # ann-x, ann-y, bob-x of 4 pairs
    assert found.item_activity.value.tolist() == [1, 3]
    assert found.item_activity.count.tolist() == [1, 1]
    assert (found.user_activity.one, found.user_activity.active) == (1, 1)
    assert found.ratings is not None
    assert found.ratings.value.tolist() == [2.0, 4.0]


def test_activity_by_hour_of_the_week_and_day() -> None:
    activity = found_in().activity
    assert activity is not None
    assert activity.days == 1
    assert activity.start.tolist() == [MONDAY_10 - 36_000, MONDAY_10 - 36_000 + 86_400]
    assert activity.events.tolist() == [3, 1]
    assert (activity.week[0, 10], activity.week[0, 11], activity.week[1, 10]) == (2, 1, 1)
    assert activity.week.sum() == 4


def test_kinds_read_as_a_funnel() -> None:
    kinds = found_in().kinds
    assert kinds.names == ("view", "purchase")
    assert (kinds.events.tolist(), kinds.users.tolist(), kinds.items.tolist()) == (
        [3, 1],
        [2, 1],
        [2, 1],
    )
    assert kinds.then[0, 1] == kinds.then_same[0, 1] == 1  # ann viewed x, then bought it
    assert (kinds.pairs[0], kinds.pairs_then[0, 1]) == (3, 1)


def test_a_repeat_is_an_event_on_an_item_that_the_user_had_before() -> None:
    repeats = found_in().repeats
    assert (repeats.events, repeats.same_kind) == (1, 0)
    assert repeats.gaps.sum() == 1


def test_without_times_there_is_no_activity_and_the_advice_says_so() -> None:
    found = found_in(EVENTS.drop(columns="timestamp"))
    assert found.activity is None
    assert found.drift is None
    assert any("no times" in advice.finding for advice in found.advice)


def test_values_that_no_event_has_are_not_called_missing() -> None:
    assert [(one.column, one.missing, one.rows) for one in found_in().missing] == [("value", 2, 4)]
    assert found_in(EVENTS.drop(columns="value")).missing == ()


def test_too_few_events_are_the_first_warning() -> None:
    advice = found_in().advice[0]
    assert advice.level == "warning"
    assert "4 events are too few" in advice.finding
    assert "1\u2009000 are needed, 50\u2009000 are recommended" in advice.remedy


@pytest.mark.parametrize(("people", "level"), [(24, "warning"), (25, "note"), (1_000, "good")])
def test_users_with_two_events_have_a_floor_and_a_recommendation(people: int, level: str) -> None:
    frame = pd.DataFrame(
        {"user_id": np.repeat([f"u{n}" for n in range(people)], 2), "item_id": ["x", "y"] * people}
    )
    levels = {
        one.level for one in found_in(frame).advice if "users with at least 2 events" in one.finding
    }
    assert levels == {level}


def test_items_of_the_catalogue_without_events_are_reported(small_shop: Dataset) -> None:
    interactions = Interactions.from_frame(EVENTS)
    file = pd.DataFrame({"id": ["x", "y", "z"], "colour": ["red", "blue", "red"]})
    found = health(interactions, items=attribute_table(file, interactions.items, "id"))
    assert found.items is not None
    assert (found.items.ids, found.items.without_events) == (2, 1)
    assert any("33 % of the 3 items of the table have no event" in a.finding for a in found.advice)


def test_ratings_that_are_nearly_all_equal_are_reported() -> None:
    frame = pd.DataFrame({"user_id": list("abcd") * 10, "item_id": list("wxyz") * 10})
    frame["value"] = [3.0] * 39 + [4.0]
    assert any("98 % of the ratings are equal" in one.finding for one in found_in(frame).advice)


def test_a_last_tenth_of_new_users_is_told() -> None:
    old = [(f"u{n % 20}", f"i{n % 10}", n) for n in range(900)]
    new = [(f"new{n % 20}", f"i{n % 10}", 900 + n) for n in range(100)]
    frame = pd.DataFrame([*old, *new], columns=["user_id", "item_id", "timestamp"])
    frame["timestamp"] = MONDAY_10 + 3600 * frame["timestamp"]
    drift = found_in(frame).drift
    assert drift is not None
    assert (drift.events, drift.of_new_users, drift.of_new_items) == (100, 1.0, 0.0)
    assert drift.popularity == pytest.approx(0.0, abs=1e-6)


def test_the_stored_figures_are_those_that_were_measured(tmp_path, small_shop: Dataset) -> None:
    found = health(small_shop.interactions)
    found.save(tmp_path / "health.json")
    assert Health.load(tmp_path / "health.json").to_json() == found.to_json()
    (tmp_path / "health.json").write_text("{}")
    with pytest.raises(DataError, match="another version"):
        Health.load(tmp_path / "health.json")


def test_the_arrays_cannot_be_changed() -> None:
    found = found_in()
    for array in (found.item_activity.count, found.concentration.items, found.kinds.events):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_the_curve_of_lorenz_by_hand() -> None:
    items, events = lorenz([1, 3, 6])
    assert items.tolist() == [0, 1 / 3, 2 / 3, 1]
    assert events.tolist() == [0, 0.1, 0.4, 1]


def test_many_items_give_a_curve_of_few_points_with_both_ends() -> None:
    items, events = lorenz(np.arange(10_000))
    assert len(items) == len(events) == 501
    assert (items[0], events[0], items[-1]) == (0.0, 0.0, 1.0)
    assert events[-1] == pytest.approx(1.0)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=30).map(sorted))
def test_gini_is_the_mean_difference_over_twice_the_mean(counts: list[int]) -> None:
    if not sum(counts):
        assert np.isnan(gini(counts))
        return
    differences = [abs(a - b) for a in counts for b in counts]
    assert gini(counts) == pytest.approx(np.mean(differences) / (2 * np.mean(counts)), abs=1e-12)


def test_the_spread_of_a_shop_is_that_of_a_plain_count(small_shop: Dataset) -> None:
    events = small_shop.interactions
    count = Counter(Counter(events.item_row.tolist()).values())
    found = health(events).item_activity
    assert dict(zip(found.value.tolist(), found.count.tolist(), strict=True)) == dict(count)
