"""Single passes over all events: compiled loops that need one number per user or item, and no sorting.

Events come sorted by user row, then time. Numba is imported with this module: import it where it is used.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from m6rec_core.data.health.record import GAP_ENDS

Loop = TypeVar("Loop", bound=Callable[..., Any])

HOUR = 3_600
TABLE = 2_048  # places of the table of distinct ratings
MOST_DISTINCT = 400
_ENDS = np.array(GAP_ENDS, dtype=np.int64)


def compiled(loop: Loop) -> Loop:
    """Compiles a loop over arrays at its first call; the machine code is kept on disk."""
    return cast(Loop, numba.njit(nogil=True, cache=True)(loop))


@compiled
def count_pairs(
    user_row: Any, item_row: Any, kind: Any, timestamp: Any, of_user: Any, of_item: Any, gaps: Any
) -> tuple[int, int]:
    """Counts events of users, of items, and gaps of repeated pairs into the given arrays.

    `kind` holds slots below 64; `gaps` is empty without times. Gives the number of distinct pairs, and
    of events whose user had one of the same kind on the same item before.
    """
    last_user = np.full(len(of_item), -1, np.int32)
    last_time = np.zeros(len(of_item) if len(gaps) else 0, np.int64)
    kinds_seen = np.zeros(len(of_item), np.uint64)
    pairs = same_kind = 0
    for event in range(len(user_row)):
        user, item = user_row[event], item_row[event]
        of_user[user] += 1
        of_item[item] += 1
        bit = np.uint64(1) << np.uint64(kind[event])
        if last_user[item] != user:
            last_user[item] = user
            kinds_seen[item] = bit
            pairs += 1
            if len(gaps):
                last_time[item] = timestamp[event]
            continue
        if kinds_seen[item] & bit:
            same_kind += 1
        kinds_seen[item] |= bit
        if len(gaps):
            gap = timestamp[event] - last_time[item]
            last_time[item] = timestamp[event]
            place = 0
            while place < len(_ENDS) and gap > _ENDS[place]:
                place += 1
            gaps[place] += 1
    return pairs, same_kind


@compiled
def count_slots(event: Any, slot_of: Any, number: Any, slots: Any) -> None:
    """Translates kinds into slots (n,) and counts the events of each."""
    for at in range(len(event)):
        slots[at] = slot_of[event[at]]
        number[slots[at]] += 1


@compiled
def follow_kinds(
    user_row: Any,
    item_row: Any,
    kind: Any,
    in_order: bool,
    of_item: Any,
    users: Any,
    pairs: Any,
    then: Any,
) -> None:
    """Follows users, and pairs of user and item, from kind to kind.

    `users`, `pairs` (kinds,) receive how many have each kind; `then` (3, kinds, kinds) how many have the
    kind of the row and later that of the column: users on any item, users on the same item, pairs. Not
    `in_order`: both kinds, whichever came first. `of_item` (n_items,) int64: kinds of each item, as bits.
    """
    kinds = len(users)
    owner = np.full(len(of_item), -1, np.int32)
    # of the user at hand, by item: in the last column the kinds so far, as bits, and in the column of
    # each kind those that it was counted after
    work = np.zeros((len(of_item), kinds + 1), np.int16)
    before = np.zeros(
        (2, kinds), np.int64
    )  # kinds before one of this kind: on any item, on the same
    seen, n = np.int64(0), len(user_row)
    for event in range(n):
        user, item, slot = user_row[event], item_row[event], np.int64(kind[event])
        if owner[item] != user:
            owner[item] = user
            for column in range(kinds + 1):
                work[item, column] = 0
        here = np.int64(work[item, kinds])
        before[0, slot] |= seen
        before[1, slot] |= here
        if here & ~np.int64(work[item, slot]):
            _add_pair(work[item], slot, in_order, then[2])
        if not here & (1 << slot):
            pairs[slot] += 1
            work[item, kinds] = here | (1 << slot)
            of_item[item] |= 1 << slot
            seen |= 1 << slot
        if event == n - 1 or user_row[event + 1] != user:
            _add_user(before, seen, in_order, users, then)
            before[:] = 0
            seen = np.int64(0)


@compiled
def _add_pair(work: Any, slot: Any, in_order: bool, then: Any) -> None:
    new = np.int64(work[-1]) & ~np.int64(work[slot])
    work[slot] |= np.int16(new)
    for first in range(len(then)):
        if (new >> first) & 1:
            then[first, slot] += 1
            if not in_order and first != slot:
                then[slot, first] += 1
                work[first] |= np.int16(1 << slot)


@compiled
def _add_user(before: Any, seen: Any, in_order: bool, users: Any, then: Any) -> None:
    for later in range(len(users)):
        users[later] += (seen >> later) & 1
        for where in range(2):
            for first in range(len(users)):
                has = (before[where, later] >> first) & 1
                if not in_order:
                    has |= (before[where, first] >> later) & 1
                then[where, first, later] += has


@compiled
def first_and_last(timestamp: Any) -> tuple[int, int]:
    """The smallest and the largest time; there is at least one."""
    low = high = timestamp[0]
    for time in timestamp:
        low, high = min(low, time), max(high, time)
    return low, high


@compiled
def count_hours(timestamp: Any, first: int, hours: Any) -> None:
    """Counts events by hour since the hour `first` (hours since 1970)."""
    for time in timestamp:
        hours[time // HOUR - first] += 1


@compiled
def count_seconds(timestamp: Any, hour: int, seconds: Any) -> None:
    """Counts the events of one hour by second."""
    for time in timestamp:
        if time // HOUR == hour:
            seconds[time % HOUR] += 1


@compiled
def count_late(
    user_row: Any, item_row: Any, kind: Any, timestamp: Any, since: int, of_item: Any, of_kind: Any
) -> int:
    """Counts the events from `since` on by item and by kind; gives how many are of new users."""
    new, user, is_new = 0, -1, False
    for event in range(len(user_row)):
        if user_row[event] != user:
            user = user_row[event]
            is_new = timestamp[event] >= since
        if timestamp[event] >= since:
            of_item[item_row[event]] += 1
            of_kind[kind[event]] += 1
            if is_new:
                new += 1
    return new


@compiled
def mean_values(value: Any, timestamp: Any, since: int, total: Any, number: Any) -> None:
    """Sums and counts the values before (place 0) and from `since` on (place 1); NaN are left out."""
    for event in range(len(value)):
        if not np.isnan(value[event]):
            place = 1 if timestamp[event] >= since else 0
            total[place] += value[event]
            number[place] += 1


@compiled
def count_distinct(value: Any, bits: Any, keys: Any, number: Any) -> tuple[int, int]:
    """Counts distinct values into a table of `TABLE` places; `bits` (n,) int32 are those of `value`.

    Gives how many places are taken, and how many values are NaN; -1 taken: there were too many.
    """
    taken = missing = 0
    for event in range(len(value)):
        if np.isnan(value[event]):
            missing += 1
            continue
        if taken < 0:
            continue
        place = ((np.int64(bits[event]) * 2_654_435_761) >> 21) & (TABLE - 1)
        while number[place] and keys[place] != value[event]:
            place = (place + 1) % TABLE
        if not number[place]:
            keys[place] = value[event]
            taken += 1
        number[place] += 1
        if taken > MOST_DISTINCT:
            taken = -1
    return taken, missing


@compiled
def count_bins(value: Any, low: float, width: float, number: Any) -> None:
    """Counts values into equal bins from `low` on; NaN are left out."""
    for one in value:
        if not np.isnan(one):
            number[max(0, min(int((one - low) / width), len(number) - 1))] += 1
