"""The order of a block in which those alike stand together."""

import numpy as np

from m6rec_core.similarity.ordering import cluster_order


def test_members_of_a_cluster_stand_together_whatever_the_order_was():
    rng = np.random.default_rng(0)
    cluster = rng.permutation(np.repeat(np.arange(4), 7))
    likeness = np.where(cluster[:, None] == cluster, 0.8, 0.1) + rng.random((28, 28)) * 0.05
    order = cluster_order(likeness)
    assert sorted(order.tolist()) == list(range(28))
    assert (np.diff(cluster[order]) != 0).sum() == 3


def test_blocks_without_any_likeness_keep_every_row():
    assert sorted(cluster_order(np.zeros((5, 5))).tolist()) == [0, 1, 2, 3, 4]
    assert cluster_order(np.full((2, 2), np.nan)).tolist() == [0, 1]
    assert cluster_order(np.zeros((0, 0))).tolist() == []
