"""How a file is laid out, seen from its first bytes: kind, encoding, separator, header, columns."""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from m6rec_core.config import ReadingConfig
from m6rec_core.data.reading.encodings import (
    decoded,
    encoding_of_head,
    plain_encoding,
    refuse_binary,
)
from m6rec_core.data.reading.headers import has_header, names_for, unnamed
from m6rec_core.data.reading.separators import SEPARATORS, rows_of, separator_of, uses_quotes
from m6rec_core.errors import DataError

DELIMITED: Final = "delimited"
JSON_LINES: Final = "jsonl"
PARQUET: Final = "parquet"

_LINES = 200  # that decide on separator and header
_CHARACTERS = 1 << 20
_LINE_END = re.compile(r"[\r\n]")
_EXCEL_SEPARATOR = re.compile(r'"?sep=([^\w"])"?\s*', re.IGNORECASE)


@dataclass(frozen=True)
class Field:
    """Where a column stands in a JSON object: the keys that lead to it, from the outside in.

    `kind` is "value" or "list"; `is_inner` means that the keys lead from one event of a nested list.
    """

    name: str
    keys: tuple[str, ...]
    kind: str = "value"
    is_inner: bool = False


@dataclass(frozen=True)
class Layout:
    """What a reader must be told about a file.

    - `compression` "", "gzip", "zstd" or "zip"; `encoding` as `reading.encoding` names it
    - `columns` names of all columns, distinct; without a header column_1, column_2, …
    - `quotes` whether quotes enclose cells; `first_line` of the header or of the first row, from 1
    - `fields`, `nested`, `is_array` JSON: where each column stands, the key with the events of a line,
      and whether the file is one list
    """

    kind: str
    compression: str = ""
    encoding: str = "utf-8"
    delimiter: str = ""
    has_header: bool = False
    columns: tuple[str, ...] = ()
    quotes: bool = False
    first_line: int = 1
    fields: tuple[Field, ...] = ()
    nested: str = ""
    is_array: bool = False


@dataclass(frozen=True)
class Head:
    """The first bytes of a file; `is_whole` when there are no more."""

    content: bytes
    is_whole: bool
    codec: str = "utf-8"

    @property
    def text(self) -> str:
        return decoded(self.content, self.codec)

    def lines(self) -> list[str]:
        """The whole lines, without their ends."""
        text = self.text
        lines = re.split(r"\r*\n" if "\n" in text else r"\r", text)
        return lines if self.is_whole or len(lines) < 2 else lines[:-1]

    def whole_lines(self) -> str:
        """The text without a last line that is cut off."""
        text = self.text
        end = max(text.rfind("\n"), -1 if "\n" in text else text.rfind("\r"))
        return text if self.is_whole or end < 0 else text[: end + 1]


def text_head(content: bytes, name: str, config: ReadingConfig, *, is_whole: bool) -> Head:
    """The head of a text file, with a guess of its encoding. Raises `DataError` for no text."""
    codec = encoding_of_head(content, config.encoding)
    if codec in ("utf-8", "gb18030", "latin-1"):
        refuse_binary(content, name)
    head = Head(content, is_whole, codec)
    if not head.text.strip(" \t\r\n\0"):
        raise DataError(f"'{name}' is empty. Upload a file with a header and one line per event.")
    return head


def delimited_layout(head: Head, config: ReadingConfig, name: str) -> Layout:
    """The layout of text whose lines are parted into cells. Raises `DataError` for one without lines."""
    lines = head.lines()
    if not head.is_whole and not _LINE_END.search(head.text):
        raise DataError(
            f"'{name}' has no line end in its first {len(head.content) >> 20} MB, so it is no table of "
            "lines. Export it once more, one event per line."
        )
    start = next(number for number, line in enumerate(lines) if line.strip())
    delimiter = SEPARATORS.get(config.separator, "")
    if named := _EXCEL_SEPARATOR.fullmatch(lines[start]):
        delimiter = delimiter or named[1]
        start = next((n for n, line in enumerate(lines) if n > start and line.strip()), start)
    sample = _sample(lines[start:])
    delimiter = delimiter or separator_of(sample)
    quotes = uses_quotes(sample, delimiter)
    first, *below = rows_of(sample, delimiter, quotes=quotes)
    header = has_header(first, below) if config.header == "auto" else config.header == "yes"
    return Layout(
        DELIMITED,
        encoding=plain_encoding(head.codec),
        delimiter=delimiter,
        has_header=header,
        columns=names_for(first, below) if header else unnamed([first, *below]),
        quotes=quotes,
        first_line=start + 1,
    )


def _sample(lines: list[str]) -> list[str]:
    """The first filled lines; of very long ones only a few, but always the first."""
    sample: list[str] = []
    size = 0
    for line in islice((line for line in lines if line.strip()), _LINES):
        if sample and size > _CHARACTERS:
            break
        sample.append(line)
        size += len(line)
    return sample
