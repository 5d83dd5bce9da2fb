"""Which columns of a file of users, items or links hold the ids, and what the others mean."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from m6rec_core import schema
from m6rec_core.data.aliases import LINK_STARTS, plain_name
from m6rec_core.data.column_values import NO_ID, ColumnValues
from m6rec_core.data.role_names import PART, SURENESS, is_numbered, listed, name_matches
from m6rec_core.data.role_values import fits
from m6rec_core.errors import DataError

USERS, ITEMS, LINKS = "users", "items", "links"
_ID_ROLE: Mapping[str, str] = {
    USERS: schema.USER_ID,
    ITEMS: schema.ITEM_ID,
    LINKS: schema.USER_ID,
}
_MEANINGS: Mapping[str, tuple[str, ...]] = {
    USERS: (),
    ITEMS: (schema.TITLE, schema.TEXT, schema.CATEGORY, schema.IMAGE_URL),
    LINKS: (schema.WEIGHT,),
}
_PLAIN_IDS = (
    "id",
    "ids",
    "key",
    "code",
    "index",
)  # in a file of one kind of thing they are its ids
_BEST_TIERS, _LAST_TIER = 1, 2
_BY_VALUES = 0.5


@dataclass(frozen=True)
class TableMapping:
    """The column with the ids of a file of users, items or links, and the role of other columns.

    `meanings`: role (friend_id, weight, title, text, category, image_url) → column, of those that are
    there. `confidence` and `reason` are by role; that of the ids is user_id or item_id.
    """

    kind: str
    id_column: str
    meanings: Mapping[str, str] = field(default_factory=dict)
    confidence: Mapping[str, float] = field(default_factory=dict)
    reason: Mapping[str, str] = field(default_factory=dict)

    def sources(self) -> dict[str, str]:
        """Role → column, the ids first."""
        return {_ID_ROLE[self.kind]: self.id_column, **self.meanings}


def guess_table(
    columns: Sequence[str], sample: pd.DataFrame, kind: str, *, id_column: str = ""
) -> TableMapping:
    """Finds the ids of a file of "users", "items" or "links" by name, and the meaning of the rest.

    In a file without names the ids are the first column in which no value comes twice; of links the
    first two columns. `id_column` is taken for the ids without a guess. Raises `DataError` with the
    columns present when there are no ids, no friend, or no such column.

    >>> guess_table(["movieId", "title", "genres"], pd.DataFrame(), "items").sources()
    {'item_id': 'movieId', 'title': 'title', 'category': 'genres'}
    """
    found = _Found(columns, sample)
    role = _ID_ROLE[kind]
    if id_column:
        found.settle(role, id_column, kind)
    elif all(is_numbered(column) for column in columns):
        found.numbered_ids(kind)
    else:
        found.ids(role, kind)
        if kind == LINKS:
            found.friend()
    for wanted in (role, schema.FRIEND_ID) if kind == LINKS else (role,):
        if wanted not in found.columns:
            raise DataError(
                f"The file of {kind} has no column with the {_WORDS[wanted]}. Columns present: "
                f"{listed(columns)}. {_mended(kind, wanted)}"
            )
    for meaning in _MEANINGS[kind]:
        found.meaning(meaning)
    meanings = {name: column for name, column in found.columns.items() if name != role}
    return TableMapping(kind, found.columns[role], meanings, found.confidence, found.reason)


_WORDS = {
    schema.USER_ID: "user ids",
    schema.ITEM_ID: "item ids",
    schema.FRIEND_ID: "ids of their friends",
}


def _mended(kind: str, role: str) -> str:
    named = "" if kind == LINKS else f", or name it with `mapping.{kind}_id`"
    return f"Rename the right one '{role}'{named}."


class _Found:
    """Role → column so far, with the confidence and the reason for each."""

    def __init__(self, columns: Sequence[str], sample: pd.DataFrame) -> None:
        self._all, self._sample = columns, sample
        self.columns: dict[str, str] = {}
        self.confidence: dict[str, float] = {}
        self.reason: dict[str, str] = {}

    def ids(self, role: str, kind: str) -> None:
        """A known name; then a bare "id"; then a part of a name, or one that is rarely an id."""
        matches = name_matches(self._all, role)
        clear = [match for match in matches if match.level <= _BEST_TIERS]
        bare = self._named(LINK_STARTS if kind == LINKS else _PLAIN_IDS)
        later = [match for match in matches if match.level == PART]
        later += [match for match in matches if match.level == _LAST_TIER]
        if clear:
            self._take(role, clear[0].column, SURENESS[clear[0].level], "its name is known")
        elif bare:
            self._take(role, bare, SURENESS[1], f"it is the '{bare}' of a file of {kind}")
        elif later:
            sure = SURENESS[later[0].level]
            self._take(role, later[0].column, sure, "its name often means this")

    def settle(self, role: str, column: str, kind: str) -> None:
        """The column that was named."""
        if column not in self._all:
            raise DataError(
                f"A file of {kind} has no column '{column}'. Columns present: {listed(self._all)}. "
                f"Name another one with `mapping.{kind}_id`."
            )
        self._take(role, column, 1.0, "your choice")

    def friend(self) -> None:
        """A known name, or the second of two columns whose names both mean a user."""
        matches = [*self._open(schema.FRIEND_ID), *self._open(schema.USER_ID)]
        if matches:
            self._take(schema.FRIEND_ID, matches[0], SURENESS[1], "its name is known")

    def meaning(self, role: str) -> None:
        """The best known name; numbers only for a weight."""
        for column in self._open(role):
            values = self._values(column)
            if role != schema.WEIGHT or fits(schema.VALUE, values, 0):
                self._take(role, column, SURENESS[0], "its name is known")
                return

    def numbered_ids(self, kind: str) -> None:
        usable = [c for c in self._all if self._values(c).id_strength > NO_ID]
        if kind == LINKS:
            for role, column in zip((schema.USER_ID, schema.FRIEND_ID), usable, strict=False):
                self._take(role, column, _BY_VALUES, "guessed: users and friends come first")
            return
        once = [c for c in usable if len(self._values(c).distinct) == len(self._values(c).cells)]
        if once:
            why = "guessed from its values: none comes twice"
            self._take(_ID_ROLE[kind], once[0], _BY_VALUES, why)

    def _open(self, role: str) -> list[str]:
        taken = set(self.columns.values())
        return [m.column for m in name_matches(self._all, role) if m.column not in taken]

    def _named(self, names: Iterable[str]) -> str:
        by_name = {plain_name(column): column for column in sorted(self._all, reverse=True)}
        return next((by_name[name] for name in names if name in by_name), "")

    def _values(self, column: str) -> ColumnValues:
        return ColumnValues.of(self._sample.get(column, pd.Series([], dtype="str")))

    def _take(self, role: str, column: str, confidence: float, reason: str) -> None:
        self.columns[role], self.confidence[role] = column, confidence
        self.reason[role] = reason
