"""Which column of a file plays which role, guessed or named, and the mapped table."""

import csv
import io
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Words
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from m6rec_core import schema
from m6rec_core.config import MappingConfig
from m6rec_core.data.aliases import ALIASES, AMOUNT_NAMES, RATING_NAMES, SESSION, without_type
from m6rec_core.data.aliases import plain_name as plain_name
from m6rec_core.data.describing import describing_columns
from m6rec_core.data.guessing import NAMED, guess_roles
from m6rec_core.data.loading import RawTable
from m6rec_core.data.numbers import to_numbers
from m6rec_core.data.reading.rejects import rejected_rows
from m6rec_core.data.role_names import listed
from m6rec_core.data.table_mapping import TableMapping as TableMapping
from m6rec_core.data.table_mapping import guess_table as guess_table
from m6rec_core.data.times import to_unix_seconds
from m6rec_core.errors import DataError

ROLES = schema.INTERACTION_COLUMNS
ALL_ROLES = (*ROLES, SESSION)
USER_ATTRIBUTES, ITEM_ATTRIBUTES = "user_attributes", "item_attributes"
NO_COLUMN = "-"


@dataclass(frozen=True)
class Mapping:
    """The source column of each role, empty where there is none, and how sure the guess is, 0 to 1.

    Where there is no user but a session, the session stands in for the user. `confidence` and `reason`
    (in plain words) are by role, and by "user_attributes" and "item_attributes".
    """

    user_id: str = ""
    item_id: str = ""
    event: str = ""
    value: str = ""
    timestamp: str = ""
    session: str = ""
    user_attributes: tuple[str, ...] = ()
    item_attributes: tuple[str, ...] = ()
    confidence: Words[str, float] = field(default_factory=dict)
    reason: Words[str, str] = field(default_factory=dict)

    def sources(self) -> dict[str, str]:
        """Role → column, of the roles that have one."""
        return {role: getattr(self, role) for role in ALL_ROLES if getattr(self, role)}

    @property
    def who(self) -> str:
        """The column that tells users apart: that of the user, or of the session in its place."""
        return self.user_id or self.session

    def value_is_rating(self) -> bool | None:
        """What the name of the value column says; None when it does not say, or there is no column."""
        word = plain_name(self.value)
        if word in AMOUNT_NAMES:
            return False
        is_rating = word in RATING_NAMES or word.endswith(("rating", "ratings", "stars"))
        return True if is_rating else None

    def to_words(self) -> dict[str, str]:
        """Options of the configuration that name all of this mapping, so that nothing is guessed.

        >>> Mapping("who", "what", item_attributes=("kind", "a, b")).to_words()["mapping.item_attributes"]
        'kind,"a, b"'
        """
        named = {f"mapping.{role}": getattr(self, role) or NO_COLUMN for role in ALL_ROLES}
        for attributes in (USER_ATTRIBUTES, ITEM_ATTRIBUTES):
            named[f"mapping.{attributes}"] = _joined(getattr(self, attributes)) or NO_COLUMN
        return named

    @classmethod
    def from_words(cls, words: Words[str, str]) -> "Mapping":
        """The mapping that `to_words` wrote; options that are not there, or empty, name no column."""
        named = {role: words.get(f"mapping.{role}", "") for role in ALL_ROLES}
        made = _of_sources({role: name for role, name in named.items() if name != NO_COLUMN})
        users, items = (
            _parted(words.get(f"mapping.{attributes}", NO_COLUMN))
            for attributes in (USER_ATTRIBUTES, ITEM_ATTRIBUTES)
        )
        return replace(made, user_attributes=users, item_attributes=items)


@dataclass(frozen=True, eq=False)
class MappedTable:
    """The interactions table, and the rows with a cell that could not be converted.

    `frame`: `user_id`, `item_id` texts and, where mapped, `event` text, `value` float64, `timestamp`
    Int64 Unix seconds; missing cells are missing still. `rejected` as in `RawTable`.
    """

    frame: pd.DataFrame
    rejected: pd.DataFrame
    time_unit: str


def guess_column(columns: Iterable[str], role: str) -> str:
    """The first column whose name is known for this role; empty when there is none.

    A session counts for a user where there is none.
    """
    by_name = {plain_name(column): column for column in reversed(list(columns))}
    known = (*ALIASES[role], *(ALIASES[SESSION] if role == schema.USER_ID else ()))
    return next((by_name[alias] for alias in known if alias in by_name), "")


def guess_mapping(columns: Sequence[str], sample: pd.DataFrame) -> Mapping:
    """Guesses the roles of columns from their names and from a few rows, as texts.

    A role whose column's values do not fit (a time that is no time) stays empty.

    >>> guess_mapping(["movieId", "userId"], pd.DataFrame()).sources()
    {'user_id': 'userId', 'item_id': 'movieId'}
    """
    return _guessed(columns, sample, settled={})


def resolve_mapping(
    columns: Sequence[str] | pd.DataFrame,
    sample: pd.DataFrame | MappingConfig,
    config: MappingConfig | None = None,
) -> Mapping:
    """The guess, overruled by the columns that the configuration names; `-` says that there is none.

    Raises `DataError` that lists the columns present when a named column is not there, or no column
    can be guessed for the user (or the session) or the item. A table with a configuration may be given
    in place of columns and sample.
    """
    is_table = isinstance(columns, pd.DataFrame)
    table: object = columns if is_table else sample
    options: object = sample if is_table else config
    names = [str(name) for name in columns]
    if not isinstance(table, pd.DataFrame) or not isinstance(options, MappingConfig):
        raise TypeError("Give the columns, a sample of rows, and a configuration.")
    settled = {
        role: "" if name == NO_COLUMN else _named_column(role, name, names)
        for role in ALL_ROLES
        if (name := getattr(options, role))
    }
    made = _guessed(names, table, settled)
    for attributes in (USER_ATTRIBUTES, ITEM_ATTRIBUTES):
        if text := getattr(options, attributes):
            made = _with_named_attributes(made, attributes, text, names)
    if not made.who:
        raise DataError(_missing("user", schema.USER_ID, names))
    if not made.item_id:
        raise DataError(_missing("item", schema.ITEM_ID, names))
    return made


def map_table(raw: RawTable, mapping: Mapping) -> MappedTable:
    """Renames the columns of the roles and converts values and times.

    A row whose value is not a finite number, or whose time cannot be read, is rejected: rows of the
    table = rows of `frame` + rows of `rejected`. A column without any value counts as not mapped.
    """
    source = {role: raw.frame[column] for role, column in _converted(mapping).items()}
    required = (schema.USER_ID, schema.ITEM_ID)
    source = {
        role: cells for role, cells in source.items() if role in required or cells.notna().any()
    }
    frame = pd.DataFrame({role: _as_text(source[role]) for role in ROLES if role in source})
    bad: dict[str, pd.Series] = {}
    unit = ""
    if schema.VALUE in frame:
        numbers = to_numbers(frame[schema.VALUE])
        bad[schema.VALUE] = frame[schema.VALUE].notna() & np.isnan(numbers)
        frame[schema.VALUE] = numbers
    if schema.TIMESTAMP in frame:
        times = to_unix_seconds(frame[schema.TIMESTAMP])
        bad[schema.TIMESTAMP] = frame[schema.TIMESTAMP].notna() & ~times.is_valid
        frame[schema.TIMESTAMP] = pd.Series(times.seconds, dtype="Int64").where(times.is_valid)
        unit = times.unit
    return _without_bad_rows(raw, mapping, frame, bad, unit)


def _without_bad_rows(
    raw: RawTable, mapping: Mapping, frame: pd.DataFrame, bad: dict[str, pd.Series], unit: str
) -> MappedTable:
    reasons = {
        schema.VALUE: ("not a number", "Write a number such as 4.5, or leave the cell empty."),
        schema.TIMESTAMP: ("not a time", "Write it as the other rows do, or leave the cell empty."),
    }
    is_bad = np.zeros(len(frame), dtype=bool)
    rows: list[tuple[int, str, str, str, str]] = []
    for role, wrong in bad.items():
        column = getattr(mapping, role)
        positions = np.flatnonzero(wrong.to_numpy(bool) & ~is_bad)
        lines = raw.line.to_numpy(np.int64)[positions].tolist()
        texts = raw.frame[column].iloc[positions].astype(str).tolist()
        reason, remedy = reasons[role]
        rows += [
            (line, column, reason, text, remedy) for line, text in zip(lines, texts, strict=True)
        ]
        is_bad[positions] = True
    kept = frame[~is_bad].reset_index(drop=True) if is_bad.any() else frame
    return MappedTable(kept, rejected_rows(sorted(rows)), unit)


def _converted(mapping: Mapping) -> dict[str, str]:
    """Role → column, with the session as the user where there is none."""
    columns = {role: getattr(mapping, role) for role in ROLES} | {schema.USER_ID: mapping.who}
    return {role: column for role, column in columns.items() if column}


def _as_text(cells: pd.Series) -> pd.Series:
    return cells.astype("str").reset_index(drop=True)


def _guessed(columns: Sequence[str], sample: pd.DataFrame, settled: dict[str, str]) -> Mapping:
    found = guess_roles(columns, sample, settled)
    made = replace(
        _of_sources({role: guess.column for role, guess in found.items()}),
        confidence={role: guess.confidence for role, guess in found.items()},
        reason={role: guess.reason for role, guess in found.items()},
    )
    taken = set(made.sources().values())
    free = [column for column in columns if column not in taken]
    users, items = describing_columns(sample, free, made.who, made.item_id)
    made = _with_attributes(made, USER_ATTRIBUTES, users, 0.8, "each user has one value of it")
    return _with_attributes(made, ITEM_ATTRIBUTES, items, 0.8, "each item has one value of it")


def _of_sources(sources: dict[str, str]) -> Mapping:
    return Mapping(
        user_id=sources.get(schema.USER_ID, ""),
        item_id=sources.get(schema.ITEM_ID, ""),
        event=sources.get(schema.EVENT, ""),
        value=sources.get(schema.VALUE, ""),
        timestamp=sources.get(schema.TIMESTAMP, ""),
        session=sources.get(SESSION, ""),
    )


def _with_attributes(
    mapping: Mapping, attributes: str, columns: tuple[str, ...], confidence: float, reason: str
) -> Mapping:
    """The mapping with these columns as the attributes of users or items, in place of the guessed ones."""
    sure = {role: value for role, value in mapping.confidence.items() if role != attributes}
    why = {role: text for role, text in mapping.reason.items() if role != attributes}
    made = replace(mapping, confidence=sure, reason=why, **{attributes: columns})  # type: ignore[arg-type]
    if columns:
        sure[attributes], why[attributes] = confidence, reason
    return made


def _with_named_attributes(
    mapping: Mapping, attributes: str, text: str, columns: Sequence[str]
) -> Mapping:
    """The mapping with the attributes that the configuration lists; they describe nothing else."""
    names = [text] if text in columns else list(_parted(text))
    named = tuple(_named_column(attributes, name, columns) for name in names)
    other = ITEM_ATTRIBUTES if attributes == USER_ATTRIBUTES else USER_ATTRIBUTES
    left = tuple(column for column in getattr(mapping, other) if column not in named)
    freed = replace(mapping, **{other: left})  # type: ignore[arg-type]
    return _with_attributes(freed, attributes, named, 1.0, NAMED)


def _named_column(role: str, name: str, columns: Sequence[str]) -> str:
    if name in columns:
        return name
    near = [column for column in columns if without_type(column) == name]
    if near:
        return near[0]
    raise DataError(
        f"There is no column '{name}' for mapping.{role}. Columns present: {listed(columns)}. "
        f"Name one with `--set mapping.{role}=COLUMN`."
    )


def _missing(kind: str, role: str, columns: Sequence[str]) -> str:
    return (
        f"No column with the {kind} ids was found. Columns present: {listed(columns)}. "
        f"Name one with `--set mapping.{role}=COLUMN`."
    )


def _joined(columns: Sequence[str]) -> str:
    """Names as one line of csv."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(columns)
    return line.getvalue()


def _parted(text: str) -> tuple[str, ...]:
    """The names of a line of csv; none for an empty one and for `-`."""
    if text == NO_COLUMN:
        return ()
    names = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(name.strip() for name in names if name.strip())
