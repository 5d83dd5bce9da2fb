"""Tables of item rows, one line per user, padded with -1."""

import numpy as np
import numpy.typing as npt

from m6rec_core.data.ids import Rows
from m6rec_core.schema import NO_ROW

Array = npt.NDArray[np.float32]


def best_of(
    item_row: Rows, scores: Array, n: int, *, is_late: npt.NDArray[np.bool_] | None = None
) -> tuple[Rows, Array]:
    """The n best of each row of candidates; equal scores fall to the lower item row.

    What `is_late` marks, shaped like the rows, comes after all others, whatever its score.

    >>> rows, values = best_of(np.array([[4, 2, 7, -1]]), np.array([[1.0, 1.0, 3.0, 9.0]]), 2)
    >>> rows.tolist(), values.tolist()
    ([[7, 2]], [[3.0, 1.0]])
    """
    masked = np.where(item_row >= 0, scores, -np.inf)
    last = item_row < 0 if is_late is None else is_late | (item_row < 0)
    order = np.lexsort((item_row, -masked, last), axis=1)[:, :n]
    rows = np.take_along_axis(item_row, order, axis=1)
    return rows, np.take_along_axis(scores, order, axis=1).astype(np.float32)


def table_of(
    users: npt.NDArray[np.int64], item_row: Rows, n_users: int
) -> tuple[Rows, npt.NDArray[np.int64]]:
    """Pairs sorted by user as a (users, most pairs) table, and the column of each pair."""
    counts = np.bincount(users, minlength=n_users)
    place = np.arange(len(users)) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((n_users, int(counts.max(initial=1))), NO_ROW, dtype=np.int32)
    table[users, place] = item_row
    return table, place


def packed(item_row: Rows) -> Rows:
    """The same rows with the empty places (-1) at their ends."""
    order = np.argsort(item_row < 0, axis=1, kind="stable")
    return np.take_along_axis(item_row, order, axis=1)
