"""A trained run at work: histories in, ranked lists and scores out. TensorFlow is not needed here."""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.config import Config
from m6rec_core.data.attributes import AttributeTable, names_of
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.data.interactions import Interactions
from m6rec_core.data.storage import read_interactions
from m6rec_core.errors import RunError
from m6rec_core.ranking import baselines
from m6rec_core.ranking.cold_start import WarmItems, borrowed_columns
from m6rec_core.ranking.recommendations import Recommendations, joined
from m6rec_core.ranking.row_tables import table_of
from m6rec_core.ranking.scored_lists import EVERYTHING, Rules, scored
from m6rec_core.ranking.top_n import top_n
from m6rec_core.scorer.feature_space import Attributes, FeatureSpace
from m6rec_core.scorer.features import Feature
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.heads import RATING, RELEVANCE
from m6rec_core.scorer.light_scorer import LightScorer
from m6rec_core.scorer.stored_models import load_models
from m6rec_core.similarity.protocol import ScoreModel

Array = npt.NDArray[np.float32]
COLLABORATIVE = {schema.ITEM_CF: "item_knn", schema.USER_CF: "user_knn"}


@dataclass(frozen=True, eq=False)
class Recommender:
    """Everything that a run needs to score, rank and explain.

    Read-only and safe to share between threads. `interactions` are the training events, `held_out` the
    events that the run was evaluated on (None when nothing was held out), `popularity` (n_items,) the
    number of training users of each item.
    """

    config: Config
    interactions: Interactions
    held_out: Interactions | None
    users: AttributeTable | None
    items: AttributeTable | None
    models: Mapping[str, ScoreModel]
    light: LightScorer
    about: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None

    @classmethod
    def load(cls, run: Path) -> "Recommender":
        """Reads a run directory; raises RunError when it is not one or lacks a part."""
        try:
            config = Config.from_dict(_read_json(run / "config.json"))
            dataset = Dataset.load(run)
            about = _read_json(run / "scorer.json")
        except OSError as error:
            raise RunError(
                f"'{run}' is not a whole run directory: {error.strerror} ({error.filename}). "
                "Train it with `python -m m6rec_core train`."
            ) from None
        events = dataset.interactions
        held_out = run / "held_out.parquet"
        return cls(
            config=config,
            interactions=events,
            held_out=read_interactions(held_out, events.users, events.items)
            if held_out.is_file()
            else None,
            users=dataset.users,
            items=dataset.items,
            models=load_models(run),
            light=LightScorer(run / "scorer.tflite"),
            about=about,
            folder=run,
        )

    @cached_property
    def training(self) -> Histories:
        """The histories of all training users, by row."""
        return self.interactions.histories()

    @cached_property
    def popularity(self) -> npt.NDArray[np.int64]:
        """(n_items,) number of training users of each item."""
        return np.bincount(self.training.item_row, minlength=self.training.n_items)

    @cached_property
    def space(self) -> FeatureSpace:
        """The serving features: similarities fitted on every training event."""
        attributes = Attributes(self.users, self.items)
        return FeatureSpace(self.training, self.models, attributes, self.config)

    @cached_property
    def titles(self) -> npt.NDArray[np.object_]:
        """(n_items,) what a person calls each item."""
        return names_of(self.interactions.items, self.items)

    @cached_property
    def warm_items(self) -> WarmItems:
        """The items without training events that can be scored by their attributes."""
        return WarmItems.of(self.items, self.popularity)

    @cached_property
    def _borrowed(self) -> npt.NDArray[np.bool_]:
        return borrowed_columns(self.features, self.items)

    @cached_property
    def explaining(self) -> Mapping[str, npt.NDArray[Any]]:
        """Arrays that stand for the average pair: `background` and `population` (rows, F), and the
        `population_user_row`, `population_item_row` (rows,) of the latter."""
        if self.folder is None:
            raise RunError("This recommender was not read from a run directory.")
        with np.load(self.folder / "explanation.npz", allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}

    @property
    def background(self) -> Array:
        """(B, F) features of average pairs: the base of every contribution."""
        return self.explaining["background"]

    @property
    def population(self) -> Array:
        """(rows, F) features of a sample of candidate pairs."""
        return self.explaining["population"]

    @property
    def features(self) -> tuple[Feature, ...]:
        """The columns of every feature matrix."""
        return self.space.features

    def histories(self, user_ids: Sequence[str]) -> Histories:
        """The training histories of these users; empty for ids that are not known."""
        return self.histories_of_rows(self.interactions.users.rows_of(user_ids))

    def histories_of_rows(self, user_row: npt.ArrayLike) -> Histories:
        """The training histories of these user rows; empty for row -1."""
        rows = np.asarray(user_row, dtype=np.int64)
        found = self.training.take(np.maximum(rows, 0))
        if (rows >= 0).all():
            return found
        return found.keep(np.repeat(rows >= 0, found.lengths())).for_users(rows)

    def for_attributes(self, attributes: Mapping[str, str]) -> "Recommender":
        """The same run for users who have these attributes (column → value) in place of stored ones."""
        other = copy.copy(self)
        other.__dict__["space"] = self.space.for_attributes(attributes)
        return other

    def recommend(
        self,
        histories: Histories,
        n: int = 20,
        *,
        include_seen: bool = False,
        model: str = schema.SCORER,
        rules: Rules = EVERYTHING,
        hide: Histories | None = None,
    ) -> Recommendations:
        """The n best items of each user by `model`, one of `schema.MODELS`, under the rules.

        A user without a history gets the most popular items, and the source of the list says so. `hide`
        are histories of the same users whose items are left out in place of their own.
        """
        n = min(n, self.training.n_items)
        rules.check(self.training.n_items)
        size = self.space.users_per_block()
        parts = []
        for start in range(0, len(histories), size):
            users = np.arange(start, min(start + size, len(histories)))
            wanted = histories.take(users)
            hidden = wanted if hide is None else hide.take(users)
            parts.append(
                self._recommend_block(
                    wanted, n, include_seen=include_seen, model=model, rules=rules, hidden=hidden
                )
            )
        empty = Recommendations(np.zeros((0, n), np.int32), np.zeros((0, n), np.float32), ())
        return joined(parts) if parts else empty

    def pair_features(self, histories: Histories, item_row: Rows) -> Array:
        """(users, slots, F) named features of the pairs; `item_row` (users, slots), padded with -1."""
        size = self.space.users_per_block()
        parts = []
        for start in range(0, len(histories), size):
            users = np.arange(start, min(start + size, len(histories)))
            block = self.space.block(histories.take(users))
            parts.append(self.values(block, item_row[users]))
        shape = (0, item_row.shape[1], len(self.features))
        return np.concatenate(parts) if parts else np.zeros(shape, np.float32)

    def values(self, block: Block, item_row: Rows) -> Array:
        """(users, slots, F) features of pairs of a block; what behaviour says of items without events is
        what it says of their stand-ins."""
        if not len(self.warm_items):
            return self.space.values(block, item_row)
        return self.warm_items.described(
            block.histories,
            item_row,
            lambda rows: self.space.values(block, rows),
            self._borrowed,
        )

    def score_features(self, features: Array) -> Array:
        """(rows, F) to (rows,) scores, as they stand in every list."""
        return self.light.scores(features)

    def score_pairs(
        self, user_ids: Sequence[str], item_ids: Sequence[str], *, head: str = RELEVANCE
    ) -> Array:
        """(pairs,) scores of single pairs, comparable within a user.

        An unknown user's items are scored by popularity (log of the share of users who have the item);
        an unknown item of a known user gets the lowest score among that user's candidates and pairs.
        By the head of ratings an unknown item is an average one, and who is unknown rates as everybody.
        """
        rows, position = np.unique(self.interactions.users.rows_of(user_ids), return_inverse=True)
        item_row = self.interactions.items.rows_of(item_ids)
        order = np.argsort(position, kind="stable")
        scores = np.empty(len(order), dtype=np.float32)
        bounds = np.concatenate(([0], np.cumsum(np.bincount(position, minlength=len(rows)))))
        size = self.space.users_per_block()
        for start in range(0, len(rows), size):
            stop = min(start + size, len(rows))
            pairs = order[bounds[start] : bounds[stop]]
            users = position[pairs] - start
            found = self._score_block(rows[start:stop], users, item_row[pairs], head)
            scores[pairs] = found
        return scores

    def expected_ratings(
        self, user_ids: Sequence[str], item_ids: Sequence[str]
    ) -> npt.NDArray[np.float32] | None:
        """(pairs,) ratings on the scale of the data; None when the run has no ratings."""
        scale = self.interactions.rating_range
        if scale is None or RATING not in self.about.get("heads", ()):
            return None
        share = np.clip(self.score_pairs(user_ids, item_ids, head=RATING), 0.0, 1.0)
        return (scale[0] + share * (scale[1] - scale[0])).astype(np.float32)

    def _recommend_block(
        self,
        histories: Histories,
        n: int,
        *,
        include_seen: bool,
        model: str,
        rules: Rules,
        hidden: Histories,
    ) -> Recommendations:
        hide = None if include_seen else hidden
        known = histories.lengths() > 0
        if model == schema.SCORER:
            item_row, score = scored(
                self, histories, n, include_seen=include_seen, rules=rules, hide=hidden
            )
        elif model in COLLABORATIVE:
            scores = self.models[COLLABORATIVE[model]].scores(histories)
            item_row, score = top_n(rules.over(scores), n=n, hide=hide)
        else:
            scores = baselines.scores(model, self.popularity, histories, seed=self.config.seed)
            item_row, score = top_n(rules.over(scores), n=n, hide=hide)
        if not known.all() and model not in (schema.POPULARITY, schema.RANDOM):
            popular = baselines.scores(schema.POPULARITY, self.popularity, histories, seed=0)
            rows, values = top_n(rules.over(popular), n=n, hide=hide)
            item_row[~known], score[~known] = rows[~known], values[~known]
        score[item_row < 0] = np.nan
        source = np.where(known | (model == schema.RANDOM), model, schema.POPULARITY)
        return Recommendations(item_row, score, tuple(source.tolist()))

    def _score_block(
        self,
        user_row: npt.NDArray[np.int32],
        users: npt.NDArray[np.int64],
        item_row: Rows,
        head: str,
    ) -> Array:
        histories = self.histories_of_rows(user_row)
        block = self.space.block(histories)
        table, place = table_of(users, item_row, len(user_row))
        # the candidates are only scored where an unknown item has to stand below them
        complete = bool((item_row >= 0).all())
        pairs = table if complete else np.concatenate([table, block.candidates], axis=1)
        features = self.values(block, pairs)
        flat = self.light.heads(features.reshape(-1, features.shape[2]))[head]
        scores = flat.reshape(pairs.shape)
        if head == RATING:
            usual = self.space.usual_rating(histories)
        else:
            usual = np.where(pairs >= 0, scores, np.inf).min(axis=1)
        found = np.where(item_row >= 0, scores[users, place], usual[users])
        nothing_known = histories.lengths() == 0
        return np.where(nothing_known[users], self._without_history(item_row, head), found).astype(
            np.float32
        )

    def _without_history(self, item_row: Rows, head: str) -> Array:
        """(pairs,) what stands for the output of a head where nothing is known of the user."""
        if head == RATING:
            baseline = self.space.baseline
            bias = np.where(item_row >= 0, baseline.item_bias[item_row], np.float32(0))
            return np.float32(baseline.mean) + bias
        popular = baselines.log_share(self.popularity, len(self.training))
        return np.where(item_row >= 0, popular[item_row], popular.min())


def _read_json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
