"""Compiled loops of the cleaning: the order of events, and which of them are alike."""

import numba
import numpy as np
import numpy.typing as npt

from m6rec_core.schema import NO_ROW

Positions = npt.NDArray[np.int32]
MOST_LINKED_KINDS = 64
_DIGIT_BITS = 11


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


def linked(
    user: Positions, item: Positions, kind: npt.NDArray[np.int16], n_items: int
) -> Positions:
    """(n,) int32 position of the event before with the same user, item and kind; -1 where there is none.

    The users come one after the other. For each event, those of its user and item are gone through
    backwards until one is of its kind: quick for few kinds.

    >>> rows = [np.array(column, np.int32) for column in ([0, 0, 0, 1], [5, 5, 5, 5], [1, 0, 1, 1])]
    >>> linked(*rows, n_items=6).tolist()
    [-1, -1, 0, -1]
    """
    before = np.empty(len(user), np.int32)
    _link(user, item, kind, np.full(n_items, NO_ROW, np.int32), np.empty_like(before), before)
    return before


def starts_of_chains(before: Positions) -> Positions:
    """(n,) int32 position at which the chain of each event begins; `before` points back, or is -1.

    >>> starts_of_chains(np.array([-1, -1, 0, 2], np.int32)).tolist()
    [0, 1, 0, 0]
    """
    starts = np.empty_like(before)
    _start(before, starts)
    return starts


@numba.njit(nogil=True, cache=True)
def _link(
    user: Positions,
    item: Positions,
    kind: npt.NDArray[np.int16],
    last: Positions,
    same_item: Positions,
    before: Positions,
) -> None:
    """`last` (n_items,) latest event of each item; `same_item` (n,) the one before with the item."""
    first = 0
    for at in range(len(user)):
        if user[at] != user[first]:
            first = at
        place = last[item[at]]
        last[item[at]] = at
        same_item[at] = place if place >= first else NO_ROW
        place = same_item[at]
        while place != NO_ROW and kind[place] != kind[at]:
            place = same_item[place]
        before[at] = place


@numba.njit(nogil=True, cache=True)
def _start(before: Positions, starts: Positions) -> None:
    for at in range(len(before)):
        starts[at] = at if before[at] == NO_ROW else starts[before[at]]


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
