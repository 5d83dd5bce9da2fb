"""The estimate of the time left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m6rec_core.workspace.reporting import Pace


def test_no_estimate_before_anything_is_done() -> None:
    assert Pace(start=0.0).seconds_left(0.0, now=5.0) is None


@given(st.integers(2, 100), st.floats(0.01, 100.0))
def test_steady_work_is_estimated_exactly_and_falls(count: int, seconds: float) -> None:
    pace = Pace(start=0.0)
    estimates = [pace.seconds_left(n / count, now=n * seconds) for n in range(1, count + 1)]
    exact = [(count - n) * seconds for n in range(1, count + 1)]
    assert estimates == pytest.approx(exact, rel=1e-6, abs=1e-6)
    assert estimates == sorted(estimates, reverse=True)


def test_a_slower_pace_is_believed_after_a_while() -> None:
    pace = Pace(start=0.0)
    pace.seconds_left(0.5, now=5.0)  # ten percent a second
    slow = [pace.seconds_left(0.5 + n / 1000, now=5.0 + n) for n in range(1, 201)]
    # 0.1 percent a second: 30 percent are left after 200 seconds, that is 300 seconds;
    # the mean of all 205 seconds, 70 percent, would say 88
    assert slow[0] < 60.0
    assert slow[-1] == pytest.approx(300.0, rel=0.3)


def test_a_pause_does_not_shake_an_estimate_that_has_grown_old() -> None:
    pace = Pace(start=0.0)
    for second in range(1, 101):
        pace.seconds_left(second / 200, now=float(second))
    # half is done in 100 seconds, then nothing for 20: between 100 (as before) and 167 seconds are left
    left = pace.seconds_left(0.5, now=120.0)
    assert left is not None
    assert 100.0 < left < 167.0


def test_a_fraction_that_falls_does_not_turn_the_estimate_negative() -> None:
    pace = Pace(start=0.0)
    pace.seconds_left(0.5, now=5.0)
    left = pace.seconds_left(0.4, now=6.0)
    assert left is not None
    assert left >= 5.0
