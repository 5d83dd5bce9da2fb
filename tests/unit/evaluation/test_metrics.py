"""The metrics against numbers worked by hand, a slow loop and scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from m6rec_core.evaluation import metrics

MISS_HIT_HIT = np.array([[False, True, True]])
THREE = np.array([3])
ONE_USER = {
    "recall": 2 / 3,
    "precision": 2 / 3,
    "hit_rate": 1.0,
    "map": (1 / 2 + 2 / 3) / 3,
    "mrr": 0.5,
    "ndcg": (1 / math.log2(3) + 1 / 2) / (1 + 1 / math.log2(3) + 1 / 2),
}


def slow(name: str, hit: list[bool], n_relevant: int) -> float:
    """The textbook definitions, one user and one place at a time."""
    ranks = [place + 1 for place, is_hit in enumerate(hit) if is_hit]
    findable = min(n_relevant, len(hit))
    if name == "recall":
        return len(ranks) / n_relevant
    if name == "precision":
        return len(ranks) / len(hit)
    if name == "hit_rate":
        return 1.0 if ranks else 0.0
    if name == "mrr":
        return 1.0 / ranks[0] if ranks else 0.0
    if name == "map":
        return sum((n + 1) / rank for n, rank in enumerate(ranks)) / findable
    gained = sum(1.0 / math.log(rank + 1, 2) for rank in ranks)
    return gained / sum(1.0 / math.log(rank + 1, 2) for rank in range(1, findable + 1))


@pytest.mark.parametrize("name", sorted(ONE_USER))
def test_two_hits_at_ranks_two_and_three_of_three_held_out_items(name):
    assert metrics.PER_USER[name](MISS_HIT_HIT, THREE)[0] == pytest.approx(ONE_USER[name])


@pytest.mark.parametrize("name", sorted(ONE_USER))
def test_a_user_with_nothing_held_out_is_undefined(name):
    values = metrics.PER_USER[name](np.zeros((2, 3), dtype=bool), np.array([0, 1]))
    assert math.isnan(values[0])
    assert values[1] == 0.0


@pytest.mark.parametrize("name", sorted(ONE_USER))
@given(data=st.data())
def test_every_metric_agrees_with_the_slow_definition_and_stays_in_the_unit_interval(name, data):
    users, k = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 8))
    hits = np.array(data.draw(st.lists(st.booleans(), min_size=users * k, max_size=users * k)))
    hits = hits.reshape(users, k)
    more = data.draw(st.lists(st.integers(0, 5), min_size=users, max_size=users))
    n_relevant = np.maximum(hits.sum(axis=1) + np.array(more), 1)
    values = metrics.PER_USER[name](hits, n_relevant)
    expected = [slow(name, list(row), int(n)) for row, n in zip(hits, n_relevant, strict=True)]
    np.testing.assert_allclose(values, expected, atol=1e-12)
    assert ((values >= 0) & (values <= 1 + 1e-12)).all()


def test_ndcg_coincides_with_scikit_learn_on_a_full_ranking():
    rng = np.random.default_rng(0)
    relevant, scores = rng.random((40, 25)) < 0.2, rng.random((40, 25))
    relevant[:, 0] |= ~relevant.any(axis=1)
    for k in (1, 5, 10, 25):
        order = np.argsort(-scores, axis=1)[:, :k]
        ours = metrics.ndcg(np.take_along_axis(relevant, order, axis=1), relevant.sum(axis=1))
        assert ours.mean() == pytest.approx(ndcg_score(relevant, scores, k=k))


def test_a_list_that_has_all_findable_items_first_is_perfect():
    hits, n_relevant = np.array([[True, True]]), np.array([5])
    assert metrics.ndcg(hits, n_relevant)[0] == pytest.approx(1.0)
    assert metrics.average_precision(hits, n_relevant)[0] == 1.0
    assert metrics.recall(hits, n_relevant)[0] == 0.4


def test_popularity_ignores_empty_places_and_is_undefined_for_an_empty_list():
    lists = np.array([[0, 2, -1], [-1, -1, -1]], dtype=np.int32)
    values = metrics.mean_popularity(lists, [10, 99, 20])
    assert values[0] == 15.0
    assert math.isnan(values[1])


def test_coverage_counts_each_item_once():
    lists = np.array([[0, 2], [2, -1]], dtype=np.int32)
    assert metrics.catalogue_coverage(lists, n_items=8) == 0.25


def test_gini_of_equal_exposure_is_zero_and_of_one_item_is_nearly_one():
    assert metrics.gini(np.array([[0, 1], [2, 3]], dtype=np.int32), n_items=4) == 0.0
    assert metrics.gini(np.array([[3], [3]], dtype=np.int32), n_items=4) == 0.75
    assert math.isnan(metrics.gini(np.array([[-1]], dtype=np.int32), n_items=4))


def test_gini_is_half_the_relative_mean_difference():
    lists = np.array([[0, 1], [0, 2], [0, 1]], dtype=np.int32)  # exposure 3, 2, 1, 0
    counts = [3, 2, 1, 0]
    mean_difference = sum(abs(a - b) for a in counts for b in counts) / 16
    assert metrics.gini(lists, n_items=4) == pytest.approx(mean_difference / (2 * 6 / 4))
