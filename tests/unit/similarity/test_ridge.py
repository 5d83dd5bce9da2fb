"""Local ridge weights against EASE and against one regression per item, both written with dense numpy."""

import numpy as np
import pytest
import scipy.sparse as sp

from m6rec_core.data.histories import Histories
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.ridge import RidgeSettings, fit_ridge


def random_behaviour(seed: int, n_users: int = 60, n_items: int = 17) -> np.ndarray:
    rng = np.random.default_rng(seed)
    behaviour = (rng.random((n_users, n_items)) < rng.uniform(0.05, 0.5, n_items)).astype(float)
    behaviour[3] = 0.0  # a user without items
    behaviour[:, 5] = 0.0  # an item without users
    return behaviour


def ease(behaviour: np.ndarray, regularisation: float) -> np.ndarray:
    """B of Steck 2019, equation 8: rows = history items, columns = candidates."""
    precision = np.linalg.inv(behaviour.T @ behaviour + regularisation * np.eye(behaviour.shape[1]))
    weights = -precision / np.diag(precision)[None, :]
    np.fill_diagonal(weights, 0.0)
    return weights


def test_all_neighbours_and_no_exponents_give_ease():
    behaviour = random_behaviour(0, n_users=200)
    n_together = np.delete(np.delete(behaviour.T @ behaviour, 5, axis=0), 5, axis=1)
    assert n_together.min() > 0  # so the best co-occurring items are all others but the empty one
    settings = RidgeSettings(neighbours=16, user_exponent=0.0, item_exponent=0.0)
    model = fit_ridge(sp.csr_matrix(behaviour), settings)
    expected = ease(behaviour, settings.regularisation)
    np.testing.assert_allclose(model.matrix.toarray(), expected.T, atol=2e-6)


@pytest.mark.parametrize("neighbours", [1, 4, 9])
def test_each_item_is_a_ridge_regression_on_its_best_neighbours(neighbours):
    behaviour = random_behaviour(1)
    model = fit_ridge(sp.csr_matrix(behaviour), RidgeSettings(neighbours=neighbours))
    user_degree = np.maximum(behaviour.sum(1), 1)
    item_degree = np.maximum(behaviour.sum(0), 1)
    scaled = behaviour * user_degree[:, None] ** -0.25 * item_degree[None, :] ** -0.25
    for item in range(behaviour.shape[1]):
        overlap = scaled.T @ scaled[:, item]
        overlap[item] = 0.0
        best = np.argsort(-overlap, kind="stable")[:neighbours]
        best = best[overlap[best] > 0]
        wide = np.vstack([scaled[:, best], 2.0 * np.eye(len(best))])  # λ = 4 as extra rows
        target = np.concatenate([scaled[:, item], np.zeros(len(best))])
        solution = np.linalg.lstsq(wide, target, rcond=None)[0]
        expected = np.zeros(behaviour.shape[1])
        expected[best] = solution * (item_degree[item] / item_degree[best]) ** 0.25
        np.testing.assert_allclose(model.matrix[item].toarray()[0], expected, atol=2e-6)


def test_scores_are_the_behaviour_times_the_weights_and_parts_sum_to_them():
    behaviour = random_behaviour(2)
    model = fit_ridge(sp.csr_matrix(behaviour), RidgeSettings(neighbours=5))
    history = Histories.of_items([0, 2, 9], n_items=17)
    expected = model.matrix.toarray()[:, [0, 2, 9]]
    np.testing.assert_allclose(model.scores(history)[0], expected.sum(axis=1), atol=1e-6)
    np.testing.assert_allclose(model.parts(history, 4), expected[4], atol=1e-7)


def test_an_empty_history_scores_zero_everywhere():
    model = fit_ridge(sp.csr_matrix(random_behaviour(3)))
    assert not model.scores(Histories.of_items([], n_items=17)).any()


def test_one_item_alone_and_behaviour_without_any_pair_give_no_weights():
    assert fit_ridge(sp.csr_matrix(np.ones((4, 1)))).matrix.nnz == 0
    assert fit_ridge(sp.csr_matrix((4, 3), dtype=np.float32)).matrix.nnz == 0


def test_arrays_bring_back_the_same_scores():
    model = fit_ridge(sp.csr_matrix(random_behaviour(4)))
    again = SparseItemModel.from_arrays(model.to_arrays())
    history = Histories.of_items([1, 8], n_items=17)
    assert again.name == "ridge"
    np.testing.assert_array_equal(again.scores(history), model.scores(history))
