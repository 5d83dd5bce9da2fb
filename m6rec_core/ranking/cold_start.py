"""What is known of users and items: hot, warm or cold; and items without events, scored by stand-ins.

Hot: there are training events. Warm: none, but attributes. Cold: neither (the words of RecTools).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core import schema
from m6rec_core.data.attributes import AttributeTable
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.ranking.top_n import top_n
from m6rec_core.schema import NO_ROW
from m6rec_core.scorer.features import Feature
from m6rec_core.similarity.content import fit_content

Array = npt.NDArray[np.float32]

HOT: Final = "hot"
WARM: Final = "warm"
COLD: Final = "cold"
MEANING: Final = {
    HOT: "has events that the run learned from",
    WARM: "has no events that the run learned from, but attributes",
    COLD: "neither events nor attributes are known",
}
STAND_INS = 10  # items with events that stand for one without
MOST_LISTED = 10  # items without events that are looked at per user
_LIKELY = 1e-3  # weight of popularity among items that are equally alike: the better known stand in
_BLOCK = 256


def temperatures(n_events: npt.ArrayLike, table: AttributeTable | None) -> npt.NDArray[np.object_]:
    """(n,) "hot", "warm" or "cold" of each user or item, from the number of its training events (n,).

    >>> temperatures([3, 0], None).tolist()
    ['hot', 'cold']
    """
    count = np.asarray(n_events)
    described = np.zeros(len(count), dtype=bool)
    if table is not None and len(table.frame.columns):
        described = table.frame.notna().any(axis=1).to_numpy()
    return np.where(count > 0, HOT, np.where(described, WARM, COLD)).astype(object)


@dataclass(frozen=True, eq=False)
class WarmItems:
    """Items that nobody had in training, and the items most like them in attributes.

    What behaviour says of such an item is taken from its stand-ins, in proportion to their likeness;
    what its own attributes say is its own.

    - `item_row` (w,) int32
    - `place_of` (n_items,) int32: index into `item_row`; -1 for all other items
    - `stand_in` (w, STAND_INS) int32, most alike first, padded with -1
    - `share` (w, STAND_INS) float32: sums to 1 in each row
    """

    item_row: Rows
    place_of: Rows
    stand_in: Rows
    share: Array

    def __len__(self) -> int:
        return len(self.item_row)

    @classmethod
    def of(cls, items: AttributeTable | None, popularity: npt.NDArray[np.int64]) -> "WarmItems":
        """Finds the stand-ins; items whose attributes are like nobody's have none and are left out."""
        n_items = len(popularity)
        new = np.flatnonzero(popularity == 0) if items is not None else np.zeros(0, np.int64)
        stand_in = np.zeros((0, STAND_INS), np.int32)
        share = np.zeros((0, STAND_INS), np.float32)
        if items is not None and len(new):
            stand_in, share = _stand_ins(items, new, popularity)
        kept = share.sum(axis=1) > 0
        item_row = new[kept].astype(np.int32)
        place_of = np.full(n_items, NO_ROW, dtype=np.int32)
        place_of[item_row] = np.arange(len(item_row))
        share = share[kept] / share[kept].sum(axis=1, keepdims=True)
        return cls(item_row, place_of, stand_in[kept], share)

    @cached_property
    def _shares(self) -> sp.csr_matrix:
        """(w, n_items) CSR: what part of each stand-in makes an item."""
        place, rank = np.nonzero(self.stand_in >= 0)
        cells = place, self.stand_in[place, rank]
        shape = len(self), len(self.place_of)
        return sp.csr_matrix((self.share[place, rank], cells), shape=shape)

    def best(self, votes: Array, known: npt.NDArray[np.bool_]) -> Rows:
        """(users, ≤ MOST_LISTED) the warm items whose stand-ins have the most votes, padded with -1.

        `votes` (users, n_items); `known` (users, n_items) marks what is left out, also among stand-ins.
        """
        if not len(self):
            return np.zeros((len(votes), 0), dtype=np.int32)
        open_votes = np.where(known, np.float32(0), votes)
        worth = np.asarray((self._shares @ open_votes.T).T)  # (w, n_items) x (n_items, users)
        worth = np.where(known[:, self.item_row], np.float32(0), worth)
        place, _ = top_n(worth, n=min(MOST_LISTED, len(self)), hide=None)
        return np.where(place >= 0, self.item_row[np.maximum(place, 0)], NO_ROW).astype(np.int32)

    def described(
        self,
        histories: Histories,
        item_row: Rows,
        describe: Callable[[Rows], Array],
        borrowed: npt.NDArray[np.bool_],
    ) -> Array:
        """(users, slots, F) features of the pairs `item_row` (users, slots), padded with -1.

        `describe` gives the features of a table of pairs, `borrowed` (F,) marks the columns that speak of
        behaviour: for a warm item they are the mean over its stand-ins, in proportion to their likeness.
        What a user has already stands for nothing: models see it with other eyes than what is new. An
        item whose stand-ins the user has all keeps its own features.
        """
        place = np.where(item_row >= 0, self.place_of[np.maximum(item_row, 0)], NO_ROW)
        is_warm = place >= 0
        most = int(is_warm.sum(axis=1).max(initial=0))
        if not most:
            return describe(item_row)
        slots = np.argsort(~is_warm, axis=1, kind="stable")[:, :most]  # the warm ones first
        wanted = np.take_along_axis(place, slots, axis=1)  # (users, most)
        rows = np.where(wanted[:, :, None] >= 0, self.stand_in[wanted], NO_ROW).astype(np.int32)
        has = histories.matrix().toarray() > 0
        rows[has[np.arange(len(rows))[:, None, None], rows] & (rows >= 0)] = NO_ROW
        # the pairs and the stand-ins in one table: the scores behind them are computed once
        both = describe(np.concatenate([item_row, rows.reshape(len(rows), -1)], axis=1))
        values, found = both[:, : item_row.shape[1]], both[:, item_row.shape[1] :]
        found = found.reshape(*rows.shape, -1)
        share = np.where(rows >= 0, self.share[wanted], np.float32(0))
        total = share.sum(axis=2, keepdims=True)
        means = np.einsum("uskf,usk->usf", found, share / np.where(total > 0, total, 1))
        users, at = np.nonzero((wanted >= 0) & (total[:, :, 0] > 0))
        filled = np.ascontiguousarray(values)
        own = filled[users, slots[users, at]]
        filled[users, slots[users, at]] = np.where(borrowed, means[users, at], own)
        return filled


def borrowed_columns(
    features: Sequence[Feature], items: AttributeTable | None
) -> npt.NDArray[np.bool_]:
    """(F,) which features of an item speak of behaviour: all but those of its own attributes."""
    own = set() if items is None else set(items.kinds)
    return np.array(
        [
            not (feature.group in (schema.MATCH, schema.ITEM) and _column(feature) in own)
            for feature in features
        ]
    )


def _column(feature: Feature) -> str:
    """The item attribute that a feature works through: `crowd.age_genre` is about genre."""
    detail = feature.name.partition(".")[2]
    if feature.signal and detail.startswith(f"{feature.signal}_"):
        return detail.removeprefix(f"{feature.signal}_")
    return feature.signal if not feature.name.startswith("crowd.") else ""


def _stand_ins(
    items: AttributeTable, new: npt.NDArray[np.int64], popularity: npt.NDArray[np.int64]
) -> tuple[Rows, Array]:
    traits = fit_content(items).traits
    had = np.flatnonzero(popularity > 0)
    n = min(STAND_INS, len(had))
    stand_in = np.full((len(new), STAND_INS), NO_ROW, dtype=np.int32)
    share = np.zeros((len(new), STAND_INS), dtype=np.float32)
    known = 1.0 + _LIKELY * np.log1p(popularity[had])
    of_had = traits[had].T.tocsr()
    for start in range(0, len(new), _BLOCK):
        part = slice(start, start + _BLOCK)
        alike = (traits[new[part]] @ of_had).toarray() * known
        place, likeness = top_n(alike, n=n, hide=None)
        stand_in[part, :n] = np.where(place >= 0, had[np.maximum(place, 0)], NO_ROW)
        share[part, :n] = np.maximum(likeness, 0.0)
    return stand_in, share
