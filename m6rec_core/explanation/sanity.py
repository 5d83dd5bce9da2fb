"""Whether explanations speak of what the network learned: they must collapse where nothing was learned."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core.explanation.attribution import Players, Predict, shapley_values
from m6rec_core.explanation.explainable import Array
from m6rec_core.explanation.trust import MOST_RANDOMISATION, ranking_stability
from m6rec_core.scorer.training_lists import PADDING, TrainingLists

FILE = "sanity.json"  # in a run directory
PAIRS = 30
BACKGROUND = 25

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sanity:
    """Mean Spearman correlation of contributions with those of a network that knows nothing.

    - `reinitialised`: with random weights, one figure per draw
    - `shuffled`: trained from random weights on shuffled labels

    Either is 1 where an explanation would be the same without any knowledge, and 0 where they have
    nothing in common. A blend at which the network itself began counts as knowledge. Source of the test:
    Adebayo et al., "Sanity Checks for Saliency Maps", 2018.
    """

    reinitialised: tuple[float, ...]
    shuffled: float
    pairs: int

    @property
    def randomisation(self) -> float:
        """The larger of both, without its sign: the mean over the draws of weights, and the labels."""
        return max(abs(float(np.mean(self.reinitialised))), abs(self.shuffled))

    @property
    def is_passed(self) -> bool:
        """Whether explanations collapse as they must."""
        return self.randomisation <= MOST_RANDOMISATION

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they are stored with a run."""
        return {
            "reinitialised": list(self.reinitialised),
            "shuffled": self.shuffled,
            "pairs": self.pairs,
            "randomisation": self.randomisation,
            "limit": MOST_RANDOMISATION,
            "is_passed": self.is_passed,
        }


def stored_randomisation(folder: Path | None) -> float | None:
    """What was measured when a run was trained; None where it was not."""
    if folder is None or not (folder / FILE).is_file():
        return None
    found = json.loads((folder / FILE).read_text(encoding="utf-8"))["randomisation"]
    return None if found is None else float(found)


def with_shuffled_labels(lists: TrainingLists, *, seed: int) -> TrainingLists:
    """The same lists with as many positives each, at random slots: there is nothing to be learned."""
    drawn = np.random.default_rng([seed, 91]).random(lists.is_positive.shape)
    drawn[lists.kind == PADDING] = 2.0  # behind all others
    place = np.argsort(np.argsort(drawn, axis=1), axis=1)
    count = lists.is_positive.sum(axis=1, keepdims=True)
    return replace(lists, is_positive=place < count)


def sanity_check(
    trained: Predict,
    reinitialised: Sequence[Predict],
    shuffled: Predict,
    population: Array,
    *,
    players: Players,
    seed: int,
) -> Sanity:
    """Explains the same pairs, against the same background, by the network and by those without knowledge."""
    rng = np.random.default_rng([seed, 90])
    drawn = rng.permutation(len(population))
    rows, background = population[drawn[:PAIRS]], population[drawn[-BACKGROUND:]]

    def explained(predict: Predict) -> Values:
        return shapley_values(
            predict, rows, background, permutations=2, seed=seed, players=players
        ).values

    learned = explained(trained)
    return Sanity(
        reinitialised=tuple(_agreement(learned, explained(one)) for one in reinitialised),
        shuffled=_agreement(learned, explained(shuffled)),
        pairs=len(rows),
    )


def _agreement(first: Values, second: Values) -> float:
    """Mean over the pairs of the Spearman correlation of their contributions."""
    return float(np.mean([ranking_stability(pair) for pair in zip(first, second, strict=True)]))
