"""Records of numbers, texts and arrays as plain values that JSON holds, and back again."""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

Made = TypeVar("Made")


class ReadOnlyArrays:
    """Base of records: their arrays cannot be changed."""

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)


def to_plain(value: Any) -> Any:
    """Dictionaries, lists, texts and finite numbers; what is not a number, or not finite, is None.

    >>> to_plain((1.5, float("nan"), np.array([1, 2])))
    [1.5, None, [1, 2]]
    """
    if dataclasses.is_dataclass(value):
        return {
            part.name: to_plain(getattr(value, part.name)) for part in dataclasses.fields(value)
        }
    if isinstance(value, np.ndarray):
        return to_plain(value.tolist())
    if isinstance(value, list | tuple):
        return [to_plain(one) for one in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def from_plain(kind: type[Made], values: Any) -> Made:
    """The record that `to_plain` took apart; ValueError, TypeError or KeyError when it is another one."""
    if not isinstance(values, Mapping):
        raise TypeError(f"{kind.__name__} is made of named values")
    hints = typing.get_type_hints(kind)
    return kind(**{name: _restored(hint, values[name]) for name, hint in hints.items()})


def _restored(hint: Any, value: Any) -> Any:
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):  # a record or None
        return None if value is None else _restored(parts[0], value)
    if origin is np.ndarray:
        (number,) = typing.get_args(parts[1])
        return np.array(value, dtype=number)
    if origin is tuple:
        return tuple(_restored(parts[0], one) for one in value)
    if dataclasses.is_dataclass(hint):
        return from_plain(typing.cast("type[Any]", hint), value)
    if hint is float:
        return float("nan") if value is None else float(value)
    if not isinstance(value, hint):
        raise TypeError(f"{value!r} is not of the type {hint.__name__}")
    return value
