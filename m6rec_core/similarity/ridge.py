"""Sparse ridge weights between items: each item regressed on its closest others (a local EASE).

With X̃ = D_u^(-b/2) X D_i^-a and G = X̃ᵀX̃, item i and the set N of its best co-occurring items (the largest
G[j, i]) give w = (G[N, N] + λI)⁻¹ G[N, i], and item j of a history adds d_j^-a w_j d_i^a to the score of i.
With N = all other items and a = b = 0 this is EASE (Steck 2019). Memory grows with items × neighbours.
"""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.progress import Progress, silent
from m6rec_core.similarity.compiled import compiled, fixed, in_chunks
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.lists import lengths_of, lists_of
from m6rec_core.similarity.overlaps import Overlaps, gram_of, overlaps_of
from m6rec_core.similarity.small_systems import solve_in_place

PROGRESS_STEPS = 10


@dataclass(frozen=True)
class RidgeSettings:
    """|N|, λ, b and a of the definition."""

    neighbours: int = 100
    regularisation: float = 4.0
    user_exponent: float = 0.5
    item_exponent: float = 0.25


def fit_ridge(
    matrix: sp.csr_matrix, settings: RidgeSettings | None = None, *, progress: Progress = silent
) -> SparseItemModel:
    """Fits the weights to `matrix` (n_users, n_items), CSR of ones; some of them are negative."""
    settings = settings or RidgeSettings()
    n_items = matrix.shape[1]
    items_of = lists_of(matrix)
    user_weight = np.maximum(lengths_of(items_of), 1) ** -settings.user_exponent
    overlaps = overlaps_of(items_of, user_weight, n_items=n_items)
    item_degree = np.maximum(lengths_of(overlaps.users_of), 1)
    item_scale = fixed(item_degree**-settings.item_exponent, np.float64)
    weights = _closest(matrix, settings)
    solved = weights.data.astype(np.float64)
    indptr, rows = fixed(weights.indptr, np.int64), fixed(weights.indices, np.int32)

    def solve(first: int, start: int, stop: int) -> None:
        _solve_items(
            *(first + start, first + stop, indptr, rows, overlaps, item_scale),
            *(settings.regularisation, solved),
        )

    for first, last in pairwise(np.linspace(0, n_items, PROGRESS_STEPS + 1, dtype=np.int64)):
        progress("ridge weights", first / n_items)
        in_chunks(partial(solve, first), last - first)
    of_item = np.repeat(np.arange(n_items), np.diff(indptr))
    weights.data = (solved * item_scale[rows] / item_scale[of_item]).astype(np.float32)
    return SparseItemModel.of_weights(weights, name="ridge")


def _closest(matrix: sp.csr_matrix, settings: RidgeSettings) -> sp.csr_matrix:
    """(n_items, n_items) CSR: row i holds G[N, i], columns in rising order."""
    overlap = ItemSettings(
        measure="degree",
        neighbours=settings.neighbours,
        user_exponent=settings.user_exponent,
        candidate_exponent=settings.item_exponent,
        history_exponent=settings.item_exponent,
        power=1.0,
    )
    return fit_item_neighbours(matrix, overlap).matrix


@compiled
def _solve_items(
    start: int,
    stop: int,
    indptr: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int32],
    overlaps: Overlaps,
    item_scale: npt.NDArray[np.float64],
    regularisation: float,
    solved: npt.NDArray[np.float64],
) -> None:
    """Replaces G[N, i] in `solved` by w, for the items start … stop - 1."""
    newest = np.full(len(overlaps.user_weight), -1, dtype=np.int64)
    for item in range(start, stop):
        chosen = rows[indptr[item] : indptr[item + 1]]
        gram = gram_of(chosen, overlaps, newest)
        for a in range(len(chosen)):
            for b in range(a, len(chosen)):
                gram[a, b] *= item_scale[chosen[a]] * item_scale[chosen[b]]
            gram[a, a] += regularisation
        solve_in_place(gram, solved[indptr[item] : indptr[item + 1]])
