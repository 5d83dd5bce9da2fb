"""What each group of features and each signal adds: validation lists ranked again without it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core.evaluation.bootstrap import paired_interval
from m6rec_core.scorer.features import Feature
from m6rec_core.scorer.features.signals import TITLES
from m6rec_core.scorer.training_lists import CANDIDATE, TrainingLists, ndcgs_at_10

Array = npt.NDArray[np.float32]

METHOD = (
    "NDCG@10 of the validation lists with the features shuffled between the candidates of all lists, "
    "the network unchanged"
)
MOST_LISTS = 1_000


@dataclass(frozen=True)
class Addition:
    """What is lost without some features.

    `kind` is "group" or "signal", `name` its word and `title` plain words for it, `without` the NDCG@10
    that is left, `adds` the loss, `low` and `high` its 95 % interval over the lists (NaN with fewer than
    two). Below 0: the lists got better without.
    """

    kind: str
    name: str
    title: str
    features: tuple[str, ...]
    without: float
    adds: float
    low: float
    high: float


@dataclass(frozen=True)
class Ablation:
    """The outcome: NDCG@10 of `lists` validation lists with all features, and what each part adds to it."""

    lists: int
    whole: float
    additions: tuple[Addition, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values, with a sentence on the method."""
        return {"method": METHOD, **asdict(self)}


def ablate(
    lists: TrainingLists, features: Sequence[Feature], score: Callable[[Array], Array], *, seed: int
) -> Ablation | None:
    """Ranks the validation lists without each group, and without each signal that has several features.

    `score` gives (…, F) raw features their scores (…). A feature is taken away by shuffling its column
    over the candidates of all lists: its distribution stays, what it says of a pair is gone. Features
    of a group are shuffled together. None where no list validates.
    """
    held = np.flatnonzero(lists.is_validation)[:MOST_LISTS]
    if not len(held):
        return None
    values, is_candidate = lists.features[held], lists.kind[held] == CANDIDATE

    def ndcgs(changed: Array) -> npt.NDArray[np.float64]:
        return ndcgs_at_10(
            score(changed), lists.is_positive[held], is_candidate, lists.n_positive[held]
        )

    whole = ndcgs(values)
    rng = np.random.default_rng([seed, 70])
    found = []
    for (kind, name), columns in _parts(features).items():
        left = ndcgs(_shuffled(values, is_candidate, columns, rng))
        ends = paired_interval(whole, left, seed=seed)
        named = tuple(features[column].name for column in columns)
        without = float(left.mean())
        title = TITLES[name][0] if name in TITLES else name
        adds = float(whole.mean()) - without
        found.append(Addition(kind, name, title, named, without, adds, ends.low, ends.high))
    return Ablation(len(held), float(whole.mean()), tuple(found))


def _parts(features: Sequence[Feature]) -> Mapping[tuple[str, str], list[int]]:
    """Columns by ("group", name) and by ("signal", name); a feature without a signal is in its group only."""
    parts: dict[tuple[str, str], list[int]] = {}
    for kind in ("group", "signal"):
        for column, feature in enumerate(features):
            name = feature.group if kind == "group" else feature.signal
            if name:
                parts.setdefault((kind, name), []).append(column)
    return parts


def _shuffled(
    values: Array,
    is_candidate: npt.NDArray[np.bool_],
    columns: Sequence[int],
    rng: np.random.Generator,
) -> Array:
    changed = values.copy()
    rows = values[is_candidate]  # (candidates, F)
    rows[:, columns] = rows[rng.permutation(len(rows))][:, columns]
    changed[is_candidate] = rows
    return changed
