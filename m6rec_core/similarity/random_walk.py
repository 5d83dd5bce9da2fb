"""Random walks item → user → item that are held back from popular items (RP3beta)."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from m6rec_core.similarity import sparse
from m6rec_core.similarity.comparing import Comparison
from m6rec_core.similarity.compiled import fixed
from m6rec_core.similarity.kernels import most_alike
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.lists import inverted, lengths_of, lists_of
from m6rec_core.similarity.measures import PRODUCT, Side, floored


@dataclass(frozen=True)
class RandomWalkSettings:
    """`alpha` sharpens or flattens the steps, `beta` holds back popular items; K items per start."""

    alpha: float = 0.8
    beta: float = 0.4
    neighbours: int = 300


def fit_random_walk(matrix: sp.csr_matrix, settings: RandomWalkSettings) -> SparseItemModel:
    """Weights of walks over binary behaviour, shape (n_users, n_items); the model is "random_walk".

    With d the degrees (at least 1), the weight of candidate i for the history item j is

        w(i, j) = Σ over users u with i and j of (1 / d_j)^alpha (1 / d_u)^alpha / d_i^beta

    The `neighbours` best candidates of each j are kept; no walk ends where it began. After Paudel,
    Christoffel, Newell and Bernstein 2017, "Updatable, Accurate, Diverse, and Scalable
    Recommendations for Interactive Applications".

    >>> behaviour = sp.csr_matrix(np.array([[1, 1, 0], [1, 1, 1]], dtype=np.float32))
    >>> model = fit_random_walk(behaviour, RandomWalkSettings(alpha=1.0, beta=0.0))
    >>> model.matrix.toarray()[2].round(3)
    array([0.167, 0.167, 0.   ], dtype=float32)
    """
    items_of = lists_of(matrix)
    users_of = inverted(items_of, n=matrix.shape[1])
    item_degree = floored(lengths_of(users_of))
    ones, zeros = (fixed(np.full(matrix.shape[1], one), np.float32) for one in (1, 0))
    walks = Comparison(
        features_of=users_of,
        columns_with=items_of,
        gain=fixed(floored(lengths_of(items_of)) ** -settings.alpha, np.float32),
        rows=Side(ones, fixed(item_degree**settings.alpha, np.float32), zeros),
        columns=Side(ones, fixed(item_degree**settings.beta, np.float32), zeros),
        shrinkage=np.float32(0.0),
        formula=PRODUCT,
        self_column=fixed(np.arange(matrix.shape[1]), np.int32),
    )
    from_start = most_alike(walks, k=settings.neighbours)
    return SparseItemModel(sparse.rows_of(sparse.frozen(from_start)), "random_walk")
