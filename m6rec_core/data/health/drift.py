"""Whether the latest tenth of the events is like those before it; each change has a stated limit."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from m6rec_core.data.health.clock import Clock
from m6rec_core.data.health.kinds import Slots
from m6rec_core.data.health.record import Counts, Drift, Floats, Kinds, Ratings
from m6rec_core.data.health.words import percent, short
from m6rec_core.data.interactions import Interactions

TOP_ITEMS = 100
LEAST_EVENTS = 20  # in the last tenth; fewer say nothing
_MOST_LATE = 0.5  # with coarse times the latest moment may hold most events

# From here on a change is worth a note
LIMIT_NEW_USERS = 0.5
LIMIT_NEW_ITEMS = 0.2
LIMIT_POPULARITY = 0.3
TIMES_BY_CHANCE = 2.0
LIMIT_PACE = 2.0  # times as many, or as few, events a day
LIMIT_KINDS = 0.1
LIMIT_RATING = 0.05  # of the width of the scale


# What is measured
NEW_USERS: Final = "Events of new users"
NEW_ITEMS: Final = "Events of new items"
POPULARITY: Final = "Which items are popular"
PACE: Final = "Events a day"
MIX: Final = "Mix of kinds"
RATING: Final = "Mean rating"


@dataclass(frozen=True)
class Change:
    """One measure of the last tenth against the rest: its `size`, NaN where that is not known, the
    `limit` that it is held against, what happened in `words`, and the limit in words (`allowed`)."""

    name: str
    size: float
    limit: float
    words: str
    allowed: str

    @property
    def is_large(self) -> bool:
        """Whether the limit is passed."""
        return self.size > self.limit


def drift(
    interactions: Interactions, by_slot: Slots, of_item: Counts, clock: Clock | None
) -> tuple[Drift | None, str]:
    """The last tenth against the rest, or None and the reason in a sentence."""
    from m6rec_core.data.health import passes

    if clock is None:
        return None, "The events have no times: whether they change cannot be said."
    since, n = clock.start_of_last_tenth(), len(interactions)
    late = np.zeros(len(of_item), np.int64)
    kinds = np.zeros(len(by_slot.names), np.int64)
    new = passes.count_late(
        interactions.user_row,
        interactions.item_row,
        by_slot.of_event,
        interactions.timestamp,
        since,
        late,
        kinds,
    )
    events = int(kinds.sum())
    if events < LEAST_EVENTS:
        return None, f"The last tenth holds {events} events: too few to be compared with the rest."
    if events > _MOST_LATE * n:
        return None, "More than half of the events share the latest time: nothing came before it."
    early = of_item - late
    distance, chance, top, kept = _popularity(early, late)
    found = Drift(
        since=since,
        events=events,
        of_new_users=new / events,
        of_new_items=float(late[early == 0].sum() / events),
        popularity=distance,
        by_chance=chance,
        top=top,
        top_kept=kept,
        per_day=_per_day(n - events, events, since, clock),
        rating=_ratings(interactions, since),
        kinds=np.stack([(by_slot.number - kinds) / (n - events), kinds / events]),
    )
    return found, ""


def changes(found: Drift, kinds: Kinds, ratings: Ratings | None) -> tuple[Change, ...]:
    """Every measure with its limit, the largest against its limit first."""
    made = [
        Change(
            NEW_USERS,
            found.of_new_users,
            LIMIT_NEW_USERS,
            f"{percent(found.of_new_users)} are of new users",
            percent(LIMIT_NEW_USERS),
        ),
        Change(
            NEW_ITEMS,
            found.of_new_items,
            LIMIT_NEW_ITEMS,
            f"{percent(found.of_new_items)} are on new items",
            percent(LIMIT_NEW_ITEMS),
        ),
        _popularity_change(found),
        _pace(found),
    ]
    if len(kinds.names) > 1:
        made.append(_mix(found, kinds))
    if ratings is not None and not np.isnan(found.rating).any():
        made.append(_rating(found, max(ratings.high - ratings.low, 1e-9)))
    return tuple(sorted(made, key=lambda change: -np.nan_to_num(change.size) / change.limit))


def jensen_shannon(one: Floats, other: Floats) -> float:
    """Distance of two distributions (n,), with logarithms to the base 2: 0 equal, 1 without overlap.

    >>> jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    1.0
    """
    middle = (one + other) / 2
    divergence = 0.0
    for part in (one, other):
        there = part > 0
        divergence += 0.5 * float((part[there] * np.log2(part[there] / middle[there])).sum())
    return float(np.sqrt(max(divergence, 0.0)))


def _popularity(early: Counts, late: Counts) -> tuple[float, float, int, int]:
    """Distance, what chance alone would give, how many items are compared, how many stay on top."""
    top = min(TOP_ITEMS, max(len(early) // 2, 1))
    best = np.argsort(-(early + late), kind="stable")[:top]
    totals = [int(counts[best].sum()) for counts in (early, late)]
    before, now = (
        set(np.argsort(-counts, kind="stable")[:top].tolist()) for counts in (early, late)
    )
    kept = len(before & now)
    if not all(totals):
        return 1.0, 1.0, top, kept
    # for small differences the divergence is chi-square over 8 n ln 2
    chance = (top - 1) * sum(1 / total for total in totals) / (8 * np.log(2))
    distance = jensen_shannon(early[best] / totals[0], late[best] / totals[1])
    return distance, float(min(np.sqrt(chance), 1.0)), top, kept


def _popularity_change(found: Drift) -> Change:
    limit = max(LIMIT_POPULARITY, TIMES_BY_CHANCE * found.by_chance)
    said = (
        f"{found.top_kept} of the {found.top} most popular items stay among them "
        f"(distance {short(found.popularity)})"
    )
    return Change(POPULARITY, found.popularity, limit, said, f"distance {short(limit)}")


def _pace(found: Drift) -> Change:
    was, now = (float(number) for number in found.per_day)
    size = max(now / was, was / now) if was > 0 and now > 0 else float("nan")
    said = f"{short(was)} events a day became {short(now)}"
    return Change(PACE, size, LIMIT_PACE, said, f"{LIMIT_PACE:g} times as many or few")


def _mix(found: Drift, kinds: Kinds) -> Change:
    """How much of the shares of all kinds lies elsewhere; the kind that moved most is named."""
    moved = found.kinds[1] - found.kinds[0]
    most = int(np.argmax(np.abs(moved)))
    was, now = (percent(float(share)) for share in found.kinds[:, most])
    said = f"the share of '{kinds.names[most]}' went from {was} to {now}"
    allowed = f"{percent(LIMIT_KINDS)} of the events"
    return Change(MIX, float(np.abs(moved).sum() / 2), LIMIT_KINDS, said, allowed)


def _rating(found: Drift, width: float) -> Change:
    was, now = (float(number) for number in found.rating)
    said = f"the mean rating went from {short(was)} to {short(now)}"
    allowed = f"{short(LIMIT_RATING * width)} more or less"
    return Change(RATING, abs(now - was) / width, LIMIT_RATING, said, allowed)


def _per_day(before: int, now: int, since: int, clock: Clock) -> Floats:
    """Mean events per 24 hours in both stretches; a stretch is at least an hour long."""
    spans = np.maximum([since - clock.first, clock.last - since + 1], 3_600) / 86_400
    return np.asarray(np.array([before, now]) / spans, dtype=np.float64)


def _ratings(interactions: Interactions, since: int) -> Floats:
    from m6rec_core.data.health import passes

    total, number = np.zeros(2), np.zeros(2, np.int64)
    if interactions.rating_range is not None:
        passes.mean_values(interactions.value, interactions.timestamp, since, total, number)
    means = total / np.where(number == 0, np.nan, number)
    return np.asarray(means, dtype=np.float64)
