"""Times as texts, in whatever unit or format, made Unix seconds UTC."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core.data.numbers import to_numbers

_UNITS = (("s", 1e11, 1.0), ("ms", 1e14, 1e3), ("µs", 1e17, 1e6), ("ns", np.inf, 1e9))
_FORMATS = (
    *("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d"),
    *("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y"),
    *("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y"),
    *("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y"),
)
_LATEST = 2.0**53
_ZERO_ZONE = r"\s*(?:UTC|GMT)$"
_SAMPLE = 1000


@dataclass(frozen=True, eq=False)
class Times:
    """Parsed times: `seconds` (n,) int64, 0 where not `is_valid` (n,) bool; `unit` as it was found.

    `unit` is "s", "ms", "µs", "ns", "YYYYMMDD", "ISO 8601", a strptime format, or "" for none.
    """

    seconds: npt.NDArray[np.int64]
    is_valid: npt.NDArray[np.bool_]
    unit: str


def to_unix_seconds(texts: pd.Series) -> Times:
    """Reads a column of texts in the one unit or format that fits most of it.

    Fractions of a second are cut off; a time without a zone is UTC. Of two readings that fit equally
    (day first, month first), the one with the month first is taken.

    >>> to_unix_seconds(pd.Series(["1659304800025", "x"])).seconds.tolist()
    [1659304800, 0]
    >>> to_unix_seconds(pd.Series(["1970-01-02T00:00:00+01:00"])).seconds.tolist()
    [82800]
    """
    numbers = to_numbers(texts)
    is_number = np.isfinite(numbers)
    if is_number.any() and is_number.sum() * 2 >= texts.notna().sum():
        seconds, unit = _from_numbers(numbers)
    else:
        codes, distinct = pd.factorize(texts)
        seconds, unit = _from_texts(pd.Series(distinct, dtype="str"))
        seconds = np.append(seconds, np.nan)[codes]  # code -1, a missing text, takes the last
    is_valid = np.isfinite(seconds) & (np.abs(seconds) < _LATEST)
    return Times(np.where(is_valid, np.floor(seconds), 0).astype(np.int64), is_valid, unit)


def _from_numbers(numbers: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], str]:
    present = numbers[np.isfinite(numbers)]
    if present.min() >= 19000101 and present.max() < 21000101:
        dates = _parsed(pd.Series(present.astype(np.int64).astype(str)), "%Y%m%d")
        if np.isfinite(dates).all():
            whole = np.full(len(numbers), np.nan)
            whole[np.isfinite(numbers)] = dates
            return whole, "YYYYMMDD"
    middle = float(np.median(np.abs(present)))
    unit, _, per_second = next(known for known in _UNITS if middle < known[1])
    return numbers / per_second, unit


def _from_texts(texts: pd.Series) -> tuple[npt.NDArray[np.float64], str]:
    texts = texts.str.strip().str.replace(_ZERO_ZONE, "Z", regex=True)
    formats = ("ISO8601", *_FORMATS)
    fits = [int(np.isfinite(_parsed(texts.head(_SAMPLE), format)).sum()) for format in formats]
    if not max(fits):
        return np.full(len(texts), np.nan), ""
    tied = [format for format, fit in zip(formats, fits, strict=True) if fit == max(fits)]
    readings = [_parsed(texts, format) for format in tied]
    best = int(np.argmax([np.isfinite(reading).sum() for reading in readings]))
    return readings[best], "ISO 8601" if tied[best] == "ISO8601" else tied[best]


def _parsed(texts: pd.Series, format: str) -> npt.NDArray[np.float64]:
    times = pd.to_datetime(texts, format=format, errors="coerce", utc=True)
    seconds = times.dt.as_unit("us").to_numpy("datetime64[us]").astype(np.float64) / 1e6
    return np.where(times.isna(), np.nan, seconds)
