"""A feature that remembers every pair it was made from: cross-fitted it is worth nothing, leaked it is worth all."""

import numpy as np
import pytest

from diary import histories_from, random_diaries
from m6rec_core.config import Config
from m6rec_core.data.histories import Histories
from m6rec_core.progress import silent
from m6rec_core.scorer import cross_fitting, feature_space, fitting, training
from m6rec_core.scorer.feature_space import Attributes
from m6rec_core.scorer.features import Feature
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.signals import Neighbourhood
from m6rec_core.similarity.item_based import ItemSettings
from m6rec_core.similarity.user_based import UserSettings

CONFIG = Config.from_flat(
    {
        **{f"signals.{name}": False for name in ("ridge", "spectral", "factors", "random_walk")},
        "signals.order": False,
        "ranking.candidates": 30,
        "scorer.hidden": "8",
        "scorer.epochs": 4,
        "scorer.learning_rate": 0.03,
    }
)


class Memory:
    """1 for a pair of the histories that it was made from, else 0."""

    features = (Feature("memory", "memory", "item", "", ""),)

    def __init__(self, remembered: Histories) -> None:
        self._pairs = remembered.matrix()

    def values(self, block: Block) -> np.ndarray:
        users = np.repeat(block.histories.user_row, block.item_row.shape[1])
        found = self._pairs[users, np.maximum(block.item_row, 0).ravel()]
        return np.asarray(found, np.float32).reshape(*block.item_row.shape, 1)


def validation_ndcg(histories: Histories, *, remembers: str = "") -> float:
    """Of the best epoch, with a memory of "training" (what similarity was fitted on) or of "everything"."""
    families = feature_space._families

    def with_memory(known: Histories, *rest):
        if not remembers:
            return families(known, *rest)
        return [*families(known, *rest), Memory(known if remembers == "training" else histories)]

    usual = Neighbourhood(ItemSettings(), UserSettings())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cross_fitting, "MOST_ROUNDS", 1)
        patch.setattr(feature_space, "_families", with_memory)
        lists = fitting.training_lists(histories, Attributes(), CONFIG, usual, progress=silent)
    found = training.fit(lists, CONFIG.scorer, seed=0, progress=silent)
    return found.epochs[found.best_epoch - 1].validation_ndcg


def test_a_memory_of_training_pairs_does_not_raise_the_accuracy():
    histories = histories_from(random_diaries(300, 60, length=10, seed=3), n_items=60)
    without = validation_ndcg(histories)
    assert validation_ndcg(histories, remembers="training") == pytest.approx(without, abs=0.08)
    # the same check sees a memory of what is to be found
    assert validation_ndcg(histories, remembers="everything") > without + 0.2
