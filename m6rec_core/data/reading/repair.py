"""A copy of a text file in which every line can be read, and an account of the lines left out.

Left out: blank lines, and lines with bytes that are no text, with a quote that is never closed, with a
carriage return outside of quotes, or of more than 16 MB. Every record ends with one newline.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from m6rec_core.data.reading import rejects
from m6rec_core.data.reading.encodings import BOM
from m6rec_core.data.reading.inspection import BLOCK, LONGEST
from m6rec_core.data.reading.line_numbers import LineNumbers
from m6rec_core.data.reading.records import (
    NEWLINE,
    RETURN,
    CellReader,
    Flags,
    Positions,
    Records,
    lines_as_records,
    quoted_records,
)
from m6rec_core.data.reading.unpacking import check_disk
from m6rec_core.errors import DataError

_MOST_BYTES = 4 * rejects.MOST_TEXT  # that 500 characters may take
_MOST_RETURNS = 3  # carriage returns before a newline that belong to the line end


@dataclass(frozen=True)
class Plan:
    """How a file is to be copied.

    `delimiter` parts the cells, empty when there are no quotes to look after; `first_line` is the first
    one with a table; `mac` files end their lines with a carriage return alone.
    """

    name: str
    delimiter: bytes = b""
    first_line: int = 1
    encoding: str = "utf-8"
    mac: bool = False


@dataclass
class Repaired:
    """What came of a copy: the line of each of its records, the rejected lines, the longest record."""

    lines: LineNumbers = field(default_factory=LineNumbers)
    rejected: list[rejects.Reject] = field(default_factory=list)
    longest: int = 0
    is_multi_line: bool = False


def repair(source: Path, target: Path, plan: Plan, report: Callable[[float], None]) -> Repaired:
    """Copies a UTF-8 file."""
    with target.open("wb") as out:
        copy = _Copy(plan, out)
        for size, whole in copy.over(source):
            check_disk(target, plan.name)
            report(size / whole)
    return copy.made


def measure(source: Path, plan: Plan, report: Callable[[float], None]) -> Repaired | None:
    """What `repair` would tell of a file with whole lines whose quotes are all regular; else None."""
    copy = _Copy(plan, None)
    for size, whole in copy.over(source):
        if copy.is_changed:
            return None
        report(size / whole)
    return copy.made


class _Copy:
    def __init__(self, plan: Plan, out: IO[bytes] | None) -> None:
        self.made = Repaired()
        self.is_changed = False
        self._plan = plan
        self._out = out
        self._line = 1
        self._cells = CellReader(plan.delimiter) if plan.delimiter else None

    def over(self, source: Path) -> Iterator[tuple[int, int]]:
        """Copies block by block; yields the bytes read so far, and all."""
        whole = max(source.stat().st_size, 1)
        rest = b""
        read = 0
        with source.open("rb") as file:
            while True:
                more = self._read(file)
                data = rest + (more.removeprefix(BOM) if read == 0 else more)
                read += len(more)
                if not more and data and not data.endswith(b"\n"):
                    data += b"\n"
                cut = data.rfind(b"\n") + 1
                if not cut and len(data) > LONGEST:
                    rest = self._skip_line(file, data)
                    continue
                rest = data[self._take(data[:cut], at_end=not more) :] if cut else data
                yield min(read, whole), whole
                if not more:
                    return

    def _read(self, file: IO[bytes]) -> bytes:
        block = file.read(BLOCK)
        if not self._plan.mac:
            return block
        if block.endswith(b"\r"):
            block += file.read(1)
        return block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _skip_line(self, file: IO[bytes], start: bytes) -> bytes:
        self._reject(self._line, rejects.TOO_LONG, start)
        self._line += 1
        self.is_changed = True
        while block := self._read(file):
            if (end := block.find(b"\n")) >= 0:
                return block[end + 1 :]
        return b""

    def _take(self, block: bytes, *, at_end: bool) -> int:
        """Copies the whole records of a block of lines; returns the bytes that they cover."""
        text = np.frombuffer(block, np.uint8)
        ends = np.flatnonzero(text == NEWLINE)
        if self._plan.delimiter and b'"' in block:
            records = quoted_records(block, ends, self._plan.delimiter, at_end=at_end)
        else:
            records = lines_as_records(len(ends))
        if not records.lines:
            return 0
        used = int(ends[records.lines - 1]) + 1
        starts = np.concatenate([[0], ends[:-1] + 1])[records.first]
        stops = ends[records.last]
        contents = _without_returns(text, starts, stops)
        dropped = self._faults(block[:used], starts, stops, contents, records)
        self._keep(block[:used], starts, stops, contents, dropped, records)
        self._line += records.lines
        return used

    def _faults(
        self, block: bytes, starts: Positions, stops: Positions, contents: Positions, found: Records
    ) -> Flags:
        """Marks the records that are left out, and rejects those that are not blank."""
        reasons = dict.fromkeys(found.broken, rejects.OPEN_QUOTE)
        text = np.frombuffer(block, np.uint8)
        if b"\r" in block:
            at = np.flatnonzero(text == RETURN)
            owner = np.searchsorted(stops, at)
            for record in np.unique(owner[at < contents[owner]]).tolist():
                reason = self._enclose(record, block[starts[record] : contents[record]], found)
                if reason:
                    reasons.setdefault(record, reason)
        if not block.isascii():
            for record in _not_text(block, text, starts, stops):
                reasons[record] = rejects.not_in(self._plan.encoding)
        if b"\0" in block:
            owners = np.unique(np.searchsorted(stops, np.flatnonzero(text == 0)))
            reasons.update(dict.fromkeys(owners.tolist(), rejects.NUL))
        too_long = np.flatnonzero(contents - starts > LONGEST)
        reasons.update(dict.fromkeys(too_long.tolist(), rejects.TOO_LONG))
        lines = self._line + found.first
        dropped: Flags = (contents == starts) | (lines < self._plan.first_line)
        for record, reason in sorted(reasons.items()):
            if not dropped[record]:
                self._reject(int(lines[record]), reason, block[starts[record] : contents[record]])
        dropped[list(reasons)] = True
        return dropped

    def _enclose(self, record: int, content: bytes, found: Records) -> str:
        """Sees that the carriage returns of a record stand in quotes; tells the reason why they cannot."""
        if self._cells is None:
            return rejects.CARRIAGE_RETURN
        cells = self._cells.of(content)
        if not cells:
            return rejects.OPEN_QUOTE
        found.rewritten[record] = self._cells.joined(cells)
        self.made.is_multi_line = True
        return ""

    def _keep(
        self,
        block: bytes,
        starts: Positions,
        stops: Positions,
        contents: Positions,
        dropped: Flags,
        found: Records,
    ) -> None:
        kept = ~dropped
        sizes = (contents - starts)[kept]
        self.made.lines.add((self._line + found.first)[kept])
        self.made.longest = max(self.made.longest, int(sizes.max(initial=0)))
        self.made.is_multi_line |= bool((found.last > found.first)[kept].any())
        rewritten = {record: text for record, text in found.rewritten.items() if kept[record]}
        is_changed = bool(dropped.any()) or bool(rewritten)
        self.is_changed |= is_changed
        if self._out is None:
            return
        if not is_changed and bool((contents == stops).all()):
            self._out.write(block)
            return
        gone = _gone(len(block), starts, stops, contents, dropped)
        text = np.frombuffer(block, np.uint8)
        position = 0
        for record, replacement in sorted(rewritten.items()):
            stretch = slice(position, int(starts[record]))
            self._out.write(text[stretch][~gone[stretch]].tobytes())
            self._out.write(replacement + b"\n")
            position = int(stops[record]) + 1
        self._out.write(text[position:][~gone[position:]].tobytes())

    def _reject(self, line: int, reason: str, text: bytes) -> None:
        shown = text[:_MOST_BYTES].decode("utf-8", "replace")[: rejects.MOST_TEXT]
        self.made.rejected.append((line, "", reason, shown.strip("\r\n")))
        if len(self.made.rejected) > rejects.MOST_REJECTED:
            raise DataError(
                f"More than {rejects.MOST_REJECTED:,} lines of '{self._plan.name}' cannot be read, the "
                f"last at line {line}: {reason}. Check its encoding and its separator."
            )


def _without_returns(text: np.ndarray, starts: Positions, stops: Positions) -> Positions:
    """Where the content of each record ends: before the carriage returns of its line end."""
    contents = stops.copy()
    for _ in range(_MOST_RETURNS):
        contents -= (contents > starts) & (text[contents - 1] == RETURN)
    return contents


def _not_text(block: bytes, text: np.ndarray, starts: Positions, stops: Positions) -> Iterator[int]:
    """Records that are not UTF-8."""
    try:
        block.decode()
    except UnicodeDecodeError:
        for record in np.unique(np.searchsorted(stops, np.flatnonzero(text >= 0x80))).tolist():
            try:
                block[starts[record] : stops[record]].decode()
            except UnicodeDecodeError:
                yield record


def _gone(
    size: int, starts: Positions, stops: Positions, contents: Positions, dropped: Flags
) -> Flags:
    """Marks the bytes of dropped records and of the carriage returns at line ends."""
    steps = np.zeros(size + 1, dtype=np.int8)
    steps[starts[dropped]] += 1
    steps[stops[dropped] + 1] -= 1
    gone: Flags = np.cumsum(steps[:-1], dtype=np.int8) > 0
    for step in range(_MOST_RETURNS):
        at = contents + step
        gone[at[at < stops]] = True
    return gone
