"""One setting put to the test: learn with it, and measure it on users that validation keeps apart."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.histories import Histories
from m6rec_core.data.splitting import split
from m6rec_core.errors import DataError
from m6rec_core.progress import Progress, silent
from m6rec_core.scorer import fitting
from m6rec_core.scorer.feature_space import Attributes, FeatureSpace
from m6rec_core.scorer.scoring import Scoring, scoring
from m6rec_core.scorer.shelf import Shelf
from m6rec_core.scorer.signals import fit_models
from m6rec_core.scorer.training_lists import CANDIDATE, TrainingLists
from m6rec_core.scorer.training_state import Epoch
from m6rec_core.tuning.plan import ACCURACY, LATENCY, NOVELTY

LISTED = 10
TIMED_USERS = 25

Array = npt.NDArray[np.float32]
OnEpoch = Callable[[Sequence[Epoch]], None]


@dataclass(frozen=True, eq=False)
class Material:
    """What every trial learns from: the part of the data that is not held out as the test."""

    histories: Histories
    attributes: Attributes

    @classmethod
    def of(cls, dataset: Dataset, base: Config) -> "Material":
        """Cuts the test off as a training with this configuration does, and drops it."""
        parts = split(dataset.interactions, base.split, seed=base.seed)
        return cls(parts.train.histories(), Attributes(dataset.users, dataset.items))

    @property
    def has_attributes(self) -> bool:
        """Whether anything is known of users or items beside their behaviour."""
        return any(table is not None for table in (self.attributes.users, self.attributes.items))


def measure(
    material: Material,
    config: Config,
    goals: Sequence[str],
    *,
    shelf: Shelf,
    progress: Progress,
    on_epoch: OnEpoch,
) -> dict[str, float]:
    """The figures of one configuration; novelty is told beside accuracy in any case.

    Raises DataError where nobody is left to validate on, and whatever `progress` and `on_epoch` raise.
    """
    learned = fitting.learn(
        material.histories,
        material.attributes,
        config,
        progress=progress,
        on_epoch=on_epoch,
        shelf=shelf,
    )
    best = learned.trained.best_epoch
    accuracy = learned.trained.epochs[best - 1].validation_ndcg if best else float("nan")
    if not np.isfinite(accuracy):
        raise DataError(
            "There are too few users to validate on, so settings cannot be compared. "
            "Tune on data with at least 20 users who have several items each."
        )
    score = scoring(learned.trained.model)
    figures = {ACCURACY: accuracy, NOVELTY: _novelty(score, learned.lists, material.histories)}
    if LATENCY in goals:
        figures[LATENCY] = _latency(score, material, config, learned, shelf)
    return figures


def novelty(
    scores: Array,
    item_row: npt.NDArray[np.int32],
    is_candidate: npt.NDArray[np.bool_],
    popularity: npt.NDArray[np.int64],
    n_users: int,
) -> float:
    """Mean self-information, in bits, of the ten best candidates of each list; NaN without lists.

    `scores`, `item_row`, `is_candidate` (lists, slots); `popularity` (n_items,) users of each item. An
    item that nobody has counts as one that one user has (Vargas and Castells 2011, discovery).
    """
    masked = np.where(is_candidate, scores, -np.inf)
    top = np.argsort(-masked, axis=1, kind="stable")[:, :LISTED]
    listed = np.take_along_axis(is_candidate, top, axis=1)
    rows = np.take_along_axis(item_row, top, axis=1)[listed]
    if not len(rows):
        return float("nan")
    return float(-np.log2(np.maximum(popularity[rows], 1) / max(n_users, 1)).mean())


def _novelty(score: Scoring, lists: TrainingLists, histories: Histories) -> float:
    held = lists.is_validation
    return novelty(
        score(lists.features[held]),
        lists.item_row[held],
        lists.kind[held] == CANDIDATE,
        np.bincount(histories.item_row, minlength=histories.n_items),
        len(histories),
    )


def _latency(
    score: Scoring, material: Material, config: Config, learned: fitting.Learned, shelf: Shelf
) -> float:
    """Median milliseconds from a history to scores of its candidates, with models of all events."""
    known = material.histories
    models = fit_models(
        known,
        config,
        learned.neighbourhood,
        items=material.attributes.items,
        progress=silent,
        shelf=shelf,
    )
    space = FeatureSpace(known, models, material.attributes, config)
    active = np.flatnonzero(known.lengths() > 0)
    users = active[:: max(1, len(active) // TIMED_USERS)][:TIMED_USERS]
    spent = []
    for user in (users[0], *users):  # the first compiles, and is not counted
        started = time.perf_counter()
        score(space.values(space.block(known.take([user]))))
        spent.append(time.perf_counter() - started)
    return float(np.median(spent[1:]) * 1000.0)
