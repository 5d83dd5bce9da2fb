"""Everything that is measured of a data set, in a few passes over its events and no sorting of them."""

from dataclasses import replace

import numpy as np
import pandas as pd

from m6rec_core import schema
from m6rec_core.data.attributes import AttributeTable
from m6rec_core.data.described import FRIEND_ROW
from m6rec_core.data.health.advice import advise
from m6rec_core.data.health.clock import Clock
from m6rec_core.data.health.drift import drift
from m6rec_core.data.health.kinds import kinds, slots
from m6rec_core.data.health.ratings import values
from m6rec_core.data.health.record import (
    GAP_NAMES,
    Described,
    Health,
    Links,
    Missing,
    Repeats,
)
from m6rec_core.data.health.shape import concentration, spread
from m6rec_core.data.interactions import Interactions
from m6rec_core.data.storage import USER_ROW

MOST_COLUMNS = 200  # of a table whose missing cells are told, those with the most missing


def health(
    interactions: Interactions,
    *,
    users: AttributeTable | None = None,
    items: AttributeTable | None = None,
    links: pd.DataFrame | None = None,
) -> Health:
    """Measures the events, and what is known of their users and items.

    `links`: ties between users, columns `user_row` and `friend_row`. Twenty million events take about a
    second.
    """
    from m6rec_core.data.health import passes

    by_slot = slots(interactions)
    of_user = np.zeros(len(interactions.users), np.int64)
    of_item = np.zeros(len(interactions.items), np.int64)
    gaps = np.zeros(len(GAP_NAMES) if interactions.has_time else 0, np.int64)
    pairs, same_kind = passes.count_pairs(
        interactions.user_row,
        interactions.item_row,
        by_slot.of_event,
        interactions.timestamp,
        of_user,
        of_item,
        gaps,
    )
    clock = Clock(interactions.timestamp) if interactions.has_time and len(interactions) else None
    moved, why_not = drift(interactions, by_slot, of_item, clock)
    given = values(interactions)
    made = Health(
        n_events=len(interactions),
        n_users=len(of_user),
        n_items=len(of_item),
        pairs=pairs,
        user_activity=spread(of_user),
        item_activity=spread(of_item),
        concentration=concentration(of_item),
        activity=None if clock is None else clock.activity(),
        kinds=kinds(interactions, by_slot),
        ratings=given.ratings,
        repeats=Repeats(len(interactions) - pairs, same_kind, gaps),
        users=_described(users),
        items=_described(items),
        links=None if links is None else _links(links),
        missing=(
            *_missing_values(given.missing, len(interactions)),
            *_missing(users, "users"),
            *_missing(items, "items"),
        ),
        drift=moved,
        why_no_drift=why_not,
        advice=(),
    )
    return replace(made, advice=advise(made))


def _described(table: AttributeTable | None) -> Described | None:
    if table is None:
        return None
    return Described(len(table), table.ids_without_attributes, table.rows_without_events)


def _missing_values(missing: int, events: int) -> list[Missing]:
    """None where no event has a value: then no column was given for it."""
    return [Missing("events", schema.VALUE, missing, events)] if missing < events else []


def _missing(table: AttributeTable | None, name: str) -> list[Missing]:
    if table is None:
        return []
    found = [
        Missing(name, str(column), int(table.frame[column].isna().sum()), len(table))
        for column in table.frame.columns
    ]
    return sorted(found, key=lambda one: -one.missing)[:MOST_COLUMNS]


def _links(links: pd.DataFrame) -> Links:
    rows = links[[USER_ROW, FRIEND_ROW]].to_numpy()
    return Links(len(rows), len(np.unique(rows)))
