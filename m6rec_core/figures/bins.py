"""Counting values into bins, and choosing which points are drawn."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.theme import MOST_POINTS

Floats = npt.NDArray[np.float64]


class Histogram(NamedTuple):
    """How many values fall between neighbouring edges.

    `edges` (bins + 1,), `number` (bins,), `values` in all, `median` (NaN where it is not known).
    """

    edges: Floats
    number: npt.NDArray[np.int64]
    values: int
    median: float


def histogram(values: npt.ArrayLike, *, bins: int = 40) -> Histogram:
    """Equal bins over the range of the values; NaN and infinite values are left out.

    >>> histogram([0, 1, 1, 2], bins=2).number.tolist()
    [1, 3]
    """
    flat = np.asarray(values, dtype=np.float64).ravel()
    flat = flat[np.isfinite(flat)]
    if not len(flat):
        return Histogram(np.array([0.0, 1.0]), np.zeros(1, np.int64), 0, float("nan"))
    number, edges = np.histogram(flat, bins=bins)
    return Histogram(edges, number.astype(np.int64), len(flat), float(np.median(flat)))


def drawn_rows(total: int, *, seed: int, most: int = MOST_POINTS) -> npt.NDArray[np.int64]:
    """Rising positions of the points that are drawn: all, or `most` of them picked by the seed."""
    if total <= most:
        return np.arange(total)
    return np.sort(np.random.default_rng(seed).choice(total, size=most, replace=False))


def ranks(values: Floats) -> Floats:
    """(n,) place among all values, 0 lowest to 1 highest; equal values share one; all equal: 0.5."""
    _, inverse, number = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(number) - (number + 1) / 2
    return np.asarray(middle[inverse] / (len(values) - 1) if len(values) > 1 else np.full(1, 0.5))
