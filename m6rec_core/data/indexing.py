"""From the staged events to clean interactions: ids become rows, parts of the users are cleaned in turn."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core import schema
from m6rec_core.config import Config
from m6rec_core.data.cleaning import (
    CANCELLATION,
    COUNTED,
    LOW_RATING,
    Rules,
    bots,
    clean_part,
    drop_rare,
    event_weights,
    normalised,
    require_rows,
    seconds_of,
)
from m6rec_core.data.database import Database
from m6rec_core.data.ids import IdMap
from m6rec_core.data.interactions import Interactions, target_of
from m6rec_core.data.kinds import weight_of
from m6rec_core.data.ordering import order_of, rows_of_hashes
from m6rec_core.data.ratings import ValueFacts, has_given_scale
from m6rec_core.data.report import CleaningReport
from m6rec_core.data.rows import NO_TIME, Account, Mask, Rows
from m6rec_core.data.staging import EVENTS, FAULT, Staged
from m6rec_core.errors import DataError
from m6rec_core.progress import Progress
from m6rec_core.schema import NO_ROW

ROWS_OF_A_PART = 5_000_000
_SALTS = ("", ", 1", ", 2")  # further arguments of the hash, in case two ids share one
_NOTHING = 0  # stands for the hash of a missing id
_DAY = 86_400
_FULL_STRENGTH = 0.98  # quantile of the amounts that counts as the strongest


@dataclass(frozen=True, eq=False)
class _Ids:
    """Distinct texts of a column in the order of their hashes; `is_blank` those of spaces only."""

    texts: npt.NDArray[np.object_]
    hashes: npt.NDArray[np.uint64]
    is_blank: Mask
    sql: str

    def rows_of(self, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
        """(n,) row of each hash; -1 for a missing or a blank text."""
        rows = rows_of_hashes(hashes, self.hashes)
        if not self.is_blank.any():
            return rows
        return np.where(np.append(self.is_blank, True)[rows], np.int32(NO_ROW), rows)


def clean(
    db: Database, staged: Staged, config: Config, *, progress: Progress
) -> tuple[Interactions, CleaningReport]:
    """Drops what cannot be an event, step by step, and says what became of each row.

    Raises `DataError` when nothing is left.
    """
    progress("finding the users and the items", 0.0)
    users, items = _ids(db, schema.USER_ID), _ids(db, schema.ITEM_ID)
    kinds = _ids(db, schema.EVENT)
    rules, names = _rules(db, staged, config, kinds, len(users.texts))
    if config.data.bots:
        rules = replace(rules, is_bot=_bots(db, users, staged))
    account = Account()
    (readable,) = db.row(f"select count(*) from {EVENTS} where {FAULT} = 0")
    parts = []
    for where, fraction in _parts(users.sql, readable):
        progress("cleaning", 0.2 + 0.6 * fraction)
        rows = _fetched(db, where, users, items, kinds, rules)
        parts.append(_by_user(clean_part(rows, rules, config.data, account)))
    progress("ordering", 0.85)
    rows = drop_rare(Rows.joined(parts), config.data, account)
    steps = account.steps(readable, lambda places: _words(db, places, staged))
    losses = account.dropped | {"unreadable": len(staged.rejected)}
    require_rows(len(rows), losses, staged.rows_in)
    interactions = _interactions(rows, users, items, names, rules, config)
    report = CleaningReport(
        rows_in=staged.rows_in,
        rows_kept=len(interactions),
        steps=steps,
        rating_range=interactions.rating_range,
        rejected=staged.rejected,
        mapping=staged.mapping,
        time_unit=staged.time_unit,
        files=staged.files,
    )
    return interactions, report


def _ids(db: Database, column: str) -> _Ids:
    for salt in _SALTS:
        hashed = f"hash({column}{salt})"
        found = db.arrow(
            f"select {column} as text, {hashed} as hash from {EVENTS} "
            f"where {column} is not null and {FAULT} = 0 group by {column}"
        )
        hashes = found["hash"].to_numpy()
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        if not (hashes[1:] == hashes[:-1]).any():
            texts = np.asarray(found["text"].to_pandas().to_numpy(dtype=object))[order]
            sql = f"case when {column} is null then {_NOTHING}::UBIGINT else {hashed} end"
            is_blank = np.asarray(pd.Series(texts, dtype="str").str.strip() == "", dtype=bool)
            return _Ids(texts, hashes.astype(np.uint64), is_blank, sql)
    raise DataError(f"The ids of '{column}' cannot be told apart. Report this with the file.")


def _rules(
    db: Database, staged: Staged, config: Config, kinds: _Ids, n_users: int
) -> tuple[Rules, tuple[str, ...]]:
    """The rules, and the name of each code of a kind: those of the events, then the derived ones."""
    data = config.data
    scale = None
    if schema.VALUE in staged.columns and staged.value_is_rating is not False:
        facts = ValueFacts.of_column(db, EVENTS, schema.VALUE)
        if staged.value_is_rating or has_given_scale(data) or facts.are_ratings():
            scale = facts.rating_scale(data)
    names = tuple(kinds.texts) if schema.EVENT in staged.columns else (schema.RATING,)
    latest = int(time.time()) + _DAY if not data.latest else seconds_of("data.latest", data.latest)
    rules = Rules(
        columns=staged.columns,
        scale=scale,
        earliest=seconds_of("data.earliest", data.earliest),
        latest=latest,
        cancellation=len(names),
        low_rating=len(names) + 1,
        is_bot=np.zeros(n_users, dtype=bool),
    )
    return rules, (*names, CANCELLATION, LOW_RATING)


def _bots(db: Database, users: _Ids, staged: Staged) -> Mask:
    days = f"count(distinct timestamp // {_DAY})" if schema.TIMESTAMP in staged.columns else "1"
    found = db.arrays(
        f"select {users.sql} as hash, count(*)::DOUBLE as events, {days}::DOUBLE as days "
        f"from {EVENTS} where {FAULT} = 0 and user_id is not null group by 1"
    )
    mask, _ = bots(found["events"], found["days"])
    made = np.zeros(len(users.texts), dtype=bool)
    made[users.rows_of(found["hash"][mask])] = True
    return made


def _parts(hashed: str, rows: int) -> Iterator[tuple[str, float]]:
    """Conditions that part the users evenly, and the share of the work before each."""
    count = max(1, -(-rows // ROWS_OF_A_PART))
    if count == 1:
        yield f"{FAULT} = 0", 0.0
        return
    borders = [(1 << 64) * part // count for part in range(count + 1)]
    for part in range(count):
        low, high = borders[part], borders[part + 1] - 1
        condition = f"{hashed} between {low}::UBIGINT and {high}::UBIGINT"
        yield f"{FAULT} = 0 and {condition}", part / count


def _fetched(db: Database, where: str, users: _Ids, items: _Ids, kinds: _Ids, rules: Rules) -> Rows:
    found = db.arrays(
        f"select {users.sql} as user, {items.sql} as item, {kinds.sql} as kind, "
        f"coalesce(value, 'nan'::DOUBLE) as value, coalesce(timestamp, {NO_TIME}) as time, "
        f"rowid::BIGINT as position from {EVENTS} where {where}"
    )
    n = len(found["position"])
    kind = kinds.rows_of(found.pop("kind")).astype(np.int16)
    if schema.EVENT not in rules.columns:
        kind = np.zeros(n, dtype=np.int16)
    moment = found.pop("time")
    if schema.TIMESTAMP not in rules.columns:
        moment = np.zeros(n, dtype=np.int64)
    return Rows(
        user=users.rows_of(found.pop("user")),
        item=items.rows_of(found.pop("item")),
        kind=kind,
        value=found.pop("value"),
        time=moment,
        position=found.pop("position"),
    )


def _by_user(rows: Rows) -> Rows:
    """Rows in the order of time by user, then time, then the order of the files."""
    return rows.take(order_of(rows.user.astype(np.int64)))


def _interactions(
    rows: Rows, users: _Ids, items: _Ids, names: tuple[str, ...], rules: Rules, config: Config
) -> Interactions:
    data = config.data
    user_ids, user_row = _compact(users.texts, rows.user)
    item_ids, item_row = _compact(items.texts, rows.item)
    value = normalised(rows.value, rows.user, data.normalise)
    rating_range = _range(value, rules, config)
    if schema.EVENT not in rules.columns and rating_range is None:
        names = (schema.INTERACTION, *names[1:])
    kind_names, kind = _named_kinds(names, rows.kind)
    weights = event_weights(data.event_weights)
    event_weight = np.array([weight_of(name, weights) for name in kind_names], dtype=np.float32)
    return Interactions(
        users=IdMap.in_given_order(user_ids),
        items=IdMap.in_given_order(item_ids),
        user_row=user_row,
        item_row=item_row,
        event=kind,
        value=value.astype(np.float32),
        timestamp=rows.time,
        event_names=kind_names,
        event_weights=event_weight,
        target=target_of(data.target, kind_names, event_weight),
        rating_range=rating_range,
        has_time=schema.TIMESTAMP in rules.columns,
        half_life_days=data.half_life_days,
        full_amount=_full_amount(value, rating_range, config),
    )


def _compact(
    ids: npt.NDArray[np.object_], rows: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int32]]:
    """The ids that are still used, and the rows among them."""
    used = np.zeros(len(ids), dtype=bool)
    used[rows] = True
    if used.all():
        return ids, rows
    return ids[used], (np.cumsum(used, dtype=np.int32) - 1)[rows]


def _named_kinds(
    names: tuple[str, ...], code: npt.NDArray[np.int16]
) -> tuple[tuple[str, ...], npt.NDArray[np.int16]]:
    """The names that occur, in alphabetical order, and the codes among them."""
    present = sorted({names[place] for place in np.flatnonzero(np.bincount(code))})
    new = np.array([present.index(n) if n in present else 0 for n in names], dtype=np.int16)
    return tuple(str(name) for name in present), new[code]


def _range(
    value: npt.NDArray[np.float64], rules: Rules, config: Config
) -> tuple[float, float] | None:
    """The scale of the ratings as they are now; None when they are none, or all equal."""
    if rules.scale is None or config.data.repeats in (*COUNTED, "sum"):
        return None
    if has_given_scale(config.data) and config.data.normalise == "none":
        return rules.scale
    present = value[np.isfinite(value)]
    low, high = float(present.min(initial=np.inf)), float(present.max(initial=-np.inf))
    return (low, high) if low < high else None


def _full_amount(
    value: npt.NDArray[np.float64], rating_range: tuple[float, float] | None, config: Config
) -> float:
    """The amount that counts as the strongest, where repeats were added up or counted; else 0."""
    if config.data.repeats not in (*COUNTED, "sum", "max") or rating_range:
        return 0.0
    positive = value[value > 0]
    return float(np.quantile(positive, _FULL_STRENGTH)) if len(positive) else 0.0


def _words(db: Database, positions: list[int], staged: Staged) -> tuple[str, ...]:
    """Staged rows as a reader sees them."""
    columns = [name for name in schema.INTERACTION_COLUMNS if name in staged.columns]
    chosen = ", ".join(str(position) for position in positions)
    found = db.arrow(
        f"select {', '.join(columns)} from {EVENTS} where rowid in ({chosen}) order by rowid"
    ).to_pandas()
    return tuple(
        ", ".join(
            f"{str(name).partition('_')[0]} {_cell(name, cell)}" for name, cell in row.items()
        )
        for row in found.to_dict("records")
    )


def _cell(name: object, cell: float | str | None) -> str:
    if pd.isna(cell):
        return "missing"
    if name == schema.TIMESTAMP:
        seconds = int(str(cell).partition(".")[0])
        return str(np.datetime64(seconds, "s")).replace("T", " ")
    return str(cell)
