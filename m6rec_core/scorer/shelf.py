"""What expensive stages made, kept for later trainings on the same data that need exactly the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, cast

import numpy as np

from m6rec_core.data.histories import Histories

Made = TypeVar("Made")

ROOM = 2_000_000_000  # bytes


class Shelf:
    """Keeps results under their keys, up to `room` bytes; what was not asked for longest goes first.

    A result that does not fit alone is given out and not kept. Results are shared: they must not be
    changed by whoever takes them.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room, self._taken = room, 0
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What stands under the key; made, and kept, when there is nothing."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return cast("Made", self._kept[key][0])
        made = make()
        size = size_of(made)
        if size <= self._room:
            self._kept[key] = (made, size)
            self._taken += size
            while self._taken > self._room:
                _, (_, freed) = self._kept.popitem(last=False)
                self._taken -= freed
        return made


def size_of(value: Any) -> int:
    """Bytes of the arrays in a value, in its fields, its elements and its attributes.

    >>> size_of({"a": np.zeros(4), "b": [np.zeros(2, np.float32), "text"]})
    40
    """
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, Mapping):
        return sum(map(size_of, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(size_of, value))
    if is_dataclass(value):
        return sum(size_of(getattr(value, field.name)) for field in fields(value))
    return sum(map(size_of, vars(value).values())) if hasattr(value, "__dict__") else 0


def key_of(histories: Histories) -> Hashable:
    """Tells histories apart by their entries."""
    arrays = (getattr(histories, field.name) for field in fields(histories))
    return tuple(hash(np.asarray(array).tobytes()) for array in arrays)
