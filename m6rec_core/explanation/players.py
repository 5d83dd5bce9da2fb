"""Who shares a score: columns that mean something only together are one player with one name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from m6rec_core.scorer.features.feature import Feature
from m6rec_core.scorer.features.sequence import PREFIX, slot_rank

_OWN = re.compile(r"own\.(?:user|item)\.")  # attributes as they are, one column for each label


@dataclass(frozen=True)
class Cast:
    """The players of a game over the columns of a feature matrix.

    - `features`: one per player, as it is shown
    - `columns`: the columns of each
    """

    features: tuple[Feature, ...]
    columns: tuple[tuple[int, ...], ...]

    def shown(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """(n, players) the value that stands beside each player: of a past item its likeness, of several
        columns that say which label holds none (NaN)."""
        found = rows[:, [own[0] for own in self.columns]].astype(np.float64)
        for player, (feature, own) in enumerate(zip(self.features, self.columns, strict=True)):
            if len(own) > 1 and slot_rank(feature.name) is None:
                found[:, player] = np.nan
        return found


def cast_of(features: Sequence[Feature]) -> Cast:
    """The columns that describe one item of the history are one player; so are the encoded columns of one
    attribute of the user or the item. Every other column plays for itself.

    >>> from m6rec_core.scorer.features.feature import Feature
    >>> names = ("item.popularity", "history.02.likeness", "history.02.weight")
    >>> made = cast_of([Feature(name, name, "item", "", "") for name in names])
    >>> [one.name for one in made.features], made.columns
    (['item.popularity', 'history.02'], ((0,), (1, 2)))
    """
    columns: dict[str, list[int]] = {}
    for position, feature in enumerate(features):
        columns.setdefault(_player(feature), []).append(position)
    shown = [_shown(name, [features[at] for at in own]) for name, own in columns.items()]
    return Cast(tuple(shown), tuple(tuple(own) for own in columns.values()))


def _player(feature: Feature) -> str:
    rank = slot_rank(feature.name)
    if rank is not None:
        return f"{PREFIX}{rank + 1:02d}"
    owner = _OWN.match(feature.name)
    return f"{owner.group()}{feature.signal}" if owner else feature.name


def _shown(player: str, own: Sequence[Feature]) -> Feature:
    first = own[0]
    rank = slot_rank(first.name)
    if rank is not None:
        which = "newest item" if rank == 0 else f"item {rank + 1} from the end"
        return replace(
            first,
            name=player,
            title=f"the {which} of the history",
            description=f"The {which} of the history: its likeness to this item, and its weight.",
        )
    if len(own) == 1:
        return first
    owner = player.split(".")[1]
    return replace(
        first,
        name=player,
        title=f"the {owner}'s {first.signal}",
        unit="",
        description=f"The {owner}'s attribute {first.signal}: all columns that tell it, together.",
    )
