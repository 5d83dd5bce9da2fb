"""How far the features that the network learned from are from those that it serves on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.scorer.features import Feature

NOTABLE = 0.2  # distance between the two distributions from which a feature is worth a look


@dataclass(frozen=True)
class Gap:
    """One feature, cross-fitted against serving.

    `distance` is the Kolmogorov–Smirnov distance of the two distributions, 0 (equal) to 1 (apart).
    """

    feature: str
    title: str
    training_mean: float
    serving_mean: float
    distance: float
    is_notable: bool


def measure_gap(
    features: Sequence[Feature],
    training: npt.NDArray[np.float32],
    serving: npt.NDArray[np.float32],
) -> tuple[Gap, ...]:
    """One line per feature; `training` and `serving` are (rows, F) samples of candidate pairs."""
    return tuple(
        _gap(feature, training[:, column], serving[:, column])
        for column, feature in enumerate(features)
    )


def ks_distance(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> float:
    """Largest difference of the two empirical distribution functions.

    >>> ks_distance(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    1.0
    """
    values = np.concatenate([first, second])
    below_first = np.searchsorted(np.sort(first), values, side="right") / len(first)
    below_second = np.searchsorted(np.sort(second), values, side="right") / len(second)
    return float(np.abs(below_first - below_second).max())


def _gap(
    feature: Feature, training: npt.NDArray[np.float32], serving: npt.NDArray[np.float32]
) -> Gap:
    distance = ks_distance(training, serving)
    return Gap(
        feature=feature.name,
        title=feature.title,
        training_mean=float(training.mean()),
        serving_mean=float(serving.mean()),
        distance=distance,
        is_notable=distance > NOTABLE,
    )
