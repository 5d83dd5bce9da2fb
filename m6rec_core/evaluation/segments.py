"""The same figures for parts of the users: who is served well, and who is not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.data.attributes import NUMBER, AttributeTable
from m6rec_core.evaluation.bootstrap import percentile_ends, resampled_means

Floats = npt.NDArray[np.float64]

NEW_UP_TO = 5  # known items up to which a user is new
MOST_VALUES = 6  # values of an attribute with a segment of their own
DRAWS = 50_000_000  # drawn users behind all intervals of a segment, where there are very many users
THIRDS = {1: ("all",), 2: ("{0}", "{2}"), 3: ("{0}", "{1}", "{2}")}


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


def by_history(n_items: npt.ArrayLike) -> Segments:
    """Cold (nothing known), new (at most five items), and thirds of the others by the number of items.

    `n_items` (users,) in the history. Equal numbers stay together, so there may be fewer than three.

    >>> by_history([0, 3, 10, 20, 30]).names
    ('cold: 0', 'new: 3', 'light: 10', 'middle: 20', 'heavy: 30')
    """
    count = np.asarray(n_items, dtype=np.int64)
    thirds = _thirds(np.where(count > NEW_UP_TO, count, np.nan), ("light", "middle", "heavy"))
    label = np.where(thirds.of_user >= 0, thirds.of_user + 2, (count > 0).astype(np.int64))
    words = ("cold", "new", *thirds.names)
    present, of_user = np.unique(label, return_inverse=True)
    names = [f"{words[at]}: {_span(count[label == at])}" for at in present]
    return Segments(tuple(names), of_user.astype(np.int64))


def by_taste(audience: npt.ArrayLike) -> Segments:
    """Thirds of the users by how many people know the items of their history: niche to mainstream.

    `audience` (users,) mean popularity of the history; NaN without one: a user of no segment.
    """
    return _thirds(np.asarray(audience, np.float64), ("niche", "middle", "mainstream"))


def by_attribute(table: AttributeTable, column: str) -> Segments:
    """Users by a category (the six most frequent values, then all others) or by thirds of a number.

    A user without a value belongs to no segment.
    """
    if table.kinds[column] == NUMBER:
        numbers = table.numbers(column)
        thirds = _thirds(numbers, ("low", "middle", "high"))
        ends = [numbers[thirds.of_user == part] for part in range(len(thirds.names))]
        names = ["–".join(f"{end:g}" for end in sorted({x.min(), x.max()})) for x in ends]
        return Segments(tuple(names), thirds.of_user)
    texts = table.texts(column)
    values, number = np.unique(texts[texts != ""].astype(str), return_counts=True)
    often = values[np.argsort(-number, kind="stable")[:MOST_VALUES]]
    place = {value: at for at, value in enumerate(often)}
    of_user = np.array([place.get(text, len(often)) if text else -1 for text in texts], np.int64)
    rest = ("all others",) if len(values) > len(often) else ()
    return Segments((*map(str, often), *rest), of_user)


def segment_table(
    values: Floats, segments: Segments, *, metric: str, models: Sequence[str], seed: int
) -> SegmentTable:
    """Means by segment of `values` (users, models); NaN for users that are not counted.

    The interval is a percentile bootstrap over the users of a segment, 1,000 times drawn, less often
    where there are more than 50,000.
    """
    rows = [_figures(values[segments.of_user == at], seed) for at in range(len(segments.names))]
    shape = (len(segments.names), len(models))
    value, low, high = (np.array([row[end] for row in rows]).reshape(shape) for end in range(3))
    counted = ~np.isnan(values).all(axis=1) & (segments.of_user >= 0)
    return SegmentTable(
        metric=metric,
        segments=segments.names,
        models=tuple(models),
        users=np.bincount(segments.of_user[counted], minlength=len(segments.names)),
        value=value,
        low=low,
        high=high,
    )


def _figures(values: Floats, seed: int) -> tuple[Floats, Floats, Floats]:
    counted = values[~np.isnan(values).all(axis=1)]  # (users of the segment, models)
    nothing = np.full(values.shape[1], np.nan)
    if not len(counted):
        return nothing, nothing, nothing
    value = np.array([np.nanmean(c) if (~np.isnan(c)).any() else np.nan for c in counted.T])
    if len(counted) < 2:
        return value, nothing, nothing
    resamples = int(np.clip(DRAWS // len(counted), 200, 1000))
    low, high = percentile_ends(resampled_means(counted, seed=seed, resamples=resamples))
    return value, low, high


def _thirds(values: Floats, names: tuple[str, str, str]) -> Segments:
    """By rising value, without gaps; -1 where the value is NaN. Equal values stay together."""
    known = values[~np.isnan(values)]
    of_user = np.full(len(values), -1, dtype=np.int64)
    if not len(known):
        return Segments((), of_user)
    edges = np.quantile(known, (1 / 3, 2 / 3), method="lower")
    raw = np.searchsorted(edges, known, side="left")  # a value on an edge falls below it
    present, of_user[~np.isnan(values)] = np.unique(raw, return_inverse=True)
    words = THIRDS[len(present)]
    return Segments(tuple(word.format(*names) for word in words), of_user)


def _span(count: npt.NDArray[np.int64]) -> str:
    return "–".join(map(str, sorted({int(count.min()), int(count.max())})))
