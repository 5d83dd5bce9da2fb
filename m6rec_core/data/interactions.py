"""The cleaned events of a data set: immutable, checked once, ids beside rows."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import IdMap, Rows
from m6rec_core.data.kinds import weight_of
from m6rec_core.errors import DataError

_DAY = 86_400
_MOST_KINDS = 24  # bits that a float32 can hold
_LEAST_SHARE = 1e-3  # of its weight that an event keeps, however old or small


@dataclass(frozen=True, eq=False)
class Interactions:
    """Events, sorted by user row, then time, then order of arrival.

    - `user_row`, `item_row` (n,) int32
    - `event` (n,) int16: index into `event_names`
    - `value` (n,) float32: rating or weight as it was given; NaN where there is none
    - `timestamp` (n,) int64: Unix seconds UTC; all 0 when `has_time` is false
    - `event_weights` (kinds,) float32: 0 or less means that the event says nothing good
    - `target` index into `event_names` of the kind that is to be predicted
    - `rating_range` lowest and highest rating of the scale; None when values are not ratings
    - `half_life_days` days in which the weight of an event halves; 0: it never fades
    - `full_amount` the value from which an event has its full weight; 0: values are no amounts
    - `n_new_items` how many of the last items of the map are only described: no event is of them
    """

    users: IdMap
    items: IdMap
    user_row: Rows
    item_row: Rows
    event: npt.NDArray[np.int16]
    value: npt.NDArray[np.float32]
    timestamp: npt.NDArray[np.int64]
    event_names: tuple[str, ...]
    event_weights: npt.NDArray[np.float32]
    target: int
    rating_range: tuple[float, float] | None
    has_time: bool
    half_life_days: float = 0.0
    full_amount: float = 0.0
    n_new_items: int = 0

    def __post_init__(self) -> None:
        for array in (
            *(self.user_row, self.item_row, self.event),
            *(self.value, self.timestamp, self.event_weights),
        ):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.user_row)

    def __repr__(self) -> str:
        return (
            f"Interactions({len(self):,} events, {len(self.users):,} users, "
            f"{len(self.items):,} items, kinds: {', '.join(self.event_names)})"
        )

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        event_weights: Mapping[str, float] | None = None,
        target: str = "",
        rating_range: tuple[float, float] | None = None,
        users: IdMap | None = None,
        items: IdMap | None = None,
    ) -> "Interactions":
        """Takes a clean interactions table: `user_id`, `item_id` and, when there, the other columns.

        `timestamp` is Unix seconds (integers). With `users` and `items` the rows of those maps are
        used, and every id must be in them.
        """
        if frame.empty:
            raise DataError("The interactions table has no rows. Upload a file with events.")
        for column in (schema.USER_ID, schema.ITEM_ID):
            if column not in frame.columns:
                raise DataError(f"The interactions table has no column '{column}'. Map one to it.")
        user_codes, user_ids = pd.factorize(frame[schema.USER_ID].astype(str))
        item_codes, item_ids = pd.factorize(frame[schema.ITEM_ID].astype(str))
        users = users or IdMap(user_ids)
        items = items or IdMap(item_ids)
        user_row, item_row = (
            users.rows_of(user_ids)[user_codes],
            items.rows_of(item_ids)[item_codes],
        )
        if (user_row < 0).any() or (item_row < 0).any():
            raise DataError("The interactions name ids that the given id maps do not hold.")
        kinds, names = _kinds(frame)
        weights = np.array(
            [weight_of(name, event_weights or {}) for name in names], dtype=np.float32
        )
        has_time = schema.TIMESTAMP in frame.columns
        time = (
            frame[schema.TIMESTAMP].to_numpy(np.int64)
            if has_time
            else np.zeros(len(frame), np.int64)
        )
        value = (
            frame[schema.VALUE].to_numpy(np.float32)
            if schema.VALUE in frame.columns
            else np.full(len(frame), np.nan, np.float32)
        )
        order = np.lexsort((np.arange(len(frame)), time, user_row))
        return cls(
            users=users,
            items=items,
            user_row=user_row[order],
            item_row=item_row[order],
            event=kinds[order],
            value=value[order],
            timestamp=time[order],
            event_names=names,
            event_weights=weights,
            target=target_of(target, names, weights),
            rating_range=rating_range,
            has_time=has_time,
        )

    def to_frame(self) -> pd.DataFrame:
        """The interactions table with the ids of outside; `from_frame` gives the same events back."""
        columns: dict[str, object] = {
            schema.USER_ID: self.users.ids_of(self.user_row),
            schema.ITEM_ID: self.items.ids_of(self.item_row),
            schema.EVENT: np.array(self.event_names, dtype=object)[self.event],
            schema.VALUE: self.value,
        }
        if self.has_time:
            columns[schema.TIMESTAMP] = self.timestamp
        return pd.DataFrame(columns)

    def select(self, mask: npt.NDArray[np.bool_]) -> "Interactions":
        """The events of the mask, shape (n,); users and items keep their rows."""
        return Interactions(
            users=self.users,
            items=self.items,
            user_row=self.user_row[mask],
            item_row=self.item_row[mask],
            event=self.event[mask],
            value=self.value[mask],
            timestamp=self.timestamp[mask],
            event_names=self.event_names,
            event_weights=self.event_weights.copy(),
            target=self.target,
            rating_range=self.rating_range,
            has_time=self.has_time,
            half_life_days=self.half_life_days,
            full_amount=self.full_amount,
            n_new_items=self.n_new_items,
        )

    def is_target(self) -> npt.NDArray[np.bool_]:
        """(n,) whether an event is of the kind that is to be predicted."""
        return cast("npt.NDArray[np.bool_]", self.event == self.target)

    def ratings(self) -> npt.NDArray[np.float32]:
        """(n,) ratings normalised to [0, 1]; NaN where there is none."""
        if self.rating_range is None:
            return np.full(len(self), np.nan, dtype=np.float32)
        low, high = self.rating_range
        return ((self.value - low) / max(high - low, 1e-9)).astype(np.float32)

    @property
    def latest(self) -> int:
        """Unix seconds of the latest event; 0 without times."""
        return int(self.timestamp.max(initial=0))

    def histories(self, *, as_of: int | None = None) -> Histories:
        """One history per user row, of the items whose events say something good.

        The strength of an item is the weight of its strongest kind of event, less by `half_life_days`
        and `full_amount`, plus the weight of the gravest negative kind: at 0 or below it is left out.
        Ages are seen from `as_of` (Unix seconds); None: from the latest event.
        """
        weight = self._strengths(self.latest if as_of is None else as_of)
        kept = np.flatnonzero(weight > 0)
        pair = self.user_row[kept].astype(np.int64) * len(self.items) + self.item_row[kept]
        # events are in the order of time: the last one of each pair carries its time and rating
        order = np.argsort(pair, kind="stable")
        is_last = np.append(np.diff(pair[order]) != 0, True)[: len(order)]
        starts = np.flatnonzero(np.concatenate(([True], is_last[:-1])))[: is_last.sum()]
        strongest = np.maximum.reduceat(weight[kept][order], starts) if len(order) else weight[:0]
        target = self.is_target()[kept][order]
        is_target = np.logical_or.reduceat(target, starts) if len(order) else target
        last = kept[order][is_last]
        strongest += self._complaints(pair[order][is_last])
        good = np.flatnonzero(strongest > 0)
        by_time = good[np.argsort(last[good], kind="stable")]  # events rise by user, then by time
        last = last[by_time]
        names = self.event_names if 1 < len(self.event_names) <= _MOST_KINDS else ()
        kinds = np.zeros(0, dtype=np.int32)
        if names and len(order):
            bits = np.left_shift(1, self.event[kept][order].astype(np.int32))
            kinds = np.bitwise_or.reduceat(bits, starts)[by_time].astype(np.int32)
        counts = np.bincount(self.user_row[last], minlength=len(self.users))
        top = max(float(self.event_weights.max(initial=0.0)), 1e-9)
        return Histories(
            indptr=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            item_row=self.item_row[last],
            weight=(strongest[by_time] / top).astype(np.float32),
            rating=self.ratings()[last],
            time=self.timestamp[last],
            is_target=is_target[by_time],
            user_row=np.arange(len(self.users), dtype=np.int32),
            n_items=len(self.items),
            has_time=self.has_time,
            kinds=kinds,
            kind_names=names,
            n_new_items=self.n_new_items,
        )

    def _strengths(self, now: int) -> npt.NDArray[np.float32]:
        """(n,) weight of each event: that of its kind, faded by age and by a small amount."""
        weight = self.event_weights[self.event]
        if self.half_life_days > 0 and self.has_time and len(self):
            age = np.maximum(now - self.timestamp, 0) / _DAY
            weight = weight * np.maximum(0.5 ** (age / self.half_life_days), _LEAST_SHARE)
        if self.full_amount > 0:
            share = np.nan_to_num(np.abs(self.value) / self.full_amount, nan=1.0)
            weight = weight * np.clip(share, _LEAST_SHARE, 1.0)
        return weight.astype(np.float32)

    def _complaints(self, pair: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """(pairs,) weight, 0 or below, of the gravest negative kind of event of each of the rising pairs."""
        weight = self.event_weights[self.event]
        negative = np.flatnonzero(weight < 0)
        made = np.zeros(len(pair), dtype=np.float32)
        if len(negative) and len(pair):
            theirs = self.user_row[negative].astype(np.int64) * len(self.items)
            theirs += self.item_row[negative]
            place = np.minimum(np.searchsorted(pair, theirs), len(pair) - 1)
            known = pair[place] == theirs
            np.minimum.at(made, place[known], weight[negative[known]])
        return made

    def fingerprint(self) -> str:
        """SHA-256 over ids and events: equal for equal data, whatever the file looked like."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        known = self.items.ids[: len(self.items) - self.n_new_items]
        for ids in (self.users.ids, known):
            digest.update("\x00".join(ids).encode())
        digest.update("\x00".join(self.event_names).encode())
        for array in (self.user_row, self.item_row, self.event, self.value, self.timestamp):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def _kinds(frame: pd.DataFrame) -> tuple[npt.NDArray[np.int16], tuple[str, ...]]:
    if schema.EVENT not in frame.columns:
        has_values = schema.VALUE in frame.columns
        only = schema.RATING if has_values else schema.INTERACTION
        return np.zeros(len(frame), dtype=np.int16), (only,)
    codes, names = pd.factorize(frame[schema.EVENT].astype(str), sort=True)
    return codes.astype(np.int16), tuple(str(name) for name in names)


def target_of(target: str, names: tuple[str, ...], weights: npt.NDArray[np.float32]) -> int:
    if not target:
        return int(np.argmax(weights))
    if target not in names:
        raise DataError(
            f"The data has no event '{target}' to predict; it has {', '.join(names)}. "
            "Set data.target to one of them."
        )
    return names.index(target)
