"""One unit of a layer: the pairs, users and items that excite it most, and the features that it follows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core.data.ids import Rows

Values = npt.NDArray[np.floating[Any]]
Floats = npt.NDArray[np.float64]

FEWEST_PAIRS = 3  # of a user or an item; a mean of fewer says more of the pairs than of them


@dataclass(frozen=True, eq=False)
class GroupMeans:
    """Mean activation of those who own enough pairs, the highest first.

    `row` (n,) of the owner, `mean` (n,), `pairs` (n,) that the mean was taken over.
    """

    row: Rows
    mean: Floats
    pairs: npt.NDArray[np.int64]


def strongest_pairs(activation: Values, *, n: int = 10) -> npt.NDArray[np.int64]:
    """Positions of the at most n pairs with the highest activation (pairs,), the highest first.

    Equal ones fall to the lower position.

    >>> strongest_pairs(np.array([0.1, 0.9, 0.5]), n=2).tolist()
    [1, 2]
    """
    return np.argsort(-np.asarray(activation, np.float64), kind="stable")[:n]


def group_means(activation: Values, owner: Rows, *, at_least: int = FEWEST_PAIRS) -> GroupMeans:
    """Means of the activation (pairs,) by the row of their owner (pairs,), such as the item.

    Owners with fewer than `at_least` pairs, and row -1, are left out.

    >>> group_means(np.array([1.0, 3.0, 9.0]), np.array([4, 4, 7], np.int32), at_least=2).mean.tolist()
    [2.0]
    """
    known = owner >= 0
    rows, position, pairs = np.unique(owner[known], return_inverse=True, return_counts=True)
    totals = np.bincount(position, weights=np.asarray(activation, np.float64)[known])
    kept = np.flatnonzero(pairs >= at_least)
    mean = totals[kept] / pairs[kept]
    order = np.argsort(-mean, kind="stable")
    return GroupMeans(rows[kept][order].astype(np.int32), mean[order], pairs[kept][order])


def followed(activation: Values, features: Values) -> Floats:
    """(F,) rank correlation (Spearman) of the activation (pairs,) with each column of (pairs, F).

    NaN where either does not vary: nothing can be followed then.
    """
    unit, columns = _ranks(np.asarray(activation)[:, None]), _ranks(np.asarray(features))
    unit, columns = unit - unit.mean(axis=0), columns - columns.mean(axis=0)
    together = unit[:, 0] @ columns
    sizes = np.sqrt((unit**2).sum() * (columns**2).sum(axis=0))
    agreement: Floats = np.full(len(sizes), np.nan)
    np.divide(together, sizes, out=agreement, where=sizes > 0)
    return agreement


def _ranks(columns: Values) -> Floats:
    """(pairs, F) the place of each value in its column; equal values share the middle one."""
    ranks = np.empty(columns.shape)
    for column in range(columns.shape[1]):
        _, position, number = np.unique(columns[:, column], return_inverse=True, return_counts=True)
        ranks[:, column] = (np.cumsum(number) - (number - 1) / 2)[position]
    return ranks
