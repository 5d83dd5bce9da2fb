"""Where heads of the network begin: what a linear rule of the features says before anything is learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.scorer.feature_scale import FeatureScale
from m6rec_core.scorer.features.ratings import EXPECTED, PREFIX
from m6rec_core.scorer.training_lists import TrainingLists

Array = npt.NDArray[np.float32]

CAUTION = (
    50.0  # weight of 'no correction', in ratings; the corrections are of standardised features
)
# For lack of lists to learn it from, what holds on most data: what the collaborative filters agree on, what
# is taken of late, and what is like the user's latest items. Chosen on early periods of MovieLens.
BLEND: Mapping[str, float] = {
    "item_knn.z": 0.25,
    "user_knn.z": 0.25,
    "ridge.z": 0.25,
    "spectral.z": 0.25,
    "order.z": 0.1,
    "item_knn_last_20.z": 0.5,
    "time.recent_long": 0.5,
}


@dataclass(frozen=True, eq=False)
class LinearStart:
    """A prediction from raw features with which a head begins: `offset + features @ slope`, slope (F,)."""

    slope: Array
    offset: float

    def on(self, scale: FeatureScale) -> "LinearStart":
        """The same prediction from the features on their scale."""
        return LinearStart(
            self.slope * scale.deviation, self.offset + float(self.slope @ scale.mean)
        )


def blend_start(names: Sequence[str], scale: FeatureScale) -> LinearStart:
    """The start of heads that order lists: the sum of the features in `BLEND`, each on its scale.

    What a run does not have adds nothing.
    """
    weight = np.array([BLEND.get(name, 0.0) for name in names], dtype=np.float32)
    slope = weight / scale.deviation
    return LinearStart(slope, -float(slope @ scale.mean))


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
