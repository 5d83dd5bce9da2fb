"""Which column of the events plays which role: by its name where it has a known one, else by its values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from m6rec_core import schema
from m6rec_core.data import role_values
from m6rec_core.data.aliases import SESSION
from m6rec_core.data.column_values import NO_ID, STRONG_ID, WEAK_ID, ColumnValues
from m6rec_core.data.role_names import PART, SURENESS, is_numbered, name_matches, says_nothing

_BY_NAME = (
    *(schema.TIMESTAMP, schema.EVENT, schema.VALUE),
    *(schema.USER_ID, schema.ITEM_ID, SESSION),
)
_WHO_AND_WHAT = {schema.USER_ID, schema.ITEM_ID, SESSION}
_NAME_WORDS = {PART: "a part of its name is known", PART - 1: "its name often means this"}
NAMED = "the analyst named it"
_FROM_VALUES = "guessed from its values"
_MOST_COLUMNS = 50  # of those whose name says nothing


@dataclass(frozen=True)
class Guess:
    """A column, how sure it is from 0 to 1, and why, in plain words."""

    column: str
    confidence: float
    reason: str


def guess_roles(
    columns: Sequence[str], sample: pd.DataFrame, settled: Mapping[str, str] | None = None
) -> dict[str, Guess]:
    """Role → guess, for the roles that a column was found for; no column plays two.

    `settled` are the roles about which there is nothing to guess: their column, or empty for none.
    Of `columns`, which are in the order of the file, those that are not in `sample` go by their name. A known name whose values do not fit (a time that is no time) does not count; of names that are
    known as well, the values choose. Where the names say nothing, times, kinds of behaviour, ratings
    and ids are told by their values, users before items.
    """
    search = _Search(columns, sample, settled or {})
    for parts in (False, True):
        for role in _BY_NAME:
            search.by_name(role, parts=parts)
    search.prefer_session()
    search.times_and_events()
    if search.is_foreign:
        search.ratings()
    search.ids()
    if search.is_foreign:
        search.amounts()
    return {role: guess for role, guess in search.found.items() if guess.column}


class _Search:
    """The guesses so far, and what the columns that are still free look like."""

    def __init__(
        self, columns: Sequence[str], sample: pd.DataFrame, settled: Mapping[str, str]
    ) -> None:
        self._columns, self._sample, self._settled = columns, sample, settled
        self.found = {role: Guess(column, 1.0, NAMED) for role, column in settled.items()}
        self._seen: dict[str, ColumnValues] = {}
        self._are_numbered = all(is_numbered(column) for column in columns)
        # no name tells who did it or with what: then nothing is known of the other columns
        self.is_foreign = self._are_numbered or not any(
            name_matches(columns, role) for role in _WHO_AND_WHAT
        )
        unknown = [column for column in columns if column in sample and says_nothing(column)]
        self._unknown = unknown[:_MOST_COLUMNS]

    def values(self, column: str) -> ColumnValues:
        if column not in self._seen:
            empty = pd.Series([], dtype="str")
            self._seen[column] = ColumnValues.of(self._sample.get(column, empty))
        return self._seen[column]

    def by_name(self, role: str, *, parts: bool) -> None:
        """Takes the best of the columns whose name is known for the role, wholly or in part."""
        if role in self.found:
            return
        matches = name_matches(self._free(self._columns), role)
        matches = [match for match in matches if (match.level == PART) == parts]
        for level, group in groupby(matches, key=lambda match: match.level):
            fitting = [m for m in group if role_values.fits(role, self.values(m.column), level)]
            if not fitting:
                continue
            best = max(
                fitting, key=lambda match: role_values.merit(role, self.values(match.column))
            )
            look = role_values.words(role, self.values(best.column))
            name = _NAME_WORDS.get(level, "its name is known")
            sure = SURENESS[level] - role_values.doubt(role, self.values(best.column))
            self._take(role, best.column, sure, f"{name}, {look}" if look else name)
            return

    def prefer_session(self) -> None:
        """Of a user column that is mostly empty and a session column that is not, the latter is left."""
        if schema.USER_ID in self._settled or not {schema.USER_ID, SESSION} <= self.found.keys():
            return
        user, session = self.found[schema.USER_ID].column, self.found[SESSION].column
        if session and self.values(user).filled < 0.5 and self.values(session).filled > 0.9:
            del self.found[schema.USER_ID]

    def times_and_events(self) -> None:
        for role, sure in ((schema.TIMESTAMP, 0.8), (schema.EVENT, 0.8)):
            if role not in self.found:
                found = [c for c in self._open() if role_values.shows(role, self.values(c))]
                if found:
                    best = max(found, key=lambda c: role_values.merit(role, self.values(c)))
                    self._take_by_values(role, best, sure)

    def ratings(self) -> None:
        """The last column with ratings, as long as enough others are left for the ids."""
        left = self._open()
        rated = [column for column in left if self.values(column).are_ratings]
        if schema.VALUE not in self.found and rated and len(left) > len(self._wanted):
            by_steps = max(rated, key=lambda c: (self.values(c).has_fractions, left.index(c)))
            self._take_by_values(schema.VALUE, by_steps, 0.6)

    def ids(self) -> None:
        """Columns of ids: the two best in the order of the file, or the richest one when one is needed."""
        wanted = self._wanted
        least = WEAK_ID if self._are_numbered else STRONG_ID
        pool = [c for c in self._open() if self.values(c).id_strength >= least > NO_ID]
        if len(wanted) == 1:
            pool.sort(key=lambda c: (*_richness(self.values(c)), c), reverse=True)
            best = pool[:1]
        else:
            pool.sort(key=lambda c: -self.values(c).id_strength)
            best = sorted(pool[: len(wanted)], key=list(self._columns).index)
        for role, column in zip(wanted, best, strict=False):
            self._take_by_values(role, column, 0.5 if self._are_numbered else 0.4)

    def amounts(self) -> None:
        counted = [column for column in self._open() if self.values(column).are_amounts]
        if schema.VALUE not in self.found and counted and schema.ITEM_ID in self.found:
            self._take_by_values(schema.VALUE, counted[-1], 0.4)

    @property
    def _wanted(self) -> list[str]:
        has_user = self.found.keys() & {schema.USER_ID, SESSION}
        wanted = [] if has_user else [schema.USER_ID]
        return wanted if schema.ITEM_ID in self.found else [*wanted, schema.ITEM_ID]

    def _free(self, columns: Sequence[str]) -> list[str]:
        taken = {guess.column for guess in self.found.values()}
        return [column for column in columns if column not in taken]

    def _open(self) -> list[str]:
        return self._free(self._unknown)

    def _take(self, role: str, column: str, confidence: float, reason: str) -> None:
        self.found[role] = Guess(column, round(confidence, 3), reason)

    def _take_by_values(self, role: str, column: str, confidence: float) -> None:
        look = role_values.words(role, self.values(column))
        self._take(
            role, column, confidence, f"{_FROM_VALUES}: {look.removeprefix('its values are ')}"
        )


def _richness(values: ColumnValues) -> tuple[int, bool, int]:
    return values.id_strength, values.comes_again, len(values.distinct)
