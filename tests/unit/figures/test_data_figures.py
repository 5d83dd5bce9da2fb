"""What the figures of data health, similarity and training show, worked by hand."""

import numpy as np
import pytest

from m6rec_core.errors import ConfigError
from m6rec_core.figures import bins, concentration, health, similarity, training


def test_a_long_tail_counts_the_owners_with_at_least_so_many_events():
    info = concentration.long_tail_info([1, 1, 3, 0, 7], of="user")
    assert info.events.tolist() == [1, 3, 7]
    assert info.owners.tolist() == [4, 2, 1]
    assert (info.median, info.largest) == (2.0, 7)
    assert concentration.long_tail_finding(info) == (
        "Half of the users have at most 2 events; the busiest has 7."
    )


def test_a_very_long_tail_is_thinned_but_keeps_both_ends():
    info = concentration.long_tail_info(np.arange(1, 5001), of="item", points=50)
    assert len(info.events) <= 50
    assert (info.events[0], info.events[-1]) == (1, 5000)
    assert (info.owners[0], info.owners[-1]) == (5000, 1)


def test_the_lorenz_curve_of_one_item_that_takes_all():
    info = concentration.lorenz_info([0, 0, 0, 8])
    assert info.items.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert info.events.tolist() == [0, 0, 0, 0, 1]
    assert info.gini == 0.75
    assert info.top_share == 1.0


def test_gini_of_the_curve_is_half_the_relative_mean_difference():
    counts = [1, 2, 3, 10]
    mean_difference = sum(abs(a - b) for a in counts for b in counts) / 16
    assert concentration.lorenz_info(counts).gini == pytest.approx(mean_difference / (2 * 4))


def test_the_top_tenth_of_twenty_items_are_two():
    counts = [1] * 18 + [10, 12]
    assert concentration.lorenz_info(counts).top_share == pytest.approx(22 / 40)


def test_ratings_are_counted_without_those_that_are_missing():
    info = health.ratings_info([4, 5, 4, np.nan, 1])
    assert info.rating.tolist() == [1, 4, 5]
    assert info.number.tolist() == [1, 2, 1]
    assert health.ratings_finding(info) == (
        "The most frequent rating is 4 (50 % of all); the mean is 3.50."
    )


def test_activity_is_by_hour_for_a_day_and_loses_no_event():
    day = 1_700_006_400  # 2023-11-15 00:00 UTC
    info = health.activity_info([day, day + 10, day + 3 * 3600, day + 20 * 3600])
    assert info.unit == "hour"
    assert info.events[[0, 3, 20]].tolist() == [2, 1, 1]
    assert info.events.sum() == 4
    assert str(info.start[0]) == "2023-11-15T00:00:00"


@pytest.mark.parametrize("years", [0.5, 2, 10, 80, 400])
def test_activity_of_any_span_fits_its_bins_and_loses_no_event(years):
    times = np.linspace(0, years * 31_557_600, 1000).astype(np.int64)
    info = health.activity_info(times)
    assert len(info.events) <= 200
    assert info.events.sum() == 1000
    assert info.start[0] <= times.min().astype("datetime64[s]")
    assert len(set(np.diff(info.start.astype(np.int64)))) <= 1


def test_kinds_stand_by_their_number():
    info = health.kinds_info(["cart", "view"], [2, 6])
    assert info.names == ("view", "cart")
    assert health.kinds_finding(info) == "'view' is the most frequent kind of event (75 % of all)."
    with pytest.raises(ConfigError, match="one number per kind"):
        health.kinds_info(["cart"], [1, 2])


def test_a_heat_map_is_cut_to_sixty_and_loses_its_diagonal():
    block = np.eye(80) + 0.1
    block[3, 5] = 0.7
    info = similarity.heat_map_info(block, [f"item {at}" for at in range(80)], total=9000)
    assert info.values.shape == (60, 60)
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


def test_two_distributions_share_their_bins_and_sum_to_one():
    info = training.two_distributions_info("f", [0, 0, 1, 1], [1, 1, np.nan, 1], bins=2)
    assert info.training.tolist() == [0.5, 0.5]
    assert info.serving.tolist() == [0.0, 1.0]
    assert training.two_distributions_finding(info).endswith("overlap by 50 %.")
