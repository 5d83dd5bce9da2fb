"""The rows that cleaning still holds, as arrays, and the account of those that it dropped."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt

from m6rec_core.data.ordering import MOST_LINKED_KINDS, linked, order_of
from m6rec_core.data.report import CleaningStep
from m6rec_core.schema import NO_ROW

Mask = npt.NDArray[np.bool_]
EXAMPLES = 5


@dataclass(eq=False)
class Rows:
    """Events in the order of the files.

    `user`, `item` (n,) int32 rows of the ids, -1 where missing; `kind` (n,) int16 code, -1 where
    missing; `value` (n,) float64, NaN where missing; `time` (n,) int64 Unix seconds, `NO_TIME` where
    missing; `position` (n,) row of the staged table.
    """

    user: npt.NDArray[np.int32]
    item: npt.NDArray[np.int32]
    kind: npt.NDArray[np.int16]
    value: npt.NDArray[np.float64]
    time: npt.NDArray[np.int64]
    position: npt.NDArray[np.integer]

    def __len__(self) -> int:
        return len(self.user)

    def take(self, chosen: npt.NDArray[np.integer] | Mask) -> "Rows":
        """The chosen rows: a mask, or positions in the wanted order."""
        return Rows(**{one.name: getattr(self, one.name)[chosen] for one in fields(self)})

    @classmethod
    def joined(cls, parts: "list[Rows]") -> "Rows":
        """The rows of all parts, one part after the other; the parts are emptied on the way."""
        made = {}
        for one in fields(cls):
            made[one.name] = np.concatenate([getattr(part, one.name) for part in parts])
            for part in parts:
                setattr(part, one.name, made[one.name][:0])
        return cls(**made)


NO_TIME = np.iinfo(np.int64).min


@dataclass(eq=False)
class Account:
    """How many rows each step dropped, in the order of the steps, and the first positions of them."""

    dropped: dict[str, int] = field(default_factory=dict)
    switches: dict[str, str] = field(default_factory=dict)
    examples: dict[str, list[int]] = field(default_factory=dict)

    def drop(self, rows: Rows, name: str, mask: Mask, *, switch: str = "") -> Rows:
        """The rows without those of the mask, (len(rows),), which are counted under this name."""
        self.switches[name] = switch
        self.dropped[name] = self.dropped.get(name, 0) + int(np.count_nonzero(mask))
        known = self.examples.setdefault(name, [])
        if not mask.any():
            return rows
        found = rows.position[mask]
        first = np.sort(np.partition(found, min(EXAMPLES, len(found) - 1))[:EXAMPLES])
        self.examples[name] = sorted([*known, *first.tolist()])[:EXAMPLES]
        return rows.take(~mask)

    def add(self, other: "Account") -> None:
        """Counts in what the same steps dropped of other rows."""
        self.switches |= other.switches
        for name, count in other.dropped.items():
            self.dropped[name] = self.dropped.get(name, 0) + count
            known = [*self.examples.get(name, ()), *other.examples[name]]
            self.examples[name] = sorted(known)[:EXAMPLES]

    def steps(
        self, rows: int, words: Callable[[list[int]], tuple[str, ...]]
    ) -> tuple[CleaningStep, ...]:
        """The steps of a cleaning that began with so many rows; `words` shows rows of the staged table."""
        made = []
        for name, count in self.dropped.items():
            shown = words(self.examples[name]) if self.examples[name] else ()
            made.append(CleaningStep(name, rows, rows - count, shown, self.switches[name]))
            rows -= count
        return tuple(made)


def by_user(rows: Rows) -> Rows:
    """The rows in the order of the users, those of one user by time, those of one time in their old order."""
    order = order_of(rows.time - rows.time.min(initial=0))
    user = rows.user[order]
    return rows.take(order[order_of((user - user.min(initial=0)).astype(np.int64))])


def before_alike(rows: Rows) -> npt.NDArray[np.int32]:
    """(n,) position of the event before with the same user, item and kind; -1 for the first of its run.

    The rows are those of `by_user`.
    """
    kinds = int(rows.kind.max(initial=0)) + 1
    if kinds <= MOST_LINKED_KINDS:
        return linked(rows.user, rows.item, rows.kind, int(rows.item.max(initial=0)) + 1)
    items = int(rows.item.max(initial=0)) + 1
    users = rows.user.astype(np.int64) - int(rows.user.min(initial=0))
    key = (users * items + rows.item) * kinds + rows.kind
    order = order_of(key)
    follows = np.flatnonzero(key[order][1:] == key[order][:-1]) + 1
    before = np.full(len(rows), NO_ROW, np.int32)
    before[order[follows]] = order[follows - 1]
    return before
