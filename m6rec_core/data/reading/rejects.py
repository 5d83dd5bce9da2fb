"""The lines of a file that could not be read: where, why, and how to mend them."""

from collections.abc import Iterable, Sequence
from typing import Final

import pandas as pd

LINE: Final = "line"
COLUMN: Final = "column"
REASON: Final = "reason"
SOURCE_TEXT: Final = "text"
REMEDY: Final = "remedy"
REJECTED_COLUMNS: Final = (LINE, COLUMN, REASON, SOURCE_TEXT, REMEDY)
MOST_TEXT: Final = 500  # characters of a rejected line that are kept
MOST_REJECTED: Final = 1_000_000  # lines; a file with more is being read in a wrong way

TOO_FEW: Final = "fewer values than columns"
TOO_MANY: Final = "more values than columns"
OPEN_QUOTE: Final = "a quote is not closed"
TOO_LONG: Final = "line too long"
NUL: Final = "holds a NUL byte"
CARRIAGE_RETURN: Final = "a carriage return inside the line"
NO_OBJECT: Final = "not a JSON object"
CUT_OFF: Final = "cut off"

REMEDIES: Final = {
    TOO_FEW: "Add the missing values, or as many separators as there are columns without a value.",
    TOO_MANY: "Put values that hold the separator in double quotes, or remove the values too many.",
    OPEN_QUOTE: "Close the quoted value, and double every quote that is part of a value.",
    TOO_LONG: "Shorten the line to 16 MB; a missing line end may have joined many lines.",
    NUL: "Write the file again: NUL bytes come from a broken copy or a table cut short.",
    CARRIAGE_RETURN: "Remove it, or put the value that holds it in double quotes.",
    NO_OBJECT: "Write one whole JSON object in braces per line.",
    CUT_OFF: "Copy or export the file again: its end is missing.",
}
_WRONG_BYTES = "Save the file as UTF-8, or name its encoding with `reading.encoding`."
_WRONG_LIST = "Give each line its list of events, in brackets."

Reject = tuple[int, str, str, str]  # line, column, reason, text


def not_in(encoding: str) -> str:
    """The reason of a line whose bytes are no characters of this encoding.

    >>> not_in("utf-8")
    'not UTF-8'
    """
    return f"not {encoding.upper()}"


def without_list(key: str) -> str:
    """The reason of a JSON line that has no list of events."""
    return f"{NO_OBJECT} with a list '{key}'"


def remedy_for(reason: str) -> str:
    """How to mend a line; empty for a reason of which this module knows nothing.

    >>> remedy_for("not UTF-8")
    'Save the file as UTF-8, or name its encoding with `reading.encoding`.'
    """
    if reason in REMEDIES:
        return REMEDIES[reason]
    if reason.startswith(f"{NO_OBJECT} with"):
        return _WRONG_LIST
    return _WRONG_BYTES if reason.startswith("not ") and reason[4:].isupper() else ""


def rejected_rows(rows: Iterable[Sequence[int | str]] | None = None) -> pd.DataFrame:
    """A table of rejected rows from (line, column, reason, text), or with their remedy as a fifth.

    >>> rejected_rows([(7, "rating", "not a number", "good", "Write 4.5")]).to_dict("records")
    [{'line': 7, 'column': 'rating', 'reason': 'not a number', 'text': 'good', 'remedy': 'Write 4.5'}]
    """
    whole = [row if len(row) > 4 else (*row, remedy_for(str(row[2]))) for row in rows or ()]
    table = pd.DataFrame(whole, columns=list(REJECTED_COLUMNS))
    kinds = dict.fromkeys(REJECTED_COLUMNS, "str") | {LINE: "int64"}
    return table.astype(kinds)
