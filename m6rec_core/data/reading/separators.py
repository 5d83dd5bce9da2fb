"""What parts the cells of a line of text."""

import csv
from collections import Counter
from collections.abc import Sequence
from typing import Final

from m6rec_core.data.reading.headers import is_value
from m6rec_core.data.reading.records import MOST_LINES, CellReader

SEPARATORS: Final = {  # by the words of `reading.separator`
    "double colon": "::",
    "tab": "\t",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
}
SPACE: Final = " "
_LEAST_VALUES = 2  # columns of numbers that a table parted by spaces must have


def separator_of(lines: Sequence[str]) -> str:
    """The separator that parts the first line most, and as often in most of the lines after it.

    Spaces count only where nothing else parts the lines, all have as many, and numbers between them.

    >>> separator_of(["userId::movieId::rating", "1::1193::5"])
    '::'
    >>> separator_of(["item_id;price", "a;1,50", "b;2,50"])
    ';'
    >>> separator_of(["196 242 3", "186 302 3"])
    ' '
    """

    def merit(separator: str) -> tuple[float, int]:
        counts = [len(split_line(line, separator)) for line in lines]
        width, times = Counter(counts).most_common(1)[0]
        if width == counts[0] or width == counts[0] + 1:  # a header may leave one column unnamed
            return (times / len(counts) if width > 1 else 0.0, width)
        return (counts.count(counts[0]) / len(counts) if counts[0] > 1 else 0.0, counts[0])

    best = max(SEPARATORS.values(), key=merit)
    if merit(best)[1] > 1:
        return best
    return SPACE if _is_parted_by_spaces(lines) else ","


def split_line(line: str, separator: str) -> list[str]:
    """The cells of one line; quotes protect a separator of one character."""
    if len(separator) > 1:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:  # a cell of more than 128 kB
        return line.split(separator)


def rows_of(lines: Sequence[str], separator: str, *, quotes: bool) -> list[list[str]]:
    """The cells of the first lines; a quoted cell may run over several of them.

    >>> rows_of(['"user', 'id",item', "ann,x"], ",", quotes=True)
    [['user\\nid', 'item'], ['ann', 'x']]
    """
    if not quotes:
        return [line.split(separator) for line in lines]
    reader = CellReader(separator.encode())
    rows: list[list[str]] = []
    position = 0
    while position < len(lines):
        for size in range(1, MOST_LINES + 2):
            cells = reader.of("\n".join(lines[position : position + size]).encode())
            if cells is not None or position + size >= len(lines):
                break
        if cells:
            rows.append([cell.decode() for cell in cells])
        else:
            rows.append(lines[position].split(separator))
        position += size if cells else 1
    return rows


def uses_quotes(lines: Sequence[str], separator: str) -> bool:
    """Whether quotes enclose cells; in tables parted by tabs or pipes they may be plain characters.

    There they are, when more lines with quotes break the rules of quoting than keep them, and every line
    has as many cells without these rules.

    >>> uses_quotes(['1\\tthe 12" mix', '2\\t"Heroes" live', '3\\t"Low'], "\\t")
    False
    """
    if len(separator) > 1:
        return False
    if separator not in ("\t", "|"):
        return True
    quoted = [line for line in lines if '"' in line]
    broken = sum(not _keeps_rules(line, separator) for line in quoted)
    is_even = len({line.count(separator) for line in lines}) == 1
    return not (is_even and broken > len(quoted) - broken)


def _keeps_rules(line: str, separator: str) -> bool:
    try:
        return len(list(csv.reader([line], delimiter=separator, strict=True))) == 1
    except csv.Error:
        return False


def _is_parted_by_spaces(lines: Sequence[str]) -> bool:
    rows = [line.split(SPACE) for line in lines]
    if len(rows) < 2 or len(set(map(len, rows))) > 1 or len(rows[0]) < 2:
        return False
    below = rows[1:]
    values = sum(all(is_value(row[at]) for row in below) for at in range(len(rows[0])))
    return values >= _LEAST_VALUES
