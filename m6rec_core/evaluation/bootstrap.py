"""How far a mean over users could have come out otherwise: the percentile bootstrap over users."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEVEL = 0.95
CELLS_AT_ONCE = 4_000_000  # (resamples, users) counts held in memory at a time


class Interval(NamedTuple):
    """Ends of the 95 % interval; NaN, NaN where fewer than two users have a value."""

    low: float
    high: float


def interval(values: npt.ArrayLike, *, seed: int, resamples: int = 1000) -> Interval:
    """95 % interval of the mean of `values` (users,); users with NaN take no part.

    Users, not events, are drawn again, because the events of a user are not independent
    (Efron and Tibshirani 1993, percentile method).

    >>> interval([0.5, 0.5, 0.5], seed=0)
    Interval(low=0.5, high=0.5)
    """
    column = np.asarray(values, dtype=np.float64)
    column = column[~np.isnan(column)]
    if len(column) < 2:
        return Interval(float("nan"), float("nan"))
    means = resampled_means(column[:, None], seed=seed, resamples=resamples)
    low, high = percentile_ends(means)
    return Interval(float(low[0]), float(high[0]))


def paired_interval(
    values: npt.ArrayLike, others: npt.ArrayLike, *, seed: int, resamples: int = 1000
) -> Interval:
    """95 % interval of mean(values - others), both (users,), the same users in both.

    Tighter than the gap between two separate intervals: what is hard about a user hits both models.
    """
    difference = np.asarray(values, dtype=np.float64) - np.asarray(others, dtype=np.float64)
    return interval(difference, seed=seed, resamples=resamples)


def resampled_means(values: Floats, *, seed: int, resamples: int = 1000) -> Floats:
    """(resamples, columns) means of `values` (users, columns) over users drawn with replacement.

    Every column sees the same draws, so differences between columns are paired. NaN cells take no
    part in the mean of their column; a draw that leaves a column without cells gives NaN.
    """
    present = ~np.isnan(values)
    return resampled_ratios(
        np.where(present, values, 0.0), present.astype(np.float64), seed=seed, resamples=resamples
    )


def resampled_ratios(
    numerator: Floats, denominator: Floats, *, seed: int, resamples: int = 1000
) -> Floats:
    """(resamples, columns) sum(numerator) / sum(denominator), both (users, columns), over drawn users."""
    users = len(numerator)
    rng = np.random.default_rng(seed)
    blocks = []
    for start in range(0, resamples, max(1, CELLS_AT_ONCE // users)):
        rows = min(max(1, CELLS_AT_ONCE // users), resamples - start)
        drawn = _times_drawn(rng, rows, users)  # (rows, users)
        with np.errstate(invalid="ignore"):
            blocks.append((drawn @ numerator) / (drawn @ denominator))  # (rows, columns)
    return np.concatenate(blocks)


def percentile_ends(replicates: Floats) -> tuple[Floats, Floats]:
    """Lower and upper end (columns,) of the 95 % interval of `replicates` (resamples, columns)."""
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(replicates, [tail, 1.0 - tail], axis=0)
    return low, high


def _times_drawn(rng: np.random.Generator, rows: int, users: int) -> Floats:
    drawn = rng.integers(0, users, size=(rows, users)) + users * np.arange(rows)[:, None]
    return (
        np.bincount(drawn.ravel(), minlength=rows * users).reshape(rows, users).astype(np.float64)
    )
