"""Times as texts, in whatever unit or format, made Unix seconds UTC by the database."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from m6rec_core.data.database import database, quoted, text
from m6rec_core.data.numbers import to_numbers

ISO = "ISO 8601"
DATE_NUMBER = "YYYYMMDD"
_UNITS = {"s": 1.0, "ms": 1e3, "µs": 1e6, "ns": 1e9}
_LARGEST = {"s": 1e11, "ms": 1e14, "µs": 1e17, "ns": np.inf}  # typical size of a time in this unit
_FORMATS = (
    *("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d"),
    *("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%m/%d/%Y %I:%M:%S %p"),
    *("%m/%d/%Y %I:%M %p", "%m/%d/%y %H:%M", "%m/%d/%y"),
    *("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d/%m/%y %H:%M", "%d/%m/%y"),
    *("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y"),
    *("%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y"),
    *("%m %d, %Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d/%b/%Y:%H:%M:%S"),
    *("%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S", "%a, %d %b %Y %H:%M:%S"),
)
_SAMPLE = 1000
_LATEST = 2**53


def unit_in_words(name: str) -> str:
    """How a person says the name of a `TimeFormat`.

    >>> unit_in_words("ms"), unit_in_words("ISO 8601")
    ('Unix milliseconds', 'ISO 8601')
    """
    words = {"s": "seconds", "ms": "milliseconds", "µs": "microseconds", "ns": "nanoseconds"}
    return f"Unix {words[name]}" if name in words else name


@dataclass(frozen=True)
class TimeFormat:
    """One way of writing times.

    `name` is "s", "ms", "µs", "ns", "YYYYMMDD", "ISO 8601" or a strptime format.
    """

    name: str

    def sql(self, column: str) -> str:
        """BIGINT expression: Unix seconds of a VARCHAR column, cut to whole ones; NULL when unreadable."""
        if self.name in _UNITS:
            number = f"try_cast(replace({column}, ',', '.') as DOUBLE)"
            seconds = f"floor({number} / {_UNITS[self.name]})" if self.name != "s" else number
        elif self.name == ISO:
            zoned = f"regexp_replace({column}, '\\s*GMT$', 'Z')"
            seconds = f"epoch(try_cast({zoned} as TIMESTAMPTZ))"
        else:
            pattern = "%Y%m%d" if self.name == DATE_NUMBER else self.name
            seconds = f"epoch(try_strptime(trim({column}), {text(pattern)}))"
        whole = f"try_cast(floor({seconds}) as BIGINT)"
        return f"case when abs({whole}) < {_LATEST} then {whole} end"


@dataclass(frozen=True, eq=False)
class Times:
    """Parsed times: `seconds` (n,) int64, 0 where not `is_valid` (n,) bool; `unit` as it was found.

    `unit` is the name of the `TimeFormat`, or "" for none.
    """

    seconds: npt.NDArray[np.int64]
    is_valid: npt.NDArray[np.bool_]
    unit: str


def time_formats(texts: pd.Series) -> tuple[TimeFormat, ...]:
    """The formats that fit most of the first texts, several when they fit equally; none fits: empty.

    Of a day before a month and a month before a day, the month first comes first.

    >>> [format.name for format in time_formats(pd.Series(["1659304800025", "x", "1659304800026"]))]
    ['ms']
    >>> [format.name for format in time_formats(pd.Series(["12/1/2010 8:26"]))]
    ['%m/%d/%Y %H:%M', '%d/%m/%Y %H:%M']
    """
    present = texts.dropna()
    present = present[present.astype("str").str.strip() != ""].head(_SAMPLE)
    numbers = to_numbers(present)
    is_number = np.isfinite(numbers)
    if is_number.any() and is_number.sum() * 2 >= len(present):
        return (_number_format(numbers[is_number]),)
    candidates = [TimeFormat(name) for name in (ISO, *_FORMATS)]
    counts = _readable(present, candidates)
    best = max(counts, default=0)
    if not best:
        return (_number_format(numbers[is_number]),) if is_number.any() else ()
    return tuple(form for form, n in zip(candidates, counts, strict=True) if n == best)


def to_unix_seconds(texts: pd.Series) -> Times:
    """Reads a column of texts in the one unit or format that fits most of it.

    Fractions of a second are cut off; a time without a zone is UTC. Of readings that fit the first
    texts equally, the one that fits all of them best is taken.

    >>> to_unix_seconds(pd.Series(["1659304800025", "x"])).seconds.tolist()
    [1659304800, 0]
    >>> to_unix_seconds(pd.Series(["1970-01-02T00:00:00+01:00"])).seconds.tolist()
    [82800]
    """
    formats = time_formats(texts)
    if not formats:
        return Times(np.zeros(len(texts), np.int64), np.zeros(len(texts), bool), "")
    counts = _readable(texts, formats)
    best = formats[int(np.argmax(counts))]
    with database() as db:
        db.register("given", _as_table(texts))
        seconds = db.arrow(f"select {best.sql('text')} as seconds from given")["seconds"]
    is_valid = seconds.is_valid().to_numpy()
    return Times(seconds.fill_null(0).to_numpy().astype(np.int64), is_valid, best.name)


def _number_format(numbers: npt.NDArray[np.float64]) -> TimeFormat:
    if numbers.min() >= 19000101 and numbers.max() < 21000101:
        whole = pd.Series(numbers.astype(np.int64).astype(str))
        if _readable(whole, [TimeFormat(DATE_NUMBER)])[0] == len(whole):
            return TimeFormat(DATE_NUMBER)
    middle = float(np.median(np.abs(numbers)))
    return TimeFormat(next(unit for unit, largest in _LARGEST.items() if middle < largest))


def _readable(texts: pd.Series, formats: "list[TimeFormat] | tuple[TimeFormat, ...]") -> list[int]:
    """How many of the texts each format can read."""
    counts = ", ".join(f"count({form.sql('text')}) as {quoted(form.name)}" for form in formats)
    with database() as db:
        db.register("given", _as_table(texts))
        return [int(n) for n in db.row(f"select {counts} from given")]


def _as_table(texts: pd.Series) -> pa.Table:
    return pa.table({"text": pa.array(texts.astype("str"), type=pa.string(), from_pandas=True)})
