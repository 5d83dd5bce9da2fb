"""What excites a unit and what it follows, on activations made by hand."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from m6rec_core.explanation.units import followed, group_means, strongest_pairs


def test_equal_activations_fall_to_the_lower_position():
    assert strongest_pairs(np.array([0.5, 0.9, 0.5, 0.9]), n=3).tolist() == [1, 3, 0]


def test_owners_with_too_few_pairs_and_unknown_ones_are_left_out():
    activation = np.array([1.0, 2.0, 3.0, 8.0, 9.0, 50.0])
    owner = np.array([7, 7, 7, 2, 2, -1], dtype=np.int32)
    found = group_means(activation, owner, at_least=2)
    assert found.row.tolist() == [2, 7]
    assert found.mean.tolist() == [8.5, 2.0]
    assert found.pairs.tolist() == [2, 3]


def test_what_a_unit_follows_is_the_rank_correlation_with_each_feature():
    rng = np.random.default_rng(0)
    features = rng.integers(0, 6, size=(200, 4)).astype(np.float32)
    activation = np.exp(features[:, 1]) - 0.2 * features[:, 3]
    expected = [spearmanr(activation, features[:, column]).statistic for column in range(4)]
    assert followed(activation, features) == pytest.approx(expected)
    assert np.argmax(np.abs(expected)) == 1


def test_nothing_follows_or_is_followed_that_does_not_move():
    features = np.column_stack([np.arange(5.0), np.full(5, 2.0)])
    assert followed(np.arange(5.0), features)[0] == pytest.approx(1.0)
    assert np.isnan(followed(np.arange(5.0), features)[1])
    assert np.isnan(followed(np.full(5, 0.3), features)).all()
