"""The lists that every model must beat."""

import numpy as np
import pytest

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.errors import ConfigError
from m6rec_core.ranking import baselines

POPULARITY = np.array([3, 0, 7, 3])


def users(rows: list[int]) -> Histories:
    nobody = Histories.of_items([], n_items=4)
    return nobody.take([0] * len(rows)).for_users(rows)


def random_scores(rows: list[int], *, seed: int = 0, n_items: int = 4) -> np.ndarray:
    return baselines.scores(schema.RANDOM, np.zeros(n_items, int), users(rows), seed=seed)


def test_popularity_is_the_same_for_all_and_never_zero():
    found = baselines.scores(schema.POPULARITY, POPULARITY, users([0, 1]), seed=0)
    assert found.shape == (2, 4)
    assert (np.diff(found[:, [2, 0, 3, 1]]) <= 0).all()
    assert found[0, 0] == found[0, 3]
    assert (found > 0).all()  # items that nobody has may be listed last


def test_random_scores_belong_to_the_user_and_the_seed():
    together = random_scores([5, 8, -1])
    assert random_scores([8]).tolist() == together[[1]].tolist()
    assert random_scores([-1]).tolist() == together[[2]].tolist()
    assert (together[0] != together[1]).all()
    assert (random_scores([5], seed=1) != together[[0]]).all()


def test_random_scores_are_spread_evenly_over_the_catalogue():
    first = random_scores(list(range(1000)), n_items=5).argmax(axis=1)
    assert np.bincount(first) == pytest.approx([200] * 5, abs=60)


def test_nobody_has_no_random_scores():
    assert random_scores([]).shape == (0, 4)


def test_other_models_are_no_baselines():
    with pytest.raises(ConfigError, match="scorer, item_cf, user_cf, popularity, random"):
        baselines.scores("best", POPULARITY, users([0]), seed=0)


def test_the_log_of_the_share_counts_nobody_as_half_a_user():
    found = baselines.log_share(POPULARITY, 10)
    assert found == pytest.approx(np.log([0.3, 0.05, 0.7, 0.3]))
