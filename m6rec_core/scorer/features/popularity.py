"""What item and user are like on their own: how popular, how active, how mainstream."""

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.scorer.features.block import Block, per_item, per_user
from m6rec_core.scorer.features.feature import Feature

Array = npt.NDArray[np.float32]


class PopularityFamily:
    """Logarithms of counts over the training histories, and their means across the pair."""

    features = (
        Feature(
            "item.popularity",
            "popularity",
            schema.ITEM,
            "natural log of 1 + users",
            "Number of users who have the item, logarithm.",
        ),
        Feature(
            "item.audience_activity",
            "activity of its audience",
            schema.ITEM,
            "natural log of 1 + items",
            "Mean logarithm of the history length of the users who have the item.",
        ),
        Feature(
            "user.activity",
            "length of the history",
            schema.USER,
            "natural log of 1 + items",
            "Number of items in the user's history, logarithm.",
        ),
        Feature(
            "user.mainstream",
            "taste for the popular",
            schema.USER,
            "natural log of 1 + users",
            "Mean logarithm of the popularity of the history's items.",
        ),
    )

    def __init__(self, training: Histories) -> None:
        user = training.entry_user()
        count = np.bincount(training.item_row, minlength=training.n_items)
        activity = np.log1p(training.lengths())
        total = np.bincount(training.item_row, weights=activity[user], minlength=training.n_items)
        self._popularity = np.log1p(count).astype(np.float32)
        self._audience = (total / np.maximum(count, 1)).astype(np.float32)

    def values(self, block: Block) -> Array:
        """(users, slots, 4)."""
        histories = block.histories
        length = histories.lengths()
        total = np.bincount(
            histories.entry_user(),
            weights=self._popularity[histories.item_row],
            minlength=len(histories),
        )
        mainstream = (total / np.maximum(length, 1)).astype(np.float32)
        return np.stack(
            [
                per_item(self._popularity, block),
                per_item(self._audience, block),
                per_user(np.log1p(length).astype(np.float32), block),
                per_user(mainstream, block),
            ],
            axis=2,
        )
