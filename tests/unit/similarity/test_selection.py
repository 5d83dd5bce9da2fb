"""The K largest by value, then by row."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from m6rec_core.similarity.selection import (
    key_of,
    move_largest_first,
    row_of_key,
    sort_rows,
    value_of_key,
)

values = st.lists(st.integers(-6, 6), max_size=120)


@settings(deadline=None)  # the first call compiles
@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.integers(0, 2**31 - 2))
def test_a_key_gives_its_value_and_row_back(value: float, row: int) -> None:
    key = key_of(np.float32(value), row)
    assert value_of_key(key) == value
    assert row_of_key(key) == row


@settings(deadline=None)  # the first call compiles
@given(values, st.integers(0, 130))
def test_the_largest_come_first_and_ties_fall_to_the_lower_row(numbers: list[int], k: int) -> None:
    keys = np.array([key_of(np.float32(v), row) for row, v in enumerate(numbers)], dtype=np.int64)
    k = min(k, len(keys))
    move_largest_first(keys, len(keys), k)
    chosen = {row_of_key(key) for key in keys[:k]}
    by_rule = sorted(range(len(numbers)), key=lambda row: (-numbers[row], row))[:k]
    assert chosen == set(by_rule)


def test_long_runs_of_equal_and_sorted_values_are_selected_too() -> None:
    for numbers in (np.ones(5000), np.arange(1, 5001), np.arange(5000, 0, -1)):
        keys = np.array([key_of(np.float32(v), row) for row, v in enumerate(numbers)])
        wanted = set(np.sort(keys)[::-1][:300].tolist())
        move_largest_first(keys, 5000, 300)
        assert set(keys[:300].tolist()) == wanted


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.integers(0, 2**31 - 1), max_size=80))
def test_rows_are_sorted_upwards(numbers: list[int]) -> None:
    rows = np.array([*numbers, 7], dtype=np.int32)
    sort_rows(rows, len(numbers), np.empty_like(rows))
    assert rows.tolist() == [*sorted(numbers), 7]
