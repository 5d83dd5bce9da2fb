"""Compiled loops of the cleaning: from hashes to rows, and the order of events."""

import numba
import numpy as np
import numpy.typing as npt

from m6rec_core.schema import NO_ROW

Positions = npt.NDArray[np.int32]
_DIGIT_BITS = 11


def rows_of_hashes(hashes: npt.NDArray[np.uint64], rising: npt.NDArray[np.uint64]) -> Positions:
    """(n,) int32 place of each hash among the distinct rising ones; -1 where it is not among them.

    Hashes are spread evenly: their leading bits choose a bucket that holds about one of the rising.
    """
    bits = max(len(rising).bit_length(), 1)
    shift = np.uint64(64 - bits)
    of_bucket = np.arange(1 << bits, dtype=np.uint64) << shift
    starts = np.append(np.searchsorted(rising, of_bucket), len(rising)).astype(np.int32)
    made: Positions = _rows_of_hashes(hashes, rising, starts, shift)
    return made


def order_of(key: npt.NDArray[np.int64]) -> Positions:
    """(n,) int32 the positions in the order of non-negative keys, equal keys in their old order.

    Radix sort: passes over the digits that the largest key has, from the lowest on.

    >>> order_of(np.array([5, 2, 5, 0])).tolist()
    [3, 1, 0, 2]
    """
    order = np.arange(len(key), dtype=np.int32)
    if not len(key) or bool(np.all(key[1:] >= key[:-1])):
        return order
    keys, spare_keys, spare = key.copy(), np.empty_like(key), np.empty_like(order)
    for shift in range(0, int(key.max()).bit_length(), _DIGIT_BITS):
        _sort_by_digit(keys, order, spare_keys, spare, shift)
        keys, spare_keys, order, spare = spare_keys, keys, spare, order
    return order


@numba.njit(nogil=True, cache=True)
def _rows_of_hashes(
    hashes: npt.NDArray[np.uint64],
    rising: npt.NDArray[np.uint64],
    starts: Positions,
    shift: np.uint64,
) -> Positions:
    made = np.full(len(hashes), NO_ROW, dtype=np.int32)
    for position in range(len(hashes)):
        bucket = hashes[position] >> shift
        for place in range(starts[bucket], starts[bucket + np.uint64(1)]):
            if rising[place] == hashes[position]:
                made[position] = place
                break
    return made


@numba.njit(nogil=True, cache=True)
def _sort_by_digit(
    key: npt.NDArray[np.int64],
    order: Positions,
    target_key: npt.NDArray[np.int64],
    target: Positions,
    shift: int,
) -> None:
    mask = (1 << _DIGIT_BITS) - 1
    starts = np.zeros(mask + 2, dtype=np.int64)
    for place in range(len(key)):
        starts[((key[place] >> shift) & mask) + 1] += 1
    for digit in range(1, mask + 2):
        starts[digit] += starts[digit - 1]
    for place in range(len(key)):
        digit = (key[place] >> shift) & mask
        target_key[starts[digit]] = key[place]
        target[starts[digit]] = order[place]
        starts[digit] += 1
