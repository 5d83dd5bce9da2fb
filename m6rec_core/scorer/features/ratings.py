"""What rating the user would give, where there are ratings."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.scorer.features.block import Block, per_item, per_user
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.scorer.features.labels import ItemLabels
from m6rec_core.similarity.linear import SparseItemModel

Array = npt.NDArray[np.float32]

EXPECTED = "rating.expected"
PREFIX = "rating."
ITEM_RATINGS = 3.0  # ratings of an average item that every item is given beside its own
USER_RATINGS = 5.0  # likewise for users
LABEL_RATINGS = 5.0  # likewise for what a user thinks of a label
PASSES = 5
MANY = 100_000  # weights that tell what is typical: rows are in no particular order
DAMPING = 3.0  # votes of typical strength against the neighbours: a few must agree to be heard


@dataclass(frozen=True, eq=False)
class Baseline:
    """Overall mean and regularised biases: what is expected of a pair when nobody's taste is known.

    - `mean` of all ratings, normalised to [0, 1]
    - `item_bias` (n_items,) float32

    Source: Koren, "Factor in the neighbors", TKDD 2010, section 2.1.
    """

    mean: float
    item_bias: Array

    @classmethod
    def of(cls, training: Histories) -> "Baseline":
        """Biases of items and users by turns, each shrunk to 0 where ratings are few."""
        known = np.isfinite(training.rating)
        user, item = training.entry_user()[known], training.item_row[known]
        rating = training.rating[known].astype(np.float64)
        mean = float(rating.mean()) if len(rating) else 0.0
        item_bias, user_bias = np.zeros(training.n_items), np.zeros(len(training))
        for _ in range(PASSES):
            left = rating - mean - user_bias[user]
            item_bias = _shrunken_mean(item, left, training.n_items, ITEM_RATINGS)
            left = rating - mean - item_bias[item]
            user_bias = _shrunken_mean(user, left, len(training), USER_RATINGS)
        return cls(mean, item_bias.astype(np.float32))

    def user_bias(self, histories: Histories) -> Array:
        """(users,) how far each rates above the average user; 0 without ratings."""
        known = np.isfinite(histories.rating)
        user = histories.entry_user()[known]
        left = histories.rating[known] - self.mean - self.item_bias[histories.item_row[known]]
        found = _shrunken_mean(user, left, len(histories), USER_RATINGS)
        return found.astype(np.float32)

    def residual(self, histories: Histories) -> Array:
        """(entries,) what the biases leave over of each rating; 0 where there is none."""
        known = np.isfinite(histories.rating)
        left = np.where(known, histories.rating, 0.0) - self.mean
        left -= self.item_bias[histories.item_row]
        left -= self.user_bias(histories)[histories.entry_user()]
        return np.where(known, left, 0.0).astype(np.float32)


class RatingFamily:
    """The biases of item and user, and the neighbours' votes on what the biases leave over."""

    def __init__(self, baseline: Baseline, model: SparseItemModel | None) -> None:
        self._baseline, self._model = baseline, model
        self._damping = DAMPING * _typical_weight(model)
        self.features = (
            Feature(
                f"{PREFIX}item_mean",
                "mean rating of the item",
                schema.ITEM,
                "share of the rating scale",
                "How far the item is rated above or below the average item.",
            ),
            Feature(
                f"{PREFIX}user_mean",
                "mean rating by the user",
                schema.USER,
                "share of the rating scale",
                "How far the user rates above or below the average user.",
            ),
            Feature(
                EXPECTED,
                "expected rating",
                schema.ITEM_SIMILARITY,
                "share of the rating scale",
                "Rating expected from item, user and the ratings of similar items in the history.",
                "" if model is None else model.name,
            ),
        )

    def values(self, block: Block) -> Array:
        """(users, slots, 3)."""
        baseline = self._baseline
        item_part = per_item(baseline.item_bias, block)
        user_part = per_user(baseline.user_bias(block.histories), block)
        expected = baseline.mean + item_part + user_part + self._votes(block)
        return np.stack([item_part, user_part, expected.astype(np.float32)], axis=2)

    def _votes(self, block: Block) -> Array:
        """(users, slots): mean residual of the history's similar items, shrunk where they are few."""
        if self._model is None:
            return np.zeros(block.item_row.shape, dtype=np.float32)
        histories, pairs = block.histories, block.item_row
        residual = self._baseline.residual(histories)
        known = np.isfinite(histories.rating).astype(np.float32)
        total = self._model.weighted_scores_at(histories, residual, pairs)
        voices = self._model.weighted_scores_at(histories, known, pairs)
        return total / (voices + self._damping)


class RatingTasteFamily:
    """Does the user rate items with these labels above or below what the biases expect?"""

    def __init__(self, labels: ItemLabels, baseline: Baseline) -> None:
        self._labels, self._baseline = labels, baseline
        self.features = (
            Feature(
                f"{PREFIX}taste_{labels.column}",
                f"rating of its {labels.column}",
                schema.MATCH,
                "share of the rating scale",
                f"How far the user rates items of the same {labels.column} above or below what is "
                "expected of them; mean over the item's labels.",
                labels.column,
            ),
        )

    def values(self, block: Block) -> Array:
        """(users, slots, 1)."""
        histories, shape = block.histories, (len(block.histories), block.histories.n_items)
        total = self._of_entries(self._baseline.residual(histories), histories, shape)
        rated = np.isfinite(histories.rating).astype(np.float32)
        mean = total / (self._of_entries(rated, histories, shape) + LABEL_RATINGS)
        return self._labels.mean_at(mean.astype(np.float32), block.item_row)[:, :, None]

    def _of_entries(self, values: Array, histories: Histories, shape: tuple[int, int]) -> Array:
        """(users, labels): sum of the values of the entries whose item carries the label."""
        entries = sp.csr_matrix((values, histories.item_row, histories.indptr), shape=shape)
        return np.asarray((entries @ self._labels.matrix).toarray(), dtype=np.float32)


def _shrunken_mean(
    group: npt.NDArray[np.integer],
    values: npt.NDArray[np.floating],
    n_groups: int,
    shrinkage: float,
) -> npt.NDArray[np.float64]:
    count = np.bincount(group, minlength=n_groups)
    total = np.bincount(group, weights=values, minlength=n_groups)
    return np.asarray(total / (count + shrinkage))


def _typical_weight(model: SparseItemModel | None) -> float:
    matrix = getattr(model, "matrix", None)
    return float(np.median(matrix.data[:MANY])) if matrix is not None and matrix.nnz else 1.0
