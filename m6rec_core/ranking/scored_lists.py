"""The list of each user by the scorer: which pairs are looked at, what they score, what rules change."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.errors import ConfigError
from m6rec_core.ranking.row_tables import best_of, packed, table_of
from m6rec_core.ranking.top_n import top_n
from m6rec_core.schema import NO_ROW
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.features.proposing import fill_up

if TYPE_CHECKING:
    from m6rec_core.ranking.recommender import Recommender

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Rules:
    """What an analyst lays over the scores.

    - `allowed` (n_items,) bool: all other items are left out; None: every item may be listed
    - `boost` (n_items,) float32: added to the scores, in standard deviations of the scores of the
      user's candidates; None: nothing is added
    """

    allowed: npt.NDArray[np.bool_] | None = None
    boost: Array | None = None

    def check(self, n_items: int) -> None:
        """Raises ConfigError unless the arrays are about `n_items` items."""
        for array in (self.allowed, self.boost):
            if array is not None and array.shape != (n_items,):
                raise ConfigError(
                    f"The rules are about {array.shape} items, the run has {n_items}. "
                    "Give one value per item row."
                )

    def over(self, scores: Array) -> Array:
        """(users, n_items) scores of a model that scores the whole catalogue, with the rules laid over."""
        if self.boost is not None:
            supported = np.where(scores > 0, scores, np.nan)
            with np.errstate(invalid="ignore"):
                spread = np.nan_to_num(np.nanstd(supported, axis=1, keepdims=True))
            scores = scores + self.boost * np.where(spread > 0, spread, 1.0)
        if self.allowed is not None:
            scores = np.where(self.allowed, scores, np.float32(0))
        return np.asarray(scores, dtype=np.float32)


EVERYTHING = Rules()


def scored(
    recommender: "Recommender",
    histories: Histories,
    n: int,
    *,
    include_seen: bool,
    rules: Rules = EVERYTHING,
    hide: Histories | None = None,
) -> tuple[Rows, Array]:
    """(users, n) item rows and scores, best first, padded with -1.

    The candidates of a user are the yardstick of all relative features: pairs that the rules, the wish
    to see known items, or items without events bring in stand beside them and change no score.
    `hide` are the items to be left out in place of the history.
    """
    space, n_items = recommender.space, recommender.training.n_items
    block = space.block(histories, hide=hide)
    hidden = histories if hide is None else hide
    pairs = _pairs(recommender, block, rules, hidden, include_seen=include_seen)
    is_filling = None
    if pairs.shape[1] < n:
        pairs = np.pad(pairs, ((0, 0), (0, n - pairs.shape[1])), constant_values=NO_ROW)
        # what fills a long list up comes last: the head of a list does not depend on its length
        is_filling = pairs < 0
        by_rank = space.popular
        if rules.allowed is not None:
            by_rank = by_rank[rules.allowed[by_rank]]
        _fill(pairs, by_rank, hidden, n_items, hides=not include_seen)
    features = recommender.values(block, pairs)
    flat = recommender.score_features(features.reshape(-1, features.shape[2]))
    scores = flat.reshape(pairs.shape)
    if rules.boost is not None:
        scores = scores + _lifts(rules.boost, scores, pairs)
    return best_of(pairs, scores, n, is_late=is_filling)


def _pairs(
    recommender: "Recommender",
    block: Block,
    rules: Rules,
    hidden: Histories,
    *,
    include_seen: bool,
) -> Rows:
    """(users, slots) the candidates and what stands beside them, each item once, padded with -1 at the end."""
    has_rules = rules.allowed is not None or rules.boost is not None
    parts = [block.candidates]
    if has_rules or len(recommender.warm_items):
        votes = recommender.space.votes(block)
        known = np.zeros(votes.shape, dtype=bool)
        if not include_seen:
            known[hidden.entry_user(), hidden.item_row] = True
        parts.append(recommender.warm_items.best(votes, known))
        if has_rules:
            asked = np.where(_asked_for(rules, votes.shape[1]) & ~known, votes, np.float32(0))
            parts.append(top_n(asked, n=block.candidates.shape[1], hide=None)[0])
    if include_seen:
        seen = block.histories
        parts.append(table_of(seen.entry_user(), seen.item_row, len(seen))[0])
    pairs = np.concatenate(parts, axis=1)
    if rules.allowed is not None:
        pairs = np.where(rules.allowed[np.maximum(pairs, 0)], pairs, np.int32(NO_ROW))
    return packed(_once(pairs)) if len(parts) > 1 else pairs


def _asked_for(rules: Rules, n_items: int) -> npt.NDArray[np.bool_]:
    """(n_items,) the items that the rules let in or lift: they may not be among the candidates."""
    asked = np.ones(n_items, dtype=bool) if rules.allowed is None else rules.allowed
    return asked if rules.boost is None or rules.allowed is not None else rules.boost > 0


def _once(item_row: Rows) -> Rows:
    """The same table with only the first of equal items of each row; the others become -1."""
    order = np.argsort(item_row, axis=1, kind="stable")
    rising = np.take_along_axis(item_row, order, axis=1)
    repeats = np.zeros(item_row.shape, dtype=bool)
    repeats[:, 1:] = rising[:, 1:] == rising[:, :-1]
    kept = item_row.copy()
    np.put_along_axis(kept, order, np.where(repeats, np.int32(NO_ROW), rising), axis=1)
    return kept


def _fill(pairs: Rows, by_rank: Rows, hidden: Histories, n_items: int, *, hides: bool) -> None:
    """Fills the empty ends with popular items; `by_rank` may be only a part of the catalogue."""
    if len(by_rank) == n_items:
        fill_up(pairs, by_rank, hidden, hides=hides)
        return
    for user in range(len(pairs)):
        taken = np.zeros(n_items, dtype=bool)
        taken[pairs[user][pairs[user] >= 0]] = True
        if hides:
            taken[hidden.items_of(user)] = True
        free = by_rank[~taken[by_rank]]
        empty = np.flatnonzero(pairs[user] < 0)[: len(free)]
        pairs[user, empty] = free[: len(empty)]


def _lifts(boost: Array, scores: Array, pairs: Rows) -> Array:
    filled = np.where(pairs >= 0, scores, np.nan)
    with np.errstate(invalid="ignore"):
        spread = np.nan_to_num(np.nanstd(filled, axis=1, keepdims=True))
    return np.asarray(boost[np.maximum(pairs, 0)] * spread, dtype=np.float32)
