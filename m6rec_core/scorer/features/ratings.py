"""What rating the user would give, where there are ratings."""

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.scorer.features.block import Block, at_pairs, per_item, per_user
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.similarity.protocol import WeightedModel

Array = npt.NDArray[np.float32]

EXPECTED = "rating.expected"
ITEM_RATINGS = 8.0  # ratings of an average item that every item is given beside its own
USER_RATINGS = 8.0  # likewise for users
PASSES = 5
MANY = 100_000  # weights that tell what is typical: rows are in no particular order
DAMPING = 3.0  # votes of typical strength against the neighbours: a few must agree to be heard


class RatingFamily:
    """Regularised biases of item and user, and the neighbours' votes on what the biases leave over.

    Source of the baseline: Koren, "Factor in the neighbors", TKDD 2010, section 2.1.
    """

    features = (
        Feature(
            "rating.item_mean",
            "mean rating of the item",
            schema.ITEM,
            "share of the rating scale",
            "How far the item is rated above or below the average item.",
        ),
        Feature(
            "rating.user_mean",
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
            "item_knn",
        ),
    )

    def __init__(self, training: Histories, model: WeightedModel | None) -> None:
        self._model = model
        self._damping = DAMPING * _typical_weight(model)
        known = np.isfinite(training.rating)
        user, item = training.entry_user()[known], training.item_row[known]
        rating = training.rating[known].astype(np.float64)
        self._mean = float(rating.mean()) if len(rating) else 0.0
        item_bias = np.zeros(training.n_items)
        user_bias = np.zeros(len(training))
        for _ in range(PASSES):
            left = rating - self._mean - user_bias[user]
            item_bias = _shrunken_mean(item, left, training.n_items, ITEM_RATINGS)
            left = rating - self._mean - item_bias[item]
            user_bias = _shrunken_mean(user, left, len(training), USER_RATINGS)
        self._item_bias = item_bias.astype(np.float32)

    def values(self, block: Block) -> Array:
        """(users, slots, 3)."""
        histories = block.histories
        known = np.isfinite(histories.rating)
        left = np.where(known, histories.rating, 0.0) - self._mean
        left -= self._item_bias[histories.item_row]
        user = histories.entry_user()
        user_bias = _shrunken_mean(user[known], left[known], len(histories), USER_RATINGS)
        residual = np.where(known, left - user_bias[user], 0.0).astype(np.float32)
        item_part = per_item(self._item_bias, block)
        user_part = per_user(user_bias.astype(np.float32), block)
        expected = self._mean + item_part + user_part + self._votes(block, residual, known)
        return np.stack([item_part, user_part, expected.astype(np.float32)], axis=2)

    def _votes(self, block: Block, residual: Array, known: npt.NDArray[np.bool_]) -> Array:
        """(users, slots): mean residual of the history's similar items, shrunk where they are few."""
        if self._model is None:
            return np.zeros(block.item_row.shape, dtype=np.float32)
        histories = block.histories
        total = at_pairs(self._model.weighted_scores(histories, residual), block)
        voices = self._model.weighted_scores(histories, known.astype(np.float32))
        return total / (at_pairs(voices, block) + self._damping)


def _shrunken_mean(
    group: npt.NDArray[np.integer],
    values: npt.NDArray[np.floating],
    n_groups: int,
    shrinkage: float,
) -> npt.NDArray[np.float64]:
    count = np.bincount(group, minlength=n_groups)
    total = np.bincount(group, weights=values, minlength=n_groups)
    return np.asarray(total / (count + shrinkage))


def _typical_weight(model: WeightedModel | None) -> float:
    matrix = getattr(model, "matrix", None)
    return float(np.median(matrix.data[:MANY])) if matrix is not None and matrix.nnz else 1.0
