"""From the staged events to clean interactions: parts of the users are cleaned side by side."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

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
from m6rec_core.data.ratings import ValueFacts, has_given_scale
from m6rec_core.data.report import CleaningReport
from m6rec_core.data.rows import NO_TIME, Account, Mask, Rows
from m6rec_core.data.staged import Coded, Events, Staged
from m6rec_core.errors import DataError
from m6rec_core.progress import Progress
from m6rec_core.schema import NO_ROW

ROWS_OF_A_PART = 1_250_000
_MOST_THREADS = 4  # each holds a part in memory
_MOST_KINDS = 30_000  # they are numbers of 16 bits, and two more are made
_DAY = 86_400
_FULL_STRENGTH = 0.98  # quantile of the amounts that counts as the strongest


def clean(
    db: Database, staged: Staged, config: Config, *, progress: Progress
) -> tuple[Interactions, CleaningReport]:
    """Drops what cannot be an event, step by step, and says what became of each row.

    Raises `DataError` when nothing is left, or when there are more kinds of events than can be told apart.
    """
    progress("looking at the values", 0.0)
    events = staged.events
    rules, names = _rules(db, staged, config)
    if config.data.bots:
        rules = replace(rules, is_bot=_bots(db, events, staged))
    progress("cleaning", 0.1)
    account, parts = Account(), []
    for rows, of_part, share in _cleaned_parts(events, rules, config):
        account.add(of_part)
        parts.append(rows)
        progress("cleaning", 0.1 + 0.7 * share)
    rows = drop_rare(Rows.joined(parts), config.data, account)
    progress("ordering", 0.9)
    steps = account.steps(len(events.value), lambda places: _words(places, staged))
    losses = account.dropped | {"unreadable": len(staged.rejected)}
    names_of_files = [file.name for file in staged.files]
    require_rows(len(rows), losses, staged.rows_in, names_of_files)
    interactions = _interactions(rows, events, names, rules, config)
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


def _cleaned_parts(
    events: Events, rules: Rules, config: Config
) -> Iterator[tuple[Rows, Account, float]]:
    """The kept rows of each part of the users, their account, and the share of the work that is done."""
    users, count = len(events.user.texts), max(1, -(-len(events.value) // ROWS_OF_A_PART))
    borders = [NO_ROW, *(users * part // count for part in range(1, count)), users]

    def cleaned(part: int) -> tuple[Rows, Account, float]:
        account = Account()
        rows = _taken(events, borders[part], borders[part + 1], rules)
        return clean_part(rows, rules, config.data, account), account, (part + 1) / count

    pool = ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS))
    try:
        yield from pool.map(cleaned, range(count))
    finally:
        pool.shutdown(cancel_futures=True)


def _rules(db: Database, staged: Staged, config: Config) -> tuple[Rules, tuple[str, ...]]:
    """The rules, and the name of each code of a kind: those of the events, then the derived ones."""
    data = config.data
    scale = None
    if schema.VALUE in staged.columns and staged.value_is_rating is not False:
        values = staged.events.value
        db.register("given_values", pa.table({schema.VALUE: pa.array(values)}))
        present = f"(select * from given_values where not isnan({schema.VALUE}))"
        facts = ValueFacts.of_column(db, present, schema.VALUE)
        if staged.value_is_rating or has_given_scale(data) or facts.are_ratings():
            scale = facts.rating_scale(data)
    names = tuple(staged.events.event.texts) or (schema.RATING,)
    if len(names) > _MOST_KINDS:
        raise DataError(
            f"The events are of {len(names):,} kinds, and can be of {_MOST_KINDS:,}. Map another column "
            "to 'event', or none."
        )
    latest = int(time.time()) + _DAY if not data.latest else seconds_of("data.latest", data.latest)
    rules = Rules(
        columns=staged.columns,
        scale=scale,
        earliest=seconds_of("data.earliest", data.earliest),
        latest=latest,
        cancellation=len(names),
        low_rating=len(names) + 1,
        is_bot=np.zeros(len(staged.events.user.texts), dtype=bool),
    )
    return rules, (*names, CANCELLATION, LOW_RATING)


def _bots(db: Database, events: Events, staged: Staged) -> Mask:
    times = {"user": pa.array(events.user.row), "time": pa.array(events.time)}
    db.register("given_times", pa.table(times))
    day = f"case when time != {NO_TIME} then time // {_DAY} end"
    days = f"count(distinct {day})" if schema.TIMESTAMP in staged.columns else "1"
    found = db.arrays(
        f"select user, count(*)::DOUBLE as events, {days}::DOUBLE as days "
        "from given_times where user >= 0 group by user"
    )
    mask, _ = bots(found["events"], found["days"])
    made = np.zeros(len(events.user.texts), dtype=bool)
    made[found["user"][mask]] = True
    return made


def _taken(events: Events, low: int, high: int, rules: Rules) -> Rows:
    """The rows of the users from row `low` to before `high`, in the order of the files."""
    user = events.user.row
    position = np.flatnonzero((user >= low) & (user < high))
    kind, moment = np.zeros(len(position), np.int16), np.zeros(len(position), np.int64)
    if schema.EVENT in rules.columns:
        kind = events.event.row[position].astype(np.int16)
    if schema.TIMESTAMP in rules.columns:
        moment = events.time[position]
    return Rows(
        user=user[position],
        item=events.item.row[position],
        kind=kind,
        value=events.value[position],
        time=moment,
        position=position.astype(np.min_scalar_type(len(user))),
    )


def _interactions(
    rows: Rows, events: Events, names: tuple[str, ...], rules: Rules, config: Config
) -> Interactions:
    data = config.data
    user_ids, user_row = _compact(events.user, rows.user)
    item_ids, item_row = _compact(events.item, rows.item)
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
    given: Coded, rows: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int32]]:
    """The ids that are still used, and the rows among them."""
    ids = given.texts
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


def _words(positions: list[int], staged: Staged) -> tuple[str, ...]:
    """Staged rows as a reader sees them."""
    columns = [name for name in schema.INTERACTION_COLUMNS if name in staged.columns]
    return tuple(
        ", ".join(
            f"{name.partition('_')[0]} {_cell(name, position, staged.events)}" for name in columns
        )
        for position in positions
    )


def _cell(name: str, position: int, events: Events) -> str:
    texts = {schema.USER_ID: events.user, schema.ITEM_ID: events.item, schema.EVENT: events.event}
    if name in texts:
        row, known = int(texts[name].row[position]), texts[name].texts
        return "missing" if row == NO_ROW else str(known[row])
    if name == schema.TIMESTAMP:
        moment = int(events.time[position])
        if moment == NO_TIME:
            return "missing"
        return str(np.datetime64(moment, "s")).replace("T", " ")
    value = float(events.value[position])
    return "missing" if np.isnan(value) else str(value)
