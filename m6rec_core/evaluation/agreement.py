"""How much two lists of the same user have in common."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PERSISTENCE = 0.9  # of a reader: the first ten places then weigh 86 %


def overlap(one: npt.NDArray[Any], other: npt.NDArray[Any], *, empty: Any = -1) -> Floats:
    """(users,) Share of the items of the longer list that are in both, in [0, 1]; NaN for two empty ones.

    Both are (users, k); a list holds an item once, and `empty` on places that it leaves open.

    >>> overlap(np.array([[1, 2, 3, 4]]), np.array([[4, 9, 1, -1]])).tolist()
    [0.5]
    """
    common = _same(one, other, empty).sum(axis=(1, 2))
    longer = np.maximum((one != empty).sum(axis=1), (other != empty).sum(axis=1))
    return np.where(longer > 0, common / np.maximum(longer, 1), np.nan)


def rank_biased_overlap(
    one: npt.NDArray[Any], other: npt.NDArray[Any], *, empty: Any = -1, p: float = PERSISTENCE
) -> Floats:
    """(users,) Agreement of two rankings (users, k), the first places weighing most, in [0, 1].

    The extrapolated form of Webber, Moffat and Zobel 2010 (RBO_ext): the agreement at the last place
    is taken to go on. Depth is that of the longest list of all; NaN where both lists are empty.

    >>> rank_biased_overlap(np.array([[1, 2]]), np.array([[2, 1]]), p=0.9).round(3).tolist()
    [0.9]
    """
    depth = max(1, int(((one != empty) | (other != empty)).any(axis=0).sum()))
    same = _same(one[:, :depth], other[:, :depth], empty)
    common = same.cumsum(axis=1).cumsum(axis=2)  # common[u, i, j]: of the first i + 1 and j + 1
    place = np.arange(1, depth + 1)
    agreement = np.diagonal(common, axis1=1, axis2=2) / place  # (users, depth)
    weighted = (1 - p) / p * (agreement * p**place).sum(axis=1)
    value = weighted + agreement[:, -1] * p**depth
    is_empty = ((one == empty) & (other == empty)).all(axis=1)
    return np.where(is_empty, np.nan, value)


def _same(one: npt.NDArray[Any], other: npt.NDArray[Any], empty: Any) -> npt.NDArray[np.bool_]:
    found = one[:, :, None] == other[:, None, :]
    return np.asarray(found & (one != empty)[:, :, None], dtype=bool)
