"""Where the rating head begins: the expected rating, corrected by a ridge regression on held-out ratings."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.scorer.features.ratings import EXPECTED, PREFIX
from m6rec_core.scorer.training_lists import TrainingLists

Array = npt.NDArray[np.float32]

CAUTION = (
    50.0  # weight of 'no correction', in ratings; the corrections are of standardised features
)


@dataclass(frozen=True, eq=False)
class LinearStart:
    """A prediction from raw features with which a head begins: `offset + features @ slope`, slope (F,)."""

    slope: Array
    offset: float

    def on(self, mean: Array, deviation: Array) -> "LinearStart":
        """The same prediction from features standardised by `mean` and `deviation`, both (F,)."""
        return LinearStart(self.slope * deviation, self.offset + float(self.slope @ mean))


def rating_start(lists: TrainingLists) -> LinearStart | None:
    """The start of the rating head; None when the lists hold no ratings to learn from.

    The feature of the expected rating counts 1, as it stands; the other features of ratings are added
    as far as the held-out ratings of the training lists ask for it.
    """
    expected = lists.column(EXPECTED)
    rated = np.isfinite(lists.rating) & ~lists.is_validation[:, None]
    if expected is None or not rated.any():
        return None
    columns = np.flatnonzero(np.char.startswith(lists.names, PREFIX))
    features = lists.features[rated][:, columns].astype(np.float64)  # (ratings, columns)
    left = lists.rating[rated] - lists.features[rated][:, expected]
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    deviation[deviation < 1e-6] = 1.0
    standardised = (features - mean) / deviation
    normal = standardised.T @ standardised + CAUTION * np.eye(len(columns))
    correction = np.linalg.solve(normal, standardised.T @ (left - left.mean())) / deviation
    slope = np.zeros(len(lists.names))
    slope[expected] = 1.0
    slope[columns] += correction
    shrunken = left.sum() / (len(left) + CAUTION)
    return LinearStart(slope.astype(np.float32), float(shrunken - correction @ mean))
