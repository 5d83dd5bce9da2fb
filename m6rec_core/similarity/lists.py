"""Lists of row numbers laid end to end: who has what, without values."""

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.data.histories import Histories
from m6rec_core.similarity.compiled import compiled, fixed


class Lists(NamedTuple):
    """n lists: list r is `indices[indptr[r]:indptr[r + 1]]`; (n + 1,) int64 and (entries,) int32, read-only."""

    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]


def lists_of(source: sp.csr_matrix | Histories) -> Lists:
    """The columns of each row of a binary matrix, or the items of each history."""
    indices = source.item_row if isinstance(source, Histories) else source.indices
    return Lists(fixed(source.indptr, np.int64), fixed(indices, np.int32))


def inverted(lists: Lists, *, n: int) -> Lists:
    """For each of n entries, the lists that hold it, in rising order.

    >>> inverted(Lists(np.array([0, 2, 3]), np.array([1, 0, 1])), n=2).indices.tolist()
    [0, 0, 1]
    """
    ones = np.ones(len(lists.indices), dtype=np.int8)
    shape = (len(lists.indptr) - 1, n)
    return lists_of(sp.csr_matrix((ones, lists.indices, lists.indptr), shape=shape).tocsc())


def inverted_values(lists: Lists, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The values of the places, (places,), in the order of `inverted`; empty when they are."""
    if not len(values):
        return values
    order = np.argsort(lists.indices, kind="stable")
    return cast("npt.NDArray[np.float32]", fixed(values[order], np.float32))


def lengths_of(lists: Lists) -> npt.NDArray[np.int64]:
    """(n,) number of entries of each list."""
    return np.diff(lists.indptr)


def sums_of(lists: Lists, values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """(n,) the sum of `values[entry]` over the entries of each list; 0 for an empty one."""
    total = np.zeros(len(lists.indptr) - 1)
    _add_up(
        fixed(lists.indptr, np.int64),
        fixed(lists.indices, np.int32),
        fixed(values, np.float64),
        total,
    )
    return total


def sums_over(lists: Lists, of_place: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """(n,) the sum over the places of each list, (places,); 0 for an empty one."""
    running = np.concatenate(([0.0], np.cumsum(of_place, dtype=np.float64)))
    return running[lists.indptr[1:]] - running[lists.indptr[:-1]]


def owner_of(lists: Lists) -> npt.NDArray[np.int64]:
    """(places,) the list that each place belongs to."""
    return np.repeat(np.arange(len(lists.indptr) - 1), lengths_of(lists))


@compiled
def _add_up(
    indptr: npt.NDArray[np.int64],
    indices: npt.NDArray[np.int32],
    values: npt.NDArray[np.float64],
    total: npt.NDArray[np.float64],
) -> None:
    for row in range(len(total)):
        for place in range(indptr[row], indptr[row + 1]):
            total[row] += values[indices[place]]
