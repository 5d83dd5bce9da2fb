"""The learned likeness on behaviour in which it is known who belongs together."""

import numpy as np
import pytest
import scipy.sparse as sp

from m6rec_core.scorer.learned_likeness import (
    LearnedSettings,
    fit_learned,
    ordered_anchors,
    profiles_of,
)

N_TASTES, PER_TASTE = 4, 12
N_ITEMS = N_TASTES * PER_TASTE
TASTE = np.arange(N_ITEMS) % N_TASTES
QUICK = LearnedSettings(anchors=32, size=8, neighbours=6, batch=64, steps=60)


def tastes(n_users: int = 400, *, seed: int = 0) -> sp.csr_matrix:
    """Each user has some items of one taste, and now and then one of another."""
    rng = np.random.default_rng(seed)
    own = TASTE[None, :] == rng.integers(N_TASTES, size=n_users)[:, None]
    return sp.csr_matrix((rng.random((n_users, N_ITEMS)) < np.where(own, 0.4, 0.02)).astype("f4"))


@pytest.fixture(scope="module")
def learned():
    return fit_learned(tastes(), seed=3, settings=QUICK)


def test_the_nearest_are_of_the_same_taste(learned):
    of_row = np.repeat(np.arange(N_ITEMS), np.diff(learned.matrix.indptr))
    assert (TASTE[of_row] == TASTE[learned.matrix.indices]).mean() > 0.9
    assert (of_row != learned.matrix.indices).all()
    assert 0 < learned.matrix.data.min() <= learned.matrix.data.max() <= 1 + 1e-5
    assert np.diff(learned.matrix.indptr).max() <= 6


def test_two_trainings_with_one_seed_are_equal(learned):
    again = fit_learned(tastes(), seed=3, settings=QUICK)
    assert (again.matrix != learned.matrix).nnz == 0


def test_anchors_of_one_taste_stand_together():
    two = tastes()[:, TASTE < 2].tocsr()
    order = ordered_anchors(two, 24)
    side = TASTE[TASTE < 2][order]
    assert (np.diff(side) != 0).sum() == 1


def test_profiles_are_cosines_with_the_anchors_of_length_one():
    matrix = tastes(60)
    anchors = np.array([5, 0, 9])
    has = matrix.toarray().astype(float)
    norm = np.maximum(np.linalg.norm(has, axis=0), 1)
    wanted = (has.T @ has[:, anchors]) / norm[:, None] / norm[anchors]
    wanted[anchors, [0, 1, 2]] = 0
    wanted /= np.maximum(np.linalg.norm(wanted, axis=1, keepdims=True), 1e-12)
    assert profiles_of(matrix, anchors) == pytest.approx(wanted, abs=1e-5)


def test_items_that_nobody_has_are_like_none():
    matrix = tastes(60).tolil()
    matrix[:, 7] = 0
    learned = fit_learned(matrix.tocsr(), seed=0, settings=QUICK)
    assert learned.matrix[7].nnz == 0
    assert learned.matrix[:, 7].nnz == 0


def test_behaviour_without_two_items_of_a_user_can_still_be_fitted():
    learned = fit_learned(sp.csr_matrix(np.eye(5, dtype="f4")), seed=0, settings=QUICK)
    assert learned.matrix.shape == (5, 5)
