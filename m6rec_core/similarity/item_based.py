"""Item-based collaborative filtering: what is liked by the users who like what this user liked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.similarity import sparse
from m6rec_core.similarity.compiled import fixed
from m6rec_core.similarity.kernels import Comparison, most_alike
from m6rec_core.similarity.linear import SparseItemModel, spread_of
from m6rec_core.similarity.lists import Lists, inverted, lengths_of, lists_of, sums_of
from m6rec_core.similarity.measures import checked_measure, gains, side
from m6rec_core.similarity.protocol import Arrays
from m6rec_core.similarity.weighting import weighting_of

USUAL_NEIGHBOURS = {"degree": 1000, "cosine": 200, "jaccard": 200}


@dataclass(frozen=True)
class ItemSettings:
    """How items are compared; the exponents and the power belong to the measure "degree" alone.

    `neighbours` 0 means the usual number for the measure: 1000 for degree, else 200.
    """

    measure: str = "degree"
    weighting: str = "none"
    neighbours: int = 0
    shrinkage: float = 0.0
    user_exponent: float = 0.5
    candidate_exponent: float = 0.25
    history_exponent: float = 0.6
    power: float = 1.3


@dataclass(frozen=True, eq=False)
class ItemNeighbours(SparseItemModel):
    """score(history, i) = Σ over the items j of the history of the likeness of i to j.

    - `matrix` (n_items, n_items) CSR: row = candidate i, columns = the K history items most like it
    - `users_of`: for each item the rows of the users who have it, rising
    """

    users_of: Lists
    name: str = field(default="item_knn", kw_only=True)

    def common_users(self, item_row: int, other_row: int) -> int:
        """How many users of the training data have both items."""
        indptr, users = self.users_of
        first = users[indptr[item_row] : indptr[item_row + 1]]
        second = users[indptr[other_row] : indptr[other_row + 1]]
        return len(np.intersect1d(first, second, assume_unique=True))

    def to_arrays(self) -> Arrays:
        """The weights, the users of each item and the name as plain arrays."""
        arrays = super().to_arrays()
        arrays["users_indptr"], arrays["users_indices"] = self.users_of
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The model that `to_arrays` described; its scores are equal bit for bit."""
        users_of = Lists(
            fixed(arrays["users_indptr"], np.int64), fixed(arrays["users_indices"], np.int32)
        )
        matrix = sparse.from_arrays(arrays, "matrix")
        return cls(matrix, users_of, name=str(arrays["name"]), stored_spread=spread_of(arrays))


def fit_item_neighbours(matrix: sp.csr_matrix, settings: ItemSettings) -> ItemNeighbours:
    """Compares all items of binary behaviour, shape (n_users, n_items).

    With d the degrees (at least 1), the measure "degree" is

        s(i, j) = [ Σ over users u with i and j of d_u^-user_exponent
                    / (d_i^candidate_exponent d_j^history_exponent + shrinkage) ]^power

    and "cosine" and "jaccard" are the usual ones, with the shrinkage added to the denominator. For
    each candidate i the `neighbours` items j with the largest s(i, j) are kept; an item is never its
    own neighbour.

    >>> behaviour = sp.csr_matrix(np.array([[1, 1, 0], [1, 1, 1]], dtype=np.float32))
    >>> model = fit_item_neighbours(behaviour, ItemSettings(measure="jaccard"))
    >>> [array.tolist() for array in model.of(0, 2)]
    [[1, 2], [1.0, 0.5]]
    """
    measure = checked_measure(settings.measure)
    items_of = lists_of(matrix)
    users_of = inverted(items_of, n=matrix.shape[1])
    weighting = weighting_of(users_of, settings.weighting, n_features=matrix.shape[0])
    length, norm = lengths_of(users_of), sums_of(users_of, weighting.feature_weight**2)
    comparison = Comparison(
        features_of=users_of,
        columns_with=items_of,
        gain=gains(measure, weighting, lengths_of(items_of), settings.user_exponent),
        rows=side(measure, weighting, length, norm, settings.candidate_exponent),
        columns=side(measure, weighting, length, norm, settings.history_exponent),
        shrinkage=np.float32(settings.shrinkage),
        is_jaccard=measure == "jaccard",
        self_column=fixed(np.arange(matrix.shape[1]), np.int32),
    )
    alike = most_alike(comparison, k=settings.neighbours or USUAL_NEIGHBOURS[measure])
    if measure == "degree":
        alike.data **= np.float32(settings.power)
    return ItemNeighbours(alike, users_of)
