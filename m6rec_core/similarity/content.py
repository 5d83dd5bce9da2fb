"""Likeness of items by their attributes alone: what an item without any behaviour can be scored by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from m6rec_core.data.attributes import CATEGORY, MULTI, NUMBER, TEXT, AttributeTable
from m6rec_core.data.encoding import text_themes
from m6rec_core.data.histories import Histories
from m6rec_core.schema import Rows
from m6rec_core.similarity import sparse
from m6rec_core.similarity.dots import sparse_dots_at
from m6rec_core.similarity.linear import check_catalogue
from m6rec_core.similarity.protocol import Arrays

Floats = npt.NDArray[np.float32]

KNOTS = 9  # a number is placed between so many of its quantiles


@dataclass(frozen=True, eq=False)
class ContentLikeness:
    """score(history, i) = Σ over the items j of the history of the likeness traits_i · traits_j, in [0, 1].

    An item is wholly like itself. All pairs count, so that the many items with equal attributes are equal.

    - `traits` (n_items, n_traits) CSR float32, no negative ones; rows of length 1, or 0 without attributes
    """

    traits: sp.csr_matrix

    name = "content"

    def __post_init__(self) -> None:
        object.__setattr__(self, "traits", sparse.frozen(self.traits))

    def scores(self, histories: Histories) -> Floats:
        """(n users, n_items) float32; 0 where no trait is shared with the history."""
        return self.weighted_scores(histories, np.ones(len(histories.item_row), np.float32))

    def weighted_scores(self, histories: Histories, entry_weight: Floats) -> Floats:
        """`scores` with entry e of the histories counted `entry_weight[e]` times."""
        profile = self._profiles(histories, entry_weight)
        return np.ascontiguousarray((self.traits @ profile.T).T, dtype=np.float32)

    def scores_at(self, histories: Histories, item_row: Rows) -> Floats:
        """(n users, slots) what `scores` says of the pairs `item_row` (n users, slots); 0 at -1."""
        profile = self._profiles(histories, np.ones(len(histories.item_row), np.float32))
        return sparse_dots_at(profile, sparse.rows_of(self.traits), item_row)

    def _profiles(self, histories: Histories, entry_weight: Floats) -> Floats:
        """(n users, n_traits) the summed traits of each history."""
        check_catalogue(histories, self.traits.shape[0])
        shape = (len(histories), histories.n_items)
        entries = sp.csr_matrix((entry_weight, histories.item_row, histories.indptr), shape=shape)
        return np.asarray((entries @ self.traits).toarray(), dtype=np.float32)

    def parts(self, history: Histories, item_row: int) -> Floats:
        """(entries,) likeness of the item to each entry of one user's history."""
        return self._to(item_row)[history.item_row]

    def of(self, item_row: int, n: int) -> tuple[npt.NDArray[np.int32], Floats]:
        """(rows, likeness) of the n other items most like this one, largest first; ties to the lower row."""
        likeness = self._to(item_row)
        likeness[item_row] = 0.0
        order = np.argsort(-likeness, kind="stable")[:n]
        order = order[likeness[order] > 0]
        return order.astype(np.int32), likeness[order]

    def _to(self, item_row: int) -> Floats:
        return np.asarray((self.traits @ self.traits[item_row].T).toarray()[:, 0])

    def to_arrays(self) -> Arrays:
        """The traits as plain arrays."""
        return sparse.to_arrays(self.traits, "traits")

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The model that `to_arrays` described."""
        return cls(sparse.from_arrays(arrays, "traits"))


def describes(items: AttributeTable) -> bool:
    """Whether there is a column that says what items are like; a title does not."""
    return bool(items.columns_of(CATEGORY, MULTI, NUMBER, TEXT))


def fit_content(items: AttributeTable) -> ContentLikeness:
    """Reads the category, multi-value, number and text columns of the items; each weighs the same.

    The likeness of two items that have every column is the mean over the columns of the cosine of their
    traits there. Without usable columns all likeness is 0.
    """
    blocks = [label_traits(items, column) for column in items.columns_of(CATEGORY, MULTI)]
    blocks += [number_traits(items.numbers(column)) for column in items.columns_of(NUMBER)]
    blocks += [text_traits(items, column) for column in items.columns_of(TEXT)]
    nothing = sp.csr_matrix((len(items), 1), dtype=np.float32)
    return ContentLikeness(_unit_rows(sp.hstack([*blocks, nothing], format="csr")))


def label_traits(items: AttributeTable, column: str) -> sp.csr_matrix:
    """(n_items, n_labels) CSR: log(n_described / n_with_label) per label of the column, rows of length 1.

    Labels of a single item, or of every item that has any, make no two items alike and weigh 0.
    """
    rows, labels = items.labels(column)
    codes, names = pd.factorize(labels, sort=True)
    n_with = np.bincount(codes, minlength=len(names))
    n_described = len(np.unique(rows))
    weight = np.where(n_with > 1, np.log(n_described / np.maximum(n_with, 1)), 0.0)
    shape = (len(items), len(names))
    return _unit_rows(sp.csr_matrix((weight[codes], (rows, codes)), shape=shape))


def number_traits(numbers: npt.NDArray[np.float64]) -> sp.csr_matrix:
    """(n, knots) CSR: each number shared between the two quantiles around it, rows of length 1.

    Near numbers are alike, numbers more than two quantiles apart are not; missing ones are like none.
    """
    known = np.flatnonzero(np.isfinite(numbers))
    steps = np.linspace(0, 1, KNOTS)
    knots = np.unique(np.quantile(numbers[known], steps)) if len(known) else np.zeros(0)
    if len(knots) < 2:
        return sp.csr_matrix((len(numbers), 1))
    place = np.interp(numbers[known], knots, np.arange(len(knots)))
    below = np.minimum(place.astype(np.int64), len(knots) - 2)
    shares = np.concatenate((below + 1 - place, place - below))
    cells = np.tile(known, 2), np.concatenate((below, below + 1))
    return _unit_rows(sp.csr_matrix((shares, cells), shape=(len(numbers), len(knots))))


def text_traits(items: AttributeTable, column: str) -> sp.csr_matrix:
    """(n_items, 2 × themes) CSR: each theme of the text, and beside it its opposite; rows of length 1.

    Texts without a known word, and all texts where no two share a word, have no trait.
    """
    themes, _ = text_themes(items, column)
    return _unit_rows(sp.csr_matrix(np.hstack([np.maximum(themes, 0), np.maximum(-themes, 0)])))


def _unit_rows(traits: sp.csr_matrix) -> sp.csr_matrix:
    length = np.sqrt(np.asarray(traits.multiply(traits).sum(axis=1)).ravel())
    scaled = (sp.diags(1.0 / np.where(length > 0, length, 1.0)) @ traits).tocsr()
    scaled.eliminate_zeros()
    return scaled
