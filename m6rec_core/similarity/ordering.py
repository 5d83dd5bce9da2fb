"""An order of rows in which those that are alike stand together."""

import numpy as np
import numpy.typing as npt


def cluster_order(likeness: npt.NDArray[np.floating]) -> npt.NDArray[np.int64]:
    """(n,) the rows of a square block of likeness, so that clusters stand together.

    The leaves of the average-linkage tree over the distance "largest likeness - likeness", turned so
    that neighbours in the order are as near as can be. NaN and negative likeness count 0; the two
    directions of a pair are averaged.

    >>> cluster_order(np.array([[0, 0, 9], [0, 0, 0], [9, 0, 0]])).tolist() in ([0, 2, 1], [1, 0, 2], [1, 2, 0])
    True
    """
    n = len(likeness)
    if n < 3:
        return np.arange(n)
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    known = np.maximum(np.nan_to_num(np.asarray(likeness, dtype=np.float64)), 0.0)
    both = (known + known.T) / 2
    np.fill_diagonal(both, 0.0)
    distance = both.max() - both
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), "average", optimal_ordering=True)
    return np.asarray(leaves_list(tree), dtype=np.int64)
