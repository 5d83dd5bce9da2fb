"""When items were in use: how popular in the days before a moment, how old, and last seen when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.errors import DataError
from m6rec_core.schema import NO_ROW
from m6rec_core.similarity.compiled import compiled, fixed, in_chunks
from m6rec_core.similarity.protocol import Arrays

Floats = npt.NDArray[np.float32]
Times = npt.NDArray[np.int64]

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, eq=False)
class ItemTimes:
    """The times at which each item was had, rising.

    The times of item i are the slice `indptr[i]:indptr[i + 1]` of `time`, Unix seconds.
    """

    indptr: npt.NDArray[np.int64]
    time: Times

    def __post_init__(self) -> None:
        for array in (self.indptr, self.time):
            array.setflags(write=False)

    @property
    def first_seen(self) -> Times:
        """(n_items,) Unix seconds of the first time; the latest time of all for items nobody had."""
        return self._at(self.indptr[:-1])

    @property
    def last_seen(self) -> Times:
        """(n_items,) Unix seconds of the last time; the latest time of all for items nobody had."""
        return self._at(self.indptr[1:] - 1)

    def recent_popularity(self, moment: Times, *, window_days: float) -> Floats:
        """(n moments, n_items) how often each item was had in the window that ends just before each moment.

        `moment` (n,) Unix seconds; the window is [moment - window_days, moment).
        """
        order = np.argsort(moment, kind="stable")
        popularity = np.zeros((len(moment), len(self.indptr) - 1), dtype=np.float32)
        sorted_moment = fixed(moment[order], np.int64)
        window = round(window_days * SECONDS_PER_DAY)
        in_chunks(
            lambda start, stop: _count_by_item(
                *(start, stop, self.indptr, self.time, sorted_moment, order, window, popularity)
            ),
            len(self.indptr) - 1,
            smallest=256,
        )
        return popularity

    def recent_popularity_of(self, moment: Times, item_row: Rows, *, window_days: float) -> Floats:
        """(n moments, m) as `recent_popularity`, for the items `item_row` (n moments, m) only.

        0 where the item row is -1.
        """
        popularity = np.zeros(item_row.shape, dtype=np.float32)
        moments, items = fixed(moment, np.int64), fixed(item_row, np.int32)
        window = round(window_days * SECONDS_PER_DAY)
        in_chunks(
            lambda start, stop: _count_by_pair(
                *(start, stop, self.indptr, self.time, moments, items, window, popularity)
            ),
            len(moment),
            smallest=16,
        )
        return popularity

    def age_days(self, moment: Times) -> Floats:
        """(n moments, n_items) days from an item's first time to each moment; 0 for a later first time."""
        return _days(moment[:, None] - self.first_seen)

    def idle_days(self, moment: Times) -> Floats:
        """(n moments, n_items) days from an item's last time to each moment; 0 for a later last time."""
        return _days(moment[:, None] - self.last_seen)

    def to_arrays(self) -> Arrays:
        """The fields as plain arrays."""
        return {"indptr": self.indptr, "time": self.time}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The times that `to_arrays` described."""
        return cls(fixed(arrays["indptr"], np.int64), fixed(arrays["time"], np.int64))

    def _at(self, places: npt.NDArray[np.int64]) -> Times:
        latest = self.time.max(initial=0)
        padded = np.append(self.time, latest)
        return np.where(np.diff(self.indptr) > 0, padded[places], latest)


def fit_item_times(histories: Histories) -> ItemTimes:
    """Takes the times of all entries. Raises DataError without timestamps.

    >>> history = Histories.of_items([1, 0], n_items=2, time=[0, 86_400])
    >>> times = fit_item_times(history)
    >>> times.recent_popularity(np.array([86_400, 86_401]), window_days=1).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    if not histories.has_time:
        raise DataError(
            "The events have no timestamps, so items have no age. Set signals.order=false."
        )
    counts = np.bincount(histories.item_row, minlength=histories.n_items)
    order = np.lexsort((histories.time, histories.item_row))
    indptr = np.concatenate(([0], np.cumsum(counts)))
    return ItemTimes(fixed(indptr, np.int64), fixed(histories.time[order], np.int64))


def last_times(histories: Histories) -> Times:
    """(n,) Unix seconds of each user's latest entry; 0 for an empty history."""
    latest = np.zeros(len(histories), dtype=np.int64)
    np.maximum.at(latest, histories.entry_user(), histories.time)
    return latest


def _days(seconds: npt.NDArray[np.int64]) -> Floats:
    return (np.maximum(seconds, 0) / SECONDS_PER_DAY).astype(np.float32)


@compiled
def _count_by_item(
    start: int,
    stop: int,
    indptr: npt.NDArray[np.int64],
    time: Times,
    moment: Times,
    order: npt.NDArray[np.int64],
    window: int,
    popularity: Floats,
) -> None:
    """Fills the columns start … stop - 1; `moment` rises, and `order` says whose row each one is."""
    for item in range(start, stop):
        first = after = indptr[item]
        end = indptr[item + 1]
        for place in range(len(moment)):
            while after < end and time[after] < moment[place]:
                after += 1
            while first < after and time[first] < moment[place] - window:
                first += 1
            popularity[order[place], item] = after - first


@compiled
def _count_by_pair(
    start: int,
    stop: int,
    indptr: npt.NDArray[np.int64],
    time: Times,
    moment: Times,
    item_row: npt.NDArray[np.int32],
    window: int,
    popularity: Floats,
) -> None:
    for row in range(start, stop):
        for place in range(item_row.shape[1]):
            item = item_row[row, place]
            if item != NO_ROW:
                times = time[indptr[item] : indptr[item + 1]]
                before = np.searchsorted(times, moment[row])
                popularity[row, place] = before - np.searchsorted(times, moment[row] - window)
