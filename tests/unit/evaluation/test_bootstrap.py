"""Intervals: their width against theory, their seed, and the gain of pairing."""

import math

import numpy as np
import pytest

from m6rec_core.evaluation import bootstrap


def test_the_interval_has_the_width_of_theory():
    values = np.random.default_rng(1).normal(3.0, 2.0, size=400)
    low, high = bootstrap.interval(values, seed=0, resamples=4000)
    error = values.std() / math.sqrt(400)
    assert low == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert high == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)


def test_the_interval_covers_the_truth_about_nineteen_times_in_twenty():
    rng = np.random.default_rng(2)
    covered = 0
    for trial in range(300):
        low, high = bootstrap.interval(rng.exponential(1.0, 80), seed=trial, resamples=300)
        covered += low <= 1.0 <= high
    assert 0.89 <= covered / 300 <= 0.98


def test_equal_seeds_give_equal_intervals_and_other_seeds_others():
    values = np.arange(50.0)
    first = bootstrap.interval(values, seed=5)
    assert bootstrap.interval(values, seed=5) == first
    assert bootstrap.interval(values, seed=6) != first


def test_users_without_a_value_take_no_part():
    with_gaps = np.array([1.0, np.nan, 2.0, 3.0, np.nan])
    assert bootstrap.interval(with_gaps, seed=0) == bootstrap.interval([1.0, 2.0, 3.0], seed=0)


def test_one_user_has_no_interval():
    low, high = bootstrap.interval([0.3, np.nan], seed=0)
    assert math.isnan(low)
    assert math.isnan(high)


def test_blocks_of_resamples_give_what_one_block_gives(monkeypatch):
    values = np.random.default_rng(3).random((20, 2))
    whole = bootstrap.resampled_means(values, seed=0, resamples=50)
    monkeypatch.setattr(bootstrap, "CELLS_AT_ONCE", 7 * 20)
    np.testing.assert_allclose(bootstrap.resampled_means(values, seed=0, resamples=50), whole)
    assert whole.shape == (50, 2)


def test_a_constant_gain_over_noisy_users_is_certain_when_paired():
    users = np.random.default_rng(4).random(60)
    low, high = bootstrap.paired_interval(users + 0.01, users, seed=0)
    assert low == pytest.approx(0.01)
    assert high == pytest.approx(0.01)


def test_a_ratio_of_sums_weighs_users_by_their_pairs():
    ratios = bootstrap.resampled_ratios(
        np.array([[2.0], [30.0]]), np.array([[1.0], [10.0]]), seed=0, resamples=200
    )
    # two users, drawn twice: both times the first, one of each, both times the second
    assert set(np.round(ratios[:, 0], 9)) == {2.0, round(32 / 11, 9), 3.0}
