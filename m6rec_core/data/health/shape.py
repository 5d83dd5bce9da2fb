"""The shape of counts: how many owners have how many events, and how unevenly events fall on items."""

import numpy as np
import numpy.typing as npt

from m6rec_core.data.health.record import (
    EVENTS_OF_AN_ACTIVE_USER,
    FEW_EVENTS,
    Concentration,
    Counts,
    Floats,
    Spread,
)

MOST_STEPS = 400
_LORENZ_POINTS = 501
_TOP_ITEMS = 10


def spread(counts: Counts) -> Spread:
    """How many of the owners (n,) have how many events.

    >>> found = spread(np.array([1, 1, 3]))
    >>> found.value.tolist(), found.count.tolist()
    ([1, 3], [2, 1])
    """
    value, number = np.unique(counts, return_counts=True)
    if len(value) > MOST_STEPS:
        value, number = _stepped(value, number)
    return Spread(
        value=value.astype(np.int64),
        count=number.astype(np.int64),
        mean=float(counts.mean()) if len(counts) else float("nan"),
        median=float(np.median(counts)) if len(counts) else float("nan"),
        largest=int(counts.max(initial=0)),
        one=int((counts == 1).sum()),
        few=int((counts < FEW_EVENTS).sum()),
        active=int((counts >= EVENTS_OF_AN_ACTIVE_USER).sum()),
    )


def concentration(counts: Counts) -> Concentration:
    """How unevenly the events fall on the items (n,); NaN where there are no events."""
    rising = np.sort(counts).astype(np.float64)
    items, events = lorenz(rising)
    return Concentration(
        items=items,
        events=events,
        gini=gini(rising),
        top_hundredth=_of_top(rising, round(len(rising) / 100)),
        top_tenth=_of_top(rising, round(len(rising) / 10)),
        top_ten_items=_of_top(rising, _TOP_ITEMS),
    )


def lorenz(counts: npt.ArrayLike) -> tuple[Floats, Floats]:
    """(share of items, share of events) from the least popular item on, from (0, 0) to (1, 1).

    At most 501 points. Without any event the second array is NaN but for its first 0.
    """
    rising = np.sort(np.asarray(counts, dtype=np.float64))
    total = rising.sum()
    running = np.concatenate(([0.0], np.cumsum(rising) / total if total else rising * np.nan))
    places = np.linspace(0, len(rising), min(len(rising) + 1, _LORENZ_POINTS)).round().astype(int)
    return places / max(len(rising), 1), running[places]


def gini(counts: npt.ArrayLike) -> float:
    """Gini coefficient: mean difference of two counts over twice their mean; NaN without events.

    >>> gini([3, 3, 3]), gini([0, 0, 6])
    (0.0, 0.6666666666666666)
    """
    rising = np.sort(np.asarray(counts, dtype=np.float64))
    if not rising.sum():
        return float("nan")
    rank = 2 * np.arange(1, len(rising) + 1) - len(rising) - 1
    return max(0.0, float(rank @ rising / (len(rising) * rising.sum())))


def _stepped(value: Counts, number: Counts) -> tuple[Counts, Counts]:
    """Distinct numbers pooled upwards: all of them while they are small, then even on a log scale."""
    wanted = np.geomspace(max(value[0], 1), value[-1], MOST_STEPS)
    places = np.unique(np.minimum(np.searchsorted(value, wanted), len(value) - 1))
    places = np.union1d([0], places)
    return value[places], np.add.reduceat(number, places)


def _of_top(rising: Floats, top: int) -> float:
    total = rising.sum()
    return float(rising[-max(top, 1) :].sum() / total) if total else float("nan")
