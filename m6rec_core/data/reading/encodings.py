"""How the bytes of a text stand for characters: a guess from the bytes, and a copy in UTF-8."""

import codecs
import encodings.cp1252 as cp1252
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np

from m6rec_core.data.reading.unpacking import check_disk
from m6rec_core.errors import DataError

UTF_8: Final = "utf-8"
UTF_16: Final = "utf-16"
GB18030: Final = "gb18030"
LATIN_1: Final = "latin-1"

BOM = codecs.BOM_UTF8
_BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PAIR = re.compile(rb"[\x80-\xff].", re.DOTALL)
_CHINESE_PAIR = re.compile(rb"(?:[\xb0-\xf7][\xa1-\xfe]|[\xa1-\xa9][\xa1-\xfe])")
_LEAST_NULS = 0.02  # of the bytes of UTF-16: separators and line ends hold one each
_MOST_CONTROLS = 0.02  # of the bytes of a text
# Windows' Latin-1, in which the five bytes without a character stand for themselves
_LATIN = "".join(
    chr(byte) if char == "\ufffe" else char for byte, char in enumerate(cp1252.decoding_table)
)
_KEEP = "m6rec.no_character"


def _no_character(error: UnicodeError) -> tuple[str, int]:
    """Puts half a surrogate for bytes that are no character: in UTF-8 they are none either."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(_KEEP, _no_character)


@dataclass
class Evidence:
    """How the bytes beyond ASCII fit each encoding, counted over blocks of a file."""

    utf_8: int = 0  # characters that are whole UTF-8
    not_utf_8: int = 0  # bytes that are not
    pairs: int = 0
    chinese_pairs: int = 0

    def add_valid(self, block: bytes) -> None:
        """Counts a block that is whole UTF-8."""
        bytes_ = np.frombuffer(block, np.uint8)
        self.utf_8 += int(np.count_nonzero(bytes_ >= 0xC0))

    def add_invalid(self, block: bytes) -> None:
        """Counts a block that is not."""
        self.add_valid(block.decode(UTF_8, "ignore").encode())
        self.not_utf_8 += block.decode(UTF_8, "replace").count("\ufffd")
        pairs = _PAIR.findall(block)
        self.pairs += len(pairs)
        self.chinese_pairs += sum(_CHINESE_PAIR.match(pair) is not None for pair in pairs)

    def encoding(self) -> str:
        """UTF-8 where most characters beyond ASCII are; GB18030 where most pairs are Chinese."""
        if self.utf_8 >= self.not_utf_8:
            return UTF_8
        return GB18030 if self.chinese_pairs > self.pairs / 2 else LATIN_1


def encoding_of_head(head: bytes, wanted: str = "auto") -> str:
    """The encoding of a text from its first bytes; `wanted` overrules the guess.

    UTF-16 is named with the order of its bytes. What looks like UTF-8 here may still turn out otherwise.

    >>> encoding_of_head("user;item".encode("utf-16-le"))
    'utf-16-le'
    """
    if wanted not in ("auto", UTF_16):
        return wanted
    marked = next((codec for mark, codec in _MARKS if head.startswith(mark)), "")
    if marked:
        return marked
    wide = _wide(head)
    if wanted == UTF_16:
        return wide or "utf-16-le"
    if wide or head.isascii():
        return wide or UTF_8
    evidence = Evidence()
    try:
        whole, _ = codecs.utf_8_decode(head, "strict", False)  # the last character may be cut
        evidence.add_valid(whole.encode())
    except UnicodeDecodeError:
        evidence.add_invalid(head)
    return evidence.encoding()


def plain_encoding(codec: str) -> str:
    """The name of an encoding as `reading.encoding` takes it, whatever the order of its bytes."""
    return UTF_16 if codec.startswith((UTF_16, "utf-32")) else codec


def refuse_binary(head: bytes, name: str) -> None:
    """Raises `DataError` for bytes that are no text in any encoding."""
    controls = sum(head.count(bytes([byte])) for byte in (*range(1, 9), *range(14, 27)))
    if controls > _MOST_CONTROLS * len(head):
        raise DataError(
            f"'{name}' is no text and of no kind that can be read. Export the data as csv, JSON lines "
            "or parquet."
        )


def decoded(head: bytes, codec: str) -> str:
    """Bytes as text; what is no character becomes the sign of replacement."""
    if codec == LATIN_1:
        return codecs.charmap_decode(head, "strict", _LATIN)[0]
    text = codecs.getincrementaldecoder(codec)("replace").decode(head)
    return text.removeprefix("\ufeff")


def copy_as_utf_8(
    source: Path, target: Path, codec: str, name: str, report: Callable[[float], None]
) -> None:
    """Writes a text file in UTF-8; bytes that are no character stay no character there."""
    whole = max(source.stat().st_size, 1)
    read = 0
    with source.open("rb") as raw, target.open("wb") as out:
        if codec == LATIN_1:
            while block := raw.read(_BLOCK):
                out.write(codecs.charmap_decode(block, "strict", _LATIN)[0].encode())
                read += len(block)
                check_disk(target, name)
                report(read / whole)
            return
        decode = codecs.getincrementaldecoder(codec)(_KEEP)
        while block := raw.read(_BLOCK):
            _write(decode.decode(block), out)
            read += len(block)
            check_disk(target, name)
            report(read / whole)
        _write(decode.decode(b"", True), out)


def _write(text: str, out: IO[bytes]) -> None:
    start = text.startswith("\ufeff") and out.tell() == 0
    out.write(text[start:].encode(UTF_8, "surrogatepass"))


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: one of the two bytes of a separator or a line end is NUL."""
    nuls = head.count(b"\0")
    if not nuls or nuls < _LEAST_NULS * len(head):
        return ""
    pairs = np.frombuffer(head, np.uint8, len(head) // 2 * 2).reshape(-1, 2)
    first, second = (int(np.count_nonzero(pairs[:, side] == 0)) for side in (0, 1))
    little = second > first
    if min(first, second) > 0.1 * max(first, second):
        return ""
    newlines = int(np.count_nonzero((pairs == ((10, 0) if little else (0, 10))).all(axis=1)))
    if newlines < head.count(b"\n") / 2 or (newlines == 0 and nuls < 0.3 * len(head)):
        return ""
    return "utf-16-le" if little else "utf-16-be"
