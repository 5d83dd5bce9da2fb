"""Transitions against plain Python loops over pairs of places in every list."""

import math

import numpy as np
import pytest

from m6rec_core.data.histories import Histories
from m6rec_core.errors import DataError
from m6rec_core.similarity.order import OrderSettings, OrderSignals, fit_order, recency


def random_lists(seed: int, n_users: int = 30, n_items: int = 19) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    lists = [rng.permutation(n_items)[: rng.integers(0, n_items)].tolist() for _ in range(n_users)]
    return [[item for item in one if item != 4] for one in lists]  # nobody has item 4


def histories_of(lists: list[list[int]], *, n_items: int = 19, has_time: bool = True) -> Histories:
    entries = sum(map(len, lists))
    return Histories(
        indptr=np.cumsum([0, *map(len, lists)]).astype(np.int64),
        item_row=np.array([item for one in lists for item in one], dtype=np.int32),
        weight=np.ones(entries, np.float32),
        rating=np.full(entries, np.nan, np.float32),
        time=np.array([when for one in lists for when in range(len(one))], dtype=np.int64),
        is_target=np.ones(entries, bool),
        user_row=np.arange(len(lists), dtype=np.int32),
        n_items=n_items,
        has_time=has_time,
    )


def transitions_by_loops(lists: list[list[int]], n_items: int, reach: int) -> list[list[float]]:
    """T[j][i], and then the weights, as the recipe says it."""
    total = [[0.0] * n_items for _ in range(n_items)]
    for one in lists:
        for earlier in range(len(one)):
            for later in range(earlier + 1, len(one)):
                step = later - earlier
                if step <= reach:
                    gain = 1 / (math.sqrt(step) * math.log(2 + len(one)))
                    total[one[earlier]][one[later]] += gain
    out_of = [sum(total[j]) for j in range(n_items)]
    into = [sum(total[j][i] for j in range(n_items)) for i in range(n_items)]
    return [
        [total[j][i] and total[j][i] / (out_of[j] ** 0.5 * into[i] ** 0.3) for i in range(n_items)]
        for j in range(n_items)
    ]


@pytest.mark.parametrize("reach", [1, 3, 10])
def test_weights_are_those_of_plain_loops(reach):
    lists = random_lists(0)
    model = fit_order(histories_of(lists), OrderSettings(reach=reach))
    expected = np.array(transitions_by_loops(lists, 19, reach)).T
    np.testing.assert_allclose(model.transitions.matrix.toarray(), expected, rtol=2e-6)


def test_only_the_largest_weights_of_a_candidate_are_kept():
    lists = random_lists(1)
    model = fit_order(histories_of(lists), OrderSettings(neighbours=3))
    expected = np.array(transitions_by_loops(lists, 19, 10)).T
    for candidate in range(19):
        kept = np.sort(model.transitions.matrix[candidate].toarray()[0])[-3:]
        np.testing.assert_allclose(kept, np.sort(expected[candidate])[-3:], rtol=2e-6)
        assert model.transitions.matrix[candidate].nnz <= 3


def test_one_step_has_a_direction():
    model = fit_order(histories_of([[0, 1]], n_items=2))
    gain = 1 / math.log(4)  # one step in a list of two
    expected = [[0.0, 0.0], [gain / (gain**0.5 * gain**0.3), 0.0]]
    np.testing.assert_allclose(model.transitions.matrix.toarray(), expected, rtol=1e-6)


def test_scores_sum_the_transitions_with_the_last_items_first():
    lists = random_lists(2)
    model = fit_order(histories_of(lists))
    weights = np.array(transitions_by_loops(lists, 19, 10))
    expected = weights[7] + math.exp(-0.2) * weights[2] + math.exp(-0.4) * weights[11]
    scores = model.scores(Histories.of_items([11, 2, 7], n_items=19))
    np.testing.assert_allclose(scores[0], expected, rtol=1e-5)


def test_parts_sum_to_the_score_and_weights_multiply_it():
    model = fit_order(histories_of(random_lists(3)))
    history = Histories.of_items([5, 0, 16, 3], n_items=19)
    half = model.weighted_scores(history, np.full(4, 0.5, np.float32))
    for item_row in range(19):
        total = model.parts(history, item_row).sum()
        assert total == pytest.approx(model.scores(history)[0, item_row], abs=1e-6)
        assert half[0, item_row] == pytest.approx(total / 2, abs=1e-6)


def test_recency_restarts_with_every_user():
    weight = recency(histories_of([[3, 1], [], [2, 5, 4]]), decay=2.0)
    np.testing.assert_allclose(weight, np.exp([-0.5, 0, -1, -0.5, 0]), rtol=1e-6)


def test_an_empty_history_scores_zero_and_lists_of_one_item_say_nothing():
    model = fit_order(histories_of(random_lists(4)))
    assert not model.scores(Histories.of_items([], n_items=19)).any()
    assert fit_order(histories_of([[0], [1], []])).transitions.matrix.nnz == 0


def test_events_without_timestamps_are_refused():
    with pytest.raises(DataError, match="no timestamps"):
        fit_order(histories_of([[0, 1]], has_time=False))


def test_arrays_bring_back_the_same_scores():
    model = fit_order(histories_of(random_lists(5)), OrderSettings(decay=3.0))
    again = OrderSignals.from_arrays(model.to_arrays())
    history = Histories.of_items([1, 8], n_items=19)
    np.testing.assert_array_equal(again.scores(history), model.scores(history))
