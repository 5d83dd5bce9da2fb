"""The smallest change of one attribute, of the item or of the user, that drops an item out of the list."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from m6rec_core import schema
from m6rec_core.data.attributes import CATEGORY, MULTI, NUMBER, AttributeTable
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.scorer.features.labels import MOST_COLUMNS

ITEM, USER = "item", "user"
MOST_LABELS = 12  # of a column, the most frequent first
QUANTILES = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)  # of a number
UNTOUCHED = (
    "training",
    "popularity",
)  # what does not depend on attributes, and need not be made again


@dataclass(frozen=True)
class AttributeChange:
    """One attribute with another value, and the rank that the item then has.

    `side` "item" or "user"; `step` is 1 for another label, and for a number the share of its range.
    `rank` is None where the item is on the list no longer.
    """

    side: str
    column: str
    before: str
    after: str
    step: float
    rank: int | None


def attribute_changes(
    recommender: Recommender, user_id: str, item_row: int, *, top: int = 10
) -> tuple[AttributeChange, ...]:
    """Every change of one attribute that was tried, those that drop the item out of the `top` first.

    Other labels of each category, each label of a multi-value column alone, and typical values of each
    number. Each is put into the table, and the list is made anew through the serving path.
    """
    user_row = recommender.interactions.users.row_of(user_id)
    sides = ((ITEM, recommender.items, item_row), (USER, recommender.users, user_row))
    found = [
        AttributeChange(side, column, before, after, step, _rank(changed, user_id, item_row, top))
        for side, table, row in sides
        if table is not None and row != schema.NO_ROW
        for column, before, after, step in _tries(table, row)
        for changed in [_with_cell(recommender, side, table, column, row, after)]
    ]
    return tuple(sorted(found, key=lambda one: (one.rank is not None, -(one.rank or 0), one.step)))


def _tries(table: AttributeTable, row: int) -> Iterator[tuple[str, str, str, float]]:
    """(column, before, after, step) of every change that is tried."""
    for column in table.columns_of(CATEGORY, MULTI)[:MOST_COLUMNS]:
        before = str(table.texts(column)[row])
        _, labels = table.labels(column)
        names, counts = np.unique(labels.astype(str), return_counts=True)
        for name in names[np.argsort(-counts, kind="stable")][:MOST_LABELS]:
            if name != before:
                yield column, before, str(name), 1.0
    for column in table.columns_of(NUMBER)[:MOST_COLUMNS]:
        numbers = table.numbers(column)
        known = numbers[np.isfinite(numbers)]
        if len(known) and np.isfinite(numbers[row]) and np.ptp(known) > 0:
            for value in np.unique(np.quantile(known, QUANTILES, method="nearest")):
                if value != numbers[row]:
                    step = abs(value - numbers[row]) / np.ptp(known)
                    yield column, f"{numbers[row]:g}", f"{value:g}", float(step)


def _with_cell(
    recommender: Recommender, side: str, table: AttributeTable, column: str, row: int, value: str
) -> Recommender:
    """The recommender with one other cell in a table; only what rests on attributes is made again."""
    frame = table.frame.copy()
    frame.loc[row, column] = float(value) if table.kinds[column] == NUMBER else value
    other = replace(table, frame=frame)
    changed = (
        replace(recommender, items=other) if side == ITEM else replace(recommender, users=other)
    )
    for name in UNTOUCHED:
        vars(changed)[name] = getattr(recommender, name)
    return changed


def _rank(changed: Recommender, user_id: str, item_row: int, top: int) -> int | None:
    ranked = changed.recommend(changed.histories([user_id]), n=top).item_row[0]
    places = np.flatnonzero(ranked == item_row)
    return int(places[0]) + 1 if len(places) else None
