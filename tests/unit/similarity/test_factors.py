"""Implicit factors against dense normal equations and the loss written out with numpy."""

import itertools

import numpy as np
import pytest
import scipy.sparse as sp

from m6rec_core.data.histories import Histories
from m6rec_core.similarity.factors import FactorSettings, ImplicitFactors, fit_factors

SETTINGS = FactorSettings(size=6, iterations=4, unobserved_weight=0.2, regularisation=0.05)


def random_behaviour(seed: int, n_users: int = 40, n_items: int = 23) -> np.ndarray:
    rng = np.random.default_rng(seed)
    behaviour = (rng.random((n_users, n_items)) < rng.uniform(0.05, 0.7, n_items)).astype(float)
    behaviour[3] = 0.0  # a user without items
    behaviour[:, 5] = 0.0  # an item without users
    return behaviour


def folded_in(items: np.ndarray, seen: np.ndarray, settings: FactorSettings) -> np.ndarray:
    """The user's vector from the normal equations of the loss, in double precision."""
    n_items, size = items.shape
    alpha, scale = settings.unobserved_weight, settings.regularisation
    ridge = scale * (len(seen) + alpha * n_items) ** settings.frequency_exponent
    left = items[seen].T @ items[seen] + alpha * items.T @ items + ridge * np.eye(size)
    return np.linalg.solve(left, items[seen].sum(axis=0))


def loss(behaviour: np.ndarray, items: np.ndarray, settings: FactorSettings) -> float:
    """The loss of the module's docstring at the best user vectors for these item vectors."""
    users = np.array([folded_in(items, np.flatnonzero(row), settings) for row in behaviour])
    predicted = users @ items.T
    alpha, power = settings.unobserved_weight, settings.frequency_exponent
    user_ridge = (behaviour.sum(1) + alpha * behaviour.shape[1]) ** power
    item_ridge = (behaviour.sum(0) + alpha * behaviour.shape[0]) ** power
    squares = user_ridge @ (users**2).sum(1) + item_ridge @ (items**2).sum(1)
    fit = (behaviour * (predicted - 1) ** 2).sum() + alpha * (predicted**2).sum()
    return float(fit + settings.regularisation * squares)


@pytest.mark.parametrize("n_seen", [1, 5, 6, 7, 20])  # fewer and more items than the size, 6
@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_a_history_is_folded_in_by_the_normal_equations(n_seen, exponent):
    settings = FactorSettings(**{**vars(SETTINGS), "frequency_exponent": exponent})
    model = fit_factors(sp.csr_matrix(random_behaviour(0)), settings)
    items = model.item_vectors.astype(float)
    seen = np.random.default_rng(n_seen).permutation(23)[:n_seen]
    history = Histories.of_items(seen, n_items=23)
    expected = folded_in(items, seen, settings)
    np.testing.assert_allclose(model.user_vectors(history)[0], expected, atol=1e-4)
    np.testing.assert_allclose(model.scores(history)[0], items @ expected, atol=1e-4)


def test_the_loss_falls_with_every_iteration():
    behaviour = random_behaviour(1)
    losses = []
    for iterations in range(1, 8):
        settings = FactorSettings(**{**vars(SETTINGS), "iterations": iterations})
        vectors = fit_factors(sp.csr_matrix(behaviour), settings).item_vectors.astype(float)
        losses.append(loss(behaviour, vectors, settings))
    assert all(later < earlier for earlier, later in itertools.pairwise(losses))
    assert losses[-1] < behaviour.sum()  # the loss of vectors that are all 0


def test_item_vectors_stand_at_the_minimum_for_the_user_vectors_before_them():
    behaviour = random_behaviour(2)
    start = np.random.default_rng(SETTINGS.seed).standard_normal((23, 6), dtype=np.float32)
    start = start.astype(float) / np.sqrt(6)
    users = np.array([folded_in(start, np.flatnonzero(row), SETTINGS) for row in behaviour])
    items = np.array([folded_in(users, np.flatnonzero(column), SETTINGS) for column in behaviour.T])
    once = FactorSettings(**{**vars(SETTINGS), "iterations": 1})
    model = fit_factors(sp.csr_matrix(behaviour), once)
    np.testing.assert_allclose(model.item_vectors, items, atol=1e-4)


def test_two_blocks_of_taste_are_told_apart():
    behaviour = np.kron(np.eye(2), np.ones((10, 8)))
    behaviour[0, 3] = 0.0
    model = fit_factors(sp.csr_matrix(behaviour), FactorSettings(size=4))
    scores = model.scores(Histories.of_items([0, 1, 2], n_items=16))[0]
    assert scores[3:8].min() > 5 * np.abs(scores[8:]).max()


def test_parts_sum_to_the_score():
    model = fit_factors(sp.csr_matrix(random_behaviour(3)), SETTINGS)
    history = Histories.of_items([0, 3, 11, 12, 13, 14, 15, 16], n_items=23)
    for item_row in range(23):
        total = model.parts(history, item_row).sum()
        assert total == pytest.approx(model.scores(history)[0, item_row], abs=1e-5)


def test_an_empty_history_and_items_without_users_score_zero():
    model = fit_factors(sp.csr_matrix(random_behaviour(4)), SETTINGS)
    assert not model.scores(Histories.of_items([], n_items=23)).any()
    assert model.scores(Histories.of_items([0, 1], n_items=23))[0, 5] == 0.0


def test_one_seed_gives_one_model_and_another_seed_another():
    matrix = sp.csr_matrix(random_behaviour(5))
    first, second = fit_factors(matrix, SETTINGS), fit_factors(matrix, SETTINGS)
    other = fit_factors(matrix, FactorSettings(**{**vars(SETTINGS), "seed": 1}))
    np.testing.assert_array_equal(first.item_vectors, second.item_vectors)
    assert np.abs(first.item_vectors - other.item_vectors).max() > 0.01


def test_arrays_bring_back_the_same_scores():
    model = fit_factors(sp.csr_matrix(random_behaviour(6)), SETTINGS)
    again = ImplicitFactors.from_arrays(model.to_arrays())
    history = Histories.of_items([1, 8], n_items=23)
    assert again.settings == SETTINGS
    np.testing.assert_array_equal(again.scores(history), model.scores(history))
