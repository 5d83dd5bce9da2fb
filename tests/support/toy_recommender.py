"""A recommender of plain arrays: two models, four features, a small network, all of it readable."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from m6rec_core import schema
from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.histories import Histories
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.user_based import UserSettings, fit_user_neighbours

FEATURES = (
    Feature("item_knn.z", "items alike", schema.ITEM_SIMILARITY, "score", "", "item_knn"),
    Feature("user_knn.relative", "users alike", schema.USER_SIMILARITY, "score", "", "user_knn"),
    Feature("taste.category", "taste for its category", schema.MATCH, "share", "", "category"),
    Feature("item.popularity", "popularity", schema.ITEM, "log users", ""),
)


@dataclass
class ToyLists:
    item_row: np.ndarray
    score: np.ndarray
    source: tuple[str, ...]


class ToyRecommender:
    """30 users of 12 items; item 'i0' and 'i1' go together, so do 'i2' and 'i3', …"""

    def __init__(self, *, users: int = 30, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        rows = [
            (f"u{user}", f"i{item}", user * 100 + place)
            for user in range(users)
            for place, item in enumerate(sorted(rng.choice(12, 6, replace=False)))
        ]
        events = pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp"])
        ids = [f"i{item}" for item in range(12)]
        items = pd.DataFrame(
            {
                "item_id": ids,
                "title": [f"Title {name}" for name in ids],
                "category": ["even" if item % 2 == 0 else "odd" for item in range(12)],
            }
        )
        self.folder, self.about = None, {}
        self.config = Config.from_flat({"ranking.list_length": 5, "explanation.permutations": 8})
        data = Dataset.from_frames(events, items=items, name="toy")
        self.interactions, self.items, self.users = data.interactions, data.items, data.users
        self.titles = self.items.titles()
        self.training = self.interactions.histories()
        self.models = {
            "item_knn": SparseItemModel.of_weights(self._pairs(), name="item_knn"),
            "user_knn": fit_user_neighbours(self.training.matrix(), UserSettings(neighbours=20)),
        }
        self.features = FEATURES
        self.popularity = np.bincount(self.training.item_row, minlength=12)
        every = np.tile(np.arange(12, dtype=np.int32), (users, 1))
        self.population = self.pair_features(self.training, every).reshape(-1, 4)
        self.background = self.population[rng.choice(len(self.population), 150, replace=False)]

    def _pairs(self) -> sp.csr_matrix:
        """Weight 1 between the items of a couple, .1 between all others."""
        weights = np.full((12, 12), 0.1, np.float32)
        for first in range(0, 12, 2):
            one, other = self.interactions.items.rows_of([f"i{first}", f"i{first + 1}"])
            weights[one, other] = weights[other, one] = 1.0
        np.fill_diagonal(weights, 0.0)
        return sp.csr_matrix(weights)

    def histories(self, user_ids) -> Histories:
        rows = self.interactions.users.rows_of(user_ids)
        if (rows < 0).any():
            return Histories.of_items([], n_items=12)
        return self.training.take(rows)

    def recommend(self, histories: Histories, n: int = 20) -> ToyLists:
        if histories.user_row[0] < 0:
            order = np.argsort(-self.popularity, kind="stable")[None, :n]
            return ToyLists(order.astype(np.int32), self.popularity[order], (schema.POPULARITY,))
        every = np.tile(np.arange(12, dtype=np.int32), (len(histories), 1))
        features = self.pair_features(histories, every)
        scores = self.score_features(features.reshape(-1, 4)).reshape(len(histories), 12)
        for user in range(len(histories)):
            scores[user, histories.items_of(user)] = -np.inf
        order = np.argsort(-scores, axis=1)[:, :n].astype(np.int32)
        best = np.take_along_axis(scores, order, axis=1)
        return ToyLists(
            np.where(np.isfinite(best), order, -1), best, (schema.SCORER,) * len(histories)
        )

    def pair_features(self, histories: Histories, item_row: np.ndarray) -> np.ndarray:
        by_model = [
            np.take_along_axis(model.scores(histories), item_row.astype(np.int64), axis=1)
            for model in self.models.values()
        ]
        even = self.items.texts("category") == "even"
        share = histories.matrix() @ even / np.maximum(histories.lengths(), 1)
        taste = np.where(even[item_row], share[:, None], 1 - share[:, None])
        popularity = np.log1p(self.popularity[item_row])
        return np.stack([*by_model, taste, popularity], axis=2).astype(np.float32)

    def score_features(self, features: np.ndarray) -> np.ndarray:
        return np.tanh(features @ np.array([1.0, 0.5, 0.8, 0.2])) + 0.3 * features[:, 0]
