"""Looking histories up by item."""

import numpy as np

from behaviour import histories_of, random_behaviour

BEHAVIOUR = random_behaviour(40, 12, density=0.15, seed=3)


def test_the_users_of_an_item_are_those_with_a_stored_pair() -> None:
    histories, has = histories_of(BEHAVIOUR), BEHAVIOUR.toarray() > 0
    assert (has.sum(axis=1) == 0).any()  # users without a history shift no position
    for item in range(12):
        assert histories.users_with(item).tolist() == np.flatnonzero(has[:, item]).tolist()


def test_nobody_has_an_item_that_is_new() -> None:
    assert histories_of(BEHAVIOUR).users_with(12).tolist() == []
