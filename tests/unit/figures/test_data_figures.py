"""What the figures of data health, similarity and training show, worked by hand."""

import numpy as np
import pandas as pd
import pytest

from m6rec_core.data.health import health as measure
from m6rec_core.data.health import shape
from m6rec_core.data.health.clock import Clock
from m6rec_core.data.health.record import Kinds, Ratings
from m6rec_core.data.health.shape import spread
from m6rec_core.data.interactions import Interactions
from m6rec_core.errors import ConfigError
from m6rec_core.figures import (
    bins,
    concentration,
    health,
    health_kinds,
    health_time,
    similarity,
    training,
)


def kinds_of(events: list[str]) -> Kinds:
    """The kinds of events of one user on as many items."""
    items = [f"item {at}" for at in range(len(events))]
    frame = pd.DataFrame({"user_id": "ann", "item_id": items, "event": events})
    return measure(Interactions.from_frame(frame)).kinds


def test_a_long_tail_counts_the_owners_with_at_least_so_many_events():
    info = concentration.long_tail_info(spread(np.array([1, 1, 3, 0, 7])), of="user")
    assert info.events.tolist() == [1, 3, 7]
    assert info.owners.tolist() == [4, 2, 1]
    assert (info.median, info.largest) == (1.0, 7)
    assert concentration.long_tail_finding(info) == (
        "Half of the users have at most 1 event; the busiest has 7."
    )


def test_a_very_long_tail_is_thinned_but_keeps_both_ends():
    info = concentration.long_tail_info(spread(np.arange(1, 5001)), of="item")
    assert len(info.events) < 500
    assert (info.events[0], info.events[-1]) == (1, 5000)
    assert (info.owners[0], info.owners[-1]) == (5000, 1)


def test_the_curve_of_concentration_is_told_by_its_top_items():
    items = np.array([1] * 18 + [10, 12])
    assert concentration.lorenz_finding(shape.concentration(items)) == (
        "The most popular tenth of the items takes 55 % of all events, "
        "the ten most popular items 75 % (Gini 0.453)."
    )  # 22 and 30 of 40; all differences of pairs sum to 724, over 2 · 20 · 40


def test_ratings_are_told_by_the_most_frequent_one_and_the_mean():
    found = Ratings(np.array([1.0, 4.0, 5.0]), np.array([1, 2, 1]), 3.5, 0.0, 1.0, 5.0)
    assert health.ratings_finding(found) == (
        "The most frequent rating is 4 (50 % of all); the mean is 3.50."
    )


DAY = 1_700_006_400  # 2023-11-15 00:00 UTC, a Wednesday


def test_activity_is_told_by_its_ends_and_its_busiest_day():
    info = Clock(np.array([DAY, DAY + 10, DAY + 3 * 3600, DAY + 2 * 86_400])).activity()
    assert health_time.activity_finding(info) == (
        "The events run from 15 Nov 2023 to 17 Nov 2023; the busiest day is 15 Nov 2023 with 3 events."
    )
    assert health_time.week_finding(info) == (
        "The busiest hour of the week is Wednesday 0–1 h UTC (50 % of all events; even would be 0.6 %)."
    )


@pytest.mark.parametrize("years", [0.5, 2, 10, 80, 400])
def test_activity_of_any_span_fits_its_points_and_loses_no_event(years):
    times = np.linspace(0, years * 31_557_600, 1000).astype(np.int64)
    info = Clock(times).activity()
    assert len(info.events) <= 5_000
    assert info.events.sum() == info.week.sum() == 1000
    assert info.start[0] <= times.min()
    assert set(np.diff(info.start)) <= {info.days * 86_400}


def test_the_most_frequent_kind_is_named_with_its_share():
    info = kinds_of(["view"] * 6 + ["cart"] * 2)
    assert info.names == ("view", "cart")
    assert health_kinds.kinds_finding(info) == (
        "'view' is the most frequent kind of event (75 % of all)."
    )


def test_the_funnel_says_how_many_users_and_pairs_go_on():
    # ann views x and y and then buys x; bob views x
    frame = pd.DataFrame(
        {
            "user_id": ["ann", "ann", "ann", "bob"],
            "item_id": ["x", "y", "x", "x"],
            "event": ["view", "view", "purchase", "view"],
            "timestamp": [1, 2, 3, 4],
        }
    )
    found = measure(Interactions.from_frame(frame)).kinds
    assert health_kinds.funnel_finding(health_kinds.funnel_info(found)) == (
        "50 % of the users with 'view' have 'purchase' later; counted by pairs of user and item, 33 %."
    )


def test_a_heat_map_is_cut_to_two_hundred_and_loses_its_diagonal():
    block = np.eye(220) + 0.1
    block[3, 5] = 0.7
    info = similarity.heat_map_info(block, [f"item {at}" for at in range(220)], total=9000)
    assert info.values.shape == (200, 200)
    assert np.isnan(np.diag(info.values)).all()
    assert info.total == 9000
    assert similarity.heat_map_finding(info) == "Most alike are 'item 3' and 'item 5' (0.700)."
    assert block[0, 0] == 1.1  # the given block is not touched
    with pytest.raises(ConfigError, match=r"titles \(2\)"):
        similarity.heat_map_info(np.ones((3, 3)), ["a", "b"])


def test_neighbours_stand_nearest_first():
    info = similarity.neighbours_info(
        "x", ["a", "b", "c"], [0.1, 0.9, 0.5], support=[3, 4, 5], most=2
    )
    assert info.titles == ("b", "c")
    assert info.support.tolist() == [4, 5]
    assert similarity.neighbours_finding(info) == "Nearest to 'x' is 'b' (0.900)."


def test_a_histogram_leaves_out_what_is_not_finite():
    info = bins.histogram([0.0, 1.0, np.nan, np.inf], bins=2)
    assert (info.values, info.median) == (2, 0.5)
    assert info.number.tolist() == [1, 1]
    assert bins.histogram([]).values == 0


def test_drawn_rows_are_all_or_a_seeded_share():
    assert bins.drawn_rows(3, seed=0).tolist() == [0, 1, 2]
    some = bins.drawn_rows(10_000, seed=1)
    assert len(set(some.tolist())) == 5000
    assert (some == bins.drawn_rows(10_000, seed=1)).all()


def test_ranks_are_shared_by_equal_values():
    assert bins.ranks(np.array([5.0, 1.0, 5.0])).tolist() == [0.75, 0.0, 0.75]
    assert bins.ranks(np.array([2.0])).tolist() == [0.5]


LINES = [
    {"epoch": 1, "loss": 3.0, "validation_ndcg@10": 0.1},
    {"epoch": 2, "loss": 2.0, "validation_ndcg@10": 0.3},
    {"epoch": 3, "loss": 1.5, "validation_ndcg@10": None},
]


def test_the_best_epoch_is_that_of_the_highest_ndcg():
    info = training.learning_info(LINES)
    assert info.best == 1
    assert training.learning_finding(info) == (
        "Validation NDCG@10 is best after epoch 2 of 3: 0.300."
    )
    assert training.learning_info([]).best == -1


def test_wide_gaps_are_counted():
    info = training.gap_info(["a", "b"], [0.05, 0.4])
    assert info.titles == ("b", "a")
    assert training.gap_finding(info).startswith("1 feature looks different")
    assert training.gap_finding(training.gap_info(["a"], [0.05])).startswith("Every feature")
