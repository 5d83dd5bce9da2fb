"""What is held out before anything is learned: the test that the run is judged by."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.config import SplitConfig
from m6rec_core.data.interactions import Interactions
from m6rec_core.errors import DataError
from m6rec_core.schema import NO_ROW

Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """The events to learn from and the held-out ones, over the same rows of users and items.

    `test` holds target events only, one per (user, item), and no pair of which `train` holds any event:
    items that a user has seen are never recommended, so such a pair could not be found.
    `note` says in plain words how the events were parted.
    """

    train: Interactions
    test: Interactions
    note: str


def split(interactions: Interactions, config: SplitConfig, *, seed: int) -> Split:
    """Parts the events by the strategy of the configuration.

    - `none`: everything is learned from, the test is empty
    - `leave_last_out`: of each user with at least two different target items the last target event; the
      user's events at or after it are not learned from, nor are earlier ones with the same item (the
      view before the purchase). Without timestamps the item is drawn by seed, and the note says so.
    - `global_time`: the latest `test_share` of the events; events of one second stay together
    - `random`: a share `test_share` of the (user, item) pairs, drawn by seed
    """
    rng = np.random.default_rng(seed)
    if config.strategy == "none":
        everything = np.ones(len(interactions), dtype=bool)
        return _parted(interactions, everything, ~everything, "nothing is held out")
    if config.strategy == "leave_last_out":
        return _leave_last_out(interactions, rng)
    if config.strategy == "global_time":
        return _global_time(interactions, config.test_share)
    return _random(interactions, config.test_share, rng)


def _leave_last_out(interactions: Interactions, rng: np.random.Generator) -> Split:
    can_lose_one = _have_two_target_items(interactions)
    eligible = interactions.is_target() & can_lose_one[interactions.user_row]
    if interactions.has_time:
        chosen = _last_of_each_user(interactions, eligible)
        limit = np.full(len(interactions.users), len(interactions), dtype=np.int64)
        limit[interactions.user_row[chosen]] = chosen
        earlier = np.arange(len(interactions)) < limit[interactions.user_row]
        note = "the last target event of each user with at least two target items is held out"
    else:
        chosen = _random_of_each_user(interactions, eligible, rng)
        earlier = np.ones(len(interactions), dtype=bool)
        note = (
            "the events have no timestamps: one target item of each user with at least two, drawn by "
            "seed, is held out"
        )
    lost = np.full(len(interactions.users), NO_ROW, dtype=np.int32)
    lost[interactions.user_row[chosen]] = interactions.item_row[chosen]
    is_lost = interactions.item_row == lost[interactions.user_row]
    test = np.zeros(len(interactions), dtype=bool)
    test[chosen] = True
    return _parted(interactions, earlier & ~is_lost, test, note)


def _global_time(interactions: Interactions, test_share: float) -> Split:
    if not interactions.has_time:
        raise DataError(
            "The split 'global_time' needs timestamps, and the events have none. Map a column with "
            "`--set mapping.timestamp=COLUMN`, or take split.strategy=random."
        )
    time = interactions.timestamp
    first_late = min(int(np.ceil(len(time) * (1.0 - test_share))), len(time) - 1)
    border = np.sort(time)[first_late]
    if border == time.min():
        raise DataError(
            "The split 'global_time' leaves nothing to learn from: too many events share one time. "
            "Take a smaller split.test_share or another split.strategy."
        )
    late = time >= border
    note = f"events from {np.datetime64(int(border), 's')} UTC on are held out"
    return _parted(interactions, ~late, late, note)


def _random(interactions: Interactions, test_share: float, rng: np.random.Generator) -> Split:
    distinct, of_pair = np.unique(_pairs(interactions), return_inverse=True)
    test = (rng.random(len(distinct)) < test_share)[of_pair]
    note = f"a random {test_share:.0%} of the pairs of user and item is held out"
    return _parted(interactions, ~test, test, note)


def _parted(interactions: Interactions, train: Mask, test: Mask, note: str) -> Split:
    pair = _pairs(interactions)
    found = _latest_of_pairs(pair, np.flatnonzero(test & interactions.is_target()))
    found = found[~_occur_in(pair[train], pair[found])]
    kept = np.zeros(len(interactions), dtype=bool)
    kept[found] = True
    return Split(interactions.select(train), interactions.select(kept), note)


def _pairs(interactions: Interactions) -> Positions:
    """(n,) one number per (user, item), rising with the user."""
    return interactions.user_row.astype(np.int64) * len(interactions.items) + interactions.item_row


def _latest_of_pairs(pair: Positions, positions: Positions) -> Positions:
    """Of rising positions the last one of each pair."""
    latest_first = positions[::-1]
    _, first = np.unique(pair[latest_first], return_index=True)
    return latest_first[first]


def _occur_in(many: Positions, few: Positions) -> Mask:
    """(few,) whether each of `few`, rising and distinct, is one of `many`.

    Only `few` is searched in: `np.isin` sorts both, which takes half a minute with 20 million events.
    """
    place = np.searchsorted(few, many)
    place = place[few[np.minimum(place, len(few) - 1)] == many] if len(few) else place[:0]
    return np.bincount(place, minlength=len(few)) > 0


def _have_two_target_items(interactions: Interactions) -> Mask:
    """(users,) whether the target events of a user name at least two items."""
    is_target = interactions.is_target()
    user_row, item_row = interactions.user_row[is_target], interactions.item_row[is_target]
    starts = np.flatnonzero(np.diff(user_row, prepend=-1))
    found = np.zeros(len(interactions.users), dtype=bool)
    if len(starts):
        lowest, highest = (
            np.minimum.reduceat(item_row, starts),
            np.maximum.reduceat(item_row, starts),
        )
        found[user_row[starts]] = lowest != highest
    return found


def _last_of_each_user(interactions: Interactions, eligible: Mask) -> Positions:
    """Positions of the last eligible event of each user; events are sorted by user, then time."""
    positions = np.flatnonzero(eligible)
    users = interactions.user_row[positions]
    is_last = np.append(np.diff(users) != 0, True)[: len(users)]
    return np.asarray(positions[is_last], dtype=np.int64)


def _random_of_each_user(
    interactions: Interactions, eligible: Mask, rng: np.random.Generator
) -> Positions:
    positions = rng.permutation(np.flatnonzero(eligible))
    _, first = np.unique(interactions.user_row[positions], return_index=True)
    return positions[first]
