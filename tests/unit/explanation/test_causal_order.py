"""Contributions in the order of causes: worked by hand, and on a chain that is known."""

import numpy as np
import pytest

from m6rec_core import schema
from m6rec_core.errors import ConfigError
from m6rec_core.explanation.causal_order import contributions_in_order
from m6rec_core.explanation.planted import whole_effects
from m6rec_core.scorer.features.feature import Feature

RNG = np.random.default_rng(0)
CAUSE, NOISE = RNG.normal(size=(2, 40_000))
SHOWN = CAUSE + NOISE  # behaviour shows the cause, and something of its own


def test_a_cause_that_works_through_another_column_gets_its_whole_effect():
    rows = np.column_stack([CAUSE, SHOWN])
    found = contributions_in_order(rows, 2 * SHOWN, [0, 1], [[0], [1]])
    # the score never reads the cause, yet half of what moves it is the cause
    np.testing.assert_allclose(found[:, 0], 2 * CAUSE, atol=0.15)
    np.testing.assert_allclose(found[:, 1], 2 * NOISE, atol=0.15)


def test_without_an_order_the_two_share_what_both_show():
    rows = np.column_stack([CAUSE, SHOWN])
    found = contributions_in_order(rows, SHOWN, [0, 1], [[0, 1]])
    # the mean of being told first (the cause itself) and last (nothing is left)
    np.testing.assert_allclose(found[:, 0], CAUSE / 2, atol=0.1)


def test_columns_apart_get_their_own_term_of_a_sum():
    rows = np.column_stack([CAUSE, NOISE, np.ones(len(CAUSE))])
    found = contributions_in_order(rows, 3 * CAUSE - NOISE, [0, 1, 2], [[0, 1, 2]])
    np.testing.assert_allclose(found[:, 0], 3 * CAUSE, atol=0.1)
    np.testing.assert_allclose(found[:, 1], -NOISE, atol=0.1)
    assert np.abs(found[:, 2]).max() == 0.0


def test_contributions_sum_to_the_regression_on_all_columns():
    rows = RNG.normal(size=(300, 5)) @ RNG.normal(size=(5, 5))
    scores = np.tanh(rows[:, 0]) + rows[:, 4]
    found = contributions_in_order(rows, scores, [0, 0, 1, 2, 3], [[1], [0, 3], [2]])
    design = np.column_stack([np.ones(300), rows])
    fitted = design @ np.linalg.lstsq(design, scores, rcond=None)[0]
    assert np.corrcoef(found.sum(axis=1), fitted)[0, 1] > 0.9999
    assert scores.mean() + found.sum(axis=1).mean() == pytest.approx(scores.mean())


def test_each_player_stands_in_one_tier():
    for tiers in ([[0]], [[0, 1], [1]], [[0], [1], [2]]):
        with pytest.raises(ConfigError, match="exactly one tier"):
            contributions_in_order(np.ones((3, 2)), np.ones(3), [0, 1], tiers)


def test_a_taste_that_behaviour_shows_as_well_is_not_lost_to_it():
    def feature(name: str, group: str, signal: str) -> Feature:
        return Feature(name, name, group, "", "", signal)

    features = [
        feature("item_knn.z", schema.ITEM_SIMILARITY, "item_knn"),
        feature("taste.category", schema.MATCH, "category"),
        feature("crowd.city", schema.MATCH, "city"),
    ]
    decoy = RNG.normal(size=len(CAUSE))
    rows = np.column_stack([SHOWN, CAUSE, decoy])
    found = whole_effects(features, rows, SHOWN)  # a network that reads behaviour alone
    assert found["taste"] == pytest.approx(1.0, abs=0.03)
    assert found["companion"] == pytest.approx(1.0, abs=0.03)
    assert found["city"] < 0.03
    assert found["brand"] == 0.0
