"""Recent popularity, age and idleness against plain loops over the events."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m6rec_core.data.histories import Histories
from m6rec_core.errors import DataError
from m6rec_core.similarity.item_times import ItemTimes, fit_item_times, last_times

DAY = 86_400


def one_user(events: list[tuple[int, int]], n_items: int) -> Histories:
    """Events are (item row, time); the order within one history does not matter here."""
    items, times = zip(*events, strict=True) if events else ((), ())
    return Histories.of_items(items, n_items=n_items, time=times)


event = st.tuples(st.integers(0, 4), st.integers(0, 10))


@settings(deadline=None)  # the first call compiles
@given(st.lists(event, max_size=30), st.lists(st.integers(-2, 13), max_size=6), st.integers(0, 9))
def test_popularity_counts_the_events_of_the_window(events, moments, window):
    times = fit_item_times(one_user(events, 5))
    moment = np.array(moments, dtype=np.int64)
    expected = [
        [sum(i == item and t - window <= when < t for i, when in events) for item in range(5)]
        for t in moments
    ]
    found = times.recent_popularity(moment, window_days=window / DAY)
    assert found.tolist() == np.reshape(expected, (len(moments), 5)).tolist()
    every_item = np.tile(np.arange(5, dtype=np.int32), (len(moments), 1))
    of_pairs = times.recent_popularity_of(moment, every_item, window_days=window / DAY)
    assert of_pairs.tolist() == found.tolist()


def test_padding_has_no_popularity():
    times = fit_item_times(one_user([(0, 5), (0, 6)], 1))
    rows = np.array([[0, -1]], dtype=np.int32)
    found = times.recent_popularity_of(np.array([10]), rows, window_days=1)
    assert found.tolist() == [[2.0, 0.0]]


def test_age_runs_from_the_first_and_idleness_from_the_last_event():
    times = fit_item_times(one_user([(0, 1 * DAY), (0, 4 * DAY), (2, 3 * DAY)], 3))
    moment = np.array([5 * DAY, 2 * DAY])
    assert times.first_seen.tolist() == [1 * DAY, 4 * DAY, 3 * DAY]  # item 1: the latest of all
    assert times.last_seen.tolist() == [4 * DAY, 4 * DAY, 3 * DAY]
    assert times.age_days(moment).tolist() == [[4.0, 1.0, 2.0], [1.0, 0.0, 0.0]]
    assert times.idle_days(moment).tolist() == [[1.0, 1.0, 2.0], [0.0, 0.0, 0.0]]


def test_last_times_are_per_user_and_zero_for_an_empty_history():
    histories = one_user([(0, 7), (1, 9), (2, 8)], 3)
    two = histories.take([0]).keep(np.array([True, False, False]))
    assert last_times(histories).tolist() == [9]
    assert last_times(two).tolist() == [7]
    assert last_times(Histories.of_items([], n_items=3)).tolist() == [0]


def test_a_catalogue_without_events_is_never_popular():
    times = fit_item_times(one_user([], 2))
    assert times.recent_popularity(np.array([5]), window_days=1).tolist() == [[0.0, 0.0]]
    assert times.first_seen.tolist() == [0, 0]


def test_events_without_timestamps_are_refused():
    with pytest.raises(DataError, match="no timestamps"):
        fit_item_times(Histories.of_items([0], n_items=1))


def test_arrays_bring_back_the_same_times():
    times = fit_item_times(one_user([(0, 7), (1, 9)], 2))
    again = ItemTimes.from_arrays(times.to_arrays())
    assert again.last_seen.tolist() == times.last_seen.tolist() == [7, 9]
