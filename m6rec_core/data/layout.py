"""How a file is laid out, seen from its first bytes: kind, separator, columns."""

import csv
import gzip
import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from m6rec_core.errors import DataError

DELIMITED = "delimited"
JSON_LINES = "jsonl"
PARQUET = "parquet"

_HEAD_BYTES = 1 << 20
_DELIMITERS = ("::", "\t", ",", ";", "|")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Layout:
    """What a reader must be told about a file.

    `columns` are the names of the header, made distinct; `key_kinds` tells for each key of JSON lines
    whether it holds a "value", a "list" of values or a list of "events"; `nested` is the key with the
    events, empty when each line is one event.
    """

    kind: str
    is_gzip: bool
    delimiter: str = ""
    columns: tuple[str, ...] = ()
    key_kinds: tuple[str, ...] = ()
    nested: str = ""
    nested_keys: tuple[str, ...] = ()


def layout_of(path: Path) -> Layout:
    """Recognises parquet, JSON lines and delimited text by the content, not by the name.

    Raises `DataError` for a file that is missing, empty, not UTF-8, or without names of columns.
    """
    head, is_gzip = _head(path)
    if head.startswith(b"PAR1"):
        return Layout(PARQUET, is_gzip)
    if path.name.removesuffix(".gz").endswith(".parquet"):
        raise DataError(f"'{path}' is named .parquet but is no parquet file. Export it once more.")
    lines = _text(path, head).splitlines()
    first = next((line for line in lines if line.strip()), "")
    if not first:
        raise DataError(f"'{path}' is empty. Upload a file with a header and one line per event.")
    if first.lstrip().startswith("{"):
        return _json_layout(path, lines, is_gzip)
    if first.lstrip().startswith("["):
        raise DataError(
            f"'{path}' is one JSON array. Write JSON lines instead: one object per line, no brackets "
            "around them and no commas between."
        )
    delimiter = delimiter_of([first, *lines[1:20]])
    names = tuple(name.strip() for name in split_line(first, delimiter))
    if _looks_like_values(names):
        shown = ", ".join(f"'{name}'" for name in names[:5])
        raise DataError(
            f"The first line of '{path}' holds values ({shown}), not names of columns. Add a header "
            f"line such as user_id{delimiter}item_id."
        )
    return Layout(DELIMITED, is_gzip, delimiter=delimiter, columns=distinct_names(names))


def delimiter_of(lines: list[str]) -> str:
    """The separator that parts the header most, and as often in most of the lines after it.

    >>> delimiter_of(["userId::movieId::rating", "1::1193::5"])
    '::'
    >>> delimiter_of(["item_id;price", "a;1,50", "b;2,50"])
    ';'
    """
    filled = [line for line in lines if line.strip()]

    def merit(delimiter: str) -> tuple[float, int]:
        header = len(split_line(filled[0], delimiter))
        same = [len(split_line(line, delimiter)) == header for line in filled]
        return (sum(same) / len(same) if header > 1 else 0.0, header)

    best = max(_DELIMITERS, key=merit)
    return best if merit(best)[1] > 1 else ","


def split_line(line: str, delimiter: str) -> list[str]:
    """The cells of one line; quotes protect a separator of one character."""
    if len(delimiter) > 1:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a cell of more than 128 kB
        return line.split(delimiter)


def distinct_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names for all columns: empty ones are numbered, repeated ones get a number.

    >>> distinct_names(("", "rating", "rating"))
    ('column_1', 'rating', 'rating_2')
    """
    taken: list[str] = []
    for position, name in enumerate(names, start=1):
        wanted = name or f"column_{position}"
        count, free = 2, wanted
        while free.lower() in (other.lower() for other in taken):
            free, count = f"{wanted}_{count}", count + 1
        taken.append(free)
    return tuple(taken)


def _head(path: Path) -> tuple[bytes, bool]:
    if path.is_dir():
        raise DataError(f"'{path}' is a folder, not a file. Name the file in it.")
    try:
        with path.open("rb") as file:
            raw = file.read(_HEAD_BYTES)
        if not raw.startswith(b"\x1f\x8b"):
            return raw, False
        with gzip.open(path) as file:
            return file.read(_HEAD_BYTES), True
    except FileNotFoundError:
        raise DataError(f"There is no file '{path}'. Check its path.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"'{path}' cannot be read: {error}. Copy or export it again.") from None


def _text(path: Path, head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head:
        raise DataError(f"'{path}' is not UTF-8 text. Save it as CSV in UTF-8 and upload it again.")
    return head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")


def _looks_like_values(names: tuple[str, ...]) -> bool:
    numbers = sum(_NUMBER.fullmatch(name) is not None for name in names)
    return len(names) > 1 and numbers >= 2


def _json_layout(path: Path, lines: list[str], is_gzip: bool) -> Layout:
    rows = [row for row in map(_json_object, lines) if row is not None]
    if not rows:
        raise DataError(f"'{path}' holds no readable JSON line. Write one JSON object per line.")
    kinds: dict[str, str] = {}
    nested_keys: dict[str, None] = {}
    for row in rows:
        for key, value in row.items():
            if kinds.get(key, "value") == "value":
                kinds[key] = _kind_of(value)
            if kinds[key] == "events" and isinstance(value, list):
                nested_keys.update(
                    dict.fromkeys(k for e in value if isinstance(e, dict) for k in e)
                )
    nested = next((key for key, kind in kinds.items() if kind == "events"), "")
    outer = {key: kind for key, kind in kinds.items() if kind != "events"}
    return Layout(
        JSON_LINES,
        is_gzip,
        columns=tuple(outer),
        key_kinds=tuple(outer.values()),
        nested=nested,
        nested_keys=tuple(key for key in nested_keys if key not in outer),
    )


def _json_object(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _kind_of(value: object) -> str:
    if not isinstance(value, list) or not value:
        return "value"
    return "events" if isinstance(value[0], dict) else "list"
