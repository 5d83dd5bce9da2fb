"""What the order of events says: which item tends to follow which, in everybody's lists.

With the items of a user in the order of time, every pair (j, then i) at most `reach` steps apart adds
1 / (√step · log(2 + length of the list)) to T[j, i]. The weight of candidate i after history item j is
T[j, i] / (out_j^½ · in_i^.3), with the sums out_j = Σ_i T[j, i] and in_i = Σ_j T[j, i].
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.data.histories import Histories
from m6rec_core.errors import DataError
from m6rec_core.schema import Rows
from m6rec_core.similarity import sparse
from m6rec_core.similarity.compiled import compiled, fixed, in_chunks
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.lists import Lists, sums_of
from m6rec_core.similarity.protocol import Arrays
from m6rec_core.similarity.selection import (
    key_of,
    move_largest_first,
    row_of_key,
    value_of_key,
)

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class OrderSettings:
    """How far a step reaches, how out and in dampen it, and how fast the history fades."""

    reach: int = 10
    out_exponent: float = 0.5
    in_exponent: float = 0.3
    decay: float = 5.0
    neighbours: int = 500


@dataclass(frozen=True, eq=False)
class OrderSignals:
    """Scores what may come next: the transitions from the history, the latest items first.

    - `transitions`: row = candidate i, columns = the history items j with the largest weights
    - `decay`: the item that is r places before the end of a history counts exp(-r / decay)
    """

    transitions: SparseItemModel
    decay: float

    name = "order"

    def scores(self, histories: Histories) -> Floats:
        """(n users, n_items) float32; 0 for what never followed an item of the history."""
        return self.transitions.weighted_scores(histories, recency(histories, decay=self.decay))

    def linear(self, histories: Histories) -> tuple[sparse.Rows, Floats]:
        """The candidates of each history item, and how much of each entry is left."""
        return self.transitions.spread, recency(histories, decay=self.decay)

    def scores_at(self, histories: Histories, item_row: Rows) -> Floats:
        """(n users, slots) what `scores` says of the pairs `item_row` (n users, slots); 0 at -1."""
        weight = recency(histories, decay=self.decay)
        return self.transitions.weighted_scores_at(histories, weight, item_row)

    def weighted_scores(self, histories: Histories, entry_weight: Floats) -> Floats:
        """`scores` with entry e of the histories counted `entry_weight[e]` times."""
        weight = recency(histories, decay=self.decay) * entry_weight
        return self.transitions.weighted_scores(histories, weight)

    def parts(self, history: Histories, item_row: int) -> Floats:
        """(entries,) what each entry of one user's history adds to the score of an item."""
        return self.transitions.parts(history, item_row) * recency(history, decay=self.decay)

    def to_arrays(self) -> Arrays:
        """The transitions and the decay as plain arrays."""
        return {"decay": np.array(self.decay), **self.transitions.to_arrays()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The model that `to_arrays` described."""
        return cls(SparseItemModel.from_arrays(arrays), float(arrays["decay"]))


def recency(histories: Histories, *, decay: float) -> Floats:
    """(entries,) exp(-r / decay), where r items of the same history came later.

    >>> recency(Histories.of_items([7, 3], n_items=9), decay=1.0).round(3)
    array([0.368, 1.   ], dtype=float32)
    """
    last = np.repeat(histories.indptr[1:] - 1, histories.lengths())
    rank = last - np.arange(len(last))
    return np.exp(-rank / decay).astype(np.float32)


def fit_order(histories: Histories, settings: OrderSettings | None = None) -> OrderSignals:
    """Counts the transitions of all histories; for each candidate the largest weights are kept.

    Raises DataError without timestamps: the order would mean nothing.
    """
    settings = settings or OrderSettings()
    if not histories.has_time:
        raise DataError(
            "The events have no timestamps, so their order is not known. Set signals.order=false."
        )
    lengths = histories.lengths()
    place = np.arange(len(histories.item_row)) - np.repeat(histories.indptr[:-1], lengths)
    list_weight = np.repeat(1.0 / np.log(2.0 + lengths), lengths)
    walk = _Walk(
        entries_of=_entries_by_item(histories),
        item_row=fixed(histories.item_row, np.int32),
        n_before=fixed(np.minimum(place, settings.reach), np.int32),
        list_weight=fixed(list_weight, np.float64),
        step_weight=fixed(np.append(0.0, np.arange(1, settings.reach + 1) ** -0.5), np.float64),
    )
    n_after = np.minimum(np.repeat(lengths, lengths) - 1 - place, settings.reach)
    followed, preceded = _totals(walk, n_after), _totals(walk, walk.n_before)
    out_factor = followed**-settings.out_exponent
    in_factor = preceded**-settings.in_exponent
    transitions = _largest_transitions(walk, out_factor, in_factor, k=settings.neighbours)
    return OrderSignals(SparseItemModel.of_weights(transitions, name="order"), settings.decay)


class _Walk(NamedTuple):
    """The entries of all lists, laid out so that one can step back from each occurrence of an item.

    - `entries_of`: for each item the entries (positions in the entry arrays) where it occurs
    - `item_row`, `n_before`, `list_weight` (entries,): item; steps one can go back; 1 / log(2 + length)
    - `step_weight` (reach + 1,): 1 / √step, at the index of the step
    """

    entries_of: Lists
    item_row: Rows
    n_before: npt.NDArray[np.int32]
    list_weight: npt.NDArray[np.float64]
    step_weight: npt.NDArray[np.float64]


def _entries_by_item(histories: Histories) -> Lists:
    counts = np.bincount(histories.item_row, minlength=histories.n_items)
    indptr = np.concatenate(([0], np.cumsum(counts)))
    by_item = np.argsort(histories.item_row, kind="stable")
    return Lists(fixed(indptr, np.int64), fixed(by_item, np.int32))


def _totals(walk: _Walk, n_steps: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """(n_items,) weight of all transitions that start (or end) at an item; 1 where there is none."""
    weight = walk.list_weight * np.cumsum(walk.step_weight)[n_steps]
    total = np.bincount(walk.item_row, weights=weight, minlength=len(walk.entries_of.indptr) - 1)
    return np.where(total > 0, total, 1.0)


def _largest_transitions(
    walk: _Walk,
    out_factor: npt.NDArray[np.float64],
    in_factor: npt.NDArray[np.float64],
    *,
    k: int,
) -> sp.csr_matrix:
    """(n_items, n_items) CSR: candidates × history items, the k largest weights of each candidate."""
    n_items = len(out_factor)
    room = np.minimum(sums_of(walk.entries_of, walk.n_before), min(k, n_items)).astype(np.int64)
    start_of = np.concatenate(([0], np.cumsum(room)))
    column = np.empty(start_of[-1], dtype=np.int32)
    value = np.empty(start_of[-1], dtype=np.float32)
    count = np.zeros(n_items, dtype=np.int64)
    in_chunks(
        lambda start, stop: _step_back(
            *(start, stop, walk, out_factor, in_factor, k, start_of, column, value, count)
        ),
        n_items,
        smallest=32,
    )
    indptr = np.concatenate(([0], np.cumsum(count)))
    filled = np.repeat(start_of[:-1] - indptr[:-1], count) + np.arange(indptr[-1])
    return sp.csr_matrix((value[filled], column[filled], indptr), shape=(n_items, n_items))


@compiled
def _step_back(
    start: int,
    stop: int,
    walk: _Walk,
    out_factor: npt.NDArray[np.float64],
    in_factor: npt.NDArray[np.float64],
    k: int,
    start_of: npt.NDArray[np.int64],
    column: Rows,
    value: Floats,
    count: npt.NDArray[np.int64],
) -> None:
    """Writes the k largest weights of the candidates start … stop - 1 from `start_of` on."""
    total = np.zeros(len(out_factor))
    touched = np.empty(len(out_factor) + 1, dtype=np.int32)
    keys = np.empty(len(out_factor), dtype=np.int64)
    for item in range(start, stop):
        n = 0
        for occurrence in range(walk.entries_of.indptr[item], walk.entries_of.indptr[item + 1]):
            entry = walk.entries_of.indices[occurrence]
            for step in range(1, walk.n_before[entry] + 1):
                before = walk.item_row[entry - step]
                touched[n] = before
                n += total[before] == 0.0
                total[before] += walk.step_weight[step] * walk.list_weight[entry]
        for place in range(n):
            before = touched[place]
            weight = total[before] * out_factor[before] * in_factor[item]
            keys[place] = key_of(np.float32(weight), before)
            total[before] = 0.0
        kept = min(n, k)
        move_largest_first(keys, n, kept)
        for place in range(kept):
            column[start_of[item] + place] = row_of_key(keys[place])
            value[start_of[item] + place] = value_of_key(keys[place])
        count[item] = kept
