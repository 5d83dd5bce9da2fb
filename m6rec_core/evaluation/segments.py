"""The same figures for parts of the users: who is served well, and who is not."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.errors import ConfigError
from m6rec_core.evaluation.bootstrap import percentile_ends, resampled_means
from m6rec_core.evaluation.comparison import Comparison

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Segments:
    """A division of the users.

    - `names` of the segments, in their natural order
    - `of_user` (users,) int64: index into `names`; -1 for a user of no segment
    """

    names: tuple[str, ...]
    of_user: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        self.of_user.setflags(write=False)


@dataclass(frozen=True, eq=False)
class SegmentTable:
    """One metric by segment and model.

    - `value`, `low`, `high` (segments, models): mean over the segment's users and its 95 % interval;
      NaN where the segment has no counted user (value) or fewer than two (interval)
    - `users` (segments,) int64: number of counted users
    """

    metric: str
    segments: tuple[str, ...]
    models: tuple[str, ...]
    users: npt.NDArray[np.int64]
    value: Floats
    low: Floats
    high: Floats

    def __post_init__(self) -> None:
        for array in (self.users, self.value, self.low, self.high):
            array.setflags(write=False)


def activity_segments(n_items: npt.ArrayLike, *, parts: int = 4) -> Segments:
    """Divides users by the number of items in their history (users,), into about equal parts.

    Equal numbers stay together, so there may be fewer parts than asked for.

    >>> activity_segments([1, 2, 3, 40], parts=2).names
    ('1–2 items', '3–40 items')
    """
    count = np.asarray(n_items, dtype=np.int64)
    segment = _quantile_parts(count.astype(np.float64), parts)
    names = []
    for part in range(segment.max(initial=-1) + 1):
        low, high = count[segment == part].min(), count[segment == part].max()
        span = f"{low:,}" if low == high else f"{low:,}–{high:,}"
        names.append(f"{span} item" if high == 1 else f"{span} items")
    return Segments(tuple(names), segment)


def taste_segments(histories: Histories, popularity: npt.ArrayLike) -> Segments:
    """Thirds of the users by the mean popularity of their history: niche, middle, mainstream.

    `popularity` (n_items,); a user without history belongs to no segment.
    """
    liked = np.asarray(popularity, dtype=np.float64)[histories.item_row]
    lengths = histories.lengths()
    total = np.bincount(histories.entry_user(), weights=liked, minlength=len(histories))
    taste = np.where(lengths > 0, total / np.maximum(lengths, 1), np.nan)
    segment = _quantile_parts(taste, 3)
    names = {1: ("all",), 2: ("niche", "mainstream"), 3: ("niche", "middle", "mainstream")}
    return Segments(names.get(int(segment.max(initial=-1)) + 1, ()), segment)


def segment_table(
    comparison: Comparison, segments: Segments, metric: str, *, seed: int, resamples: int = 1000
) -> SegmentTable:
    """One metric of a comparison by segment; the users of both stand in the same order.

    Raises ConfigError for a metric that the comparison does not hold for single users.
    """
    if metric not in comparison.metrics:
        known = ", ".join(comparison.metrics)
        raise ConfigError(f"There is no metric '{metric}'. Choose one of {known}.")
    values = comparison.per_user[:, :, comparison.metrics.index(metric)]  # (users, models)
    if np.isnan(values).all():
        raise ConfigError(f"'{metric}' belongs to all lists together. Choose a metric of users.")
    rows = [
        _figures(values[segments.of_user == part], seed=seed, resamples=resamples)
        for part in range(len(segments.names))
    ]
    value, low, high = (np.array([row[end] for row in rows]) for end in range(3))
    counted = ~np.isnan(values).all(axis=1) & (segments.of_user >= 0)
    return SegmentTable(
        metric=metric,
        segments=segments.names,
        models=comparison.models,
        users=np.bincount(segments.of_user[counted], minlength=len(segments.names)),
        value=value,
        low=low,
        high=high,
    )


def _figures(values: Floats, *, seed: int, resamples: int) -> tuple[Floats, Floats, Floats]:
    counted = values[~np.isnan(values).all(axis=1)]  # (users of the segment, models)
    nothing = np.full(values.shape[1], np.nan)
    if not len(counted):
        return nothing, nothing, nothing
    value = np.array([np.nanmean(c) if (~np.isnan(c)).any() else np.nan for c in counted.T])
    if len(counted) < 2:
        return value, nothing, nothing
    low, high = percentile_ends(resampled_means(counted, seed=seed, resamples=resamples))
    return value, low, high


def _quantile_parts(values: Floats, parts: int) -> npt.NDArray[np.int64]:
    """(n,) part 0 … parts - 1 by rising value, without gaps; -1 where the value is NaN."""
    known = values[~np.isnan(values)]
    segment = np.full(len(values), -1, dtype=np.int64)
    if not len(known):
        return segment
    edges = np.quantile(known, np.arange(1, parts) / parts, method="lower")
    raw = np.searchsorted(edges, known, side="left")  # a value on an edge falls below it
    segment[~np.isnan(values)] = np.unique(raw, return_inverse=True)[1]
    return segment
