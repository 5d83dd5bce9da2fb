"""Which line of a file each of its records starts on, kept as runs: most records are one line."""

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


class LineNumbers:
    """The line, from 1, of each record of a table that was taken from a file.

    >>> lines = LineNumbers()
    >>> lines.add(np.array([1, 2, 5, 6]))
    >>> lines.of(np.array([0, 2, 3])).tolist()
    [1, 5, 6]
    """

    def __init__(self) -> None:
        self.records = 0
        self._starts: list[Rows] = []
        self._shifts: list[Rows] = []
        self._last_shift = 0

    def add(self, lines: Rows) -> None:
        """Appends records by the lines that they start on."""
        if not len(lines):
            return
        records = np.arange(self.records, self.records + len(lines))
        shifts = lines - records
        begins = np.diff(shifts, prepend=self._last_shift) != 0
        begins[0] = begins[0] or not self.records
        self._starts.append(records[begins])
        self._shifts.append(shifts[begins])
        self._last_shift = int(shifts[-1])
        self.records += len(lines)

    def of(self, records: Rows) -> Rows:
        """Lines of records by their number, from 0; without any `add`, every record is a line."""
        if not self._starts:
            return records + 1
        if len(self._starts) > 1:
            self._starts = [np.concatenate(self._starts)]
            self._shifts = [np.concatenate(self._shifts)]
        run = np.searchsorted(self._starts[0], records, side="right") - 1
        lines: Rows = records + self._shifts[0][run]
        return lines


def past_gaps(positions: Rows, gaps: Rows) -> Rows:
    """Places of the items at these positions, when the items at the places `gaps` are not counted.

    >>> past_gaps(np.array([0, 1, 2]), np.array([1, 2])).tolist()
    [0, 3, 4]
    """
    places: Rows = positions + np.searchsorted(gaps - np.arange(len(gaps)), positions, side="right")
    return places
