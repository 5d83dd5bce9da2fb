"""From scores to lists: the n best items of each user, seen items left out, ties broken one way."""

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.errors import DataError
from m6rec_core.schema import NO_ROW, Rows
from m6rec_core.similarity.compiled import compiled, fixed, in_chunks
from m6rec_core.similarity.linear import SparseItemModel, add_history, check_catalogue
from m6rec_core.similarity.lists import Lists, lists_of
from m6rec_core.similarity.selection import (
    Keys,
    key_of,
    move_largest_first,
    row_of_key,
    value_of_key,
)
from m6rec_core.similarity.sparse import Rows as SparseRows

Floats = npt.NDArray[np.float32]

_BLOCK = 16_384  # users whose weights of entries are held at once
_STRETCH = 64  # scores that are looked at together before each of them is


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
    hidden = _hidden(hide, n_users, n_items)
    item_row, best = _empty_lists(n_users, n)
    block = fixed(scores, np.float32)
    in_chunks(
        lambda start, stop: _rank_scores(start, stop, block, hidden, item_row, best),
        n_users if n else 0,
        smallest=max(1, 50_000 // max(n_items, 1)),
    )
    return item_row, best


def top_n_of(
    model: SparseItemModel, histories: Histories, *, n: int, hide: Histories | None
) -> tuple[Rows, Floats]:
    """What `top_n(model.scores(histories), …)` gives, in memory of the lists alone, for any number of users.

    >>> import scipy.sparse as sp
    >>> model = SparseItemModel.of_weights(sp.csr_matrix(np.array([[0, 2, 0], [1, 0, 0], [0, 3, 0]])))
    >>> top_n_of(model, Histories.of_items([1], n_items=3), n=2, hide=None)[0].tolist()
    [[2, 0]]
    """
    check_catalogue(histories, model.n_items)
    hidden = _hidden(hide, len(histories), model.n_items)
    item_row, best = _empty_lists(len(histories), n)
    items = lists_of(histories)
    for first in range(0, len(histories) if n else 0, _BLOCK):
        users = slice(first, first + _BLOCK)
        own, unwanted = _of_users(items, users), _of_users(hidden, users)
        _rank_block(model, own, unwanted, item_row[users], best[users])
    return item_row, best


def _rank_block(
    model: SparseItemModel, items: Lists, hidden: Lists, item_row: Rows, best: Floats
) -> None:
    ones = fixed(np.ones(len(items.indices), dtype=np.float32), np.float32)
    in_chunks(
        lambda start, stop: _score_and_rank(
            start, stop, items, ones, model.spread, hidden, item_row, best
        ),
        len(item_row),
        smallest=16,
    )


def _of_users(lists: Lists, users: slice) -> Lists:
    ends = lists.indptr[users.start : users.stop + 1]
    return Lists(fixed(ends - ends[0], np.int64), lists.indices[ends[0] : ends[-1]])


def _hidden(hide: Histories | None, n_users: int, n_items: int) -> Lists:
    if hide is None:
        return Lists(fixed(np.zeros(n_users + 1), np.int64), fixed([], np.int32))
    if len(hide) != n_users:
        raise DataError(
            f"The items to hide are of {len(hide)} users, the scores of {n_users}. "
            "Take both for the same users."
        )
    check_catalogue(hide, n_items)
    return lists_of(hide)


def _empty_lists(n_users: int, n: int) -> tuple[Rows, Floats]:
    shape = (n_users, n)
    return np.full(shape, NO_ROW, dtype=np.int32), np.zeros(shape, dtype=np.float32)


@compiled
def _rank_scores(
    start: int, stop: int, scores: Floats, hidden: Lists, item_row: Rows, best: Floats
) -> None:
    is_hidden = np.zeros(scores.shape[1], dtype=np.bool_)
    keys = room_for_keys(item_row.shape[1])
    for user in range(start, stop):
        rank_into(user, scores[user], hidden, is_hidden, keys, item_row[user], best[user])


@compiled
def _score_and_rank(
    start: int,
    stop: int,
    histories: Lists,
    weight: Floats,
    spread: SparseRows,
    hidden: Lists,
    item_row: Rows,
    best: Floats,
) -> None:
    n_items = len(spread.indptr) - 1
    scores = np.zeros(n_items, dtype=np.float32)
    is_hidden = np.zeros(n_items, dtype=np.bool_)
    keys = room_for_keys(item_row.shape[1])
    for user in range(start, stop):
        entries = range(histories.indptr[user], histories.indptr[user + 1])
        add_history(entries, histories.indices, weight, spread, scores)
        rank_into(user, scores, hidden, is_hidden, keys, item_row[user], best[user])
        scores[:] = 0.0


@compiled
def room_for_keys(n: int) -> Keys:
    return np.empty(2 * n + 32, dtype=np.int64)


@compiled
def rank_into(
    user: int,
    scores: Floats,
    hidden: Lists,
    is_hidden: npt.NDArray[np.bool_],
    keys: Keys,
    item_row: Rows,
    best: Floats,
) -> None:
    """Writes the list of one user; `is_hidden` is all false before and after."""
    own = range(hidden.indptr[user], hidden.indptr[user + 1])
    for place in own:
        is_hidden[hidden.indices[place]] = True
    n = min(_collect(scores, is_hidden, keys, len(item_row)), len(item_row))
    best_last = np.sort(keys[:n])
    for rank in range(n):
        key = best_last[n - 1 - rank]
        item_row[rank], best[rank] = row_of_key(key), value_of_key(key)
    for place in own:
        is_hidden[hidden.indices[place]] = False


@compiled
def _collect(scores: Floats, is_hidden: npt.NDArray[np.bool_], keys: Keys, n: int) -> int:
    """Puts the keys of the n best items into `keys[:n]`, in no order; gives how many there are.

    Whenever the room is full, the n best so far stay, and the score of the worst of them becomes the
    floor that later items must exceed: an equal score at a higher row would lose. Most stretches of
    scores then hold nothing above it.
    """
    size, floor = 0, np.float32(-np.inf)
    for first in range(0, len(scores), _STRETCH):
        stretch = scores[first : first + _STRETCH]
        if not _has_above(stretch, floor):
            continue
        for place in range(len(stretch)):
            score = stretch[place]
            if score > floor and _counts(score) and not is_hidden[first + place]:
                keys[size] = key_of(score, first + place)
                size += 1
                if size == len(keys):
                    move_largest_first(keys, size, n)
                    size, floor = n, value_of_key(keys[:n].min())
    move_largest_first(keys, size, min(size, n))
    return size


@compiled
def _counts(score: np.float32) -> bool:
    return bool(score != 0.0 and np.isfinite(score))


@compiled
def _has_above(scores: Floats, floor: np.float32) -> bool:
    """Whether any score exceeds the floor; without an early exit, so that it runs in vectors."""
    found = 0
    for place in range(len(scores)):
        found |= scores[place] > floor
    return found != 0
