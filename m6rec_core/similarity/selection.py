"""The K largest of many values, by a rule without chance: equal values fall to the lower row.

A value and its row are packed into one whole number, a *key*, whose order is that rule. All keys of a
row differ, so selecting needs no special case for ties.
"""

import numpy as np
import numpy.typing as npt

from m6rec_core.similarity.compiled import compiled

Keys = npt.NDArray[np.int64]

_ROW_BITS = 32
_ROW_MASK = (1 << 31) - 1
_SMALL = 24  # ranges up to this length are sorted by insertion


@compiled
def key_of(value: np.float32, row: int) -> np.int64:
    """The key of a positive value at a row below 2³¹ − 1: larger values first, then lower rows."""
    bits = np.int64(np.float32(value).view(np.int32))
    return (bits << _ROW_BITS) | (_ROW_MASK - np.int64(row))


@compiled
def row_of_key(key: int) -> int:
    """The row that was packed into the key."""
    return _ROW_MASK - (key & _ROW_MASK)


@compiled
def value_of_key(key: int) -> np.float32:
    """The value that was packed into the key."""
    return np.int32(key >> _ROW_BITS).view(np.float32)


@compiled
def move_largest_first(keys: Keys, n: int, k: int) -> None:
    """Reorders `keys[:n]` so that its k largest stand in `keys[:k]`, in no particular order."""
    low, high = 0, n - 1
    while high - low > _SMALL and low < k <= high:
        pivot = _middle_of_three(keys[low], keys[(low + high) >> 1], keys[high])
        left, right = low, high
        while left <= right:
            while keys[left] > pivot:
                left += 1
            while keys[right] < pivot:
                right -= 1
            if left <= right:
                keys[left], keys[right] = keys[right], keys[left]
                left += 1
                right -= 1
        if k <= right + 1:
            high = right
        elif k >= left:
            low = left
        else:
            return
    if low < k <= high:
        _sort_descending(keys, low, high)


@compiled
def _middle_of_three(a: int, b: int, c: int) -> int:
    return max(min(a, b), min(max(a, b), c))


@compiled
def _sort_descending(keys: Keys, low: int, high: int) -> None:
    for place in range(low + 1, high + 1):
        key = keys[place]
        before = place - 1
        while before >= low and keys[before] < key:
            keys[before + 1] = keys[before]
            before -= 1
        keys[before + 1] = key
