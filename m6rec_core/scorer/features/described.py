"""What the encoding of attributes tells of a pair: texts on the same themes, and each column for itself."""

import copy
from collections.abc import Mapping
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core import schema
from m6rec_core.data.attributes import CATEGORY, MULTI, NUMBER, TEXT, AttributeTable
from m6rec_core.data.encoding import MISSING, Encoded, encode, text_themes
from m6rec_core.data.ids import Rows
from m6rec_core.data.numbers import to_numbers
from m6rec_core.schema import NO_ROW
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.similarity.dots import dots_at

Array = npt.NDArray[np.float32]

MOST_COLUMNS = 24  # of a table that become features of their own, in the order of the encoding
_UNITS = {NUMBER: "standard deviations", CATEGORY: "1 if so", MULTI: "1 if so", MISSING: "1 if so"}


class ThemeFamily:
    """Likeness of the item's text to the texts of the user's history."""

    def __init__(self, table: AttributeTable, column: str) -> None:
        themes, _ = text_themes(table, column)
        self._unit = _of_length_one(themes)
        self.features = (
            Feature(
                f"theme.{column}",
                f"likeness of its {column} to the history",
                schema.MATCH,
                "cosine",
                f"Cosine between the themes of the item's {column} and the mean themes of the user's "
                "history; 0 where a text is missing.",
                column,
            ),
        )

    def values(self, block: Block) -> Array:
        """(users, slots, 1)."""
        total = block.histories.matrix() @ self._unit  # (users, n_items) x (n_items, themes)
        return dots_at(_of_length_one(np.asarray(total)), self._unit, block.item_row)[:, :, None]


class OwnFamily:
    """The encoded attributes of the item, or of the user, each a feature of its own."""

    def __init__(self, table: AttributeTable, *, of_users: bool) -> None:
        encoded = encode(table)
        kinds = (NUMBER, CATEGORY, MULTI, MISSING) if of_users else (CATEGORY, MULTI, MISSING)
        chosen = [n for n, column in enumerate(encoded.columns) if column.kind in kinds]
        chosen = chosen[:MOST_COLUMNS]
        self._of_users, self._table = of_users, table
        self._values = encoded.matrix[:, chosen].toarray()  # (n, chosen)
        self._told: dict[int, float] = {}  # place → value of all users, in place of the stored ones
        self.features = tuple(_feature(encoded, n, of_users=of_users) for n in chosen)

    def values(self, block: Block) -> Array:
        """(users, slots, columns); 0 for users typed in."""
        if not self._of_users:
            return np.asarray(self._values[np.maximum(block.item_row, 0)])
        rows: Rows = block.histories.user_row
        own = np.where(rows[:, None] < 0, np.float32(0), self._values[np.maximum(rows, 0)])
        for place, value in self._told.items():
            own[:, place] = value
        return np.broadcast_to(own[:, None], (*block.item_row.shape, own.shape[1]))

    def for_attributes(self, attributes: Mapping[str, str]) -> Self:
        """The same family for users who have these attributes: encoded as those of a stored user who has
        them, or the nearest number; 0 for a label that nobody has."""
        other = copy.copy(self)
        other._told = dict(self._told)
        if self._of_users:
            for place, feature in enumerate(self.features):
                if feature.signal in attributes:
                    row = _row_with(self._table, feature.signal, attributes[feature.signal])
                    other._told[place] = float(self._values[row, place]) if row >= 0 else 0.0
        return other


def _row_with(table: AttributeTable, column: str, value: str) -> int:
    """The first row with this value, or with the nearest number; -1 where there is none."""
    if table.kinds[column] == NUMBER:
        number = to_numbers(pd.Series([value], dtype="str"))[0]
        away = np.abs(table.numbers(column) - number)
        return int(np.nanargmin(away)) if np.isfinite(away).any() else NO_ROW
    rows = np.flatnonzero(table.texts(column) == value)
    return int(rows[0]) if len(rows) else NO_ROW


def theme_families(items: AttributeTable | None) -> list[ThemeFamily]:
    """One family for each text of the items in which two of them share a word."""
    if items is None:
        return []
    columns = [name for name in items.columns_of(TEXT) if text_themes(items, name)[1]]
    return [ThemeFamily(items, name) for name in columns]


def _feature(encoded: Encoded, place: int, *, of_users: bool) -> Feature:
    column = encoded.columns[place]
    owner, group = ("user", schema.USER) if of_users else ("item", schema.ITEM)
    return Feature(
        f"own.{owner}.{column.name}",
        f"the {owner}'s {column.name}" if column.kind == NUMBER else f"{owner}: {column.name}",
        group,
        _UNITS[column.kind],
        f"The {owner}'s attribute {column.group}, as it is: '{column.name}'.",
        column.group,
    )


def _of_length_one(rows: Array) -> Array:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 1e-6, length, np.inf), dtype=np.float32)
