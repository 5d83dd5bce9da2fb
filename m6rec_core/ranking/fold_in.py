"""Events that were typed in, or have just come, as a history: what a list is made of without training."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from m6rec_core.data.cleaning import LOW_RATING
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import IdMap
from m6rec_core.data.interactions import Interactions
from m6rec_core.errors import DataError
from m6rec_core.schema import NO_ROW


@dataclass(frozen=True)
class Event:
    """One act of a user, by the ids and on the scale of the data.

    - `event` a kind of event of the data; empty: the kind that is to be predicted
    - `value` a rating or an amount; NaN where there is none
    - `timestamp` Unix seconds UTC; None: just now, after all that was given before it
    """

    item_id: str
    event: str = ""
    value: float = math.nan
    timestamp: int | None = None


class FoldedIn(NamedTuple):
    """The history of one user (length 1), and the ids among the events that the run does not know."""

    history: Histories
    unknown_items: tuple[str, ...]


def folded_in(
    interactions: Interactions,
    events: Sequence[Event],
    *,
    user_row: int = NO_ROW,
    positive_from: float = 0.0,
) -> FoldedIn:
    """The history that these events make by the rules by which the training events made theirs.

    `user_row` is the row of the user whose events these are: their stored self is then not taken for
    somebody alike; -1 for a user who is not stored. Ratings below `positive_from` speak against the item
    (0: every rating counts), as in the cleaning. Raises DataError for a kind of event that the run does
    not know and for a rating outside of its scale.

    >>> import pandas as pd
    >>> known = pd.DataFrame({"user_id": ["ann", "bob"], "item_id": ["x", "y"]})
    >>> found = folded_in(Interactions.from_frame(known), [Event("y"), Event("new"), Event("x")])
    >>> known = Interactions.from_frame(known)
    >>> known.items.ids_of(found.history.item_row).tolist(), found.unknown_items
    (['y', 'x'], ('new',))
    """
    item_row = interactions.items.rows_of([event.item_id for event in events])
    kept = np.flatnonzero(item_row >= 0)
    known = [events[int(place)] for place in kept]
    kinds = [_kind(interactions, event, positive_from) for event in known]
    time = _times(interactions, known)
    order = np.argsort(time, kind="stable")
    one = replace(
        interactions,
        users=IdMap([""]),
        user_row=np.zeros(len(known), dtype=np.int32),
        item_row=item_row[kept][order],
        event=np.array(kinds, dtype=np.int16)[order],
        value=np.array([event.value for event in known], dtype=np.float32)[order],
        timestamp=time[order],
    )
    unknown = tuple(event.item_id for event, row in zip(events, item_row, strict=True) if row < 0)
    return FoldedIn(one.histories(as_of=interactions.latest).for_users([user_row]), unknown)


def events_of(interactions: Interactions, user_row: int) -> tuple[Event, ...]:
    """The stored events of one user, oldest first: what `folded_in` turns back into their history."""
    first, last = np.searchsorted(interactions.user_row, [user_row, user_row + 1])
    places = slice(int(first), int(last))
    ids = interactions.items.ids_of(interactions.item_row[places])
    names = interactions.event_names
    return tuple(
        Event(str(item_id), names[kind], float(value), int(time) if interactions.has_time else None)
        for item_id, kind, value, time in zip(
            ids,
            interactions.event[places],
            interactions.value[places],
            interactions.timestamp[places],
            strict=True,
        )
    )


def _kind(interactions: Interactions, event: Event, positive_from: float) -> int:
    names = interactions.event_names
    name = event.event or names[interactions.target]
    if name not in names:
        raise DataError(
            f"The run knows no event '{name}'; it knows {', '.join(names)}. Give one of them."
        )
    scale = interactions.rating_range
    if scale is not None and not math.isnan(event.value):
        if not scale[0] <= event.value <= scale[1]:
            raise DataError(
                f"The rating {event.value:g} of '{event.item_id}' is outside of the scale "
                f"{scale[0]:g}–{scale[1]:g}. Give one on it."
            )
        if event.value < positive_from and LOW_RATING in names:
            return names.index(LOW_RATING)
    return names.index(name)


def _times(interactions: Interactions, events: Sequence[Event]) -> "np.typing.NDArray[np.int64]":
    """(events,) their times; all 0 where the run knows none."""
    time = np.zeros(len(events), dtype=np.int64)
    if not interactions.has_time:
        return time
    given = [event.timestamp for event in events if event.timestamp is not None]
    now = max(given, default=interactions.latest)
    for place, event in enumerate(events):
        time[place] = now if event.timestamp is None else event.timestamp
    return time
