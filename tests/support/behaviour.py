"""Generated behaviour for tests: who has what, as a binary matrix or as histories."""

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.data.histories import Histories


def random_behaviour(n_users: int, n_items: int, *, density: float, seed: int) -> sp.csr_matrix:
    """Binary CSR (n_users, n_items) with long-tailed items; some rows and columns may be empty."""
    rng = np.random.default_rng(seed)
    popularity = 1.0 / np.arange(1, n_items + 1) ** 0.7
    chance = np.minimum(density * popularity / popularity.mean(), 0.9)
    chance = chance[rng.permutation(n_items)]
    return sp.csr_matrix((rng.random((n_users, n_items)) < chance).astype(np.float32))


def histories_of(matrix: sp.csr_matrix, *, known: bool = True) -> Histories:
    """One history per row of the matrix; `known`: of the training users themselves, else typed in."""
    n, entries = matrix.shape[0], matrix.nnz
    return Histories(
        indptr=matrix.indptr.astype(np.int64),
        item_row=matrix.indices.astype(np.int32),
        weight=np.ones(entries, dtype=np.float32),
        rating=np.full(entries, np.nan, dtype=np.float32),
        time=np.zeros(entries, dtype=np.int64),
        is_target=np.ones(entries, dtype=bool),
        user_row=(np.arange(n) if known else np.full(n, -1)).astype(np.int32),
        n_items=matrix.shape[1],
        has_time=False,
    )


def keep_largest(likeness: npt.NDArray[np.float64], k: int) -> npt.NDArray[np.float64]:
    """The square or oblong matrix with all but the k largest of each row set to 0; ties to the left."""
    kept = np.zeros_like(likeness)
    order = np.argsort(-likeness, axis=1, kind="stable")[:, :k]
    np.put_along_axis(kept, order, np.take_along_axis(likeness, order, axis=1), axis=1)
    return kept
