"""Where a pair stands in the scores of each model, among the user's candidates."""

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.features.block import standing as standing_of
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.similarity.linear import SparseItemModel

Array = npt.NDArray[np.float32]

TITLES = {
    "item_knn": ("items alike", schema.ITEM_SIMILARITY),
    "user_knn": ("users alike", schema.USER_SIMILARITY),
    "ridge": ("items that predict it jointly", schema.ITEM_SIMILARITY),
    "spectral": ("main tastes (spectral filter)", schema.ITEM_SIMILARITY),
    "factors": ("latent factors", schema.USER_SIMILARITY),
    "random_walk": ("random walk over users", schema.ITEM_SIMILARITY),
    "order": ("usually comes next", schema.ITEM_SIMILARITY),
    "content": ("items alike in content", schema.ITEM_SIMILARITY),
    "learned": ("items alike by learned profiles", schema.ITEM_SIMILARITY),
}


def standing(name: str, title: str, group: str, signal: str) -> tuple[Feature, Feature]:
    """The two features by which one score of a pair is compared with the user's candidates."""
    return (
        Feature(
            f"{name}.relative",
            f"{title}: share of the best",
            group,
            "square root of the share, 0 to 1",
            f"Score by '{title}' over the best score among the user's candidates, square root.",
            signal,
        ),
        Feature(
            f"{name}.z",
            f"{title}: above the average",
            group,
            "standard deviations",
            f"Score by '{title}' against the user's candidates: distance from their mean.",
            signal,
        ),
    )


class SignalFamily:
    """Relative score and z-score of one model."""

    def __init__(self, model_name: str) -> None:
        title, group = TITLES[model_name]
        self._model_name = model_name
        self.features = standing(model_name, title, group, model_name)

    def values(self, block: Block) -> Array:
        """(users, slots, 2)."""
        return block.standing(self._model_name)


class RecentFamily:
    """The item model with the weight of the history falling from its newest item on."""

    def __init__(self, model: SparseItemModel, *, decay: float) -> None:
        self._model, self._decay = model, decay
        last = f"the last {decay:.0f} items"
        self.features = standing(
            f"{model.name}_last_{decay:.0f}",
            f"items alike to {last}",
            schema.ITEM_SIMILARITY,
            model.name,
        )

    def values(self, block: Block) -> Array:
        """(users, slots, 2); entry weight exp(-rank / decay), rank 0 for the newest."""
        rank = ranks_from_newest(block.histories.indptr)
        weight = np.exp(-rank / self._decay).astype(np.float32)
        return standing_of(
            lambda rows: self._model.weighted_scores_at(block.histories, weight, rows), block
        )


class EmphasisFamily:
    """The item model with liked items, or stronger kinds of event, counting more."""

    def __init__(self, model: SparseItemModel, *, by_rating: bool) -> None:
        self._model, self._by_rating = model, by_rating
        title = "items alike to the liked ones" if by_rating else "items alike, by event"
        self.features = standing(
            f"{model.name}_emphasis", title, schema.ITEM_SIMILARITY, model.name
        )

    def values(self, block: Block) -> Array:
        """(users, slots, 2); entry weight: rating above the user's mean, or strength of the event."""
        weight = self._liking(block) if self._by_rating else block.histories.weight
        return standing_of(
            lambda rows: self._model.weighted_scores_at(block.histories, weight, rows), block
        )

    @staticmethod
    def _liking(block: Block) -> Array:
        rating = block.histories.rating
        known = np.isfinite(rating)
        user = block.histories.entry_user()
        n = len(block.histories)
        count = np.bincount(user[known], minlength=n)
        total = np.bincount(user[known], weights=rating[known], minlength=n)
        mean = total / np.maximum(count, 1)
        return np.where(known, rating - mean[user], 0.0).astype(np.float32)


def ranks_from_newest(indptr: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(entries,) 0 for each user's newest entry, 1 for the one before, …

    >>> ranks_from_newest(np.array([0, 3, 4])).tolist()
    [2, 1, 0, 0]
    """
    lengths = np.diff(indptr)
    return np.repeat(indptr[1:], lengths) - 1 - np.arange(indptr[-1])
