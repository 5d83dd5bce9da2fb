"""Kinds of events: how many, by how many users, on how many items, and which one follows which."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.data.health.record import Counts, Kinds
from m6rec_core.data.interactions import Interactions

MOST_KINDS = 15  # they are bits of 16, one of which is the sign
OTHER_KINDS = "other kinds"


@dataclass(frozen=True, eq=False)
class Slots:
    """Kinds in the order in which they are shown; the rarest share the last slot when there are too many.

    `names`, `weights`, `number` (slots,); `of_event` (n,) slot of each event; `pooled` kinds of the last.
    """

    names: tuple[str, ...]
    weights: npt.NDArray[np.float64]
    number: Counts
    of_event: npt.NDArray[np.int8]
    pooled: int


def slots(interactions: Interactions) -> Slots:
    """From the lightest kind to the weightiest, those that speak against the item after them."""
    from m6rec_core.data.health import passes

    names, weights = interactions.event_names, interactions.event_weights.astype(np.float64)
    kinds = len(names)
    shown = np.arange(kinds)
    if kinds > MOST_KINDS:
        number = np.bincount(interactions.event, minlength=kinds)
        shown = np.argsort(-number, kind="stable")[: MOST_KINDS - 1]
    shown = shown[np.lexsort((shown, weights[shown], weights[shown] < 0))]
    pooled = kinds - len(shown)
    slot_of = np.full(kinds, len(shown), np.int8)
    slot_of[shown] = np.arange(len(shown))
    of_event = np.zeros(len(interactions), np.int8)
    counted = np.zeros(len(shown) + bool(pooled), np.int64)
    passes.count_slots(interactions.event, slot_of, counted, of_event)
    return Slots(
        names=tuple(names[kind] for kind in shown) + ((OTHER_KINDS,) if pooled else ()),
        weights=np.append(weights[shown], [np.nan] * bool(pooled)),
        number=counted,
        of_event=of_event,
        pooled=pooled,
    )


def kinds(interactions: Interactions, by_slot: Slots) -> Kinds:
    """Users and items of each kind, and how many users go from one to another."""
    from m6rec_core.data.health import passes

    size, n_items = len(by_slot.names), len(interactions.items)
    users, pairs = np.zeros((2, size), np.int64)
    then, of_item = np.zeros((3, size, size), np.int64), np.zeros(n_items, np.int64)
    passes.follow_kinds(
        interactions.user_row,
        interactions.item_row,
        by_slot.of_event,
        interactions.has_time,
        of_item,
        users,
        pairs,
        then,
    )
    items = [int(((of_item >> slot) & 1).sum()) for slot in range(size)]
    return Kinds(
        names=by_slot.names,
        weights=by_slot.weights,
        events=by_slot.number,
        users=users,
        items=np.array(items, dtype=np.int64),
        then=then[0],
        then_same=then[1],
        pairs=pairs,
        pairs_then=then[2],
        in_order=interactions.has_time,
        pooled=by_slot.pooled,
    )
