"""When two rows of behaviour are alike: degree-normalised overlap, cosine, Jaccard.

Every measure is a function of the weighted overlap of two rows and of one number per row, its *size*:

    likeness = overlap / (size * size + shrinkage)             degree, cosine
    likeness = overlap / (size + size - overlap + shrinkage)   jaccard (Tanimoto when weighted)

    overlap  = row factor * row factor * Σ over the common features of gain
"""

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError
from m6rec_core.similarity.compiled import compiled, fixed
from m6rec_core.similarity.weighting import Floats, Weighting

MEASURES = ("degree", "cosine", "jaccard")


class Side(NamedTuple):
    """One side of a comparison: `factor` and `size` (n rows,) float32 of its rows, read-only."""

    factor: npt.NDArray[np.float32]
    size: npt.NDArray[np.float32]


@compiled
def likeness(
    overlap: np.float32,
    size: np.float32,
    other: np.float32,
    shrinkage: np.float32,
    is_jaccard: bool,
) -> np.float32:
    """The likeness of two rows with this overlap and these sizes."""
    if is_jaccard:
        return overlap / (size + other - overlap + shrinkage)
    return overlap / (size * other + shrinkage)


def checked_measure(measure: str) -> str:
    """The name of the measure itself; ConfigError when there is no such measure."""
    if measure not in MEASURES:
        raise ConfigError(f"The measure is one of {', '.join(MEASURES)}. Received: {measure!r}.")
    return measure


def gains(
    measure: str, weighting: Weighting, feature_degree: npt.NDArray[np.int64], exponent: float
) -> npt.NDArray[np.float32]:
    """(n features,) what one common feature adds to an overlap.

    The squared weight of the feature; under "degree" divided by its degree (at least 1) to the exponent.
    """
    gain = weighting.feature_weight**2
    if measure == "degree":
        gain = gain / floored(feature_degree) ** exponent
    return cast("npt.NDArray[np.float32]", fixed(gain, np.float32))


def side(
    measure: str,
    weighting: Weighting,
    length: npt.NDArray[np.int64],
    squared_norm: Floats,
    exponent: float,
) -> Side:
    """The factors and sizes of rows with these lengths.

    `squared_norm` (n,) is Σ of the squared feature weights of each row. The size is length**exponent
    under "degree" (length at least 1), the norm under "cosine", the squared norm under "jaccard".
    """
    factor = weighting.row_factor(length)
    if measure == "degree":
        size = floored(length) ** exponent
    elif measure == "cosine":
        size = factor * np.sqrt(squared_norm)
    else:
        size = factor**2 * squared_norm
    return Side(fixed(factor, np.float32), fixed(size, np.float32))


def floored(degree: npt.NDArray[np.int64]) -> Floats:
    """Degrees as float64, at least 1, so that empty rows and columns divide nothing by zero."""
    return np.maximum(degree, 1).astype(np.float64)
