"""Times in any unit become Unix seconds."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m6rec_core.data.times import to_unix_seconds

AT = int(datetime(2010, 12, 1, 8, 26, 7, tzinfo=UTC).timestamp())
MIDNIGHT = int(datetime(2010, 12, 1, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("text", "seconds", "unit"),
    [
        (str(AT), AT, "s"),
        (f"{AT}.75", AT, "s"),
        (f"{AT}123", AT, "ms"),
        (f"{AT}123456", AT, "µs"),
        (f"{AT}123456789", AT, "ns"),
        ("20101201", MIDNIGHT, "YYYYMMDD"),
        ("2010-12-01", MIDNIGHT, "ISO 8601"),
        ("2010-12-01T08:26:07", AT, "ISO 8601"),
        ("2010-12-01T08:26:07.9Z", AT, "ISO 8601"),
        ("2010-12-01 17:26:07+09:00", AT, "ISO 8601"),
        ("2010-12-01 08:26:07 UTC", AT, "ISO 8601"),
        ("12/25/2010", MIDNIGHT + 24 * 86_400, "%m/%d/%Y"),
        ("25/12/2010", MIDNIGHT + 24 * 86_400, "%d/%m/%Y"),
        ("01.12.2010 08:26", AT - 7, "%d.%m.%Y %H:%M"),
        ("1899-12-31", -2_209_075_200, "ISO 8601"),
        ("2200-01-01", 7_258_118_400, "ISO 8601"),
        ("0", 0, "s"),
    ],
)
def test_a_known_moment_is_read(text: str, seconds: int, unit: str) -> None:
    times = to_unix_seconds(pd.Series([text]))
    assert times.is_valid.tolist() == [True]
    assert times.seconds.tolist() == [seconds]
    assert times.unit == unit


def test_one_date_with_the_day_first_settles_the_order_for_all() -> None:
    early = [f"{month:02}/{day:02}/2010" for month in range(1, 13) for day in range(1, 13)] * 10
    times = to_unix_seconds(pd.Series([*early, "31/01/2010"]))
    assert times.unit == "%d/%m/%Y"
    assert times.is_valid.all()


def test_missing_and_unreadable_times_are_told_by_the_mask() -> None:
    times = to_unix_seconds(pd.Series(["2010-12-01", None, "soon", "2010-12-02"]))
    assert times.is_valid.tolist() == [True, False, False, True]
    assert times.seconds.tolist() == [MIDNIGHT, 0, 0, MIDNIGHT + 86_400]


def test_a_column_without_times_has_no_unit() -> None:
    assert to_unix_seconds(pd.Series(["a", "b"])).unit == ""
    assert to_unix_seconds(pd.Series([], dtype="str")).seconds.shape == (0,)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(-2_000_000_000, 7_000_000_000), min_size=1, max_size=30))
def test_whole_seconds_written_as_iso_come_back(seconds: list[int]) -> None:
    texts = [str(moment) + "Z" for moment in np.array(seconds, dtype="datetime64[s]")]
    assert to_unix_seconds(pd.Series(texts)).seconds.tolist() == seconds
