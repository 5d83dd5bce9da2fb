"""Times as texts, in whatever unit or format, made Unix seconds UTC."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

_UNITS = (("s", 1e11, 1.0), ("ms", 1e14, 1e3), ("µs", 1e17, 1e6), ("ns", np.inf, 1e9))
_FORMATS = (
    *("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d"),
    *("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y"),
    *("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y"),
    *("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y"),
)
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
    codes, distinct = pd.factorize(texts, use_na_sentinel=True)
    unique = pd.Series(np.asarray(distinct, dtype=object), dtype="str").str.strip()
    unique = unique.str.replace(r"\s*(?:UTC|GMT)$", "Z", regex=True)
    numbers = pd.to_numeric(unique, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    if len(numbers) and np.isfinite(numbers).sum() * 2 >= len(numbers):
        seconds, unit = _from_numbers(unique, numbers)
    else:
        seconds, unit = _from_texts(unique)
    seconds = np.append(seconds, np.nan)[codes]  # code -1, a missing text, takes the last
    is_valid = np.isfinite(seconds) & (np.abs(seconds) < 2**53)
    return Times(np.where(is_valid, np.floor(seconds), 0).astype(np.int64), is_valid, unit)


def _from_numbers(
    texts: pd.Series, numbers: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], str]:
    dates = _parsed(texts.where(texts.str.fullmatch(r"(?:19|20)\d{6}")), "%Y%m%d")
    if np.isfinite(dates).sum() == np.isfinite(numbers).sum():
        return dates, "YYYYMMDD"
    middle = float(np.median(np.abs(numbers[np.isfinite(numbers)])))
    unit, _, per_second = next(known for known in _UNITS if middle < known[1])
    return numbers / per_second, unit


def _from_texts(texts: pd.Series) -> tuple[npt.NDArray[np.float64], str]:
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
