"""What of a mapped table is kept: an ordered list of steps, every dropped row counted by its reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core import schema
from m6rec_core.config import DataConfig
from m6rec_core.data.loading import rejected_rows
from m6rec_core.errors import ConfigError, DataError

Mask = npt.NDArray[np.bool_]

_EXAMPLES = 5
_USUAL_SCALES = (1.0, 5.0, 10.0, 20.0, 100.0)
_SHARE_ON_SCALE = 0.99  # of the positive values: what lies beyond is a mistake, not a longer scale
_MOST_STEPS_OF_A_SCALE = 21  # 0, 0.5, … 10


@dataclass(frozen=True)
class CleaningStep:
    """One step: its reason in words, rows before and after, and a few of the rows it dropped."""

    name: str
    rows_before: int
    rows_after: int
    examples: tuple[str, ...] = ()

    @property
    def dropped(self) -> int:
        return self.rows_before - self.rows_after


@dataclass(frozen=True, eq=False)
class CleaningReport:
    """What became of every row: `rows_in` = `rows_kept` + the rows each step dropped + rejected rows.

    `rejected` has one row per unreadable line or cell (`line`, `column`, `reason`, `text`).
    `rating_range` is the scale of the ratings, None when the values are not ratings.
    """

    rows_in: int
    rows_kept: int
    steps: tuple[CleaningStep, ...]
    rating_range: tuple[float, float] | None = None
    rejected: pd.DataFrame = field(default_factory=rejected_rows)
    mapping: Mapping[str, str] = field(default_factory=dict)
    time_unit: str = ""

    @property
    def rows_dropped(self) -> int:
        return sum(step.dropped for step in self.steps)

    @property
    def rows_rejected(self) -> int:
        return len(self.rejected)

    def is_complete(self) -> bool:
        """Whether every row is accounted for."""
        return self.rows_in == self.rows_kept + self.rows_dropped + self.rows_rejected

    def to_json(self) -> dict[str, Any]:
        """Plain values; the rejected rows are saved beside them as a table."""
        return {
            "rows_in": self.rows_in,
            "rows_kept": self.rows_kept,
            "rows_rejected": self.rows_rejected,
            "rating_range": None if self.rating_range is None else list(self.rating_range),
            "mapping": dict(self.mapping),
            "time_unit": self.time_unit,
            "steps": [
                {
                    "name": step.name,
                    "rows_before": step.rows_before,
                    "rows_after": step.rows_after,
                    "examples": list(step.examples),
                }
                for step in self.steps
            ],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any], rejected: pd.DataFrame) -> "CleaningReport":
        """The report that `to_json` wrote, with its rejected rows."""
        scale = values["rating_range"]
        return cls(
            rows_in=values["rows_in"],
            rows_kept=values["rows_kept"],
            steps=tuple(
                CleaningStep(
                    step["name"], step["rows_before"], step["rows_after"], tuple(step["examples"])
                )
                for step in values["steps"]
            ),
            rating_range=None if scale is None else (float(scale[0]), float(scale[1])),
            rejected=rejected,
            mapping=values["mapping"],
            time_unit=values["time_unit"],
        )


def clean(
    frame: pd.DataFrame, config: DataConfig, *, value_is_rating: bool | None = None
) -> tuple[pd.DataFrame, CleaningReport]:
    """Drops what cannot be an event, step by step, and says what became of each row.

    `frame` is a mapped interactions table. The order of the rows stays. `value_is_rating` is what the
    name of the value column says; None: the values decide (`are_ratings`). Values that are not ratings
    (quantities, weights) are never dropped for their size. Of repeated (user, item, event) the latest
    row stays, the last of the file where times are equal or missing.
    """
    steps: list[CleaningStep] = []

    def drop(name: str, is_dropped: Callable[[pd.DataFrame], Mask]) -> None:
        nonlocal frame
        mask = is_dropped(frame)
        steps.append(
            CleaningStep(name, len(frame), len(frame) - int(mask.sum()), _examples(frame, mask))
        )
        if mask.any():
            frame = frame[~mask].reset_index(drop=True)

    rows_in = len(frame)
    for column in (schema.USER_ID, schema.ITEM_ID, schema.EVENT, schema.TIMESTAMP):
        if column in frame:
            drop(f"no {column}", partial(_is_blank, column=column))
    drop("exact duplicate", lambda table: np.asarray(table.duplicated(keep="last"), dtype=bool))
    rating_range = None
    if _has_ratings(frame, config, value_is_rating):
        low, high = rating_scale(frame[schema.VALUE].to_numpy(np.float64), config)
        if schema.EVENT not in frame:
            drop("no rating", lambda table: table[schema.VALUE].isna().to_numpy(bool))
        drop("rating not positive", lambda table: _below(table, min(low, 0.0), config))
        drop("rating out of range", lambda table: _outside(table, low, high))
        rating_range = _seen_range(frame, config)
    if schema.EVENT not in frame:
        kind = schema.RATING if rating_range else schema.INTERACTION
        frame = frame.assign(**{schema.EVENT: pd.Series(kind, index=frame.index, dtype="str")})
    drop("repeated user, item and event", _is_repeated)
    least = (config.minimum_user_events, config.minimum_item_events)
    if max(least) > 1:
        frame, activity = _enough_activity(frame, *least)
        steps.extend(activity)
    if schema.TIMESTAMP in frame:
        frame = frame.astype({schema.TIMESTAMP: "int64"})
    return frame, CleaningReport(rows_in, len(frame), tuple(steps), rating_range)


def are_ratings(values: npt.NDArray[np.float64]) -> bool:
    """Whether values look like ratings: more than one, on a scale of few steps of a half up to 10.

    >>> are_ratings(np.array([1.0, 4.5, 5.0])), are_ratings(np.array([12.0, -1.0, 3.0]))
    (True, False)
    """
    seen = np.unique(values[np.isfinite(values)])
    if not 2 <= len(seen) <= _MOST_STEPS_OF_A_SCALE:
        return False
    return bool(seen[0] >= 0 and seen[-1] <= 10 and np.all(seen * 2 == np.round(seen * 2)))


def rating_scale(values: npt.NDArray[np.float64], config: DataConfig) -> tuple[float, float]:
    """Lowest and highest valid rating: as configured, or read off the values.

    Read off, the top is the first of 1, 5, 10, 20, 100 that holds 99 % of the positive values (else the
    largest value), and the bottom is the smallest positive value.
    """
    if config.rating_high > config.rating_low:
        return config.rating_low, config.rating_high
    positive = values[values > 0]
    if not len(positive):
        return 0.0, 1.0
    tops = [top for top in _USUAL_SCALES if (positive <= top).mean() >= _SHARE_ON_SCALE]
    return float(positive.min()), tops[0] if tops else float(positive.max())


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


def require_rows(frame: pd.DataFrame, report: CleaningReport) -> None:
    """Raises `DataError` when too little is left to recommend anything, and says where it went."""
    if frame.empty:
        losses = {step.name: step.dropped for step in report.steps}
        losses["unreadable"] = report.rows_rejected
        reason = max(losses, key=lambda name: losses[name])
        raise DataError(
            f"None of the {report.rows_in:,} rows is left after cleaning; most were dropped as "
            f"'{reason}' ({losses[reason]:,}). Check the mapping of the columns and the data options."
        )
    for column, word in ((schema.USER_ID, "users"), (schema.ITEM_ID, "items")):
        if frame[column].nunique() < 2:
            raise DataError(
                f"The data needs at least 2 {word}, and has only '{frame[column].iat[0]}' after "
                f"cleaning. Map another column with `--set mapping.{column}=COLUMN` or add events."
            )


def _has_ratings(frame: pd.DataFrame, config: DataConfig, by_name: bool | None) -> bool:
    if schema.VALUE not in frame or by_name is False:
        return False
    if by_name or config.rating_high > config.rating_low:
        return True
    return are_ratings(frame[schema.VALUE].to_numpy(np.float64))


def _seen_range(frame: pd.DataFrame, config: DataConfig) -> tuple[float, float] | None:
    if config.rating_high > config.rating_low:
        return config.rating_low, config.rating_high
    low, high = frame[schema.VALUE].min(), frame[schema.VALUE].max()
    return (float(low), float(high)) if low < high else None


def _below(table: pd.DataFrame, floor: float, config: DataConfig) -> Mask:
    values = table[schema.VALUE].to_numpy(np.float64)
    is_given = config.rating_high > config.rating_low  # then the scale alone decides
    return np.zeros(len(values), dtype=bool) if is_given else np.asarray(values <= floor)


def _outside(table: pd.DataFrame, low: float, high: float) -> Mask:
    values = table[schema.VALUE].to_numpy(np.float64)
    return np.asarray((values < low) | (values > high))


def _is_blank(table: pd.DataFrame, column: str) -> Mask:
    cells = table[column]
    missing = cells.isna().to_numpy(bool)
    if pd.api.types.is_numeric_dtype(cells):
        return missing
    codes, distinct = pd.factorize(cells)
    is_blank = np.append(pd.Series(distinct, dtype="str").str.strip() == "", True)
    return np.asarray(missing | is_blank[codes], dtype=bool)


def _is_repeated(table: pd.DataFrame) -> Mask:
    """Marks all but the latest row of each (user, item, event)."""
    keys = [schema.USER_ID, schema.ITEM_ID, schema.EVENT]
    codes = [pd.factorize(table[key])[0] for key in keys]
    time = (
        table[schema.TIMESTAMP].to_numpy(np.int64)
        if schema.TIMESTAMP in table
        else np.zeros(len(table), dtype=np.int64)
    )
    order = np.lexsort((np.arange(len(table)), time, *codes))
    same_as_next = np.ones(max(len(table) - 1, 0), dtype=bool)
    for code in codes:
        same_as_next &= code[order][:-1] == code[order][1:]
    repeated = np.zeros(len(table), dtype=bool)
    repeated[order[:-1]] = same_as_next
    return repeated


def _enough_activity(
    frame: pd.DataFrame, least_user: int, least_item: int
) -> tuple[pd.DataFrame, list[CleaningStep]]:
    """Drops users and items with too few events in turn, until none is left to drop."""
    user, item = (pd.factorize(frame[key])[0] for key in (schema.USER_ID, schema.ITEM_ID))
    kept = np.ones(len(frame), dtype=bool)
    by_user, by_item = kept ^ kept, kept ^ kept
    changed = True
    while changed:
        few = kept & (np.bincount(user[kept], minlength=1 + user.max(initial=0))[user] < least_user)
        kept &= ~few
        by_user |= few
        rare = kept & (
            np.bincount(item[kept], minlength=1 + item.max(initial=0))[item] < least_item
        )
        kept &= ~rare
        by_item |= rare
        changed = bool(few.any() or rare.any())
    middle = len(frame) - int(by_user.sum())
    steps = [
        CleaningStep("user with too few events", len(frame), middle, _examples(frame, by_user)),
        CleaningStep(
            "item with too few events", middle, int(kept.sum()), _examples(frame, by_item)
        ),
    ]
    return frame[kept].reset_index(drop=True), steps


def _examples(frame: pd.DataFrame, mask: Mask) -> tuple[str, ...]:
    shown = frame.iloc[np.flatnonzero(mask)[:_EXAMPLES]]
    return tuple(
        ", ".join(f"{name} {'missing' if pd.isna(cell) else cell}" for name, cell in row.items())
        for row in shown.to_dict("records")
    )
