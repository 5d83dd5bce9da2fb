"""When the events happened: by day, by hour of the week, and where the last tenth of them begins."""

import numpy as np

from m6rec_core.data.health.record import Activity, Counts

MOST_BINS = 5_000
LAST_SHARE = 0.1
_DAY = 86_400
_MOST_HOURS = 1 << 23  # 950 years: beyond, hours are sorted instead of counted


class Clock:
    """The hours in which there are events, rising, with their number: all else follows from them."""

    def __init__(self, timestamp: Counts) -> None:
        from m6rec_core.data.health import passes

        self._timestamp = timestamp
        self.first, self.last = (int(end) for end in passes.first_and_last(timestamp))
        first_hour, last_hour = self.first // passes.HOUR, self.last // passes.HOUR
        if last_hour - first_hour < _MOST_HOURS:
            number = np.zeros(last_hour - first_hour + 1, np.int64)
            passes.count_hours(timestamp, first_hour, number)
            self.hour = np.flatnonzero(number) + first_hour
            self.number = number[self.hour - first_hour]
        else:
            self.hour, self.number = np.unique(timestamp // passes.HOUR, return_counts=True)

    def activity(self) -> Activity:
        """Events by day, or by so many weeks that there are at most 5,000 stretches, and by week hour."""
        day = self.hour // 24
        span = int(day[-1] - day[0]) + 1
        days = 1 if span <= MOST_BINS else 7 * -(-span // (7 * MOST_BINS))
        stretch = (day - day[0]) // days
        events = np.bincount(stretch, weights=self.number).astype(np.int64)
        of_week = (self.hour + 3 * 24) % 168  # 1 January 1970 was a Thursday
        week = np.bincount(of_week, weights=self.number, minlength=168).astype(np.int64)
        return Activity(
            first=self.first,
            last=self.last,
            days=days,
            start=(int(day[0]) + days * np.arange(len(events))) * _DAY,
            events=events,
            week=week.reshape(7, 24),
        )

    def start_of_last_tenth(self) -> int:
        """Time of the first event of the latest tenth: with it, at least a tenth is as late."""
        from m6rec_core.data.health import passes

        n = int(self.number.sum())
        rank = min(int(n * (1 - LAST_SHARE)), n - 1)  # from 0, in the order of time
        up_to = np.cumsum(self.number)
        place = int(np.searchsorted(up_to, rank, side="right"))
        seconds = np.zeros(passes.HOUR, np.int64)
        passes.count_seconds(self._timestamp, int(self.hour[place]), seconds)
        within = rank - int(up_to[place] - self.number[place])
        second = int(np.searchsorted(np.cumsum(seconds), within, side="right"))
        return int(self.hour[place]) * passes.HOUR + second
