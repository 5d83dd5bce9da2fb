"""What a feature is, and what a family of features must offer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from m6rec_core.scorer.features.block import Block

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Feature:
    """One input of the scorer, named so that an explanation can be read.

    - `name`: unique word, `family.detail`
    - `title`: plain words, fit for a chart
    - `group`: one of `schema.GROUPS`
    - `unit`: what a value of 1 means
    - `description`: one sentence that defines it
    - `signal`: the score model it comes from, or the attribute; empty when neither
    """

    name: str
    title: str
    group: str
    unit: str
    description: str
    signal: str = ""


class Family(Protocol):
    """Some features that are computed together."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """The columns of `values`, in order."""
        ...

    def values(self, block: Block) -> Array:
        """(users, slots, columns) of the pairs of the block; slots without an item hold anything finite."""
        ...


@runtime_checkable
class OfUserAttribute(Protocol):
    """A family that looks an attribute of the user up, and can be told another one."""

    def for_attributes(self, attributes: Mapping[str, str]) -> Self:
        """The same family for users who have these attributes (column → value) in place of stored ones."""
        ...
