"""Who shares a score: columns that mean something only together are one player with one name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from m6rec_core.scorer.features.feature import Feature
from m6rec_core.scorer.features.sequence import PREFIX, slot_rank


@dataclass(frozen=True)
class Cast:
    """The players of a game over the columns of a feature matrix.

    - `features`: one per player, as it is shown
    - `columns`: the columns of each; the first of them gives the value that is shown
    """

    features: tuple[Feature, ...]
    columns: tuple[tuple[int, ...], ...]


def cast_of(features: Sequence[Feature]) -> Cast:
    """The columns that describe one item of the history are one player; so are the columns of one
    attribute (`name=value`, one for each value). Every other column plays for itself.

    >>> from m6rec_core.scorer.features.feature import Feature
    >>> names = ("item.popularity", "history.02.likeness", "history.02.weight")
    >>> made = cast_of([Feature(name, name, "item", "", "") for name in names])
    >>> [one.name for one in made.features], made.columns
    (['item.popularity', 'history.02'], ((0,), (1, 2)))
    """
    columns: dict[str, list[int]] = {}
    for position, feature in enumerate(features):
        columns.setdefault(_player(feature.name), []).append(position)
    shown = [_shown(name, features[own[0]]) for name, own in columns.items()]
    return Cast(tuple(shown), tuple(tuple(own) for own in columns.values()))


def _player(name: str) -> str:
    rank = slot_rank(name)
    return name.partition("=")[0] if rank is None else f"{PREFIX}{rank + 1:02d}"


def _shown(player: str, first: Feature) -> Feature:
    rank = slot_rank(first.name)
    if rank is not None:
        which = "newest item" if rank == 0 else f"item {rank + 1} from the end"
        return replace(
            first,
            name=player,
            title=f"the {which} of the history",
            description=f"The {which} of the history: its likeness to this item, and its weight.",
        )
    if player != first.name:
        return replace(first, name=player, title=first.title.partition("=")[0].strip())
    return first
