"""How often each rating was given, and how many events have no value."""

from typing import NamedTuple

import numpy as np

from m6rec_core.data.health.record import Floats, Ratings
from m6rec_core.data.interactions import Interactions

_BINS = 40


class Values(NamedTuple):
    """`ratings`: None when values are not ratings; `missing`: events without a value."""

    ratings: Ratings | None
    missing: int


def values(interactions: Interactions) -> Values:
    """Each distinct rating with its number; more than 400 distinct ones in 40 equal bins."""
    from m6rec_core.data.health import passes

    value = np.ascontiguousarray(interactions.value)
    keys = np.zeros(passes.TABLE, np.float32)
    number = np.zeros(passes.TABLE, np.int64)
    taken, missing = passes.count_distinct(value, value.view(np.int32), keys, number)
    scale = interactions.rating_range
    if scale is None or missing == len(value):
        return Values(None, missing)
    width = 0.0
    given: Floats
    if taken >= 0:
        given, place = np.unique(keys[number > 0].astype(np.float64), return_inverse=True)
        counted = np.bincount(place, weights=number[number > 0]).astype(np.int64)
    else:
        low, high = float(np.nanmin(value)), float(np.nanmax(value))
        width, counted = (high - low) / _BINS, np.zeros(_BINS, np.int64)
        passes.count_bins(value, low, width, counted)
        given = np.asarray(low + width * (np.arange(_BINS) + 0.5), dtype=np.float64)
    found = Ratings(
        value=np.array([float(f"{one:.6g}") for one in given]),  # 3.6, not 3.5999999 of 32 bits
        count=counted,
        mean=float((given * counted).sum() / counted.sum()),
        width=width,
        low=float(scale[0]),
        high=float(scale[1]),
    )
    return Values(found, missing)
