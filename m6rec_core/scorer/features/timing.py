"""How current an item is at the moment of the user's latest event, where there are timestamps."""

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.similarity.compiled import compiled, in_chunks

Array = npt.NDArray[np.float32]
Times = npt.NDArray[np.int64]

SHORT, LONG = 0.01, 0.1  # windows of recent popularity, as shares of the time that the data covers
DAY = 86_400.0


class TimingFamily:
    """Recent popularity in two windows, age since the first event, rest since the last one.

    'Now' is the user's latest event; only events up to then count.
    """

    def __init__(self, training: Histories) -> None:
        order = np.lexsort((training.time, training.item_row))
        self._time = training.time[order]
        counts = np.bincount(training.item_row, minlength=training.n_items)
        self._indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        span = int(np.ptp(training.time)) if len(training.time) else 0
        self._end = int(training.time.max()) if len(training.time) else 0
        self._short, self._long = max(int(span * SHORT), 1), max(int(span * LONG), 1)
        self.features = (
            _recent("short", self._short),
            _recent("long", self._long),
            _since("age", "age in the catalogue", "Days since the item's first event"),
            _since("rest", "time since its last event", "Days since the item's last event"),
        )

    def values(self, block: Block) -> Array:
        """(users, slots, 4)."""
        values = np.zeros((*block.item_row.shape, 4), dtype=np.float32)
        now = self._latest(block.histories)
        in_chunks(
            lambda start, stop: _timing(
                *(start, stop, now, block.item_row, self._indptr, self._time),
                *(self._short, self._long, values),
            ),
            len(now),
            smallest=8,
        )
        return np.log1p(values)

    def _latest(self, histories: Histories) -> Times:
        now = np.full(len(histories), self._end, dtype=np.int64)
        known = (histories.lengths() > 0) & histories.has_time
        now[known] = histories.time[histories.indptr[1:][known] - 1]
        return now


def _recent(name: str, seconds: int) -> Feature:
    days = seconds / DAY
    window = f"{days:.0f} days" if days >= 1 else f"{seconds / 3600:.1f} hours"
    return Feature(
        f"time.recent_{name}",
        f"recent popularity ({window})",
        schema.ITEM,
        "natural log of 1 + events",
        f"Events with the item in the {window} before the user's latest event, logarithm.",
    )


def _since(name: str, title: str, sentence: str) -> Feature:
    return Feature(
        f"time.{name}",
        title,
        schema.ITEM,
        "natural log of 1 + days",
        f"{sentence}, seen from the user's latest event, logarithm.",
    )


@compiled
def _timing(
    start: int,
    stop: int,
    now: Times,
    item_row: Rows,
    indptr: Times,
    time: Times,
    short: int,
    long: int,
    values: Array,
) -> None:
    for user in range(start, stop):
        for slot in range(item_row.shape[1]):
            item = item_row[user, slot]
            if item < 0 or indptr[item] == indptr[item + 1]:
                continue
            of_item = time[indptr[item] : indptr[item + 1]]
            until = np.searchsorted(of_item, now[user], side="right")
            values[user, slot, 0] = until - np.searchsorted(of_item, now[user] - short)
            values[user, slot, 1] = until - np.searchsorted(of_item, now[user] - long)
            if until > 0:
                values[user, slot, 2] = (now[user] - of_item[0]) / DAY
                values[user, slot, 3] = (now[user] - of_item[until - 1]) / DAY
