"""What is measured of a data set: plain figures and short series, stored beside it as one JSON file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from m6rec_core.data.health.plain_values import ReadOnlyArrays, from_plain, to_plain
from m6rec_core.errors import DataError

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

HEALTH_FILE: Final = "health.json"
FORMAT: Final = 1

FEW_EVENTS: Final = 5
EVENTS_OF_AN_ACTIVE_USER: Final = 2

# How long after the event before it a pair of user and item occurs again: upper ends in seconds
GAP_NAMES: Final = (
    *("within a minute", "within an hour", "within a day"),
    *("within a week", "within 30 days", "later"),
)
GAP_ENDS: Final = (60, 3_600, 86_400, 604_800, 2_592_000)


@dataclass(frozen=True)
class Advice:
    """One finding in plain words: `level` is "good", "note" or "warning"; `remedy` may be empty."""

    level: str
    finding: str
    remedy: str = ""


@dataclass(frozen=True, eq=False)
class Spread(ReadOnlyArrays):
    """How many users, or items, have how many events.

    - `value` (points,) rising numbers of events, `count` (points,) owners with as many; where there
      were too many distinct numbers: owners from this number on, up to below the next
    - `mean`, `median`, `largest` number of events of one owner
    - `one`: owners with a single event; `few`: with fewer than five; `active`: with two or more
    """

    value: Counts
    count: Counts
    mean: float
    median: float
    largest: int
    one: int
    few: int
    active: int


@dataclass(frozen=True, eq=False)
class Concentration(ReadOnlyArrays):
    """How unevenly the events fall on the items.

    - `items`, `events` (points,): share of all events that the least popular share of items takes
    - `gini`: 0 when all items are equally popular, near 1 when few take everything
    - `top_hundredth`, `top_tenth`, `top_ten_items`: share of the events on the most popular items
    """

    items: Floats
    events: Floats
    gini: float
    top_hundredth: float
    top_tenth: float
    top_ten_items: float


@dataclass(frozen=True, eq=False)
class Activity(ReadOnlyArrays):
    """When the events happened, by the UTC clock.

    - `first`, `last`: Unix seconds
    - `start` (bins,) Unix seconds at which each stretch of `days` days begins, `events` (bins,)
    - `week` (7, 24): events by weekday, Monday first, and hour
    """

    first: int
    last: int
    days: int
    start: Counts
    events: Counts
    week: Counts


@dataclass(frozen=True, eq=False)
class Kinds(ReadOnlyArrays):
    """Kinds of events, from the lightest to the weightiest, those that speak against the item last.

    - `names`, `weights`, `events`, `users`, `items` (kinds,): number of events, distinct users, items
    - `then` (kinds, kinds): users with an event of the kind of the row and a later one of the kind of
      the column; `then_same`: both on the same item
    - `pairs` (kinds,): distinct pairs of user and item with the kind; `pairs_then` (kinds, kinds): those
      with an event of the kind of the row and a later one of the kind of the column
    - `in_order`: whether "later" is known; without times it means that both are there
    - `pooled`: how many rare kinds the last one stands for; 0: every kind stands for itself
    """

    names: tuple[str, ...]
    weights: Floats
    events: Counts
    users: Counts
    items: Counts
    then: Counts
    then_same: Counts
    pairs: Counts
    pairs_then: Counts
    in_order: bool
    pooled: int


@dataclass(frozen=True, eq=False)
class Ratings(ReadOnlyArrays):
    """How often each rating was given: `value`, `count` (points,); `width` of a point, 0: exact values.

    `low`, `high`: the ends of the scale.
    """

    value: Floats
    count: Counts
    mean: float
    width: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Repeats(ReadOnlyArrays):
    """Events whose user had an event on the same item before.

    `same_kind`: those whose kind was there, too; `gaps` (6,): by the time since the event before, see
    `GAP_NAMES`, empty without times.
    """

    events: int
    same_kind: int
    gaps: Counts


@dataclass(frozen=True)
class Described:
    """What a table about users or items knows of those that have events.

    `ids`: with events; `without_attributes`: of them, without a row in the table; `without_events`: rows
    of the table that no event names.
    """

    ids: int
    without_attributes: int
    without_events: int


@dataclass(frozen=True)
class Missing:
    """Cells without a value in one column of a table: "events", "users" or "items"."""

    table: str
    column: str
    missing: int
    rows: int

    @property
    def share(self) -> float:
        """Share of the rows without a value; 0 for an empty table."""
        return self.missing / max(self.rows, 1)


@dataclass(frozen=True, eq=False)
class Drift(ReadOnlyArrays):
    """The last tenth of the events by time, against those before it.

    - `since`: Unix seconds of its first event; `events`: how many events it has
    - `of_new_users`, `of_new_items`: shares of its events whose user (item) has none before
    - `popularity`: distance of Jensen and Shannon, 0 to 1, between the shares that each of the most
      popular items has of their events; `by_chance`: what two samples of one popularity would give
    - `top`: how many most popular items are compared; `top_kept`: how many of the most popular ones
      before are among as many most popular ones now
    - `per_day` (2,) mean events a day, `rating` (2,) mean rating, before and now; NaN: not known
    - `kinds` (2, kinds) shares of the kinds, before and now
    """

    since: int
    events: int
    of_new_users: float
    of_new_items: float
    popularity: float
    by_chance: float
    top: int
    top_kept: int
    per_day: Floats
    rating: Floats
    kinds: Floats


@dataclass(frozen=True)
class Links:
    """Ties between users: how many, and how many users with events have one."""

    links: int
    users: int


@dataclass(frozen=True, eq=False)
class Health:
    """Figures of a data set; a part is None where the data have nothing that could be measured.

    `pairs`: distinct pairs of user and item; `why_no_drift`: why `drift` is None, in a sentence.
    """

    n_events: int
    n_users: int
    n_items: int
    pairs: int
    user_activity: Spread
    item_activity: Spread
    concentration: Concentration
    activity: Activity | None
    kinds: Kinds
    ratings: Ratings | None
    repeats: Repeats
    users: Described | None
    items: Described | None
    links: Links | None
    missing: tuple[Missing, ...]
    drift: Drift | None
    why_no_drift: str
    advice: tuple[Advice, ...]

    @property
    def density(self) -> float:
        """Distinct pairs of user and item as a share of all possible ones."""
        return self.pairs / max(self.n_users * self.n_items, 1)

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` gives the same figures back."""
        return {"format": FORMAT, **to_plain(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Health":
        """The figures that `to_json` wrote; DataError when they are of another format."""
        if not isinstance(values, Mapping) or values.get("format") != FORMAT:
            raise DataError("The stored figures are of another version. Measure them again.")
        try:
            return from_plain(cls, values)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"The stored figures are damaged ({error}). Measure them again."
            ) from None

    def save(self, path: Path) -> None:
        """Writes the figures as a JSON file."""
        written = json.dumps(self.to_json(), ensure_ascii=False, allow_nan=False)
        path.write_text(written, encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Health":
        """The figures that `save` wrote; DataError when there are none of this version."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"'{path}' cannot be read ({error}). Measure the data again.") from None
        return cls.from_json(values)
