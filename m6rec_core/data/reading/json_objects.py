"""JSON: which columns its objects hold, and a file of one list made into lines."""

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from m6rec_core.data.reading import rejects
from m6rec_core.data.reading.encodings import plain_encoding
from m6rec_core.data.reading.headers import distinct_names
from m6rec_core.data.reading.inspection import BLOCK, LONGEST
from m6rec_core.data.reading.layout import JSON_LINES, Field, Head, Layout
from m6rec_core.data.reading.repair import Repaired
from m6rec_core.data.reading.unpacking import check_disk
from m6rec_core.errors import DataError

_DEPTH = 3  # objects inside objects that become columns of their own
_BETWEEN = re.compile(r"[\s,\[\]\ufeff]*")
_LONGEST_WORD = len("false")
_DECODER = json.JSONDecoder()

Keys = tuple[str, ...]


def is_json(text: str) -> bool:
    """Whether a text begins like JSON objects, or like a list of them.

    >>> is_json(' [ {"user": 1} ]'), is_json("[user],item")
    (True, False)
    """
    return re.match(r"\ufeff?\s*(?:\{|\[\s*(?:\{|\Z|\]))", text) is not None


def json_layout(head: Head, further: Iterable[str], name: str) -> Layout:
    """The layout of JSON; `further` are lines from elsewhere in the file, which may have other keys.

    A key that holds lists of objects is the nested one: each of these objects becomes a row.
    Raises `DataError` when no object can be read.
    """
    lines = head.lines()
    rows = [] if head.text.lstrip("\ufeff \r\n\t").startswith("[") else _objects(lines)
    is_array = not rows
    if is_array:
        rows = list(_leading_objects(head.text))
    if not rows:
        raise DataError(f"'{name}' holds no readable JSON line. Write one JSON object per line.")
    rows += _objects(further)
    columns = _Columns()
    for row in rows:
        columns.add(row)
    fields = columns.fields()
    return Layout(
        JSON_LINES,
        encoding=plain_encoding(head.codec),
        columns=tuple(field.name for field in fields),
        fields=fields,
        nested=columns.nested,
        is_array=is_array,
    )


def objects_as_lines(
    source: Path, target: Path, name: str, report: Callable[[float], None]
) -> Repaired:
    """Writes the objects of a list, or objects that run over lines, as one line each.

    An object that is cut off by the end of the file is rejected; any other fault is a `DataError`.
    """
    made = Repaired()
    with source.open("rb") as raw, target.open("w", encoding="utf-8", newline="\n") as out:
        text = _Text(raw, max(source.stat().st_size, 1), name)
        lines: list[int] = []
        while text.at_object():
            line = text.line
            found = text.take()
            if found is None:
                made.rejected.append((line, "", rejects.CUT_OFF, text.rest()[: rejects.MOST_TEXT]))
                break
            lines.append(line)
            made.longest = max(made.longest, 4 * len(found))
            out.write(found + "\n")
            if len(lines) >= 10_000:
                made.lines.add(np.array(lines, dtype=np.int64))
                lines.clear()
                check_disk(target, name)
                report(text.fraction)
        made.lines.add(np.array(lines, dtype=np.int64))
    return made


class _Columns:
    """The keys of objects, in the order in which they were seen."""

    def __init__(self) -> None:
        self.nested = ""
        self._outer: dict[Keys, str] = {}
        self._inner: dict[Keys, str] = {}

    def add(self, row: Mapping[str, Any]) -> None:
        for key, value in row.items():
            events = _events(value)
            if events and self.nested in ("", key):
                self.nested = key
                for event in events:
                    _collect(event, self._inner)
            else:
                _collect({key: value}, self._outer)

    def fields(self) -> tuple[Field, ...]:
        """One field per column; the nested list itself is none."""
        outer = [(keys, kind) for keys, kind in self._outer.items() if keys != (self.nested,)]
        taken = {".".join(keys) for keys, _ in outer}
        names = [".".join(keys) for keys, _ in outer]
        for keys in self._inner:
            plain = ".".join(keys)
            names.append(f"{self.nested}.{plain}" if plain in taken else plain)
        found = [(*field, False) for field in outer]
        found += [(*field, True) for field in self._inner.items()]
        return tuple(
            Field(name, keys, kind, is_inner)
            for name, (keys, kind, is_inner) in zip(distinct_names(names), found, strict=True)
        )


def _collect(row: Mapping[str, Any], kinds: dict[Keys, str], above: Keys = ()) -> None:
    for key, value in row.items():
        keys = (*above, key)
        if isinstance(value, dict) and value and len(keys) < _DEPTH:
            _collect(value, kinds, keys)
        elif isinstance(value, list) and value and not isinstance(value[0], dict | list):
            kinds[keys] = "list"
        else:
            kinds.setdefault(keys, "value")


def _events(value: object) -> list[dict[str, Any]]:
    """The objects of a list of objects; empty for anything else."""
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return []
    return [event for event in value if isinstance(event, dict)]


def _objects(lines: Iterable[str]) -> list[dict[str, Any]]:
    rows = []
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def _leading_objects(text: str) -> Iterator[dict[str, Any]]:
    position = 0
    while True:
        between = _BETWEEN.match(text, position)
        position = between.end() if between else position
        try:
            row, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            return
        if not isinstance(row, dict):
            return
        yield row


class _Text:
    """A text that is read object by object."""

    def __init__(self, raw: IO[bytes], size: int, name: str) -> None:
        self.line = 1
        self._raw, self._size, self._name = raw, size, name
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._ahead = ""
        self._position = 0
        self._at_end = False

    @property
    def fraction(self) -> float:
        return min(self._raw.tell() / self._size, 1.0)

    def at_object(self) -> bool:
        """Goes past what stands between objects; False at the end of the file."""
        while True:
            between = _BETWEEN.match(self._ahead, self._position)
            end = between.end() if between else self._position
            self._pass_to(end)
            if end < len(self._ahead):
                return True
            if self._at_end:
                return False
            self._read()

    def take(self) -> str | None:
        """The next object as one line; None when the file ends before it does."""
        while True:
            try:
                row, end = _DECODER.raw_decode(self._ahead, self._position)
            except RecursionError:
                raise self._fault("objects inside objects, too deep to read") from None
            except ValueError as error:
                if self._at_end and self._is_cut_off(error):
                    return None
                if self._at_end or len(self._ahead) - self._position > LONGEST:
                    raise self._fault("no whole JSON object") from None
                self._read()
                continue
            if not isinstance(row, dict):
                raise self._fault("a value that is no JSON object")
            found = self._ahead[self._position : end]
            self._pass_to(end)
            return found.replace("\r", " ").replace("\n", " ")

    def rest(self) -> str:
        """What is left of the text that was read."""
        return self._ahead[self._position :]

    def _is_cut_off(self, error: ValueError) -> bool:
        """Whether an object is whole so far, but for its missing end."""
        at = error.pos if isinstance(error, json.JSONDecodeError) else 0
        left = len(self._ahead) - at
        return left <= _LONGEST_WORD or str(error).startswith("Unterminated string")

    def _pass_to(self, end: int) -> None:
        self.line += self._ahead.count("\n", self._position, end)
        self._position = end

    def _read(self) -> None:
        block = self._raw.read(BLOCK)
        self._at_end = not block
        try:
            more = self._decoder.decode(block, self._at_end)
        except UnicodeDecodeError:
            raise self._fault("bytes that are not UTF-8, or soon after it") from None
        self._ahead = self._ahead[self._position :] + more
        self._position = 0

    def _fault(self, what: str) -> DataError:
        return DataError(
            f"Line {self.line} of '{self._name}' holds {what}. Mend it there, or write JSON lines: one "
            "object per line."
        )
