"""Delimited text with broken quotes, blank lines or mixed line ends, made regular line by line."""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

_LONGEST_RECORD = 50  # lines that one quoted cell may span before its quote counts as never closed
_CHUNK = 1 << 22


@dataclass(frozen=True)
class Repaired:
    """What `repair` wrote and what it left out.

    `line` is the number in the old file of each record of the new one, the header first;
    `unclosed` are (line, text) of lines with a quote that no line after them closes.
    """

    line: list[int] = field(default_factory=list)
    unclosed: list[tuple[int, str]] = field(default_factory=list)


def has_blank_lines(path: Path, *, is_gzip: bool) -> bool:
    """Whether an empty line stands anywhere after the first line."""
    tail = b""
    with _opened(path, is_gzip) as file:
        while chunk := file.read(_CHUNK):
            text = tail + chunk
            if b"\n\n" in text or b"\n\r\n" in text:
                return True
            tail = text[-2:]
    return False


def repair(source: Path, target: Path, *, is_gzip: bool, delimiter: str) -> Repaired:
    """Copies every line but the blank ones and those whose quote is never closed.

    A quoted cell may run over 50 lines; where a quote is not closed by then, its line is left out and
    the lines after it are read as if it were not there. Line ends become one newline.
    """
    made = Repaired()
    with (
        _opened(source, is_gzip) as raw,
        target.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as out,
    ):
        lines = _Lines(raw)
        while (record := lines.take()) is not None:
            number, text = record
            if not text.strip("\r\n"):
                continue
            if _is_open(text, delimiter):
                whole = _closed_record(text, lines, delimiter)
                if whole is None:
                    shown = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                    made.unclosed.append((number, shown.rstrip("\n")))
                    continue
                text = whole
            made.line.append(number)
            out.write(text if text.endswith("\n") else text + "\n")
    return made


class _Lines:
    """Numbered lines of a file, some of which may be looked at ahead."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._source = self._decoded(raw)
        self._ahead: list[str] = []
        self._number = 0

    def take(self) -> tuple[int, str] | None:
        """The next line with its number, from 1; None at the end."""
        text = self._ahead.pop(0) if self._ahead else next(self._source, None)
        self._number += 1
        return None if text is None else (self._number, text)

    def look(self, count: int) -> list[str]:
        """Up to so many lines that `take` will give next."""
        while len(self._ahead) < count and (text := next(self._source, None)) is not None:
            self._ahead.append(text)
        return self._ahead[:count]

    @staticmethod
    def _decoded(raw: IO[bytes]) -> Iterator[str]:
        for position, line in enumerate(raw):
            line = line.removeprefix(b"\xef\xbb\xbf") if position == 0 else line
            text = line.decode("utf-8", "surrogateescape")
            yield text[:-2] + "\n" if text.endswith("\r\n") else text


def _closed_record(text: str, lines: _Lines, delimiter: str) -> str | None:
    """The record that starts with this line; None when its quote is never closed."""
    joined = text
    for count, line in enumerate(lines.look(_LONGEST_RECORD), start=1):
        joined += line
        if '"' in line and not _is_open(joined, delimiter):
            if not _is_strict(joined, delimiter):
                return None
            for _ in range(count):
                lines.take()
            return joined
    return None


def _is_open(text: str, delimiter: str) -> bool:
    """Whether a quoted cell is still open at the end: its newline then belongs to the cell."""
    if '"' not in text:
        return False
    try:  # a word on the next line is part of an open cell, and out of place after a closed one
        next(csv.reader([text.rstrip("\n") + "\nword"], delimiter=delimiter), [])
    except csv.Error:
        return False
    return True


def _is_strict(text: str, delimiter: str) -> bool:
    try:
        return len(list(csv.reader([text], delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False


def _opened(path: Path, is_gzip: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path) if is_gzip else path.open("rb"))
