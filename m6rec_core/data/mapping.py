"""Which column of a file plays which role, guessed from names and values, and the mapped table."""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Words
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from m6rec_core import schema
from m6rec_core.config import MappingConfig
from m6rec_core.data.loading import RawTable, rejected_rows
from m6rec_core.data.numbers import to_numbers
from m6rec_core.data.times import to_unix_seconds
from m6rec_core.errors import DataError

ROLES = schema.INTERACTION_COLUMNS

# Names as other systems write them, in lower case without marks; the first that is there wins
ALIASES: Words[str, tuple[str, ...]] = {
    schema.USER_ID: (
        *("userid", "user", "uid", "usertoken", "visitorid", "customerid", "sessionid", "session"),
        *("customer", "visitor", "reviewerid", "memberid", "member", "accountid", "account"),
        *("clientid", "client", "buyerid", "deviceid", "profileid", "viewerid", "reader", "u"),
    ),
    schema.ITEM_ID: (
        *("itemid", "item", "iid", "movieid", "productid", "objectid", "aid", "asin", "parentasin"),
        *("stockcode", "sku", "articleid", "bookid", "isbn", "trackid", "songid", "artistid"),
        *("videoid", "newsid", "businessid", "gameid", "adid", "contentid", "goodsid", "movie"),
        *("product", "article", "song", "track", "artist", "video", "news", "book", "game", "i"),
    ),
    schema.EVENT: (
        *("event", "eventtype", "eventname", "feedbacktype", "behavior", "behaviour"),
        *("behaviortype", "behaviourtype", "action", "actiontype", "interactiontype", "type"),
    ),
    schema.VALUE: (
        *("rating", "value", "eventvalue", "score", "stars", "star", "overall", "label", "weight"),
        *("target", "preference", "playcount", "plays", "quantity", "qty", "count", "watchratio"),
    ),
    schema.TIMESTAMP: (
        *("timestamp", "time", "datetime", "ts", "unixreviewtime", "eventtime", "date"),
        *("createdat", "created", "timems", "invoicedate", "eventtimestamp", "reviewtime"),
    ),
}
RATING_NAMES = frozenset(
    {"rating", "score", "stars", "star", "overall", "label", "preference", "target"}
)
AMOUNT_NAMES = frozenset(
    {"weight", "playcount", "plays", "quantity", "qty", "count", "watchratio", "price", "amount"}
)
_PARTS: Words[str, tuple[str, ...]] = {  # words inside a longer name: a guess with less confidence
    schema.USER_ID: ("user", "customer", "visitor", "member", "session"),
    schema.ITEM_ID: (
        "item",
        "product",
        "movie",
        "article",
        "song",
        "track",
        "video",
        "book",
        "sku",
    ),
}
_TYPED_HEADER = re.compile(r":(?:token|token_seq|float|float_seq)$")
_SAMPLE = 1000
_CERTAIN, _BY_VALUES, _BY_PART = 1.0, 0.9, 0.6


@dataclass(frozen=True)
class Mapping:
    """The source column of each role, empty where there is none, and how sure the guess is, 0 to 1."""

    user_id: str = ""
    item_id: str = ""
    event: str = ""
    value: str = ""
    timestamp: str = ""
    confidence: Words[str, float] = field(default_factory=dict)

    def sources(self) -> dict[str, str]:
        """Role → column, of the roles that have one."""
        return {role: getattr(self, role) for role in ROLES if getattr(self, role)}

    def value_is_rating(self) -> bool | None:
        """What the name of the value column says; None when it does not say, or there is no column."""
        word = plain_name(self.value)
        return True if word in RATING_NAMES else False if word in AMOUNT_NAMES else None


@dataclass(frozen=True, eq=False)
class MappedTable:
    """The interactions table, and the rows with a cell that could not be converted.

    `frame`: `user_id`, `item_id` texts and, where mapped, `event` text, `value` float64, `timestamp`
    Int64 Unix seconds; missing cells are missing still. `rejected` as in `RawTable`.
    """

    frame: pd.DataFrame
    rejected: pd.DataFrame
    time_unit: str


def plain_name(column: str) -> str:
    """A column's name without case, marks and RecBole's type.

    >>> plain_name("user_id:token"), plain_name("EVENT_TYPE")
    ('userid', 'eventtype')
    """
    return re.sub(r"[\W_]+", "", _TYPED_HEADER.sub("", column.strip())).lower()


def guess_column(columns: Iterable[str], role: str) -> str:
    """The first column whose name is known for this role; empty when there is none."""
    by_name = {plain_name(column): column for column in reversed(list(columns))}
    return next((by_name[alias] for alias in ALIASES[role] if alias in by_name), "")


def guess_mapping(columns: Sequence[str], sample: pd.DataFrame) -> Mapping:
    """Guesses the roles of columns from their names, and checks the guess against a few rows.

    A role whose column's values do not fit (a time that is no time) stays empty.

    >>> guess_mapping(["movieId", "userId"], pd.DataFrame()).sources()
    {'user_id': 'userId', 'item_id': 'movieId'}
    """
    found: dict[str, str] = {}
    confidence: dict[str, float] = {}
    for role in ROLES:
        free = [column for column in columns if column not in found.values()]
        column, sure = guess_column(free, role), _CERTAIN
        if not column and role in _PARTS:
            names = ((name, plain_name(name)) for name in free)
            column = next(
                (n for n, plain in names if any(part in plain for part in _PARTS[role])), ""
            )
            sure = _BY_PART
        if column and role in (schema.VALUE, schema.TIMESTAMP) and column in sample.columns:
            fits = _share_that_fits(role, sample[column].dropna().head(_SAMPLE))
            column, sure = (column, round(_BY_VALUES + 0.1 * fits, 3)) if fits > 0.5 else ("", 0.0)
        if column:
            found[role], confidence[role] = column, sure
    return _mapping_of(found, confidence)


def resolve_mapping(table: pd.DataFrame, config: MappingConfig) -> Mapping:
    """The guess, overruled by the columns that the configuration names.

    Raises `DataError` that lists the columns present when a named column is not there, or no column
    can be guessed for the user or the item.
    """
    columns = [str(column) for column in table.columns]
    guessed = guess_mapping(columns, table.head(_SAMPLE))
    named = {
        role: _named_column(role, name, columns)
        for role in ROLES
        if (name := getattr(config, role))
    }
    taken = set(named.values())
    kept = {role: name for role, name in guessed.sources().items() if name not in taken}
    confidence = {role: guessed.confidence[role] for role in kept} | dict.fromkeys(named, _CERTAIN)
    made = _mapping_of(kept | named, confidence)
    for role in (schema.USER_ID, schema.ITEM_ID):
        if not getattr(made, role):
            kind = role.removesuffix("_id")
            raise DataError(
                f"No column with the {kind} ids was found. Columns present: {_listed(columns)}. "
                f"Name one with `--set mapping.{role}=COLUMN`."
            )
    return made


def apply_mapping(raw: RawTable, mapping: Mapping) -> pd.DataFrame:
    """The readable rows of `map_table`."""
    return map_table(raw, mapping).frame


def map_table(raw: RawTable, mapping: Mapping) -> MappedTable:
    """Renames the columns of the roles and converts values and times.

    A row whose value is not a finite number, or whose time cannot be read, is rejected: rows of the
    table = rows of `frame` + rows of `rejected`. A column without any value counts as not mapped.
    """
    source = {role: raw.frame[column] for role, column in mapping.sources().items()}
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
    reasons = {schema.VALUE: "not a number", schema.TIMESTAMP: "not a time"}
    is_bad = np.zeros(len(frame), dtype=bool)
    rows: list[tuple[int, str, str, str]] = []
    for role, wrong in bad.items():
        column = mapping.sources()[role]
        positions = np.flatnonzero(wrong.to_numpy(bool) & ~is_bad)
        lines = raw.line.to_numpy(np.int64)[positions].tolist()
        texts = raw.frame[column].iloc[positions].astype(str).tolist()
        rows += [
            (line, column, reasons[role], text) for line, text in zip(lines, texts, strict=True)
        ]
        is_bad[positions] = True
    kept = frame[~is_bad].reset_index(drop=True) if is_bad.any() else frame
    return MappedTable(kept, rejected_rows(sorted(rows)), unit)


def _mapping_of(sources: dict[str, str], confidence: dict[str, float]) -> Mapping:
    return Mapping(
        user_id=sources.get(schema.USER_ID, ""),
        item_id=sources.get(schema.ITEM_ID, ""),
        event=sources.get(schema.EVENT, ""),
        value=sources.get(schema.VALUE, ""),
        timestamp=sources.get(schema.TIMESTAMP, ""),
        confidence=confidence,
    )


def _as_text(cells: pd.Series) -> pd.Series:
    return cells.astype("str").reset_index(drop=True)


def _share_that_fits(role: str, cells: pd.Series) -> float:
    if cells.empty:
        return 1.0
    if role == schema.VALUE:
        return float(np.isfinite(to_numbers(cells)).mean())
    return float(to_unix_seconds(cells).is_valid.mean())


def _named_column(role: str, name: str, columns: list[str]) -> str:
    if name in columns:
        return name
    near = [column for column in columns if _TYPED_HEADER.sub("", column) == name]
    if near:
        return near[0]
    raise DataError(
        f"There is no column '{name}' for mapping.{role}. Columns present: {_listed(columns)}. "
        f"Name one with `--set mapping.{role}=COLUMN`."
    )


def _listed(columns: list[str]) -> str:
    shown = ", ".join(f"'{column}'" for column in columns[:20])
    return f"{shown} and {len(columns) - 20} more" if len(columns) > 20 else shown
