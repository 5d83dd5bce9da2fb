"""Who is proposed: the best items by the voters' blended scores, then the most popular ones."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.ranking.top_n import rank_into, room_for_keys
from m6rec_core.schema import NO_ROW
from m6rec_core.similarity.compiled import compiled, fixed, in_chunks
from m6rec_core.similarity.linear import add_history
from m6rec_core.similarity.lists import Lists, lists_of
from m6rec_core.similarity.sparse import Rows as SparseRows

Array = npt.NDArray[np.float32]

MOST_VOTERS = 5  # of either kind; more are possible, and compiled for themselves
_NO_LINE = (
    SparseRows(fixed([0], np.int64), fixed([], np.int32), fixed([], np.float32)),
    fixed([], np.float32),
)
_NO_BLOCK = fixed(np.zeros((0, 0)), np.float32)


def proposed(
    histories: Histories,
    lines: Mapping[str, tuple[SparseRows, Array]],
    scores: Mapping[str, Array],
    voters: Sequence[str],
    *,
    popular: Rows,
    n: int,
    hide: Histories,
) -> tuple[Rows, dict[str, Array]]:
    """The candidates, and the scores of the voters in `lines` at them."""
    linear = [name for name in voters if name in lines]
    whole = [name for name in voters if name in scores]
    turns = [linear.index(v) if v in lines else -1 - whole.index(v) for v in voters]
    candidates = np.full((len(histories), n), NO_ROW, dtype=np.int32)
    found = np.zeros((len(linear), *candidates.shape), dtype=np.float32)
    rows = tuple((lines[name][0], fixed(lines[name][1], np.float32)) for name in linear)
    blocks = tuple(fixed(scores[name], np.float32) for name in whole)
    # tuples of one length, so that one compilation serves all choices of voters
    rows += (_NO_LINE,) * (MOST_VOTERS - len(rows))
    blocks += (_NO_BLOCK,) * (MOST_VOTERS - len(blocks))
    items, hidden, by_rank = lists_of(histories), lists_of(hide), fixed(popular, np.int32)
    in_chunks(
        lambda start, stop: _propose(
            *(start, stop, items, np.array(turns), rows, blocks, hidden, by_rank),
            *(candidates, found),
        ),
        len(candidates),
        smallest=4,
    )
    return candidates, dict(zip(linear, found, strict=True))


def blend(scores: Sequence[Array]) -> Array:
    """(users, n_items): sum of each model's scores over the user's best score; negative ones count 0."""
    blended = np.zeros(scores[0].shape, dtype=np.float32)
    for block in scores:
        in_chunks(
            lambda start, stop, block=block: _add_all_shares(start, stop, block, blended),  # type: ignore[misc]
            len(blended),
            smallest=8,
        )
    return blended


def fill_up(item_row: Rows, by_rank: Rows, hide: Histories, *, hides: bool) -> None:
    """Puts the next best items of `by_rank` (n_items,) into the empty places (-1) at the row ends.

    Works in place. An item stands in a row once; with `hides` the items of the history are left out.
    """
    in_chunks(
        lambda start, stop: _fill_up(
            start, stop, item_row, by_rank, hide.indptr, hide.item_row, hides
        ),
        len(item_row),
        smallest=64,
    )


@compiled
def _add_all_shares(start: int, stop: int, scores: Array, blended: Array) -> None:
    for user in range(start, stop):
        add_shares(scores[user], blended[user])


@compiled
def add_shares(scores: Array, blended: Array) -> None:
    """Adds a user's scores over the best of them, (n_items,); negative ones add nothing."""
    best = scores.max()
    if best > 0:
        for item in range(len(scores)):
            blended[item] += max(scores[item], np.float32(0)) / best


@compiled
def _fill_up(
    start: int,
    stop: int,
    item_row: Rows,
    by_rank: Rows,
    indptr: npt.NDArray[np.int64],
    hidden: Rows,
    hides: bool,
) -> None:
    taken = np.full(len(by_rank), -1, np.int64)
    for user in range(start, stop):
        fill_row(user, item_row[user], by_rank, indptr, hidden, hides, taken)


@compiled
def fill_row(
    user: int,
    item_row: Rows,
    by_rank: Rows,
    indptr: npt.NDArray[np.int64],
    hidden: Rows,
    hides: bool,
    taken: npt.NDArray[np.int64],
) -> None:
    """`fill_up` of one user's row, (slots,); `taken` (n_items,) holds only users that came before."""
    width = len(item_row)
    if width == 0 or item_row[width - 1] >= 0:
        return
    if hides:
        for entry in range(indptr[user], indptr[user + 1]):
            taken[hidden[entry]] = user
    place = 0
    while place < width and item_row[place] >= 0:
        taken[item_row[place]] = user
        place += 1
    for item in by_rank:
        if place == width:
            break
        if taken[item] != user:
            item_row[place] = item
            place += 1


@compiled
def _propose(
    start: int,
    stop: int,
    histories: Lists,
    turns: npt.NDArray[np.int64],
    linear: tuple[tuple[SparseRows, Array], ...],
    whole: tuple[Array, ...],
    hidden: Lists,
    popular: Rows,
    candidates: Rows,
    found: Array,
) -> None:
    """Writes the candidates, and into `found` (linear models, users, C) what these say of them.

    `turns` gives the voters in order: k is `linear[k]`, -1 - k is `whole[k]`. The rows of linear models are
    one user's at a time, so that they stay in the cache.
    """
    n_items = len(popular)
    rows, blended = np.zeros((len(found), n_items), np.float32), np.empty(n_items, np.float32)
    unused, keys = np.empty(candidates.shape[1], np.float32), room_for_keys(candidates.shape[1])
    is_hidden, taken = np.zeros(n_items, np.bool_), np.full(n_items, -1, np.int64)
    for user in range(start, stop):
        entries = range(histories.indptr[user], histories.indptr[user + 1])
        blended[:] = 0
        for turn in turns:
            if turn >= 0:
                spread, weight = linear[turn]
                add_history(entries, histories.indices, weight, spread, rows[turn])
                add_shares(rows[turn], blended)
            else:
                add_shares(whole[-1 - turn][user], blended)
        rank_into(user, blended, hidden, is_hidden, keys, candidates[user], unused)
        fill_row(user, candidates[user], popular, hidden.indptr, hidden.indices, True, taken)
        for slot in range(candidates.shape[1]):
            if candidates[user, slot] >= 0:
                for place in range(len(rows)):
                    found[place, user, slot] = rows[place, candidates[user, slot]]
        rows[:] = 0
