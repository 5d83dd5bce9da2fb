"""Overlaps between a few items against the dense matrix product."""

import numpy as np
import pytest
import scipy.sparse as sp

from m6rec_core.similarity.lists import lists_of
from m6rec_core.similarity.overlaps import gram_of, overlaps_of


@pytest.mark.parametrize("most_popular", [0, 1, 6, 20])  # none, some or all of the 20 items
def test_the_gram_matrix_is_that_of_the_dense_product(most_popular):
    rng = np.random.default_rng(most_popular)
    behaviour = (rng.random((40, 20)) < rng.uniform(0.0, 0.6, 20)).astype(float)
    weight = rng.random(40)
    lists = lists_of(sp.csr_matrix(behaviour))
    overlaps = overlaps_of(lists, weight, n_items=20, most_popular=most_popular)
    whole = behaviour.T @ np.diag(weight) @ behaviour
    newest = np.full(40, -1, dtype=np.int64)
    for n in (0, 1, 7, 20):
        chosen = np.sort(rng.permutation(20)[:n]).astype(np.int32)
        found = gram_of(chosen, overlaps, newest)
        np.testing.assert_allclose(found, np.triu(whole[np.ix_(chosen, chosen)]), rtol=1e-6)
        assert (newest == -1).all()
