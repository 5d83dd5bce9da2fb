"""What of the staged events is kept: an ordered list of steps, each dropped row counted by its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core import schema
from m6rec_core.config import DataConfig
from m6rec_core.data.ordering import Positions, starts_of_chains
from m6rec_core.data.ratings import has_given_scale
from m6rec_core.data.rows import NO_TIME, Account, Mask, Rows, before_alike, by_user
from m6rec_core.errors import ConfigError, DataError
from m6rec_core.schema import NO_ROW

CANCELLATION, LOW_RATING = "cancellation", "low_rating"
_DAY = 86_400
_ROBUST_DEVIATIONS = 6.0  # of the logarithm: with the usual spread nobody of a million is beyond
_LEAST_BOT_EVENTS = 50.0  # a day: nobody is a bot for less
COUNTED = ("count", "log_count")


@dataclass(frozen=True)
class Rules:
    """What the steps must know of the whole data before they see a part of it.

    - `columns` names of the columns that have values
    - `scale` lowest and highest valid rating; None when the values are no ratings
    - `earliest`, `latest` Unix seconds
    - `cancellation`, `low_rating` codes of these kinds
    - `is_bot` (users,) whether a user has an impossible number of events per day
    """

    columns: frozenset[str]
    scale: tuple[float, float] | None
    earliest: int
    latest: int
    cancellation: int
    low_rating: int
    is_bot: Mask


def clean_part(rows: Rows, rules: Rules, config: DataConfig, account: Account) -> Rows:
    """All steps that look at one row, or at the rows of one user; gives the kept rows by user, then time."""
    rows = _with_all_cells(rows, rules, account)
    rows = _with_valid_values(rows, rules, config, account)
    if config.bots:
        name = "user with too many events per day"
        rows = account.drop(rows, name, rules.is_bot[rows.user], switch="data.bots")
    return _without_repetition(rows, rules, config, account)


def drop_rare(rows: Rows, config: DataConfig, account: Account) -> Rows:
    """Drops users and items with too few events in turn, until none is left to drop."""
    least_user, least_item = config.minimum_user_events, config.minimum_item_events
    if max(least_user, least_item) <= 1:
        return rows
    by_user, by_item = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    before = -1
    while before != by_user.sum() + by_item.sum():
        before = int(by_user.sum() + by_item.sum())
        by_user |= _is_rare(rows.user, ~by_user & ~by_item, least_user)
        by_item |= _is_rare(rows.item, ~by_user & ~by_item, least_item)
    rows = account.drop(
        rows, "user with too few events", by_user, switch="data.minimum_user_events"
    )
    return account.drop(
        rows, "item with too few events", by_item[~by_user], switch="data.minimum_item_events"
    )


def normalised(
    value: npt.NDArray[np.float64], user: npt.NDArray[np.int32], how: str
) -> npt.NDArray[np.float64]:
    """(n,) values on a common scale: `min_max` over all, `per_user` over the user's own, `z_score` the
    distance from the user's mean in the user's standard deviations. Where all are equal: 0.5, or 0.
    """
    if how == "none" or not len(value):
        return value
    group = np.zeros_like(user) if how == "min_max" else user
    values = pd.Series(value).groupby(group)
    if how == "z_score":
        spread = values.transform("std", ddof=0).replace(0.0, np.nan)
        made = ((value - values.transform("mean")) / spread).fillna(0.0)
    else:
        low = values.transform("min")
        span = (values.transform("max") - low).replace(0.0, np.nan)
        made = ((value - low) / span).fillna(0.5)
    return np.where(np.isnan(value), np.nan, made.to_numpy(np.float64))


def bots(events: npt.NDArray[np.float64], days: npt.NDArray[np.float64]) -> tuple[Mask, float]:
    """(users,) whether the events per active day lie beyond a robust threshold, and that threshold.

    It lies six robust standard deviations (1.4826 times the median absolute deviation) above the
    median of the logarithms, and never below 50 events a day.
    """
    if not len(events):
        return np.zeros(0, dtype=bool), _LEAST_BOT_EVENTS
    rate = np.log(events / np.maximum(days, 1.0))
    middle = np.median(rate)
    spread = 1.4826 * np.median(np.abs(rate - middle))
    most = max(_LEAST_BOT_EVENTS, float(np.exp(middle + _ROBUST_DEVIATIONS * spread)))
    return events / np.maximum(days, 1.0) > most, most


def event_weights(text: str) -> dict[str, float]:
    """The weights of `data.event_weights`.

    >>> event_weights("view=1, cart=3")
    {'view': 1.0, 'cart': 3.0}
    """
    weights: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = part.rpartition("=")
        try:
            weights[name.strip()] = float(number)
        except ValueError:
            name = ""
        if not name or not np.isfinite(weights[name.strip()]):
            raise ConfigError(
                f"Option 'data.event_weights' reads like 'view=1,cart=3'. Received: '{part}'."
            )
    return weights


def seconds_of(option: str, text: str) -> int:
    """Unix seconds of a date of the configuration."""
    try:
        return int(pd.Timestamp(text, tz="UTC").timestamp())
    except ValueError:
        raise ConfigError(
            f"Option '{option}' is a date such as 2020-01-31. Received: '{text}'."
        ) from None


def require_rows(
    kept: int, dropped: Mapping[str, int], rows_in: int, names: Sequence[str] = ()
) -> None:
    """Raises `DataError` when nothing is left, and says where it went; `names`: of the files."""
    if kept:
        return
    if not rows_in:
        where = ", ".join(f"'{name}'" for name in names) or "The table of events"
        raise DataError(f"{where} has no rows of events. Upload a file with at least one event.")
    reason = max(dropped, key=lambda name: dropped[name])
    raise DataError(
        f"None of the {rows_in:,} rows is left after cleaning; most were dropped as "
        f"'{reason}' ({dropped[reason]:,}). Check the mapping of the columns and the data options."
    )


def require_two(users: Sequence[str], items: Sequence[str]) -> None:
    """Raises `DataError` when there is nobody to compare with, or nothing to choose from."""
    for column, word, ids in (
        (schema.USER_ID, "users", users),
        (schema.ITEM_ID, "items", items),
    ):
        if len(ids) < 2:
            raise DataError(
                f"The data needs at least 2 {word}, and has only '{ids[0]}' after "
                f"cleaning. Map another column with `--set mapping.{column}=COLUMN` or add events."
            )


def _with_all_cells(rows: Rows, rules: Rules, account: Account) -> Rows:
    rows = account.drop(rows, "no user_id", rows.user < 0)
    rows = account.drop(rows, "no item_id", rows.item < 0)
    if schema.EVENT in rules.columns:
        rows = account.drop(rows, "no event", rows.kind < 0)
    if schema.TIMESTAMP in rules.columns:
        rows = account.drop(rows, "no timestamp", rows.time == NO_TIME)
        early = account.drop(
            rows, "time too early", rows.time < rules.earliest, switch="data.earliest"
        )
        rows = account.drop(early, "time too late", early.time > rules.latest, switch="data.latest")
    return rows


def _with_valid_values(rows: Rows, rules: Rules, config: DataConfig, account: Account) -> Rows:
    if schema.VALUE not in rules.columns:
        return rows
    if rules.scale is None:
        below = rows.value < 0
        if config.negative_values == "drop":
            return account.drop(rows, "amount below zero", below, switch="data.negative_values")
        if config.negative_values == "cancellation":
            rows.kind = np.where(below, np.int16(rules.cancellation), rows.kind)
        return rows
    low, high = rules.scale
    if schema.EVENT not in rules.columns:  # beside a kind of event a rating may be missing
        rows = account.drop(rows, "no rating", np.isnan(rows.value))
    if not has_given_scale(config):
        rows = account.drop(rows, "rating not positive", rows.value <= 0)
    beyond = (rows.value < low) | (rows.value > high)
    rows = account.drop(rows, "rating out of range", beyond, switch="data.rating_high")
    if config.positive_from > 0:
        poor = rows.value < config.positive_from
        rows.kind = np.where(poor, np.int16(rules.low_rating), rows.kind)
    return rows


def _without_repetition(rows: Rows, rules: Rules, config: DataConfig, account: Account) -> Rows:
    rows = by_user(rows)
    before = before_alike(rows)
    if config.duplicates:
        mask = _is_duplicate(rows, before)
        rows = account.drop(rows, "exact duplicate", mask, switch="data.duplicates")
        before = before_alike(rows) if mask.any() else before
    if config.double_clicks > 0 and schema.TIMESTAMP in rules.columns:
        mask = (before != NO_ROW) & (rows.time - rows.time[before] <= config.double_clicks)
        rows = account.drop(rows, "double click", mask, switch="data.double_clicks")
        before = before_alike(rows) if mask.any() else before
    if config.repeats != "all":
        is_last = np.ones(len(rows), dtype=bool)
        is_last[before[before != NO_ROW]] = False
        if config.repeats != "last":
            _combine(rows, starts_of_chains(before), is_last, config.repeats)
        name = "repeated user, item and event"
        rows = account.drop(rows, name, ~is_last, switch="data.repeats")
    return rows


def _is_duplicate(rows: Rows, before: Positions) -> Mask:
    """(n,) whether a later row is equal in every column."""
    mask = np.zeros(len(rows), dtype=bool)
    same_time = (before != NO_ROW) & (rows.time == rows.time[before])
    if not same_time.any():
        return mask
    group = starts_of_chains(np.where(same_time, before, np.int32(NO_ROW)))
    several = same_time.copy()
    several[group[same_time]] = True
    places, group = np.flatnonzero(several), group[several]
    value = np.nan_to_num(rows.value[places], nan=-np.inf)
    inner = np.lexsort((np.arange(len(places)), value, group))
    equal = (np.diff(group[inner]) == 0) & (value[inner][1:] == value[inner][:-1])
    mask[places[inner[:-1][equal]]] = True
    return mask


def _combine(rows: Rows, start: Positions, is_last: Mask, how: str) -> None:
    """Gives the last row of each run the value that stands for all of it; `start` (n,) tells the run."""
    value, missing = rows.value, np.isnan(rows.value)
    if how in COUNTED:
        counts = np.bincount(start, minlength=len(rows)).astype(np.float64)
        made = counts if how == "count" else np.log1p(counts)
    elif how == "sum":
        made = np.bincount(start, np.where(missing, 0.0, value), minlength=len(rows))
    else:
        made = np.full(len(rows), -np.inf)
        np.maximum.at(made, start[~missing], value[~missing])
    if how not in COUNTED:
        made[np.bincount(start[~missing], minlength=len(rows)) == 0] = np.nan
    rows.value = value.copy()
    rows.value[is_last] = made[start[is_last]]


def _is_rare(code: npt.NDArray[np.int32], present: Mask, least: int) -> Mask:
    counts = np.bincount(code[present], minlength=1 + int(code.max(initial=0)))
    return np.asarray(present & (counts[code] < least), dtype=bool)
