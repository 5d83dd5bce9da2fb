"""The checks behind a verdict, each on a case where the answer is known beforehand."""

import json

import numpy as np
import pytest
from scipy.stats import spearmanr

from m6rec_core.explanation.trust import (
    FEWEST_FOR_DELETION,
    NOT_AT_ALL,
    RELIABLE,
    WITH_CARE,
    Deletion,
    deletion,
    judged,
    not_explained,
    ranking_stability,
)


def test_equal_rankings_are_perfectly_stable_whatever_their_scale():
    assert ranking_stability([[1, 2, 3], [10, 200, 210], [0, 1, 9]]) == pytest.approx(1.0)


def test_what_moves_less_than_a_hundredth_of_the_strongest_counts_as_equal():
    assert ranking_stability([[100, 0.1, 0.2], [100, 0.2, 0.1]]) == pytest.approx(1.0)


def test_reversed_rankings_are_perfectly_unstable():
    assert ranking_stability([[1, 2, 3], [3, 2, 1]]) == pytest.approx(-1.0)


def test_stability_is_the_mean_spearman_correlation_of_all_pairs():
    values = np.random.default_rng(0).normal(size=(4, 9)).round(1)  # with ties
    expected = [spearmanr(values[a], values[b]).statistic for a in range(4) for b in range(a)]
    assert ranking_stability(values) == pytest.approx(np.mean(expected))


def test_one_run_says_nothing_about_stability():
    assert np.isnan(ranking_stability([[1, 2, 3]]))


def linear_rescore(weights):
    return lambda kept: kept @ weights


def test_removing_what_counts_most_beats_every_random_removal():
    weights = np.array([5.0, 0.1, 0.2, 0.3, 0.1])
    found = deletion(linear_rescore(weights), weights.sum(), weights, seed=0)
    assert found.removed == 1
    assert found.drop == pytest.approx(5.0)
    draws_of_the_same_item = 2 * (1 - found.beats_random)  # ties count one half
    assert found.random_drop == pytest.approx(
        5.0 * draws_of_the_same_item + 0.175 * (1 - draws_of_the_same_item), abs=0.1
    )
    assert found.beats_random > 0.8


def test_an_explanation_that_names_the_wrong_items_first_loses_against_chance():
    weights = np.arange(20.0)
    found = deletion(linear_rescore(weights), weights.sum(), -weights, seed=0)
    assert found.removed == 4
    assert found.drop == 0 + 1 + 2 + 3
    assert found.beats_random == 0.0


def test_items_that_change_nothing_tie_with_chance():
    found = deletion(lambda kept: np.full(len(kept), 2.0), 2.0, np.arange(10.0), seed=0)
    assert found.beats_random == 0.5


def test_a_short_history_is_not_judged_by_deletion():
    short = np.ones(FEWEST_FOR_DELETION - 1)
    assert deletion(linear_rescore(short), 3.0, short, seed=0) is None


def test_all_checks_passed_make_an_explanation_reliable():
    found = judged(additivity_error=1e-9, stability=0.95, deletion=Deletion(2, 1.0, 0.1, 0.95))
    assert found.verdict == RELIABLE
    assert "95%" in found.because


@pytest.mark.parametrize(
    ("checks", "verdict", "words"),
    [
        ({"additivity_error": 0.01, "stability": 0.99}, NOT_AT_ALL, "miss the score by 1.0%"),
        ({"additivity_error": 0.0, "stability": 0.8}, WITH_CARE, "0.80"),
        ({"additivity_error": 0.0, "stability": 0.5}, NOT_AT_ALL, "0.50"),
        (
            {"additivity_error": 0.0, "stability": 0.99, "deletion": Deletion(3, 0.1, 0.1, 0.6)},
            WITH_CARE,
            "3 items named first lowers the score more than 60%",
        ),
    ],
)
def test_the_weakest_check_decides_and_is_named(checks, verdict, words):
    found = judged(**checks)
    assert found.verdict == verdict
    assert words in found.because


def test_a_score_that_is_not_the_scorers_is_not_explained():
    found = not_explained("the user is not known")
    assert found.verdict == NOT_AT_ALL
    assert found.because == "the user is not known"


def test_trust_is_stored_as_plain_values():
    trust = judged(additivity_error=1e-9, stability=0.95, deletion=Deletion(2, 1.0, 0.1, 0.95))
    stored = json.loads(json.dumps(trust.to_json()))
    assert stored["verdict"] == RELIABLE
    assert stored["deletion"]["beats_random"] == 0.95
