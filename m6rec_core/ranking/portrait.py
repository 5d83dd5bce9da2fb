"""One user in figures: tastes against everybody's, appetite for the popular and the new, activity, price."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core.data.attributes import CATEGORY, MULTI, AttributeTable
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.similarity.user_based import UserNeighbours

MOST_LABELS = 8
MOST_COLUMNS = 3
MOST_ALIKE = 5
MOST_SHARED = 3
_PRICES = ("price", "cost", "amount", "preis", "prix")


class Taste(NamedTuple):
    """One attribute of the items: the labels in which the user differs most from everybody.

    `own` and `everybody` (labels,): share of the history's items, of all histories' items, that carry it.
    """

    column: str
    labels: tuple[str, ...]
    own: npt.NDArray[np.float64]
    everybody: npt.NDArray[np.float64]


class Labels(NamedTuple):
    """One column of labels: its distinct `names` (labels,), the share of all entries that carry each, and
    every (item row, index of the label) pair."""

    names: npt.NDArray[np.object_]
    everybody: npt.NDArray[np.float64]
    item_row: Rows
    label: npt.NDArray[np.int64]


class Alike(NamedTuple):
    """A user alike, known by a number: how many items both have, and the rarest of them."""

    name: str
    likeness: float
    in_common: int
    rarest: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Portrait:
    """What the history of one user says; shares in [0, 1], None where the data cannot tell.

    - `popular` share of all users whose items are, on average, less popular than this user's
    - `newness` median age in days of the items, in the catalogue, when the user took them, and that of
      everybody's
    - `price` median of the items' price, and the share of all events that are cheaper
    - `by_month` events of the user per calendar month; `kinds` events per kind
    """

    tastes: tuple[Taste, ...]
    alike: tuple[Alike, ...]
    popular: float | None
    newness: tuple[float, float] | None
    price: tuple[str, float, float] | None
    by_month: "pd.Series[int]"
    kinds: dict[str, int]


@dataclass(frozen=True, eq=False)
class Population:
    """What a portrait is held against, made once per run.

    - `mean_popularity` (users with a history,) sorted: mean number of users of the history's items
    - `first_seen` (n_items,) Unix seconds of an item's first event; `age` median days of all entries since then
    - `labels` of the first columns of labels
    """

    mean_popularity: npt.NDArray[np.float64]
    first_seen: npt.NDArray[np.int64]
    age: float
    labels: dict[str, Labels]

    @classmethod
    def of(cls, recommender: Recommender) -> "Population":
        """Measures all training users."""
        training = recommender.training
        means = training.mean_of_items(recommender.popularity)
        first = np.full(training.n_items, np.iinfo(np.int64).max, dtype=np.int64)
        np.minimum.at(first, training.item_row, training.time)
        age = float("nan")
        if training.has_time and len(training.item_row):
            age = float(np.median((training.time - first[training.item_row]) / 86_400))
        entries = np.bincount(training.item_row, minlength=training.n_items)
        labels = {}
        if recommender.items is not None:
            labels = {
                column: _labels(recommender.items, column, entries)
                for column in recommender.items.columns_of(MULTI, CATEGORY)[:MOST_COLUMNS]
            }
        return cls(np.sort(means[np.isfinite(means)]), first, age, labels)


def _labels(items: AttributeTable, column: str, entries: npt.NDArray[np.int64]) -> Labels:
    rows, labels = items.labels(column)
    names, codes = np.unique(labels.astype(str), return_inverse=True)
    count = np.bincount(codes, weights=entries[rows], minlength=len(names))
    return Labels(names.astype(object), count / max(int(entries.sum()), 1), rows, codes)


def portrait(recommender: Recommender, population: Population, history: Histories) -> Portrait:
    """The portrait of one user, whose `history` has length 1; empty figures for an empty history."""
    row = int(history.user_row[0])
    mean = history.mean_of_items(recommender.popularity)[0]
    popular = None
    if np.isfinite(mean) and len(population.mean_popularity):
        below = np.searchsorted(population.mean_popularity, mean)
        popular = float(below / len(population.mean_popularity))
    newness = None
    if history.has_time and len(history.item_row):
        known = population.first_seen[history.item_row]
        ages = np.maximum(history.time - known, 0) / 86_400
        newness = (float(np.median(ages)), population.age)
    return Portrait(
        tastes=tuple(_tastes(population, history)),
        alike=_alike(recommender, history),
        popular=popular,
        newness=newness,
        price=_price(recommender, history),
        by_month=_by_month(recommender, row),
        kinds=_kinds(recommender, row),
    )


def _tastes(population: Population, history: Histories) -> Iterator[Taste]:
    for column, known in population.labels.items():
        mine = known.label[np.isin(known.item_row, history.item_row)]
        own = np.bincount(mine, minlength=len(known.names)) / max(len(history.item_row), 1)
        gap = own - known.everybody
        order = np.argsort(-np.abs(gap), kind="stable")[:MOST_LABELS]
        order = order[np.argsort(-gap[order], kind="stable")]
        yield Taste(column, tuple(map(str, known.names[order])), own[order], known.everybody[order])


def _alike(recommender: Recommender, history: Histories) -> tuple[Alike, ...]:
    model = recommender.models.get("user_knn")
    if not isinstance(model, UserNeighbours) or not len(history.item_row):
        return ()
    rows, likeness = (found[0] for found in model.neighbours(history))
    found = []
    for place in range(min(MOST_ALIKE, int((rows >= 0).sum()))):
        theirs = recommender.training.items_of(int(rows[place]))
        common = np.intersect1d(history.item_row, theirs)
        rarest = common[np.argsort(recommender.popularity[common], kind="stable")][:MOST_SHARED]
        names = tuple(map(str, recommender.titles[rarest]))
        found.append(Alike(f"similar user {place + 1}", float(likeness[place]), len(common), names))
    return tuple(found)


def _price(recommender: Recommender, history: Histories) -> tuple[str, float, float] | None:
    items = recommender.items
    if items is None or not len(history.item_row):
        return None
    columns = [c for c in items.columns_of("number") if any(word in c.lower() for word in _PRICES)]
    if not columns:
        return None
    price = items.numbers(columns[0])
    own = price[history.item_row]
    if not np.isfinite(own).any():
        return None
    middle = float(np.nanmedian(own))
    every = price[recommender.training.item_row]
    return columns[0], middle, float(np.nanmean(every[np.isfinite(every)] < middle))


def _events(recommender: Recommender, row: int) -> slice:
    first, last = np.searchsorted(recommender.interactions.user_row, [row, row + 1])
    return slice(int(first), int(last)) if row >= 0 else slice(0, 0)


def _by_month(recommender: Recommender, row: int) -> "pd.Series[int]":
    events = recommender.interactions
    if not events.has_time:
        return pd.Series(dtype=np.int64)
    times = pd.to_datetime(events.timestamp[_events(recommender, row)], unit="s")
    return (
        pd.Series(1, index=times).resample("MS").sum() if len(times) else pd.Series(dtype=np.int64)
    )


def _kinds(recommender: Recommender, row: int) -> dict[str, int]:
    events = recommender.interactions
    count = np.bincount(events.event[_events(recommender, row)], minlength=len(events.event_names))
    order = np.argsort(-count, kind="stable")
    return {events.event_names[kind]: int(count[kind]) for kind in order if count[kind]}
