"""Random walks against the product of the two steps, written densely."""

import numpy as np
import pytest

from behaviour import histories_of, keep_largest, random_behaviour
from m6rec_core.similarity.random_walk import RandomWalkSettings, fit_random_walk

SMALL = random_behaviour(30, 20, density=0.2, seed=4)


def dense_walks(alpha: float, beta: float) -> np.ndarray:
    """(start, end) weights of two steps, the end held back by its popularity."""
    has = SMALL.toarray().astype(float)
    per_user, per_item = np.maximum(has.sum(axis=1), 1), np.maximum(has.sum(axis=0), 1)
    item_to_user = (has.T / per_item[:, None]) ** alpha
    user_to_item = (has / per_user[:, None]) ** alpha
    walks = item_to_user @ user_to_item / per_item**beta
    np.fill_diagonal(walks, 0)
    return walks


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.0), (0.8, 0.4), (1.2, 0.9)])
def test_weights_are_those_of_two_steps(alpha: float, beta: float) -> None:
    model = fit_random_walk(SMALL, RandomWalkSettings(alpha, beta, neighbours=100))
    assert pytest.approx(dense_walks(alpha, beta), rel=1e-5) == model.matrix.toarray().T


def test_the_best_ends_of_each_start_are_kept() -> None:
    model = fit_random_walk(SMALL, RandomWalkSettings(neighbours=3))
    wanted = SMALL.toarray() @ keep_largest(dense_walks(0.8, 0.4).astype(np.float32), 3)
    assert model.scores(histories_of(SMALL)) == pytest.approx(wanted, rel=1e-5)
    assert model.name == "random_walk"
