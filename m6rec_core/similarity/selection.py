"""The K largest of many values, by a rule without chance: equal values fall to the lower row.

A value and its row are packed into one whole number, a *key*, whose order is that rule. All keys of a
row differ, so selecting needs no special case for ties.
"""

import numpy as np
import numpy.typing as npt

from m6rec_core.schema import Rows
from m6rec_core.similarity.compiled import compiled

Keys = npt.NDArray[np.int64]

_ROW_BITS = 32
_ROW_MASK = (1 << 31) - 1
_SAMPLE = 15
_SMALL = 32  # ranges up to this length are sorted by insertion; at least the sample's


@compiled
def key_of(value: np.float32, row: int) -> np.int64:
    """The key of a finite value at a row below 2³¹ − 1: larger values first, then lower rows."""
    ordered = np.int64(_turned(np.float32(value).view(np.int32)))
    return (ordered << _ROW_BITS) | (_ROW_MASK - np.int64(row))


@compiled
def row_of_key(key: int) -> int:
    """The row that was packed into the key."""
    return _ROW_MASK - (key & _ROW_MASK)


@compiled
def value_of_key(key: int) -> np.float32:
    """The value that was packed into the key."""
    return np.int32(_turned(np.int32(key >> _ROW_BITS))).view(np.float32)


@compiled
def _turned(bits: np.int32) -> np.int32:
    """Bits of a float, turned so that they order as the floats do; turned twice they are as before."""
    return bits if bits >= 0 else np.int32(bits ^ 0x7FFFFFFF)


@compiled
def move_largest_first(keys: Keys, n: int, k: int) -> None:
    """Reorders `keys[:n]`, all distinct, so that its k largest stand in `keys[:k]`, in no order.

    Quickselect whose pivot comes from a sorted sample, near the k-th largest. The partition has no
    branch that depends on a key, which makes it several times faster than exchanging from both ends.
    """
    sample = np.empty(_SAMPLE, dtype=np.int64)
    low, high = 0, n - 1
    while high - low > _SMALL and low < k <= high:
        pivot = _pivot_near(keys, low, high, k, sample)
        cut = low
        for place in range(low, high + 1):
            key = keys[place]
            keys[place] = keys[cut]
            keys[cut] = key
            cut += key >= pivot
        if cut > k:
            high = cut - 1
        else:
            low = cut
    if low < k <= high:
        _sort_descending(keys, low, high)


@compiled
def sort_rows(rows: Rows, n: int, spare: Rows) -> None:
    """Sorts `rows[:n]`, none negative, upwards, byte by byte; `spare` holds n rows at least."""
    counts = np.empty(256, dtype=np.int64)
    largest = 0
    for place in range(n):
        largest = max(largest, rows[place])
    shift = 0
    while largest >> shift:
        counts[:] = 0
        for place in range(n):
            counts[(rows[place] >> shift) & 255] += 1
        before = 0
        for byte in range(256):
            before, counts[byte] = before + counts[byte], before
        for place in range(n):
            byte = (rows[place] >> shift) & 255
            spare[counts[byte]] = rows[place]
            counts[byte] += 1
        rows[:n] = spare[:n]
        shift += 8


@compiled
def _pivot_near(keys: Keys, low: int, high: int, k: int, sample: Keys) -> int:
    """A key of the range that is neither its largest nor its smallest, so that every cut gets on."""
    length = high - low + 1
    for place in range(_SAMPLE):
        sample[place] = keys[low + place * (length // _SAMPLE)]
    _sort_descending(sample, 0, _SAMPLE - 1)
    wanted = ((k - low) * _SAMPLE + length // 2) // length
    return int(sample[min(max(wanted, 1), _SAMPLE - 2)])


@compiled
def _sort_descending(keys: Keys, low: int, high: int) -> None:
    for place in range(low + 1, high + 1):
        key = keys[place]
        before = place - 1
        while before >= low and keys[before] < key:
            keys[before + 1] = keys[before]
            before -= 1
        keys[before + 1] = key
