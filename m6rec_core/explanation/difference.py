"""Why one item stands above another for the same user: the difference of their scores taken apart."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.explanation.attribution import shapley_values
from m6rec_core.explanation.explainable import Explainable
from m6rec_core.scorer.features import Feature

PERMUTATIONS = 128


@dataclass(frozen=True, eq=False)
class Difference:
    """`score - other_score = contributions.sum()`: what the first item has that the second lacks.

    - `features`, `values`, `other_values`, `contributions` (F,)
    - `additivity_error` distance of the sum from the difference, in units of the score
    """

    score: float
    other_score: float
    features: tuple[Feature, ...]
    values: npt.NDArray[np.float64]
    other_values: npt.NDArray[np.float64]
    contributions: npt.NDArray[np.float64]
    additivity_error: float

    def by_group(self) -> dict[str, float]:
        """Contribution of each group of features that is there, in the order of `schema.GROUPS`."""
        present = {feature.group for feature in self.features}
        return {
            group: float(
                sum(
                    value
                    for feature, value in zip(self.features, self.contributions, strict=True)
                    if feature.group == group
                )
            )
            for group in schema.GROUPS
            if group in present
        }


def score_difference(
    recommender: Explainable, history: Histories, item_row: int, other_row: int, *, seed: int = 0
) -> Difference:
    """Shapley values of the first item's features against the second item's, for one user's `history`.

    A feature in which the two do not differ contributes nothing.
    """
    pairs = np.array([[item_row, other_row]], dtype=np.int32)
    rows = recommender.pair_features(history, pairs)[0]
    found = shapley_values(
        recommender.score_features, rows[:1], rows[1:], permutations=PERMUTATIONS, seed=seed
    )
    return Difference(
        score=float(found.scores[0]),
        other_score=found.base,
        features=recommender.features,
        values=rows[0].astype(np.float64),
        other_values=rows[1].astype(np.float64),
        contributions=found.values[0],
        additivity_error=float(found.additivity_error()[0]),
    )
