"""Labels of items and groups of users as arrays: the ground of all matching features."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from m6rec_core.data.attributes import CATEGORY, MULTI, NUMBER, AttributeTable
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.data.numbers import to_numbers
from m6rec_core.schema import NO_ROW
from m6rec_core.similarity.dots import sparse_dots_at
from m6rec_core.similarity.sparse import rows_of

MOST_COLUMNS = 6  # of each table; the rest is left out, in the order of the file
MOST_LABELS = 5_000
MOST_GROUPS = 100
BANDS = 6  # a number of a user is cut into this many groups of equal size


@dataclass(frozen=True, eq=False)
class ItemLabels:
    """One category or multi-value column of the items.

    - `matrix` (n_items, n_labels) CSR float32 of ones
    - `share` (n_labels,) float64: share of all history entries whose item carries the label
    """

    column: str
    matrix: sp.csr_matrix
    share: npt.NDArray[np.float64]

    @classmethod
    def of(cls, table: AttributeTable, column: str, training: Histories) -> Self:
        """Reads the column; the shares are measured on the training histories."""
        rows, labels = table.labels(column)
        codes, names = pd.factorize(labels, sort=True)
        ones = np.ones(len(rows), dtype=np.float32)
        matrix = sp.csr_matrix((ones, (rows, codes)), shape=(len(table), max(len(names), 1)))
        count = np.bincount(training.item_row, minlength=len(table)) @ matrix
        return cls(column, matrix, np.asarray(count, np.float64) / max(len(training.item_row), 1))

    def mean_at(self, values: npt.NDArray[np.float32], item_row: Rows) -> npt.NDArray[np.float32]:
        """(users, slots): mean over an item's labels of the user's values (users, n_labels); 0 without."""
        count = np.maximum(np.diff(self.matrix.indptr), 1).astype(np.float32)
        total = sparse_dots_at(values, rows_of(self.matrix), item_row)
        return np.asarray(total / count[np.maximum(item_row, 0)], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class UserGroups:
    """One category column of the users, or a number cut into bands.

    - `group` (n_users,) int32: -1 where the attribute is missing
    - `n_groups`
    - `names` the label of each group; empty for bands
    - `edges` the ends of the bands; empty for labels
    - `told` the group that all users are said to be in, in place of the stored one; None: none is told
    """

    column: str
    group: Rows
    n_groups: int
    names: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    told: int | None = None

    @classmethod
    def of(cls, table: AttributeTable, column: str) -> Self:
        """Reads the column; a number is cut at its quantiles."""
        names: tuple[str, ...] = ()
        edges: tuple[float, ...] = ()
        if table.kinds[column] == NUMBER:
            codes, bins = pd.qcut(
                table.numbers(column), BANDS, labels=False, duplicates="drop", retbins=True
            )
            group = np.where(np.isnan(codes), NO_ROW, np.nan_to_num(codes)).astype(np.int32)
            edges = tuple(float(end) for end in bins)
        else:
            rows, labels = table.labels(column)
            group = np.full(len(table), NO_ROW, dtype=np.int32)
            codes, distinct = pd.factorize(labels, sort=True)
            group[rows] = codes
            names = tuple(str(name) for name in distinct)
        return cls(column, group, int(group.max(initial=NO_ROW)) + 1, names, edges)

    def of_users(self, histories: Histories) -> Rows:
        """(users,) the group of each user; -1 for users typed in of whom nothing is told."""
        if self.told is not None:
            return np.full(len(histories), self.told, dtype=np.int32)
        known = histories.user_row >= 0
        found = np.full(len(histories), NO_ROW, dtype=np.int32)
        found[known] = self.group[histories.user_row[known]]
        return found

    def with_told(self, attributes: Mapping[str, str]) -> "UserGroups":
        """The groups for users of these attributes; unchanged when the column is not among them."""
        if self.column not in attributes:
            return self
        return replace(self, told=self._group_of(attributes[self.column].strip()))

    def _group_of(self, value: str) -> int:
        """The group of a value as it stands in the table; -1 for one that no user has."""
        if self.edges:
            number = to_numbers(pd.Series([value], dtype="str"))[0]
            inside = self.edges[0] <= number <= self.edges[-1]
            # bands are open below and closed above, the lowest one on both sides
            return max(int(np.searchsorted(self.edges, number)) - 1, 0) if inside else NO_ROW
        return self.names.index(value) if value in self.names else NO_ROW


def item_labels(table: AttributeTable | None, training: Histories) -> list[ItemLabels]:
    """The label columns worth matching: at least two labels, and labels that items share."""
    if table is None:
        return []
    read = [ItemLabels.of(table, c, training) for c in table.columns_of(CATEGORY, MULTI)]
    kept = [
        labels
        for labels in read
        if 2 <= labels.matrix.shape[1] <= min(MOST_LABELS, max(2, labels.matrix.nnz // 2))
    ]
    return kept[:MOST_COLUMNS]


def user_groups(table: AttributeTable | None) -> list[UserGroups]:
    """The user columns that part the users into 2 to `MOST_GROUPS` groups."""
    if table is None:
        return []
    read = [UserGroups.of(table, c) for c in table.columns_of(CATEGORY, NUMBER)]
    return [groups for groups in read if 2 <= groups.n_groups <= MOST_GROUPS][:MOST_COLUMNS]
