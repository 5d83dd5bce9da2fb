"""Whether the values of a column fit a role, how well, and in which words to say so."""

import numpy as np

from m6rec_core import schema
from m6rec_core.data.column_values import NO_ID, ColumnValues
from m6rec_core.data.role_names import PART
from m6rec_core.data.times import unit_in_words

_UNITS = ("s", "ms", "µs", "ns")
_DAY = 86_400
_SHOWN = 3


def fits(role: str, values: ColumnValues, level: int) -> bool:
    """Whether values may be of a role that the name speaks for; no values contradict nothing.

    The less the name says (`level`), the more the values must.
    """
    if not len(values.cells):
        return True
    if role == schema.VALUE:
        return values.share_of_numbers > 0.5
    if role == schema.TIMESTAMP:
        return values.share_of_times > 0.5
    if role == schema.EVENT:
        is_clear = level < PART - 1 or values.share_of_kinds > 0.5
        return values.are_few and not values.has_fractions and is_clear
    return level < PART or values.id_strength > NO_ID


def shows(role: str, values: ColumnValues) -> bool:
    """Whether values alone tell that they are times, or kinds of behaviour."""
    if role == schema.TIMESTAMP:
        return values.are_times
    return values.are_few and values.share_of_kinds > 0.8


def merit(role: str, values: ColumnValues) -> tuple[float, ...]:
    """What the values say for a role, to be compared with those of another column of an equal name."""
    if not len(values.cells):
        return (-1.0,)
    if role == schema.TIMESTAMP:
        seconds = values.times.seconds[values.times.is_valid]
        spread = float(np.ptp(seconds)) if len(seconds) else 0.0
        return values.are_times, bool((seconds % _DAY).any()), spread > 0, -spread
    if role == schema.EVENT:
        return (round(values.share_of_kinds, 1), -len(values.distinct))
    if role == schema.VALUE:
        return (values.share_of_numbers > 0.98, values.are_ratings, values.filled > 0.5)
    is_id = values.id_strength > NO_ID
    return (values.filled > 0.5, is_id, len(values.distinct) > 1, values.comes_again)


def doubt(role: str, values: ColumnValues) -> float:
    """What is to be taken from the confidence because some values do not fit."""
    if role == schema.VALUE:
        return 0.1 * (1 - values.share_of_numbers)
    if role == schema.TIMESTAMP:
        return 0.1 * (1 - values.share_of_times)
    return 0.0


def words(role: str, values: ColumnValues) -> str:
    """What the values look like, in words that follow "because"; empty when there is nothing to say."""
    if not len(values.cells):
        return ""
    if role == schema.TIMESTAMP:
        return f"its values are {_time_words(values)}"
    if role == schema.EVENT:
        shown = ", ".join(str(word) for word in values.distinct[:_SHOWN])
        return f"few distinct words such as {shown}"
    if role == schema.VALUE:
        kind = "ratings" if values.are_ratings else "numbers"
        present = values.numbers[np.isfinite(values.numbers)]
        return f"its values are {kind} from {present.min():g} to {present.max():g}"
    count = len(values.distinct)
    return f"its values are {count:,} distinct id{'s' if count > 1 else ''} in {values.rows:,} rows"


def _time_words(values: ColumnValues) -> str:
    unit = values.times.unit
    if unit in _UNITS:
        return f"times in {unit_in_words(unit)}"
    return f"times such as {values.cells.iat[0]}"
