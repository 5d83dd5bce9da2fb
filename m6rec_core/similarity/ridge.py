"""Sparse ridge weights between items: each item regressed on its closest others (a local EASE).

With X̃ = D_u^(-b/2) X D_i^-a and G = X̃ᵀX̃, item i and the set N of its best co-occurring items (the largest
G[j, i]) give w = (G[N, N] + λI)⁻¹ G[N, i], and item j of a history adds d_j^-a w_j d_i^a to the score of i.
With N = all other items and a = b = 0 this is EASE (Steck 2019). Memory grows with items × neighbours.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.progress import Progress, silent
from m6rec_core.similarity.compiled import compiled, fixed, in_chunks
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.lists import Lists, inverted, lengths_of, lists_of
from m6rec_core.similarity.small_systems import solve_in_place

_END = -1  # of a chain of links


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
    users_of = inverted(items_of, n=n_items)
    user_weight = np.maximum(lengths_of(items_of), 1) ** -settings.user_exponent
    item_scale = np.maximum(lengths_of(users_of), 1) ** -settings.item_exponent
    weights = _closest(matrix, settings)
    solved = weights.data.astype(np.float64)
    indptr, rows = fixed(weights.indptr, np.int64), fixed(weights.indices, np.int32)

    def fit(start: int, stop: int) -> None:
        progress("ridge weights", start / n_items)
        chosen = start, stop, indptr, rows
        scale = fixed(user_weight, np.float64), fixed(item_scale, np.float64)
        _solve_items(*chosen, users_of, *scale, settings.regularisation, solved)

    in_chunks(fit, n_items)
    of_item = np.repeat(np.arange(n_items), np.diff(indptr))
    weights.data = (solved * item_scale[rows] / item_scale[of_item]).astype(np.float32)
    return SparseItemModel(weights, name="ridge")


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
    return fit_item_neighbours(matrix, overlap).matrix.copy()


@compiled
def _solve_items(
    start: int,
    stop: int,
    indptr: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int32],
    users_of: Lists,
    user_weight: npt.NDArray[np.float64],
    item_scale: npt.NDArray[np.float64],
    regularisation: float,
    solved: npt.NDArray[np.float64],
) -> None:
    """Replaces G[N, i] in `solved` by w, for the items start … stop - 1."""
    newest = np.full(len(user_weight), _END, dtype=np.int64)
    for item in range(start, stop):
        chosen = rows[indptr[item] : indptr[item + 1]]
        gram = _gram(chosen, users_of, user_weight, item_scale, newest)
        for a in range(len(chosen)):
            gram[a, a] += regularisation
        solve_in_place(gram, solved[indptr[item] : indptr[item + 1]])


@compiled
def _gram(
    chosen: npt.NDArray[np.int32],
    users_of: Lists,
    user_weight: npt.NDArray[np.float64],
    item_scale: npt.NDArray[np.float64],
    newest: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """(n, n) upper triangle of G between the chosen items.

    Each user met keeps a chain of the chosen items seen so far: `newest` (n_users,) holds its last link,
    and is all -1 before and after.
    """
    n = len(chosen)
    gram = np.zeros((n, n))
    n_links = 0
    for item in chosen:
        n_links += users_of.indptr[item + 1] - users_of.indptr[item]
    link_place = np.empty(n_links, dtype=np.int32)
    link_before = np.empty(n_links, dtype=np.int64)
    link = 0
    for place in range(n):
        for entry in range(users_of.indptr[chosen[place]], users_of.indptr[chosen[place] + 1]):
            user = users_of.indices[entry]
            link_place[link], link_before[link] = place, newest[user]
            newest[user] = link
            walker = link
            while walker != _END:
                gram[link_place[walker], place] += user_weight[user]
                walker = link_before[walker]
            link += 1
    for place in range(n):
        for entry in range(users_of.indptr[chosen[place]], users_of.indptr[chosen[place] + 1]):
            newest[users_of.indices[entry]] = _END
        for other in range(place, n):
            gram[place, other] *= item_scale[chosen[place]] * item_scale[chosen[other]]
    return gram
