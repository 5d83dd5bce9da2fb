"""From scores to lists: the n best items of each user, seen items left out, ties broken one way."""

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.errors import DataError
from m6rec_core.schema import NO_ROW
from m6rec_core.similarity.compiled import compiled, fixed, in_chunks

Floats = npt.NDArray[np.float32]


def top_n(
    scores: npt.NDArray[np.floating], *, n: int, hide: Histories | None
) -> tuple[Rows, Floats]:
    """(n users, n) item rows, best first, and their scores; padded with -1 and 0.

    `scores` is (n users, n items). An item is left out when its score is not finite, when it is
    exactly 0 (nothing supports it), or when it is in the user's history in `hide`, whose users stand
    in the order of the scores. Negative scores are scores. Equal scores fall to the lower item row.

    >>> seen = Histories.of_items([1], n_items=5)
    >>> rows, values = top_n(np.array([[2.0, 9.0, 3.0, 0.0, 3.0]]), n=4, hide=seen)
    >>> rows.tolist(), values.tolist()
    ([[2, 4, 0, -1]], [[3.0, 3.0, 2.0, 0.0]])
    """
    n_users, n_items = scores.shape
    _check_hidden(hide, n_users, n_items)
    indptr = np.zeros(n_users + 1) if hide is None else hide.indptr
    hidden = np.zeros(0) if hide is None else hide.item_row
    item_row = np.full((n_users, n), NO_ROW, dtype=np.int32)
    best = np.zeros((n_users, n), dtype=np.float32)
    if n < 1:
        return item_row, best
    block, hidden_ptr, hidden_row = (
        *(fixed(scores, np.float32), fixed(indptr, np.int64)),
        fixed(hidden, np.int32),
    )
    in_chunks(
        lambda start, stop: _select(start, stop, block, hidden_ptr, hidden_row, item_row, best),
        n_users,
        smallest=max(1, 50_000 // max(n_items, 1)),
    )
    return item_row, best


def _check_hidden(hide: Histories | None, n_users: int, n_items: int) -> None:
    if hide is None:
        return
    if len(hide) != n_users or hide.n_items != n_items:
        raise DataError(
            f"The items to hide are of {len(hide)} users and {hide.n_items} items, the scores of "
            f"{n_users} and {n_items}. Take both for the same users and catalogue."
        )
    if len(hide.item_row) and (hide.item_row.min() < 0 or hide.item_row.max() >= n_items):
        raise DataError(f"An item to hide has a row outside 0–{n_items - 1}. Leave it out.")


@compiled
def _select(
    start: int,
    stop: int,
    scores: Floats,
    hidden_ptr: npt.NDArray[np.int64],
    hidden_row: Rows,
    item_row: Rows,
    best: Floats,
) -> None:
    n_items, n = scores.shape[1], item_row.shape[1]
    is_hidden = np.zeros(n_items, dtype=np.bool_)
    for user in range(start, stop):
        for place in range(hidden_ptr[user], hidden_ptr[user + 1]):
            is_hidden[hidden_row[place]] = True
        row, rows, values = scores[user], item_row[user], best[user]
        size = 0
        floor = np.float32(-np.inf)  # a score must be above it to enter the list
        for item in range(n_items):
            score = row[item]
            if score > floor and score != 0.0 and score != np.inf and not is_hidden[item]:
                size = _insert(rows, values, size, item, score)
                if size == n:
                    floor = values[n - 1]
        for place in range(hidden_ptr[user], hidden_ptr[user + 1]):
            is_hidden[hidden_row[place]] = False


@compiled
def _insert(rows: Rows, values: Floats, size: int, item: int, score: np.float32) -> int:
    """Puts the item behind all items of at least its score; the last one falls out of a full list."""
    place = min(size, len(rows) - 1)
    while place > 0 and values[place - 1] < score:
        values[place] = values[place - 1]
        rows[place] = rows[place - 1]
        place -= 1
    values[place] = score
    rows[place] = item
    return min(size + 1, len(rows))
