"""Where the records of a block of delimited text begin and end, when quoted cells may hold line ends.

A cell is quoted when a quote is its first character but for spaces; quotes inside are doubled. Quotes
further inside a cell that does not begin with one are plain characters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from m6rec_core.data.reading.inspection import LONGEST

MOST_LINES: Final = 50  # that may follow in a quoted cell before its quote counts as never closed
QUOTE, NEWLINE, RETURN, SPACE, TAB = 34, 10, 13, 32, 9

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass
class Records:
    """The records of a block, by the positions of their lines among the lines of the block.

    `first`, `last` (n_records,) first and last line of each; `rewritten` record → its text with regular
    quotes; `broken` records with a quote that is not closed; `lines` of the block that are covered.
    """

    first: Positions
    last: Positions
    lines: int
    rewritten: dict[int, bytes] = field(default_factory=dict)
    broken: list[int] = field(default_factory=list)


def lines_as_records(count: int) -> Records:
    """Every line a record of its own."""
    lines = np.arange(count)
    return Records(lines, lines, count)


def quoted_records(block: bytes, ends: Positions, delimiter: bytes, *, at_end: bool) -> Records:
    """The records of a block that begins with one and ends with a newline.

    `ends` (n_lines,) positions of the newlines. A record that may go on behind the block is left out,
    but for the last block of a file.
    """
    marks = _Marks(block, ends, delimiter)
    return marks.by_all_quotes(at_end) or _Walk(block, ends, delimiter, marks.odd_lines()).records(
        at_end
    )


class _Marks:
    """The quotes of a block and the characters around them."""

    def __init__(self, block: bytes, ends: Positions, delimiter: bytes) -> None:
        self.ends = ends
        self.size = len(block)
        bytes_ = np.frombuffer(block, np.uint8)
        self.quotes = np.flatnonzero(bytes_ == QUOTE)
        before = bytes_[self.quotes - 1]
        before[self.quotes == 0] = NEWLINE
        after = bytes_[self.quotes + 1]
        closes_line = (after == RETURN) & (
            bytes_[np.minimum(self.quotes + 2, self.size - 1)] == NEWLINE
        )
        (separator,) = delimiter
        self.may_open = (before == separator) | (before == NEWLINE) | (before == QUOTE)
        self.may_close = (after == separator) | (after == NEWLINE) | (after == QUOTE) | closes_line
        self.begins_cell = self.may_open & (before != QUOTE) | (before == SPACE) | (before == TAB)

    def by_all_quotes(self, at_end: bool) -> Records | None:
        """The records when every quote of the block is where it belongs; None when one is not."""
        opens = np.arange(len(self.quotes)) % 2 == 0
        if not np.where(opens, self.may_open, self.may_close).all():
            return None
        inside = np.searchsorted(self.quotes, self.ends) % 2 == 1
        last = np.flatnonzero(~inside)
        covered = int(last[-1]) + 1 if len(last) else 0
        if covered < len(self.ends):
            open_bytes = self.size - (int(self.ends[covered - 1]) + 1 if covered else 0)
            too_long = len(self.ends) - covered > MOST_LINES or open_bytes > LONGEST
            if at_end or too_long:
                return None
        first = np.concatenate([[0], last[:-1] + 1])[: len(last)].astype(np.int64)
        if len(last) and int((last - first).max()) > MOST_LINES:
            return None
        return Records(first, last, covered)

    def odd_lines(self) -> Positions:
        """The lines whose quotes are neither regular by themselves nor all plain characters."""
        line = np.searchsorted(self.ends, self.quotes)
        counts = np.bincount(line, minlength=len(self.ends))
        number = np.arange(len(line)) - (np.cumsum(counts) - counts)[line]
        fits = np.where(number % 2 == 0, self.may_open, self.may_close)
        irregular = (_count(line[~fits], len(counts)) > 0) | (counts % 2 == 1)
        has_quoted_cells = _count(line[self.begins_cell], len(counts)) > 0
        return np.flatnonzero(irregular & has_quoted_cells)


def _count(lines: Positions, size: int) -> Positions:
    return np.bincount(lines, minlength=size)


class _Walk:
    """Goes through the odd lines of a block one by one."""

    def __init__(self, block: bytes, ends: Positions, delimiter: bytes, odd: Positions) -> None:
        self._block, self._ends, self._odd = block, ends, odd
        self._cells = CellReader(delimiter)
        self._continues = np.zeros(len(ends), dtype=bool)  # lines that belong to a record before
        self._rewritten: dict[int, bytes] = {}  # by the record's first line
        self._broken: list[int] = []

    def records(self, at_end: bool) -> Records:
        """All records whose end is seen."""
        lines, free = len(self._ends), 0
        for line in self._odd.tolist():
            if line < free:
                continue
            taken = self._take(line, at_end)
            if not taken:
                lines = line
                break
            free = line + taken
        first = np.flatnonzero(~self._continues[:lines])
        last = np.append(first[1:], lines)[: len(first)] - 1
        number = (
            {line: position for position, line in enumerate(first.tolist())}
            if (self._rewritten or self._broken)
            else {}
        )
        return Records(
            first,
            last,
            lines,
            {number[line]: text for line, text in self._rewritten.items()},
            [number[line] for line in self._broken],
        )

    def _take(self, line: int, at_end: bool) -> int:
        """Lines of the record that begins here; 0 when its end may lie behind the block."""
        joined = bytearray()
        for taken, text in enumerate(self._texts(line), start=1):
            joined += text if taken == 1 else b"\n" + text
            if len(joined) > LONGEST:
                break
            if taken > 1 and QUOTE not in text:
                continue
            cells = self._cells.of(bytes(joined.rstrip(b"\r")))
            if cells:
                self._rewritten[line] = self._cells.joined(cells)
                self._continues[line + 1 : line + taken] = True
                return taken
            if cells is not None:
                break
        else:
            if not at_end and len(self._ends) - line <= MOST_LINES:
                return 0
        self._broken.append(line)
        return 1

    def _texts(self, line: int) -> Iterator[bytes]:
        start = int(self._ends[line - 1]) + 1 if line else 0
        for end in self._ends[line : line + MOST_LINES + 1].tolist():
            yield self._block[start:end]
            start = end + 1


class CellReader:
    """The cells of one record of delimited text.

    >>> CellReader(b",").of(b'5" pipe, "a, b"')
    [b'5" pipe', b'a, b']
    """

    def __init__(self, delimiter: bytes) -> None:
        mark = re.escape(delimiter)
        space = b"".join(char for char in (b" ", b"\t") if char != delimiter)
        space = b"[" + space + b"]*"
        inner = rb'((?:[^"]++|"")*+)'
        self._delimiter = delimiter
        self._quoted = re.compile(space + rb'"' + inner + rb'"' + space + rb"(?=" + mark + rb"|\Z)")
        self._begins = re.compile(space + rb'"')
        self._open = re.compile(space + rb'"' + inner + rb"\Z")

    def of(self, record: bytes) -> list[bytes] | None:
        """The cells; None when a quote is still open at the end, empty when one is out of place."""
        cells: list[bytes] = []
        position = 0
        while True:
            if self._begins.match(record, position):
                found = self._quoted.match(record, position)
                if found is None:
                    return None if self._open.match(record, position) else []
                cells.append(found[1].replace(b'""', b'"'))
                position = found.end()
            else:
                end = record.find(self._delimiter, position)
                end = len(record) if end < 0 else end
                cells.append(record[position:end])
                position = end
            if position >= len(record):
                return cells
            position += 1

    def joined(self, cells: list[bytes]) -> bytes:
        """A record of these cells with regular quotes, never blank."""
        if len(cells) == 1 and not cells[0].strip():
            return b'"' + cells[0] + b'"'
        special = (b'"', b"\n", b"\r", self._delimiter)
        return self._delimiter.join(
            b'"' + cell.replace(b'"', b'""') + b'"'
            if any(mark in cell for mark in special)
            else cell
            for cell in cells
        )
