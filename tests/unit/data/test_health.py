"""What is measured of a small data set, worked by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m6rec_core.data.attributes import attribute_table
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.health import Health, health
from m6rec_core.data.health.drift import NEW_ITEMS, NEW_USERS, changes
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


def measured(frame: pd.DataFrame = EVENTS) -> Health:
    return health(Interactions.from_frame(frame))


def test_counts_density_and_spreads() -> None:
    found = measured()
    assert (found.n_events, found.n_users, found.n_items, found.pairs) == (4, 2, 2, 3)
    assert found.density == 0.75  # ann-x, ann-y, bob-x of 4 pairs
    assert found.user_activity.value.tolist() == [1, 3]
    assert found.item_activity.count.tolist() == [1, 1]
    assert (found.user_activity.one, found.item_activity.one) == (1, 1)
    assert found.user_activity.active == 1


def test_ratings_are_counted_and_missing_ones_told() -> None:
    found = health(Interactions.from_frame(EVENTS, rating_range=(2.0, 4.0)))
    assert found.ratings is not None
    assert found.ratings.value.tolist() == [2.0, 4.0]
    assert found.ratings.count.tolist() == [1, 1]
    assert found.missing[0].missing == 2


def test_activity_by_hour_of_the_week_and_by_day() -> None:
    activity = measured().activity
    assert activity is not None
    assert activity.week[0, [10, 11]].tolist() == [2, 1]
    assert activity.week[1, 10] == 1
    assert activity.week.sum() == 4
    assert activity.days == 1
    assert activity.start.tolist() == [MONDAY_10 - 36_000, MONDAY_10 - 36_000 + 86_400]
    assert activity.events.tolist() == [3, 1]


def test_kinds_follow_each_other_for_users_and_for_pairs() -> None:
    kinds = measured().kinds
    assert kinds.names == ("view", "purchase")
    assert kinds.events.tolist() == [3, 1]
    assert kinds.users.tolist() == [2, 1]
    assert kinds.items.tolist() == [2, 1]
    assert kinds.pairs.tolist() == [3, 1]  # views of ann-x, ann-y, bob-x
    # ann views x, buys x, views y: one user goes on on the same item, and one pair does
    assert kinds.then.tolist() == [[1, 1], [1, 0]]
    assert kinds.then_same.tolist() == [[0, 1], [0, 0]]
    assert kinds.pairs_then.tolist() == [[0, 1], [0, 0]]


def test_without_times_both_kinds_count_and_the_advice_says_so() -> None:
    found = measured(EVENTS.drop(columns="timestamp"))
    assert found.activity is None
    assert found.drift is None
    assert found.why_no_drift
    assert not found.kinds.in_order
    assert found.kinds.pairs_then[0, 1] == found.kinds.pairs_then[1, 0] == 1
    assert any("time" in one.finding.lower() for one in found.advice)


def test_repeats_are_told_by_the_time_since_the_event_before() -> None:
    repeats = measured().repeats
    assert (repeats.events, repeats.same_kind) == (1, 0)
    assert repeats.gaps.tolist() == [0, 1, 0, 0, 0, 0]  # an hour


def test_too_few_events_are_the_first_warning() -> None:
    first = measured().advice[0]
    assert first.level == "warning"
    assert "4 events are too few" in first.finding
    assert "1\u2009000" in first.remedy


def test_enough_is_called_good(small_shop: Dataset) -> None:
    assert len(small_shop.interactions) > 1_000
    assert "warning" not in {one.level for one in health(small_shop.interactions).advice}


def test_items_of_the_table_without_events_are_reported() -> None:
    interactions = Interactions.from_frame(EVENTS)
    file = pd.DataFrame({"id": ["x", "y", "z"], "colour": ["red", "blue", "red"]})
    found = health(interactions, items=attribute_table(file, interactions.items, "id"))
    assert found.items is not None
    assert found.items.without_events == 1
    assert any("33 % of the 3 items of the table have no event" in a.finding for a in found.advice)


def test_new_users_and_items_of_the_last_tenth_are_a_drift() -> None:
    old = pd.DataFrame({"user_id": ["a", "b"] * 90, "item_id": ["x", "y"] * 90})
    new = pd.DataFrame({"user_id": ["c"] * 20, "item_id": ["x"] * 10 + ["z"] * 10})
    frame = pd.concat([old, new], ignore_index=True)
    frame["timestamp"] = MONDAY_10 + 3600 * np.arange(200)
    found = measured(frame)
    assert found.drift is not None
    assert (found.drift.events, found.drift.since) == (20, MONDAY_10 + 180 * 3600)
    assert (found.drift.of_new_users, found.drift.of_new_items) == (1.0, 0.5)
    large = {one.name for one in changes(found.drift, found.kinds, None) if one.is_large}
    assert {NEW_USERS, NEW_ITEMS} <= large


def test_ratings_that_are_nearly_all_equal_are_reported() -> None:
    frame = pd.DataFrame({"user_id": list("abcd") * 10, "item_id": list("wxyz") * 10})
    frame["value"] = [5.0] * 39 + [4.0]
    found = health(Interactions.from_frame(frame, rating_range=(4.0, 5.0)))
    assert any("98 % of the ratings are" in one.finding for one in found.advice)


def test_the_arrays_cannot_be_changed() -> None:
    found = measured()
    assert found.activity is not None
    for array in (found.activity.week, found.item_activity.count, found.concentration.items):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_the_figures_are_the_same_after_they_were_stored(tmp_path: Path) -> None:
    found = measured()
    found.save(tmp_path / "health.json")
    assert Health.load(tmp_path / "health.json").to_json() == found.to_json()
    (tmp_path / "health.json").write_text("{}")
    with pytest.raises(DataError, match="another version"):
        Health.load(tmp_path / "health.json")


def test_the_curve_of_lorenz_by_hand() -> None:
    items, events = lorenz([1, 6, 3])
    assert items.tolist() == [0, 1 / 3, 2 / 3, 1]
    assert events.tolist() == [0, 0.1, 0.4, 1]


def test_many_items_give_a_curve_of_few_points_with_both_ends() -> None:
    items, events = lorenz(np.arange(10_000))
    assert len(items) == len(events) == 501
    assert (items[0], events[0], items[-1]) == (0.0, 0.0, 1.0)
    assert events[-1] == pytest.approx(1.0)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_gini_is_the_mean_difference_over_twice_the_mean(counts: list[int]) -> None:
    if not sum(counts):
        assert np.isnan(gini(counts))
        return
    differences = [abs(a - b) for a in counts for b in counts]
    assert gini(counts) == pytest.approx(np.mean(differences) / (2 * np.mean(counts)), abs=1e-12)
