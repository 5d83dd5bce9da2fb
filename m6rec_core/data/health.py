"""What a data set looks like before anything is learned from it, and what to do about it."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from m6rec_core.data.attributes import AttributeTable
from m6rec_core.data.interactions import Interactions

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# Floor and recommendation of a common managed recommender service
LEAST_EVENTS, GOOD_EVENTS = 1_000, 50_000
LEAST_ACTIVE_USERS, GOOD_ACTIVE_USERS = 25, 1_000
ACTIVE_USER_EVENTS = 2

FEW_EVENTS_OF_AN_ITEM = 5
LARGE_SHARE_OF_RARE_ITEMS = 0.5
HIGH_GINI = 0.9
LARGE_SHARE_UNSEEN = 0.2
SHARE_OF_A_FIXED_RATING = 0.95

GOOD, NOTE, WARNING = "good", "note", "warning"
_LORENZ_POINTS = 501


@dataclass(frozen=True)
class Advice:
    """One finding in plain words: `level` is "good", "note" or "warning"; `remedy` may be empty."""

    level: str
    finding: str
    remedy: str = ""


@dataclass(frozen=True, eq=False)
class Histogram:
    """`value` (m,) distinct values, rising; `count` (m,) how often each occurs."""

    value: Floats
    count: Counts


@dataclass(frozen=True, eq=False)
class Health:
    """Plain figures of a data set.

    - `density`: distinct (user, item) pairs as a share of all possible ones
    - `events_of_user` (users,), `events_of_item` (items,): number of events of each row
    - `user_activity`, `item_activity`: how many users (items) have so many events
    - `lorenz_items`, `lorenz_events` (points,): share of all events that the least popular share of
      items takes; `gini`: 0 when all items are equally popular, near 1 when few take everything
    - `hour` (24,), `weekday` (7,; Monday first): events by the UTC clock; all 0 without times
    - `day` (days,) datetime64[D] with events, `events_of_day` (days,)
    - `kind_names`, `events_of_kind`, `users_of_kind`, `items_of_kind` (kinds,): from the lightest
      kind to the weightiest, so that they read as a funnel
    - `ratings`: None when the values are not ratings
    - `users_with_one_event`, `items_with_one_event`: numbers; `items_without_events`: rows of the item
      file that no event names
    """

    n_events: int
    n_users: int
    n_items: int
    density: float
    events_of_user: Counts
    events_of_item: Counts
    user_activity: Histogram
    item_activity: Histogram
    lorenz_items: Floats
    lorenz_events: Floats
    gini: float
    hour: Counts
    weekday: Counts
    day: npt.NDArray[np.datetime64]
    events_of_day: Counts
    kind_names: tuple[str, ...]
    events_of_kind: Counts
    users_of_kind: Counts
    items_of_kind: Counts
    ratings: Histogram | None
    users_with_one_event: int
    items_with_one_event: int
    items_without_events: int
    advice: tuple[Advice, ...]


def health(interactions: Interactions, items: AttributeTable | None = None) -> Health:
    """Measures the events, and the catalogue where the items have attributes."""
    of_user = np.bincount(interactions.user_row, minlength=len(interactions.users))
    of_item = np.bincount(interactions.item_row, minlength=len(interactions.items))
    lorenz_items, lorenz_events = lorenz(of_item)
    seconds = interactions.timestamp if interactions.has_time else interactions.timestamp[:0]
    day, of_day = np.unique(
        seconds.astype("datetime64[s]").astype("datetime64[D]"), return_counts=True
    )
    funnel = np.argsort(interactions.event_weights, kind="stable")
    pairs = _pairs(interactions)
    made = Health(
        n_events=len(interactions),
        n_users=len(interactions.users),
        n_items=len(interactions.items),
        density=len(np.unique(pairs)) / (len(interactions.users) * len(interactions.items)),
        events_of_user=of_user,
        events_of_item=of_item,
        user_activity=histogram(of_user),
        item_activity=histogram(of_item),
        lorenz_items=lorenz_items,
        lorenz_events=lorenz_events,
        gini=gini(of_item),
        hour=np.bincount(seconds // 3600 % 24, minlength=24),
        weekday=np.bincount((seconds // 86_400 + 3) % 7, minlength=7),  # 1 Jan 1970: a Thursday
        day=day,
        events_of_day=of_day,
        kind_names=tuple(interactions.event_names[kind] for kind in funnel),
        events_of_kind=np.bincount(interactions.event, minlength=len(funnel))[funnel],
        users_of_kind=_distinct_of_kind(interactions, interactions.user_row)[funnel],
        items_of_kind=_distinct_of_kind(interactions, interactions.item_row)[funnel],
        ratings=histogram(interactions.value) if interactions.rating_range else None,
        users_with_one_event=int((of_user == 1).sum()),
        items_with_one_event=int((of_item == 1).sum()),
        items_without_events=0 if items is None else items.rows_without_events,
        advice=(),
    )
    return _frozen(made)


def histogram(values: npt.ArrayLike) -> Histogram:
    """Counts each distinct value; NaN are left out.

    >>> histogram([2, 1, 2]).value.tolist(), histogram([2, 1, 2]).count.tolist()
    ([1.0, 2.0], [1, 2])
    """
    given = np.asarray(values, dtype=np.float64)
    value, count = np.unique(given[~np.isnan(given)], return_counts=True)
    return Histogram(value, count.astype(np.int64))


def lorenz(counts: npt.ArrayLike) -> tuple[Floats, Floats]:
    """(share of items, share of events) from the least popular item on, from (0, 0) to (1, 1).

    At most 501 points. Without any event the second array is NaN but for its first 0.
    """
    rising = np.sort(np.asarray(counts, dtype=np.float64))
    total = rising.sum()
    running = np.concatenate(([0.0], np.cumsum(rising) / total if total else rising * np.nan))
    places = np.linspace(0, len(rising), min(len(rising) + 1, _LORENZ_POINTS)).round().astype(int)
    return places / max(len(rising), 1), running[places]


def gini(counts: npt.ArrayLike) -> float:
    """Gini coefficient: mean difference of two counts over twice their mean; NaN without events.

    >>> gini([3, 3, 3]), gini([0, 0, 6])
    (0.0, 0.6666666666666666)
    """
    rising = np.sort(np.asarray(counts, dtype=np.float64))
    if not rising.sum():
        return float("nan")
    rank = 2 * np.arange(1, len(rising) + 1) - len(rising) - 1
    return max(0.0, float(rank @ rising / (len(rising) * rising.sum())))


def advise(figures: Health) -> tuple[Advice, ...]:
    """What the figures mean for a recommender, the gravest first."""
    active = int((figures.events_of_user >= ACTIVE_USER_EVENTS).sum())
    found = [
        _size("events", figures.n_events, LEAST_EVENTS, GOOD_EVENTS),
        _size(
            f"users with at least {ACTIVE_USER_EVENTS} events",
            active,
            LEAST_ACTIVE_USERS,
            GOOD_ACTIVE_USERS,
        ),
        *_about_items(figures),
        *_about_ratings(figures),
    ]
    if not len(figures.day):
        found.append(
            Advice(
                NOTE,
                "The events have no times: order and recency cannot be learned.",
                "Map a column with `--set mapping.timestamp=COLUMN` if the file has one.",
            )
        )
    grave = (WARNING, NOTE, GOOD)
    return tuple(sorted(found, key=lambda advice: grave.index(advice.level)))


def _size(what: str, number: int, least: int, good: int) -> Advice:
    if number < least:
        remedy = f"Collect more: at least {least:,}, better {good:,}. Take what follows as a demo."
        return Advice(WARNING, f"{number:,} {what} are too few to learn from.", remedy)
    if number < good:
        remedy = f"From {good:,} on, lists usually become clearly better."
        return Advice(NOTE, f"{number:,} {what} are enough to start.", remedy)
    return Advice(GOOD, f"{number:,} {what} are plenty.")


def _about_items(figures: Health) -> list[Advice]:
    found = []
    rare = float((figures.events_of_item < FEW_EVENTS_OF_AN_ITEM).mean())
    if rare > LARGE_SHARE_OF_RARE_ITEMS:
        found.append(
            Advice(
                NOTE,
                f"{rare:.0%} of the items have fewer than {FEW_EVENTS_OF_AN_ITEM} events: their "
                "likeness to others rests on a few people.",
                "Drop them with data.minimum_item_events, or give the items attributes.",
            )
        )
    if figures.gini > HIGH_GINI:
        found.append(
            Advice(
                NOTE,
                f"A few items take most events (Gini {figures.gini:.2f}): popularity is hard to beat.",
                "Compare every figure with the popularity baseline, and look at the coverage.",
            )
        )
    catalogue = figures.n_items + figures.items_without_events
    unseen = figures.items_without_events / catalogue
    if unseen > LARGE_SHARE_UNSEEN:
        found.append(
            Advice(
                NOTE,
                f"{unseen:.0%} of the {catalogue:,} items of the catalogue have no event: they are "
                "never recommended.",
            )
        )
    return found


def _about_ratings(figures: Health) -> list[Advice]:
    if figures.ratings is None:
        return []
    share = float(figures.ratings.count.max(initial=0) / max(figures.ratings.count.sum(), 1))
    if share < SHARE_OF_A_FIXED_RATING:
        return []
    finding = f"{share:.0%} of the ratings are equal: they say little more than that there was one."
    return [Advice(NOTE, finding)]


def _frozen(figures: Health) -> Health:
    made = replace(figures, advice=advise(figures))
    for value in vars(made).values():
        arrays = (value.value, value.count) if isinstance(value, Histogram) else (value,)
        for array in arrays:
            if isinstance(array, np.ndarray):
                array.setflags(write=False)
    return made


def _pairs(interactions: Interactions) -> Counts:
    return interactions.user_row.astype(np.int64) * len(interactions.items) + interactions.item_row


def _distinct_of_kind(interactions: Interactions, row: npt.NDArray[np.int32]) -> Counts:
    kinds = len(interactions.event_names)
    distinct = np.unique(row.astype(np.int64) * kinds + interactions.event)
    return np.asarray(np.bincount(distinct % kinds, minlength=kinds), dtype=np.int64)
