"""The figures of a small data set, worked by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m6rec_core.data.attributes import attribute_table
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.health import gini, health, lorenz
from m6rec_core.data.interactions import Interactions

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


def test_counts_density_and_histograms() -> None:
    found = health(Interactions.from_frame(EVENTS, rating_range=(2.0, 4.0)))
    assert (found.n_events, found.n_users, found.n_items) == (4, 2, 2)
    assert found.density == 0.75  # ann-x, ann-y, bob-x of 4 pairs
    assert sorted(found.events_of_user) == [1, 3]
    assert found.item_activity.value.tolist() == [1.0, 3.0]
    assert found.item_activity.count.tolist() == [1, 1]
    assert (found.users_with_one_event, found.items_with_one_event) == (1, 1)
    assert found.ratings is not None
    assert found.ratings.value.tolist() == [2.0, 4.0]


def test_activity_by_hour_weekday_and_day() -> None:
    found = health(Interactions.from_frame(EVENTS))
    assert found.hour[10] == 3
    assert found.hour[11] == 1
    assert found.weekday.tolist() == [3, 1, 0, 0, 0, 0, 0]
    assert found.day.astype(str).tolist() == ["2024-01-01", "2024-01-02"]
    assert found.events_of_day.tolist() == [3, 1]


def test_kinds_read_as_a_funnel() -> None:
    found = health(Interactions.from_frame(EVENTS))
    assert found.kind_names == ("view", "purchase")
    assert found.events_of_kind.tolist() == [3, 1]
    assert found.users_of_kind.tolist() == [2, 1]
    assert found.items_of_kind.tolist() == [2, 1]


def test_without_times_there_is_no_activity_and_the_advice_says_so() -> None:
    found = health(Interactions.from_frame(EVENTS.drop(columns="timestamp")))
    assert found.hour.sum() == 0
    assert found.day.shape == (0,)
    assert any("mapping.timestamp" in advice.remedy for advice in found.advice)


def test_too_few_events_are_the_first_warning() -> None:
    found = health(Interactions.from_frame(EVENTS))
    assert found.advice[0].level == "warning"
    assert "4 events are too few" in found.advice[0].finding
    assert "1,000" in found.advice[0].remedy


def test_enough_is_called_good(small_shop: Dataset) -> None:
    assert len(small_shop.interactions) > 1_000
    levels = {advice.level for advice in health(small_shop.interactions).advice}
    assert "warning" not in levels


def test_items_of_the_catalogue_without_events_are_reported() -> None:
    interactions = Interactions.from_frame(EVENTS)
    file = pd.DataFrame({"id": ["x", "y", "z"], "colour": ["red", "blue", "red"]})
    found = health(interactions, attribute_table(file, interactions.items, "id"))
    assert found.items_without_events == 1
    assert any(
        "33% of the 3 items of the catalogue have no event" in a.finding for a in found.advice
    )


def test_ratings_that_are_nearly_all_equal_are_reported() -> None:
    frame = pd.DataFrame({"user_id": list("abcd") * 10, "item_id": list("wxyz") * 10})
    frame["value"] = [5.0] * 39 + [4.0]
    found = health(Interactions.from_frame(frame, rating_range=(4.0, 5.0)))
    assert any("98% of the ratings are equal" in advice.finding for advice in found.advice)


def test_the_arrays_cannot_be_changed() -> None:
    found = health(Interactions.from_frame(EVENTS))
    for array in (found.hour, found.events_of_item, found.item_activity.count, found.lorenz_items):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


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
