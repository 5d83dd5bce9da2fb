"""All features of a pair in one place: which there are, and how they are computed for a block of users."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.config import Config
from m6rec_core.data.attributes import AttributeTable
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.errors import ConfigError
from m6rec_core.scorer.features import Feature
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.features.described import OwnFamily, theme_families
from m6rec_core.scorer.features.feature import Family, OfUserAttribute
from m6rec_core.scorer.features.labels import item_labels, user_groups
from m6rec_core.scorer.features.match import (
    CrowdFamily,
    CrowdLabelFamily,
    NumberFamily,
    TasteFamily,
    number_columns,
)
from m6rec_core.scorer.features.popularity import PopularityFamily
from m6rec_core.scorer.features.proposing import blend
from m6rec_core.scorer.features.ratings import Baseline, RatingFamily, RatingTasteFamily
from m6rec_core.scorer.features.sequence import SequenceFamily
from m6rec_core.scorer.features.signals import EmphasisFamily, RecentFamily, SignalFamily
from m6rec_core.scorer.features.support import ItemSupportFamily, UserSupportFamily
from m6rec_core.scorer.features.timing import TimingFamily
from m6rec_core.scorer.signals import VOTERS, wanted
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.protocol import ScoreModel
from m6rec_core.similarity.user_based import UserNeighbours

Array = npt.NDArray[np.float32]

BLOCK_BYTES = 250_000_000  # room for the score rows of one block of users
MOST_USERS = 512
RECENT_DECAYS = (5.0, 20.0)
SEQUENCE_NETWORKS = ("cnn", "gru")


@dataclass(frozen=True, eq=False)
class Attributes:
    """What is known of users and items beside their behaviour; None where nothing is."""

    users: AttributeTable | None = None
    items: AttributeTable | None = None


class FeatureSpace:
    """The named features over one set of training histories and the models fitted on it."""

    def __init__(
        self,
        training: Histories,
        models: Mapping[str, ScoreModel],
        attributes: Attributes,
        config: Config,
    ) -> None:
        names = wanted(config, has_time=training.has_time, items=attributes.items)
        # a run keeps the signals that it was trained with
        self._models = {name: models[name] for name in names if name in models}
        self._voters = [name for name in VOTERS if name in self._models]
        self._n_candidates = min(config.ranking.candidates, training.n_items)
        self.baseline = Baseline.of(training)
        self._families = _families(training, self._models, attributes, self.baseline, config)
        self.n_items = training.n_items
        self.training = training
        self.popular = by_popularity(training)
        self.features: tuple[Feature, ...] = tuple(
            feature for family in self._families for feature in family.features
        )

    def users_per_block(self) -> int:
        """How many users fit a block."""
        per_user = 4 * self.n_items * (len(self._voters) + 2)
        return int(np.clip(BLOCK_BYTES // max(per_user, 1), 8, MOST_USERS))

    def block(self, histories: Histories, *, hide: Histories | None = None) -> Block:
        """The candidates of some users, with what is needed to describe pairs of theirs.

        The items of `hide`, by default of the histories, are no candidates.
        """
        return Block.of(
            histories,
            self._models,
            voters=self._voters,
            popular=self.popular,
            n_candidates=self._n_candidates,
            hide=hide,
        )

    def votes(self, block: Block) -> Array:
        """(users, n_items) by what the candidates of a block were chosen: the voters' blended scores."""
        return blend([block.whole(name) for name in self._voters])

    def for_attributes(self, attributes: Mapping[str, str]) -> "FeatureSpace":
        """The same features for users who have these attributes (column → value) in place of stored ones.

        A value that no stored user has is taken as missing; columns that no feature uses change nothing.
        """
        other = copy.copy(self)
        other._families = [
            family.for_attributes(attributes) if isinstance(family, OfUserAttribute) else family
            for family in self._families
        ]
        return other

    def usual_rating(self, histories: Histories) -> Array:
        """(users,) what each gives an average item, normalised to [0, 1]; the mean where none is known."""
        return np.float32(self.baseline.mean) + self.baseline.user_bias(histories)

    def values(self, block: Block, item_row: Rows | None = None) -> Array:
        """(users, slots, F) features of the candidates, or of the pairs `item_row` (users, slots).

        Slots padded with -1 hold 0.
        """
        pairs = block if item_row is None else block.describing(item_row)
        values = np.concatenate([family.values(pairs) for family in self._families], axis=2)
        values[pairs.item_row < 0] = 0.0
        return np.ascontiguousarray(values, dtype=np.float32)


def by_popularity(training: Histories) -> Rows:
    """(n_items,) int32 item rows in falling popularity; ties fall to the lower row."""
    count = np.bincount(training.item_row, minlength=training.n_items)
    return np.argsort(-count, kind="stable").astype(np.int32)


def _families(
    training: Histories,
    models: Mapping[str, ScoreModel],
    attributes: Attributes,
    baseline: Baseline,
    config: Config,
) -> Sequence[Family]:
    families: list[Family] = [SignalFamily(name) for name in models]
    item_model, user_model = models.get("item_knn"), models.get("user_knn")
    has_ratings = bool(np.isfinite(training.rating).any())
    by_time = config.signals.order and training.has_time
    if isinstance(item_model, SparseItemModel):
        families.append(ItemSupportFamily(item_model))
        if by_time:
            families += [RecentFamily(item_model, decay=decay) for decay in RECENT_DECAYS]
        if has_ratings or np.ptp(training.weight) > 0:
            families.append(EmphasisFamily(item_model, by_rating=has_ratings))
    if isinstance(user_model, UserNeighbours):
        families.append(UserSupportFamily(user_model, training))
    families.append(PopularityFamily(training))
    if has_ratings:
        # of all likenesses, steps of a random walk weigh the votes on a rating best
        rated_by = models.get("random_walk", item_model)
        families.append(
            RatingFamily(baseline, rated_by if isinstance(rated_by, SparseItemModel) else None)
        )
    if by_time:
        families.append(TimingFamily(training))
    if config.signals.attributes:
        families += _matches(training, attributes)
        if has_ratings:
            labels = item_labels(attributes.items, training)
            families += [RatingTasteFamily(column, baseline) for column in labels]
    if config.signals.own_attributes:
        families += _own(attributes)
    if config.scorer.network in SEQUENCE_NETWORKS:
        if not isinstance(item_model, SparseItemModel):
            raise ConfigError(
                f"The network '{config.scorer.network}' reads the likeness of items. "
                "Set similarity.basis to item or both."
            )
        families.append(SequenceFamily(item_model))
    return families


def _matches(training: Histories, attributes: Attributes) -> list[Family]:
    labels = item_labels(attributes.items, training)
    groups = user_groups(attributes.users)
    families: list[Family] = [TasteFamily(column) for column in labels]
    if attributes.items is not None:
        families += [
            NumberFamily(attributes.items, column, training)
            for column in number_columns(attributes.items)
        ]
    families += theme_families(attributes.items)
    for of_users in groups:
        families.append(CrowdFamily(of_users, training))
        families += [CrowdLabelFamily(of_users, column, training) for column in labels]
    return families


def _own(attributes: Attributes) -> list[Family]:
    """The attributes themselves, of the tables that have some to be encoded."""
    tables = ((attributes.users, True), (attributes.items, False))
    made = [OwnFamily(table, of_users=is_user) for table, is_user in tables if table is not None]
    return [family for family in made if family.features]
