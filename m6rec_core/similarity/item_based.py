"""Item-based collaborative filtering: what is liked by the users who like what this user liked."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from m6rec_core.similarity.comparing import Comparison
from m6rec_core.similarity.compiled import fixed
from m6rec_core.similarity.kernels import most_alike
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.lists import inverted, inverted_values, lists_of, owner_of
from m6rec_core.similarity.measures import BY_VALUE, NO_VALUES, Exponents, ground_of

DEGREE_NEIGHBOURS, USUAL_NEIGHBOURS = 1000, 200
DEGREE_POWER = 1.3


@dataclass(frozen=True)
class ItemSettings:
    """How items are compared.

    - `measure`: one of `measures.MEASURES`
    - `neighbours` 0: the usual number, 1000 for degree, else 200
    - `user_exponent`, `candidate_exponent`, `history_exponent`: of the measures by degree, as
      `measures.exponents_of` says: of the user in common, of the item itself, of the one it is like
    - `power` of the likeness; 0: the usual one, 1.3 for degree, else 1
    """

    measure: str = "degree"
    weighting: str = "none"
    neighbours: int = 0
    shrinkage: float = 0.0
    user_exponent: float = 0.5
    candidate_exponent: float = 0.25
    history_exponent: float = 0.6
    power: float = 0.0


def fit_item_neighbours(matrix: sp.csr_matrix, settings: ItemSettings) -> SparseItemModel:
    """Compares all items by who has them, (n_users, n_items) CSR with a value at every stored pair.

    The model's `matrix[i, j]` is the likeness of candidate i to the history item j.

    With d the degrees (at least 1), the measure "degree" is

        s(i, j) = [ Σ over users u with i and j of d_u^-user_exponent
                    / (d_i^candidate_exponent d_j^history_exponent + shrinkage) ]^power

    and all others are as `measures` defines them, with the shrinkage given there, to the power. The
    values count in the measures `BY_VALUE` only. For each candidate i the `neighbours` items j with the
    largest s(i, j) above 0 are kept; an item is never its own neighbour.

    >>> behaviour = sp.csr_matrix(np.array([[1, 1, 0], [1, 1, 1]], dtype=np.float32))
    >>> model = fit_item_neighbours(behaviour, ItemSettings(measure="jaccard"))
    >>> [array.tolist() for array in model.of(0, 2)]
    [[1, 2], [1.0, 0.5]]
    """
    items_of, n_users = lists_of(matrix), matrix.shape[0]
    users_of = inverted(items_of, n=matrix.shape[1])
    values = fixed(matrix.data, np.float32) if settings.measure in BY_VALUE else NO_VALUES
    by_item = inverted_values(items_of, values)
    ground = ground_of(
        settings.measure,
        settings.weighting,
        users_of,
        by_item,
        n_features=n_users,
        exponents=Exponents(
            settings.user_exponent, settings.candidate_exponent, settings.history_exponent
        ),
    )
    of_items = ground.entry_values(by_item, users_of.indices)
    of_columns = ground.entry_values(values, owner_of(items_of)) if ground.by_value else NO_VALUES
    comparison = Comparison(
        features_of=users_of,
        columns_with=items_of,
        gain=ground.gain,
        rows=ground.side(users_of, of_items, exponent=ground.exponents.own),
        columns=ground.side(users_of, of_items, exponent=ground.exponents.other),
        shrinkage=np.float32(settings.shrinkage),
        formula=ground.formula,
        self_column=fixed(np.arange(matrix.shape[1]), np.int32),
        row_values=of_items,
        column_values=of_columns,
    )
    is_degree = settings.measure == "degree"
    usual = DEGREE_NEIGHBOURS if is_degree else USUAL_NEIGHBOURS
    alike = most_alike(comparison, k=settings.neighbours or usual)
    alike.data **= np.float32(settings.power or (DEGREE_POWER if is_degree else 1.0))
    return SparseItemModel.of_weights(alike, name="item_knn")
