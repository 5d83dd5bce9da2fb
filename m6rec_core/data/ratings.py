"""Which values are ratings, and on which scale."""

import numpy as np
import numpy.typing as npt

from m6rec_core.config import DataConfig

_USUAL_SCALES = (1.0, 5.0, 10.0, 20.0, 100.0)
_SHARE_ON_SCALE = 0.99  # of the positive values: what lies beyond is a mistake, not a longer scale
_MOST_STEPS_OF_A_SCALE = 21  # 0, 0.5, … 10


def are_ratings(values: npt.NDArray[np.float64]) -> bool:
    """Whether values look like ratings: more than one, on a scale of few steps of a half up to 10.

    >>> are_ratings(np.array([1.0, 4.5, 5.0])), are_ratings(np.array([12.0, -1.0, 3.0]))
    (True, False)
    """
    seen = np.unique(values[np.isfinite(values)])
    if not 2 <= len(seen) <= _MOST_STEPS_OF_A_SCALE:
        return False
    return bool(seen[0] >= 0 and seen[-1] <= 10 and np.all(seen * 2 == np.round(seen * 2)))


def rating_scale(values: npt.NDArray[np.float64], config: DataConfig) -> tuple[float, float]:
    """Lowest and highest valid rating: as configured, or read off the values.

    Read off, the top is the first of 1, 5, 10, 20, 100 that holds 99 % of the positive values (else the
    largest value), and the bottom is the smallest positive value.
    """
    if has_given_scale(config):
        return config.rating_low, config.rating_high
    positive = values[values > 0]
    if not len(positive):
        return 0.0, 1.0
    tops = [top for top in _USUAL_SCALES if (positive <= top).mean() >= _SHARE_ON_SCALE]
    return float(positive.min()), tops[0] if tops else float(positive.max())


def has_given_scale(config: DataConfig) -> bool:
    """Whether the configuration names the scale: it alone decides then which ratings are valid."""
    return config.rating_high > config.rating_low
