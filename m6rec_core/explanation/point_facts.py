"""What is known of the points of a map beside where they lie: titles, and what they can be coloured by."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from m6rec_core.data.attributes import CATEGORY, MULTI, NUMBER, AttributeTable, names_of
from m6rec_core.data.ids import Rows
from m6rec_core.explanation.places import Mapped, Places
from m6rec_core.schema import NO_ROW

UNKNOWN = "not known"

Fact = npt.NDArray[Any]


class Described(Mapped, Protocol):
    """What the facts ask of a recommender beyond a map."""

    @property
    def users(self) -> AttributeTable | None: ...


def titles_of(recommender: Mapped, places: Places) -> tuple[str, ...]:
    """What a person calls each point: the item's title, the user's id, or both of a pair."""
    users = recommender.interactions.users.ids
    names = names_of(recommender.interactions.items, recommender.items)
    return tuple(
        " · ".join(
            ([f"user {users[user]}"] if user != NO_ROW else [])
            + ([str(names[item])] if item != NO_ROW else [])
        )
        for user, item in zip(places.user_row, places.item_row, strict=True)
    )


def facts_of(recommender: Described, places: Places) -> Mapping[str, Fact]:
    """Name → (n,) float64 numbers, NaN where unknown, or object texts, `UNKNOWN` where unknown.

    Of an attribute with several values the first one counts.
    """
    facts: dict[str, Fact] = {}
    if (places.item_row != NO_ROW).all():
        facts["popularity (users, log10)"] = _log10(recommender.popularity, places.item_row)
        facts |= _attributes(recommender.items, places.item_row, "item")
    if (places.user_row != NO_ROW).all():
        facts["activity (items, log10)"] = _log10(recommender.training.lengths(), places.user_row)
        facts |= _attributes(recommender.users, places.user_row, "user")
    facts["score (mean)" if places.references else "score"] = places.score.astype(np.float64)
    return facts


def _log10(count: npt.NDArray[Any], rows: Rows) -> Fact:
    found: Fact = np.log10(np.maximum(count[rows], 1).astype(np.float64))
    return found


def _attributes(table: AttributeTable | None, rows: Rows, of: str) -> dict[str, Fact]:
    if table is None:
        return {}
    found: dict[str, Fact] = {
        f"{column} of the {of}": _first_labels(table, column)[rows]
        for column in table.columns_of(CATEGORY, MULTI)
    }
    return found | {
        f"{column} of the {of}": table.numbers(column)[rows] for column in table.columns_of(NUMBER)
    }


def _first_labels(table: AttributeTable, column: str) -> Fact:
    row, label = table.labels(column)
    first = np.full(len(table), UNKNOWN, dtype=object)
    row, place = np.unique(row, return_index=True)
    first[row] = label[place]
    return first
