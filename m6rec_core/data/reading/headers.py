"""Whether the first line of a table names its columns, and the names of all columns."""

import re
from collections import Counter
from collections.abc import Sequence

from m6rec_core.data.aliases import is_typed, known_names

Cells = Sequence[str]

_NUMBER = re.compile(r"[-+]?(?:\d[\d,.]*|\.\d+)(?:[eE][-+]?\d+)?%?")
_TIME = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T].*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?:[ T].*)?"
)
_MOST = 0.8  # of the cells of a column of numbers


def has_header(first: Cells, below: Sequence[Cells]) -> bool:
    """Guesses whether the first line holds names: by names that we know, or words above numbers.

    >>> has_header(["who", "what"], [["1", "5"]]), has_header(["7", "x"], [["8", "y"]])
    (True, False)
    """
    if any(is_typed(cell) for cell in first):
        return True
    above_values = [
        cell for position, cell in enumerate(first) if _holds_values(position, below) and cell
    ]
    words = sum(not is_value(cell) for cell in above_values)
    known = known_names(cell for cell in first if cell.strip())
    if known >= 2 or (known and words):
        return True
    if not below:
        return not any(map(is_value, first))
    if len(above_values) > words:
        return False
    if words or known:
        return True
    return not any(map(is_value, first)) and not _appears_again(first, below)


def is_value(cell: str) -> bool:
    """Whether a cell is a number or a time, as no name of a column is.

    >>> is_value("1,5e3"), is_value("2010-12-01T08:26"), is_value("rating")
    (True, True, False)
    """
    word = cell.strip()
    return _NUMBER.fullmatch(word) is not None or _TIME.fullmatch(word) is not None


def names_for(first: Cells, below: Sequence[Cells]) -> tuple[str, ...]:
    """Names of the columns under a header; a header that is one too short leaves one column unnamed.

    The rows of some programs begin with a number that has no name, those of others end with a separator.

    >>> names_for(["user", "item"], [["1", "ann", "x"], ["2", "bob", "y"]])
    ('column_1', 'user', 'item')
    """
    names = tuple(name.strip() for name in first)
    widths = Counter(map(len, below))
    if below and widths[len(names) + 1] == len(below):
        ends_empty = all(not cells[-1] for cells in below)
        names = (*names, "") if ends_empty else ("", *names)
    return distinct_names(names)


def unnamed(rows: Sequence[Cells]) -> tuple[str, ...]:
    """Names for a table without a header, as wide as most of its rows.

    >>> unnamed([["1", "x"], ["2", "y"], ["3"]])
    ('column_1', 'column_2')
    """
    ((width, _),) = Counter(map(len, rows)).most_common(1)
    return distinct_names(("",) * width)


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names for all columns: empty ones are numbered, repeated ones get a number.

    >>> distinct_names(("", "rating", "rating"))
    ('column_1', 'rating', 'rating_2')
    """
    taken: dict[str, str] = {}
    repeats: Counter[str] = Counter()
    for position, name in enumerate(names, start=1):
        wanted = free = name or f"column_{position}"
        while free.lower() in taken:
            repeats[wanted.lower()] += 1
            free = f"{wanted}_{repeats[wanted.lower()] + 1}"
        taken[free.lower()] = free
    return tuple(taken.values())


def _holds_values(position: int, rows: Sequence[Cells]) -> bool:
    cells = [row[position] for row in rows if position < len(row) and row[position].strip()]
    return bool(cells) and sum(map(is_value, cells)) >= _MOST * len(cells)


def _appears_again(first: Cells, below: Sequence[Cells]) -> bool:
    """Whether a cell of the first line stands in its column once more, as a name never would."""
    return any(
        cell and any(position < len(row) and row[position] == cell for row in below)
        for position, cell in enumerate(first)
    )
