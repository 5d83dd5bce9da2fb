"""One pass over the bytes of a text file, at the speed of memory: is it regular as it stands?"""

import codecs
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from m6rec_core.data.reading.encodings import UTF_8, Evidence

BLOCK = 1 << 20  # stays in the cache of a core: twice as fast as larger ones
LONGEST = 16 << 20  # bytes of a line
_PAIR_OF_ENDS = 0x0A0A


@dataclass
class Findings:
    """What a file holds besides plain lines.

    `longest` is the length of its longest line in bytes where that is over 1 MB, else at most 1 MB.
    """

    size: int = 0
    nuls: bool = False
    quotes: bool = False
    blank_lines: bool = False
    carriage_returns: int = 0
    pairs: int = 0  # carriage returns with a newline after them
    bare_newlines: bool = False  # newlines without a carriage return before them
    newlines_near: int = 0  # newlines in the blocks that hold carriage returns
    longest: int = 0
    is_utf_8: bool = True
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def line_end(self) -> str:
        """What ends every line: one or two characters, empty when it is now this, now that."""
        if not self.carriage_returns:
            return "\n"
        regular = self.carriage_returns == self.pairs and not self.bare_newlines
        return "\r\n" if regular else ""

    @property
    def ends_with_carriage_returns(self) -> bool:
        """Whether a carriage return alone ends a line, as on old Macintoshes."""
        return self.carriage_returns - self.pairs > self.newlines_near

    @property
    def is_regular(self) -> bool:
        """Whether every line can be read where it stands, whatever its quotes do."""
        return (
            self.is_utf_8
            and not self.nuls
            and not self.blank_lines
            and bool(self.line_end)
            and self.longest <= LONGEST
        )


def inspect(path: Path, report: Callable[[float], None]) -> Findings:
    """Reads a file once and tells what is in it."""
    found = Findings()
    whole = max(path.stat().st_size, 1)
    decoder = codecs.getincrementaldecoder(UTF_8)()
    buffer = bytearray(BLOCK + 2)
    buffer[:2] = b"x\n"  # the two bytes before the block; a newline at the start is a blank line
    since_end = 0
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(memoryview(buffer)[2:]):
            block = buffer if size == BLOCK else buffer[: size + 2]
            _look(block, found)
            since_end = _measure(block, since_end, found)
            if not block.isascii() or decoder.getstate()[0]:
                _decode(bytes(block[2:]), decoder, found)
            found.size += size
            buffer[:2] = block[-2:]
            report(found.size / whole)
    found.longest = max(found.longest, since_end)
    found.is_utf_8 = found.is_utf_8 and not decoder.getstate()[0]
    return found


def _look(block: bytearray, found: Findings) -> None:
    """Looks for single bytes in a block, and for two newlines one after the other."""
    found.nuls = found.nuls or block.find(b"\0", 2) >= 0
    found.quotes = found.quotes or block.find(b'"', 2) >= 0
    if not found.blank_lines:
        even = np.frombuffer(block, np.uint16, len(block) // 2)
        odd = np.frombuffer(block, np.uint16, (len(block) - 1) // 2, 1)
        found.blank_lines = bool((even == _PAIR_OF_ENDS).any() or (odd == _PAIR_OF_ENDS).any())
    if block.find(b"\r", 1) >= 0:
        _count_carriage_returns(np.frombuffer(block, np.uint8), found)
        found.blank_lines = found.blank_lines or b"\n\r\n" in block
    else:
        found.bare_newlines = found.bare_newlines or block.find(b"\n", 2) >= 0


def _count_carriage_returns(block: np.ndarray, found: Findings) -> None:
    before, here = block[1:-1], block[2:]
    pairs = int(np.count_nonzero((before == 13) & (here == 10)))
    found.carriage_returns += int(np.count_nonzero(here == 13))
    found.pairs += pairs
    newlines = int(np.count_nonzero(here == 10))
    found.newlines_near += newlines
    found.bare_newlines = found.bare_newlines or newlines > pairs


def _measure(block: bytearray, since_end: int, found: Findings) -> int:
    """Bytes since the last newline; lines that cross a block are measured."""
    first, last = block.find(b"\n", 2), block.rfind(b"\n", 2)
    if first < 0:
        return since_end + len(block) - 2
    found.longest = max(found.longest, since_end + first - 2)
    return len(block) - 1 - last


def _decode(block: bytes, decoder: codecs.IncrementalDecoder, found: Findings) -> None:
    try:
        decoder.decode(block)
        found.evidence.add_valid(block)
    except UnicodeDecodeError:
        decoder.reset()
        found.is_utf_8 = False
        found.evidence.add_invalid(block)
