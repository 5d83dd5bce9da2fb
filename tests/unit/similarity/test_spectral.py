"""The spectral filter against the same filter written densely with numpy's full SVD."""

import numpy as np
import pytest
import scipy.sparse as sp

from m6rec_core.data.histories import Histories
from m6rec_core.similarity import spectral
from m6rec_core.similarity.spectral import (
    SpectralFilter,
    SpectralSettings,
    fit_spectral,
    right_singular_vectors,
)


def random_behaviour(seed: int, n_users: int = 50, n_items: int = 21) -> np.ndarray:
    rng = np.random.default_rng(seed)
    behaviour = (rng.random((n_users, n_items)) < rng.uniform(0.05, 0.5, n_items)).astype(float)
    behaviour[3] = 0.0  # a user without items
    behaviour[:, 5] = 0.0  # an item without users
    return behaviour


def dense_filter(behaviour: np.ndarray, power: float, rank: int) -> np.ndarray:
    """(n_items, n_items): history items × candidates, from numpy's exact SVD."""
    user_degree = np.maximum(behaviour.sum(1), 1)
    item_degree = np.maximum(behaviour.sum(0), 1)
    normalised = behaviour / np.sqrt(user_degree)[:, None] / np.sqrt(item_degree)[None, :]
    _, values, vectors = np.linalg.svd(normalised)
    kept = [k for k in range(min(rank, len(values))) if values[k] > 1e-3]
    smooth = vectors[kept].T @ np.diag(values[kept] ** power) @ vectors[kept]
    return smooth / np.sqrt(item_degree)[:, None] * np.sqrt(item_degree)[None, :]


def histories_of(behaviour: np.ndarray) -> Histories:
    matrix = sp.csr_matrix(behaviour)
    entries = matrix.nnz
    return Histories(
        indptr=matrix.indptr.astype(np.int64),
        item_row=matrix.indices.astype(np.int32),
        weight=np.ones(entries, np.float32),
        rating=np.full(entries, np.nan, np.float32),
        time=np.zeros(entries, np.int64),
        is_target=np.ones(entries, bool),
        user_row=np.arange(len(behaviour), dtype=np.int32),
        n_items=behaviour.shape[1],
        has_time=False,
    )


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_the_full_rank_gives_the_exact_filter(power):
    behaviour = random_behaviour(0)
    settings = SpectralSettings(rank=21, rank_share=1.0, power=power)
    scores = fit_spectral(sp.csr_matrix(behaviour), settings).scores(histories_of(behaviour))
    expected = behaviour @ dense_filter(behaviour, power, rank=21)
    np.testing.assert_allclose(scores, expected, atol=2e-5)


def test_a_low_rank_keeps_the_leading_directions():
    behaviour = random_behaviour(1)
    settings = SpectralSettings(rank=6, rank_share=1.0)
    model = fit_spectral(sp.csr_matrix(behaviour), settings)
    expected = behaviour @ dense_filter(behaviour, settings.power, rank=6)
    assert model.vectors.shape == (21, 6)
    np.testing.assert_allclose(model.scores(histories_of(behaviour)), expected, atol=2e-5)


def test_power_two_at_full_rank_needs_no_decomposition_at_all():
    behaviour = random_behaviour(2)
    settings = SpectralSettings(rank=21, rank_share=1.0, power=2.0)
    user_degree, item_degree = behaviour.sum(1), np.maximum(behaviour.sum(0), 1)
    walk = (behaviour / np.maximum(user_degree, 1)[:, None]).T @ behaviour / item_degree[:, None]
    scores = fit_spectral(sp.csr_matrix(behaviour), settings).scores(histories_of(behaviour))
    np.testing.assert_allclose(scores, behaviour @ walk, atol=2e-5)


def known_matrix(n_rows: int, n_columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A matrix with the singular values .9^k, those values, and its right singular vectors."""
    rng = np.random.default_rng(3)
    left = np.linalg.qr(rng.standard_normal((n_rows, 40)))[0]
    right = np.linalg.qr(rng.standard_normal((n_columns, 40)))[0]
    values = 0.9 ** np.arange(40)
    return (left * values) @ right.T, values, right


@pytest.mark.parametrize("shape", [(300, 200), (200, 300)])
@pytest.mark.parametrize("exact_side", [1024, 10])  # exact, and by iteration
def test_leading_values_and_subspace_are_the_planted_ones(shape, exact_side, monkeypatch):
    monkeypatch.setattr(spectral, "EXACT_SIDE", exact_side)
    dense, values, right = known_matrix(*shape)
    matrix = sp.csr_matrix(dense.astype(np.float32))
    found, vectors = right_singular_vectors(matrix, rank=10, width=20, iterations=4, seed=0)
    np.testing.assert_allclose(found, values[:10], atol=1e-4)
    np.testing.assert_allclose(np.abs(np.sum(vectors * right[:, :10], axis=0)), 1.0, atol=1e-3)


def test_iterating_with_one_seed_gives_one_result_and_fewer_directions_when_there_are_fewer(
    monkeypatch,
):
    monkeypatch.setattr(spectral, "EXACT_SIDE", 10)
    matrix = sp.csr_matrix(known_matrix(60, 70)[0].astype(np.float32))
    settings = {"rank": 50, "width": 60, "iterations": 3, "seed": 5}
    first, second = (right_singular_vectors(matrix, **settings) for _ in range(2))
    assert first[1].shape == (70, 40)  # the matrix has 40 directions
    np.testing.assert_array_equal(first[1], second[1])


def test_the_rank_of_a_small_matrix_is_a_third_of_its_smaller_side():
    assert fit_spectral(sp.csr_matrix(random_behaviour(4))).vectors.shape == (21, 7)
    assert fit_spectral(sp.csr_matrix(np.ones((1, 2)))).vectors.shape == (2, 1)


def test_parts_sum_to_the_score():
    behaviour = random_behaviour(5)
    model = fit_spectral(sp.csr_matrix(behaviour))
    history = Histories.of_items([0, 3, 11], n_items=21)
    for item_row in range(21):
        total = model.parts(history, item_row).sum()
        assert total == pytest.approx(model.scores(history)[0, item_row], abs=1e-6)


def test_entries_count_by_their_weight():
    model = fit_spectral(sp.csr_matrix(random_behaviour(6)))
    history = Histories.of_items([0, 3], n_items=21)
    weighted = model.weighted_scores(history, np.array([2.0, 0.5], np.float32))
    first, second = (model.scores(Histories.of_items([item], n_items=21)) for item in (0, 3))
    np.testing.assert_allclose(weighted, 2.0 * first + 0.5 * second, atol=1e-6)


def test_an_empty_history_and_items_without_users_score_zero():
    model = fit_spectral(sp.csr_matrix(random_behaviour(7)))
    assert not model.scores(Histories.of_items([], n_items=21)).any()
    np.testing.assert_allclose(
        model.scores(Histories.of_items([0, 1], n_items=21))[0, 5], 0, atol=1e-6
    )
    nothing = fit_spectral(sp.csr_matrix((4, 3), dtype=np.float32))
    assert not nothing.scores(Histories.of_items([0, 1], n_items=3)).any()


def test_one_seed_gives_one_model_and_its_arrays_give_it_back():
    matrix = sp.csr_matrix(random_behaviour(8))
    first, second = fit_spectral(matrix), fit_spectral(matrix)
    again = SpectralFilter.from_arrays(first.to_arrays())
    history = Histories.of_items([2, 4], n_items=21)
    np.testing.assert_array_equal(first.scores(history), second.scores(history))
    np.testing.assert_array_equal(first.scores(history), again.scores(history))
