"""What of a mapped table is kept: an ordered list of steps, each dropped row counted by its reason."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core import schema
from m6rec_core.config import DataConfig
from m6rec_core.data.ratings import are_ratings, has_given_scale, rating_scale
from m6rec_core.data.report import CleaningReport, CleaningStep
from m6rec_core.errors import ConfigError, DataError

Mask = npt.NDArray[np.bool_]

_EXAMPLES = 5


def clean(
    frame: pd.DataFrame, config: DataConfig, *, value_is_rating: bool | None = None
) -> tuple[pd.DataFrame, CleaningReport]:
    """Drops what cannot be an event, step by step, and says what became of each row.

    `frame` is a mapped interactions table; the order of its rows stays. `value_is_rating` is what the
    name of the value column says; None: the values decide (`are_ratings`). Values that are not
    ratings (quantities, weights) are never dropped for their size. Of repeated (user, item, event)
    the latest row stays, the last of the file where times are equal or missing.
    """
    rows = _Rows.of(frame)
    for column in (schema.USER_ID, schema.ITEM_ID, schema.EVENT, schema.TIMESTAMP):
        if column in frame:
            rows.drop(f"no {column}", rows.codes[column] < 0)
    rows.drop("exact duplicate", rows.is_repeated(by_time=False, columns=tuple(rows.codes)))
    rating_range = None
    if _has_ratings(rows, config, value_is_rating):
        rating_range = _drop_bad_ratings(rows, config)
    rows.drop("repeated user, item and event", rows.is_repeated(by_time=True, columns=_IDENTITY))
    if max(config.minimum_user_events, config.minimum_item_events) > 1:
        _drop_rare(rows, config.minimum_user_events, config.minimum_item_events)
    kept = frame if len(rows) == len(frame) else frame.take(rows.kept).reset_index(drop=True)
    if schema.EVENT not in kept:
        kind = schema.RATING if rating_range else schema.INTERACTION
        kept = kept.assign(**{schema.EVENT: pd.Series(kind, index=kept.index, dtype="str")})
    if schema.TIMESTAMP in kept:
        kept = kept.astype({schema.TIMESTAMP: "int64"})
    return kept, CleaningReport(len(frame), len(kept), tuple(rows.steps), rating_range)


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


_IDENTITY = (schema.USER_ID, schema.ITEM_ID, schema.EVENT)


@dataclass
class _Rows:
    """The rows that are still there, as small numbers: -1 stands for a missing cell.

    `kept` positions in `frame`; `codes` per column one number per kept row, equal for equal cells;
    `values` the kept values, `times` the kept seconds (all 0 without times).
    """

    frame: pd.DataFrame
    kept: npt.NDArray[np.int64]
    codes: dict[str, npt.NDArray[np.int64]]
    values: npt.NDArray[np.float64]
    times: npt.NDArray[np.int64]
    steps: list[CleaningStep] = field(default_factory=list)

    @classmethod
    def of(cls, frame: pd.DataFrame) -> "_Rows":
        n = len(frame)
        has_value, has_time = schema.VALUE in frame, schema.TIMESTAMP in frame
        return cls(
            frame=frame,
            kept=np.arange(n),
            codes={c: _codes(frame[c]) for c in schema.INTERACTION_COLUMNS if c in frame},
            values=_floats(frame[schema.VALUE]) if has_value else np.full(n, np.nan),
            times=_whole(frame[schema.TIMESTAMP]) if has_time else np.zeros(n, dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.kept)

    def drop(self, name: str, mask: Mask) -> None:
        """Takes the rows of the mask (len(self),) away, and notes it as a step."""
        before = len(self)
        examples = _examples(self.frame.iloc[self.kept[mask][:_EXAMPLES]])
        if mask.any():
            self.kept = self.kept[~mask]
            self.values = self.values[~mask]
            self.times = self.times[~mask]
            self.codes = {column: code[~mask] for column, code in self.codes.items()}
        self.steps.append(CleaningStep(name, before, len(self), examples))

    def is_repeated(self, *, by_time: bool, columns: tuple[str, ...]) -> Mask:
        """Marks all but the last row (of the latest time, or of the file) with these cells."""
        codes = [self.codes[column] for column in columns if column in self.codes]
        group = codes[0]
        for code in codes[1:]:  # renumbered each time, so that the product stays small
            group = group * (code.max(initial=0) + 2) + code
            group = pd.factorize(group)[0]
        order = np.argsort(group, kind="stable")
        if by_time:
            order = np.lexsort((self.times, group))  # stable: equal times stay in the file's order
        repeated = np.zeros(len(self), dtype=bool)
        repeated[order[:-1]] = group[order][:-1] == group[order][1:]
        return repeated


def _has_ratings(rows: _Rows, config: DataConfig, by_name: bool | None) -> bool:
    if schema.VALUE not in rows.codes or by_name is False:
        return False
    return bool(by_name) or has_given_scale(config) or are_ratings(rows.values)


def _drop_bad_ratings(rows: _Rows, config: DataConfig) -> tuple[float, float] | None:
    """Drops what is no rating; returns the scale, None when all ratings are equal."""
    low, high = rating_scale(rows.values, config)
    if schema.EVENT not in rows.codes:  # beside a kind of event a rating may be missing
        rows.drop("no rating", np.isnan(rows.values))
    if not has_given_scale(config):
        rows.drop("rating not positive", rows.values <= 0)
    rows.drop("rating out of range", (rows.values < low) | (rows.values > high))
    present = rows.values[np.isfinite(rows.values)]
    if has_given_scale(config):
        return low, high
    seen = (float(present.min(initial=np.inf)), float(present.max(initial=-np.inf)))
    return seen if seen[0] < seen[1] else None


def _drop_rare(rows: _Rows, least_user: int, least_item: int) -> None:
    """Drops users and items with too few events in turn, until none is left to drop."""
    user, item = rows.codes[schema.USER_ID], rows.codes[schema.ITEM_ID]
    by_user, by_item = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    before = -1
    while before != by_user.sum() + by_item.sum():
        before = int(by_user.sum() + by_item.sum())
        by_user |= _is_rare(user, ~by_user & ~by_item, least_user)
        by_item |= _is_rare(item, ~by_user & ~by_item, least_item)
    rows.drop("user with too few events", by_user)
    rows.drop("item with too few events", by_item[~by_user])


def _is_rare(code: npt.NDArray[np.int64], present: Mask, least: int) -> Mask:
    counts = np.bincount(code[present], minlength=1 + int(code.max(initial=0)))
    return np.asarray(present & (counts[code] < least), dtype=bool)


def _codes(cells: pd.Series) -> npt.NDArray[np.int64]:
    """One number per distinct cell; -1 for a missing or blank one."""
    codes, distinct = pd.factorize(cells)
    if not pd.api.types.is_numeric_dtype(cells):
        is_blank = np.asarray(pd.Series(distinct, dtype="str").str.strip() == "", dtype=bool)
        codes = np.where(np.append(is_blank, True)[codes], -1, codes)
    return np.asarray(codes, dtype=np.int64)


def _floats(cells: pd.Series) -> npt.NDArray[np.float64]:
    return cells.to_numpy(np.float64, na_value=np.nan)


def _whole(cells: pd.Series) -> npt.NDArray[np.int64]:
    return cells.fillna(0).to_numpy(np.int64)


def _examples(rows: pd.DataFrame) -> tuple[str, ...]:
    return tuple(
        ", ".join(f"{name} {'missing' if pd.isna(cell) else cell}" for name, cell in row.items())
        for row in rows.to_dict("records")
    )
