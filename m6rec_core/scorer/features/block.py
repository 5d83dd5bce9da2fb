"""Some hundred users at a time: their score rows, their candidates, and the pairs to be described."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.ranking.top_n import top_n
from m6rec_core.schema import NO_ROW
from m6rec_core.similarity.compiled import compiled, in_chunks
from m6rec_core.similarity.protocol import ScoreModel

Array = npt.NDArray[np.float32]

ALIKE = 1e-6  # scores that differ by less than this share of their mean differ by rounding alone


@dataclass(frozen=True, eq=False)
class Block:
    """The common ground of all features of a block of users.

    - `histories` of the users
    - `scores` {model: (users, n_items)}
    - `candidates` (users, C) int32, padded with -1: what similarity proposes; the yardstick of all
      relative features, also for pairs that are not among them
    - `item_row` (users, slots) int32, padded with -1: the pairs to be described
    """

    histories: Histories
    scores: Mapping[str, Array]
    candidates: Rows
    item_row: Rows

    @classmethod
    def of(
        cls,
        histories: Histories,
        models: Mapping[str, ScoreModel],
        *,
        voters: Sequence[str],
        popular: Rows,
        n_candidates: int,
        hide: Histories | None = None,
    ) -> "Block":
        """Scores all items by all models; the candidates are the best of the voters' blended scores.

        Items of the history, or those of `hide` in its place, are never among them.
        Users of whom similarity knows too little get the most popular items (`popular`, all items in
        falling popularity) up to the number of candidates.
        """
        scores = {name: model.scores(histories) for name, model in models.items()}
        blended = blend([scores[name] for name in voters])
        hidden = histories if hide is None else hide
        candidates, _ = top_n(blended, n=n_candidates, hide=hidden)
        fill_up(candidates, popular, hidden, hides=True)
        return cls(histories, scores, candidates, candidates)

    def describing(self, item_row: Rows) -> "Block":
        """The same users and yardstick with other pairs, (users, slots)."""
        return replace(self, item_row=item_row)


def blend(scores: Sequence[Array]) -> Array:
    """(users, n_items): sum of each model's scores over the user's best score; negative ones count 0."""
    blended = np.zeros(scores[0].shape, dtype=np.float32)
    for block in scores:
        in_chunks(
            lambda start, stop, block=block: _add_shares(start, stop, block, blended),  # type: ignore[misc]
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


def relative_and_z(scores: Array, block: Block) -> Array:
    """(users, slots, 2): sqrt(score / the user's best candidate), and the z-score over the candidates.

    Raw scores do not travel between users and folds of different length; these two do. Both are 0 for
    empty slots and for users whose candidates all score 0, z also where they all score alike; z is cut
    off at ±10.
    """
    values = np.zeros((*block.item_row.shape, 2), dtype=np.float32)
    in_chunks(
        lambda start, stop: _standing(
            start, stop, scores, block.candidates, block.item_row, values
        ),
        len(scores),
        smallest=8,
    )
    return values


def at_pairs(scores: Array, block: Block) -> Array:
    """(users, slots) the raw scores at the pairs; 0 for empty slots."""
    rows = np.maximum(block.item_row, 0)
    values = np.take_along_axis(scores, rows.astype(np.int64), axis=1)
    return np.where(block.item_row == NO_ROW, np.float32(0), values)


def per_item(values: Array, block: Block) -> Array:
    """(users, slots) an item's own value (n_items,) at the pairs."""
    return values[np.maximum(block.item_row, 0)]


def per_user(values: Array, block: Block) -> Array:
    """(users, slots) a user's own value (users,) at the pairs."""
    return np.broadcast_to(values[:, None], block.item_row.shape)


@compiled
def _add_shares(start: int, stop: int, scores: Array, blended: Array) -> None:
    for user in range(start, stop):
        best = np.float32(0)
        for item in range(scores.shape[1]):
            best = max(best, scores[user, item])
        if best > 0:
            for item in range(scores.shape[1]):
                if scores[user, item] > 0:
                    blended[user, item] += scores[user, item] / best


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
        width = item_row.shape[1]
        if width == 0 or item_row[user, width - 1] >= 0:
            continue
        if hides:
            for entry in range(indptr[user], indptr[user + 1]):
                taken[hidden[entry]] = user
        place = 0
        while place < width and item_row[user, place] >= 0:
            taken[item_row[user, place]] = user
            place += 1
        for item in by_rank:
            if place == width:
                break
            if taken[item] != user:
                item_row[user, place] = item
                place += 1


@compiled
def _standing(
    start: int, stop: int, scores: Array, candidates: Rows, item_row: Rows, values: Array
) -> None:
    for user in range(start, stop):
        count, total, squares, best = 0, 0.0, 0.0, 0.0
        for slot in range(candidates.shape[1]):
            item = candidates[user, slot]
            if item >= 0:
                score = np.float64(
                    scores[user, item]
                )  # squares of 32 bits would drown small distances
                count += 1
                total += score
                squares += score * score
                best = max(best, score)
        if count == 0:
            continue
        mean = total / count
        deviation = np.sqrt(max(squares / count - mean * mean, 0.0))
        for slot in range(item_row.shape[1]):
            item = item_row[user, slot]
            if item < 0:
                continue
            score = np.float64(scores[user, item])
            if best > 0 and score > 0:
                values[user, slot, 0] = np.sqrt(score / best)
            if deviation > ALIKE * max(abs(mean), 1e-9):
                values[user, slot, 1] = min(max((score - mean) / deviation, -10.0), 10.0)
