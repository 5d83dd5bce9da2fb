"""Training lists whose features come from similarities that have not seen the items to be found."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.config import Config
from m6rec_core.data.histories import Histories

Mask = npt.NDArray[np.bool_]

HELD_OUT_SHARE = 0.2  # of each user's items, per round
MOST_HELD_OUT = 5  # of each user's items in a round by time: what comes soon is what is asked for
WANTED_LISTS = 2_000  # small data is gone through in several rounds, until so many lists are made
MOST_ROUNDS = 4
LATEST, PERIOD, RANDOM = "latest", "period", "random"


@dataclass(frozen=True, eq=False)
class Round:
    """One cut of the histories into what is known and what is to be found.

    - `known`: the histories that similarities are fitted on and features are computed from
    - `held_out`: the items to be found, target events only; users without any have an empty history
    - `meanwhile`: items on which only other kinds of events fell, and that are not known either
    """

    known: Histories
    held_out: Histories
    meanwhile: Histories


def n_rounds(n_users: int) -> int:
    """How often small data is cut anew, so that the network has enough lists to learn from.

    >>> n_rounds(671), n_rounds(30_000)
    (3, 1)
    """
    return int(np.clip(np.ceil(WANTED_LISTS / max(n_users, 1)), 1, MOST_ROUNDS))


def way_of(config: Config) -> str:
    """How the items to be found are held out: as `scorer.held_out` says, or in the way of the test."""
    if config.scorer.held_out != "auto":
        return config.scorer.held_out
    return {"global_time": PERIOD, "random": RANDOM}.get(config.split.strategy, LATEST)


def looks_far(histories: Histories, config: Config) -> bool:
    """Whether all sorts of items are to be found, and not just those that come next."""
    return not histories.has_time or way_of(config) != LATEST


def rounds(
    histories: Histories, *, seed: int, count: int, way: str = LATEST, with_others: bool = False
) -> Iterator[Round]:
    """Cuts the histories `count` times; each round holds out other items.

    - `LATEST`: the cut looks like each user's next items: round 0 holds out the user's last ones, round 1
      the items before those (nothing later is known then either), and so on
    - `PERIOD`: it looks like the time to come: round 0 holds out the latest fifth of all events, round 1
      the fifth before, of whoever had a history by then
    - `RANDOM`, and all without timestamps: each round holds out another random fifth

    Whoever has something to find keeps at least one item of that kind; in later rounds by time a user
    too short for the round has an empty history.

    `with_others`: a random round holds out a fifth of the items without a target event as well. Rounds
    by time always do: whatever came later is not known.
    """
    for number in range(count):
        if not histories.has_time or way == RANDOM:
            yield _random_part(histories, number, seed=seed, with_others=with_others)
        elif way == PERIOD:
            yield _period(histories, number)
        else:
            yield _latest_window(histories, number)


def _latest_window(histories: Histories, number: int) -> Round:
    target_rank, targets = _target_ranks(histories)
    user = histories.entry_user()
    width = np.clip(np.round(HELD_OUT_SHARE * targets), 1, MOST_HELD_OUT)[user]
    # counted from the newest target: the window of this round, and everything newer than it
    low, high = number * width, (number + 1) * width
    eligible = (targets[user] - high) >= 1
    held = histories.is_target & (target_rank >= low) & (target_rank < high) & eligible
    first = np.full(len(histories), len(user), dtype=np.int64)
    np.minimum.at(first, user[held], np.flatnonzero(held))
    known = np.arange(len(user)) < first[user]
    if number > 0:
        # users too short for this round would bring their future into it: they sit it out
        cut = first < len(user)
        known &= cut[user]
    meanwhile = ~histories.is_target & ~known & eligible & (target_rank < high)
    meanwhile &= target_rank >= low
    return Round(histories.keep(known), histories.keep(held), histories.keep(meanwhile))


def _period(histories: Histories, number: int) -> Round:
    user, time = histories.entry_user(), histories.time
    shares = (1.0 - HELD_OUT_SHARE) ** np.array([number + 1, number])
    start, end = np.quantile(time, shares) if len(time) else (0.0, 0.0)
    known = time < start
    has_history = np.bincount(user[known & histories.is_target], minlength=len(histories)) > 0
    window = ~known & ((time < end) | (number == 0)) & has_history[user]
    return Round(
        histories.keep(known),
        histories.keep(window & histories.is_target),
        histories.keep(window & ~histories.is_target),
    )


def _random_part(histories: Histories, number: int, *, seed: int, with_others: bool) -> Round:
    rng = np.random.default_rng([seed, 20])
    user = histories.entry_user()
    order = np.lexsort((rng.random(len(user)), ~histories.is_target, user))
    place = np.empty(len(user), dtype=np.int64)
    place[order] = np.arange(len(user)) - histories.indptr[user[order]]
    targets = np.bincount(user[histories.is_target], minlength=len(histories))[user]
    width = np.maximum(np.round(HELD_OUT_SHARE * targets), 1)
    parts = np.maximum(targets // width, 1)
    held = histories.is_target & (targets >= 2) & (number < parts)
    held &= (place >= number * width) & (place < (number + 1) * width)
    part = np.floor(rng.random(len(user)) / HELD_OUT_SHARE)
    meanwhile = ~histories.is_target & (part == number) & with_others
    return Round(
        histories.keep(~held & ~meanwhile), histories.keep(held), histories.keep(meanwhile)
    )


def _target_ranks(histories: Histories) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(entries,) how many newer target entries the user has, and (users,) how many in all."""
    user = histories.entry_user()
    targets = np.bincount(user[histories.is_target], minlength=len(histories)).astype(np.int64)
    running = np.cumsum(histories.is_target)
    before_user = np.concatenate(([0], running))[histories.indptr[:-1]]
    up_to_here: npt.NDArray[np.int64] = running - before_user[user]
    return targets[user] - up_to_here, targets
