"""Models that score an item by a weighted sum over the history, with sparse item–item weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.data.histories import Histories
from m6rec_core.errors import DataError
from m6rec_core.schema import Rows
from m6rec_core.similarity import sparse
from m6rec_core.similarity.compiled import compiled, fixed, in_chunks
from m6rec_core.similarity.lists import Lists, lists_of
from m6rec_core.similarity.protocol import Arrays

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SparseItemModel:
    """score(history, i) = Σ over the items j of the history of `matrix[i, j]`.

    - `spread`: for each history item j the candidates i, rising, and their weights
    - `name`: the word for the model in files and tables

    Scores need the spread alone. So that a model takes no more memory than it must, the matrix is made
    of it when somebody asks.

    >>> weights = sp.csr_matrix(np.array([[0, 2, 0], [1, 0, 0], [0, 3, 0]], dtype=np.float32))
    >>> model = SparseItemModel.of_weights(weights, name="example")
    >>> model.scores(Histories.of_items([0, 1], n_items=3)).tolist()
    [[2.0, 1.0, 3.0]]
    """

    spread: sparse.Rows
    name: str = "linear"

    @classmethod
    def of_weights(cls, matrix: sp.csr_matrix, *, name: str = "linear") -> Self:
        """The model of the weights `matrix[i, j]` (n_items, n_items) of history item j for candidate i."""
        return cls(sparse.rows_of(sparse.transposed(matrix)), name)

    @cached_property
    def matrix(self) -> sp.csr_matrix:
        """(n_items, n_items) CSR float32, read-only: row = candidate, columns = history items, rising."""
        return self._transposed()

    def _transposed(self) -> sp.csr_matrix:
        return sparse.transposed(sparse.matrix_of(self.spread, n_columns=self.n_items))

    @property
    def n_items(self) -> int:
        """Number of items of the catalogue."""
        return len(self.spread.indptr) - 1

    def scores(self, histories: Histories) -> Floats:
        """(n users, n items) dense; 0 where no item of the history supports the candidate."""
        return self.weighted_scores(histories, np.ones(len(histories.item_row), dtype=np.float32))

    def weighted_scores(self, histories: Histories, entry_weight: Floats) -> Floats:
        """(n users, n items) as `scores`, with entry e of the histories counted `entry_weight[e]` times."""
        check_catalogue(histories, self.n_items)
        weight = fixed(entry_weight, np.float32)
        scores = np.zeros((len(histories), self.n_items), dtype=np.float32)
        in_chunks(
            lambda start, stop: _add_rows(
                start, stop, lists_of(histories), weight, self.spread, scores
            ),
            len(histories),
            smallest=8,
        )
        return scores

    def linear(self, histories: Histories) -> tuple[sparse.Rows, Floats]:
        """The candidates of each history item; every entry counts once."""
        return self.spread, np.ones(len(histories.item_row), dtype=np.float32)

    def scores_at(self, histories: Histories, item_row: Rows) -> Floats:
        """(n users, slots) what `scores` says of the pairs `item_row` (n users, slots); 0 at -1."""
        return self.weighted_scores_at(histories, self.linear(histories)[1], item_row)

    def weighted_scores_at(
        self, histories: Histories, entry_weight: Floats, item_row: Rows
    ) -> Floats:
        """(n users, slots) what `weighted_scores` says of these pairs, in memory of the pairs alone."""
        check_catalogue(histories, self.n_items)
        weight, wanted = fixed(entry_weight, np.float32), fixed(item_row, np.int32)
        scores = np.zeros(wanted.shape, dtype=np.float32)
        in_chunks(
            lambda start, stop: _add_and_pick(
                start, stop, lists_of(histories), weight, self.spread, wanted, scores
            ),
            len(histories),
            smallest=8,
        )
        return scores

    def parts(self, history: Histories, item_row: int) -> Floats:
        """(entries,) the weight between the item and each entry of the history of one user."""
        check_catalogue(history, self.n_items)
        weight = np.zeros(len(history.item_row), dtype=np.float32)
        # by the transpose, like the scores: of a model on disk only what a history touches is read
        _find_weights(history.item_row, np.int32(item_row), self.spread, weight)
        return weight

    def of(self, item_row: int, n: int) -> tuple[Rows, Floats]:
        """(rows, weights) of the n history items with the largest weight for this item, largest first.

        Fewer when fewer are stored; equal weights fall to the lower row.
        """
        start, stop = self.matrix.indptr[item_row], self.matrix.indptr[item_row + 1]
        rows, weights = self.matrix.indices[start:stop], self.matrix.data[start:stop]
        order = np.argsort(-weights, kind="stable")[:n]
        return rows[order], weights[order]

    def to_arrays(self) -> Arrays:
        """The weight matrix, its transpose and the name as plain arrays."""
        return {
            "name": np.array(self.name),
            # made anew and not kept: whoever stores the model has no use for it
            **sparse.to_arrays(self._transposed(), "matrix"),
            **{f"spread_{part}": array for part, array in self.spread._asdict().items()},
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The model that `to_arrays` described; its scores are equal bit for bit."""
        spread = sparse.Rows(
            fixed(arrays["spread_indptr"], np.int64),
            fixed(arrays["spread_indices"], np.int32),
            fixed(arrays["spread_data"], np.float32),
        )
        model = cls(spread, str(arrays["name"]))
        # on disk: only what is read of it takes memory
        vars(model)["matrix"] = sparse.from_arrays(arrays, "matrix")
        return model


def check_catalogue(histories: Histories, n_items: int) -> None:
    """Raises DataError unless every item row of the histories is an item of the catalogue."""
    rows = histories.item_row
    if histories.n_items != n_items:
        raise DataError(
            f"The histories are over {histories.n_items} items, the model was fitted on {n_items}. "
            "Take both from the same data set."
        )
    if len(rows) and (rows.min() < 0 or rows.max() >= n_items):
        raise DataError(
            f"A history holds an item row outside 0–{n_items - 1}. Leave unknown items out of it."
        )


@compiled
def add_history(
    entries: range, items: Rows, weight: Floats, spread: sparse.Rows, scores: Floats
) -> None:
    """Adds to `scores` (n_items,) the weights of the items at these entries of the histories."""
    for entry in entries:
        item = items[entry]
        for place in range(spread.indptr[item], spread.indptr[item + 1]):
            scores[spread.indices[place]] += weight[entry] * spread.data[place]


@compiled
def _add_rows(
    start: int, stop: int, histories: Lists, weight: Floats, spread: sparse.Rows, scores: Floats
) -> None:
    for user in range(start, stop):
        entries = range(histories.indptr[user], histories.indptr[user + 1])
        add_history(entries, histories.indices, weight, spread, scores[user])


@compiled
def _add_and_pick(
    start: int,
    stop: int,
    histories: Lists,
    weight: Floats,
    spread: sparse.Rows,
    item_row: Rows,
    scores: Floats,
) -> None:
    whole = np.zeros(len(spread.indptr) - 1, dtype=np.float32)  # one row: it stays in the cache
    for user in range(start, stop):
        entries = range(histories.indptr[user], histories.indptr[user + 1])
        add_history(entries, histories.indices, weight, spread, whole)
        for slot in range(item_row.shape[1]):
            if item_row[user, slot] >= 0:
                scores[user, slot] = whole[item_row[user, slot]]
        whole[:] = 0.0


@compiled
def _find_weights(history: Rows, item_row: np.int32, spread: sparse.Rows, weight: Floats) -> None:
    for entry in range(len(history)):
        low, high = spread.indptr[history[entry]], spread.indptr[history[entry] + 1]
        while low < high:  # the candidates of a history item rise
            middle = (low + high) // 2
            if spread.indices[middle] < item_row:
                low = middle + 1
            else:
                high = middle
        if low < spread.indptr[history[entry] + 1] and spread.indices[low] == item_row:
            weight[entry] = spread.data[low]
