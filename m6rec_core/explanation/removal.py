"""Versions of one user's history through the real serving path: what the score and the list become."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.explanation.explainable import Explainable

Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What m versions of a history make of one item.

    - `rank` (m,) int64 from 1 in the version's list, whose items of the whole history are left out: an
      item taken away must not come back as a recommendation; `beyond` where it is not on the list
    - `share` (m,): softmax of the item's score over the list, 0 where it is not on it
    - `margin` (m,): score above the best item that stands behind the wanted place, see `Removals`;
      -inf where the item is not on the list
    """

    rank: npt.NDArray[np.int64]
    share: Values
    margin: Values
    beyond: int


@dataclass(frozen=True, eq=False)
class Removals:
    """One known user and one item; entries of the history are taken away and the list is made anew."""

    recommender: Explainable
    history: Histories
    item_row: int

    def __len__(self) -> int:
        return len(self.history.item_row)

    def versions(self, kept: Mask) -> Histories:
        """(m, entries) True for what stays, as m histories of the same user."""
        return self.history.take(np.zeros(len(kept), dtype=np.int64)).keep(kept.ravel())

    def scores(self, kept: Mask) -> Values:
        """(m,) scores of the item."""
        wanted = np.full((len(kept), 1), self.item_row, dtype=np.int32)
        features = self.recommender.pair_features(self.versions(kept), wanted)[:, 0]
        return np.asarray(self.recommender.score_features(features), dtype=np.float64)

    def outcome(self, kept: Mask, *, top: int = 10) -> Outcome:
        """What the lists of m versions make of the item; `top` is the place that the margin is about."""
        candidates = self.recommender.config.ranking.candidates
        ranked = self.recommender.recommend(self.versions(kept), n=candidates)
        listed = (ranked.item_row >= 0) & ~np.isin(ranked.item_row, self._away)
        score = np.where(listed, ranked.score, -np.inf).astype(np.float64)
        is_item = listed & (ranked.item_row == self.item_row)
        found = is_item.any(axis=1)
        own = np.where(found, np.where(is_item, score, -np.inf).max(axis=1), -np.inf)
        place = np.cumsum(listed, axis=1)[np.arange(len(kept)), is_item.argmax(axis=1)]
        others = -np.sort(-np.where(is_item, -np.inf, score), axis=1)
        threshold = others[:, min(top, others.shape[1]) - 1]
        weight = np.exp(score - score.max(axis=1, keepdims=True, initial=-1e30))
        share = np.zeros(len(kept))  # where the item is not listed
        np.divide((weight * is_item).sum(axis=1), weight.sum(axis=1), out=share, where=found)
        return Outcome(
            rank=np.where(found, place, candidates + 1).astype(np.int64),
            share=share,
            margin=np.subtract(own, threshold, out=np.full(len(kept), -np.inf), where=found),
            beyond=candidates + 1,
        )

    @cached_property
    def _away(self) -> Rows:
        return np.setdiff1d(self.history.item_row, [self.item_row]).astype(np.int32)


def without_each(entries: int) -> Mask:
    """(entries, entries): version k lacks entry k."""
    return ~np.eye(entries, dtype=bool)


def only_each(entries: int) -> Mask:
    """(entries, entries): version k has entry k alone."""
    return np.eye(entries, dtype=bool)
