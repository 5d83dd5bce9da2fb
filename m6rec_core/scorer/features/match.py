"""How an item's attributes match the user's history and the user's own attributes."""

import copy
from collections.abc import Mapping
from typing import Self

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.data.attributes import NUMBER, AttributeTable
from m6rec_core.data.histories import Histories
from m6rec_core.scorer.features.block import Block, per_item
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.scorer.features.labels import ItemLabels, UserGroups

Array = npt.NDArray[np.float32]

PRIOR_ENTRIES = 5.0  # entries of an average history that every history is given beside its own
PRIOR_EVENTS = 5.0  # likewise for counts of groups
LOG_LIFT = "natural log of the lift"


class TasteFamily:
    """Lift of an item's labels in the user's history: do they occur more often than usual?"""

    def __init__(self, labels: ItemLabels) -> None:
        self._labels = labels
        self.features = (
            Feature(
                f"taste.{labels.column}",
                f"taste for its {labels.column}",
                schema.MATCH,
                LOG_LIFT,
                f"How much more often the item's {labels.column} occurs in the user's history "
                "than in all histories; mean over the item's labels.",
                labels.column,
            ),
        )

    def values(self, block: Block) -> Array:
        """(users, slots, 1)."""
        counts = block.histories.matrix() @ self._labels.matrix
        length = block.histories.lengths()[:, None]
        share = self._labels.share[None, :] + 1e-9
        expected = (length + PRIOR_ENTRIES) * share
        lift = np.log((counts.toarray() + PRIOR_ENTRIES * share) / expected).astype(np.float32)
        return self._labels.mean_at(lift, block.item_row)[:, :, None]


class NumberFamily:
    """A number of the item: itself, and its distance from what the user is used to."""

    def __init__(self, table: AttributeTable, column: str, training: Histories) -> None:
        numbers = table.numbers(column)
        seen = numbers[training.item_row]
        centre = float(np.nanmean(seen)) if np.isfinite(seen).any() else 0.0
        spread = float(np.nanstd(seen)) if np.isfinite(seen).any() else 0.0
        scaled = (numbers - centre) / (spread if spread > 0 else 1.0)
        self._scaled = np.clip(np.nan_to_num(scaled), -5, 5).astype(np.float32)
        self.features = (
            Feature(
                f"number.{column}",
                f"its {column}",
                schema.ITEM,
                "standard deviations",
                f"The item's {column}, as distance from the mean over all events; 0 where missing.",
                column,
            ),
            Feature(
                f"fit.{column}",
                f"distance in {column}",
                schema.MATCH,
                "standard deviations",
                f"Distance of the item's {column} from the mean over the user's history.",
                column,
            ),
        )

    def values(self, block: Block) -> Array:
        """(users, slots, 2)."""
        histories = block.histories
        total = np.bincount(
            histories.entry_user(),
            weights=self._scaled[histories.item_row],
            minlength=len(histories),
        )
        usual = (total / np.maximum(histories.lengths(), 1)).astype(np.float32)
        own = per_item(self._scaled, block)
        return np.stack([own, np.abs(own - usual[:, None])], axis=2)


class CrowdFamily:
    """Lift of the item among the users who share an attribute with this user."""

    def __init__(self, groups: UserGroups, training: Histories) -> None:
        self._groups = groups
        counts = _group_counts(groups, training)
        self._lift = _log_lift(counts)
        self.features = (
            Feature(
                f"crowd.{groups.column}",
                f"liked in the same {groups.column}",
                schema.MATCH,
                LOG_LIFT,
                f"How much more often users of the same {groups.column} have the item than "
                "users in general.",
                groups.column,
            ),
        )

    def values(self, block: Block) -> Array:
        """(users, slots, 1); 0 for users whose attribute is not known."""
        group = self._groups.of_users(block.histories)
        found = self._lift[np.maximum(group, 0)[:, None], np.maximum(block.item_row, 0)]
        return np.where(group[:, None] < 0, np.float32(0), found)[:, :, None]

    def for_attributes(self, attributes: Mapping[str, str]) -> Self:
        """The same family for users who have these attributes."""
        other = copy.copy(self)
        other._groups = self._groups.with_told(attributes)
        return other


class CrowdLabelFamily:
    """Lift of the item's labels among the users who share an attribute with this user."""

    def __init__(self, groups: UserGroups, labels: ItemLabels, training: Histories) -> None:
        self._groups, self._labels = groups, labels
        self._lift = _log_lift(_group_counts(groups, training) @ labels.matrix)
        what = f"{groups.column} × {labels.column}"
        self.features = (
            Feature(
                f"crowd.{groups.column}_{labels.column}",
                f"usual for {what}",
                schema.MATCH,
                LOG_LIFT,
                f"How much more often users of the same {groups.column} have items of this "
                f"{labels.column} than users in general.",
                groups.column,
            ),
        )

    def values(self, block: Block) -> Array:
        """(users, slots, 1); 0 for users whose attribute is not known."""
        group = self._groups.of_users(block.histories)
        lift = np.where(group[:, None] < 0, np.float32(0), self._lift[np.maximum(group, 0)])
        return self._labels.mean_at(lift, block.item_row)[:, :, None]

    def for_attributes(self, attributes: Mapping[str, str]) -> Self:
        """The same family for users who have these attributes."""
        other = copy.copy(self)
        other._groups = self._groups.with_told(attributes)
        return other


def number_columns(table: AttributeTable | None) -> tuple[str, ...]:
    """The columns of numbers of the items."""
    return () if table is None else table.columns_of(NUMBER)


def _group_counts(groups: UserGroups, training: Histories) -> npt.NDArray[np.float64]:
    """(n_groups, n_items) history entries per group of users and item."""
    group = groups.of_users(training)[training.entry_user()]
    counts = np.zeros((groups.n_groups, training.n_items))
    known = group >= 0
    np.add.at(counts, (group[known], training.item_row[known]), 1.0)
    return counts


def _log_lift(counts: npt.NDArray[np.float64]) -> Array:
    """(groups, columns): log of count over the count expected without a tie, shrunk to 0."""
    total = max(float(counts.sum()), 1.0)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / total
    lift: Array = np.log((counts + PRIOR_EVENTS) / (expected + PRIOR_EVENTS)).astype(np.float32)
    return lift
