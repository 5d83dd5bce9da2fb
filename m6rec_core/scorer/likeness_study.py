"""What the number of neighbours and the shrinkage do to the lists, measured on validation."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from m6rec_core.data.histories import Histories
from m6rec_core.progress import Progress
from m6rec_core.scorer import cross_fitting
from m6rec_core.scorer.neighbourhood import ITEM, ndcg_of, validation_users
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
from m6rec_core.similarity.protocol import ScoreModel
from m6rec_core.similarity.user_based import UserSettings, fit_user_neighbours

NEIGHBOURS, SHRINKAGE = "neighbours", "shrinkage"
GRID: Mapping[str, Sequence[float]] = {
    NEIGHBOURS: (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
    SHRINKAGE: (0, 1, 2, 5, 10, 20, 50, 100, 200),
}


@dataclass(frozen=True)
class Study:
    """Validation NDCG@10 of one setting as one option of it moves and all others stand still.

    - `side` "item" or "user"; `settings` what stands still
    - `option` (n,) the option that moves, `value` (n,) where it stands, `ndcg` (n,) over `users` users
    """

    side: str
    settings: dict[str, Any]
    users: int
    option: tuple[str, ...]
    value: tuple[float, ...]
    ndcg: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def of(self, option: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The places of one option and the NDCG@10 there."""
        chosen = [at for at, name in enumerate(self.option) if name == option]
        return tuple(self.value[at] for at in chosen), tuple(self.ndcg[at] for at in chosen)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Study":
        """The study that `to_json` described."""
        lists = {name: tuple(found[name]) for name in ("option", "value", "ndcg")}
        return cls(**{**found, **lists})


def study(
    training: Histories,
    side: str,
    settings: ItemSettings | UserSettings,
    *,
    seed: int,
    way: str = cross_fitting.LATEST,
    progress: Progress,
) -> Study:
    """Moves K, then the shrinkage, over `GRID`; every point is fitted and ranks the whole catalogue.

    Of the training histories items are held out in the `way` in which they were for the choice of the
    likeness. What the run itself held out for its test is not looked at.
    """
    cut = next(cross_fitting.rounds(training, seed=seed, count=1, way=way))
    users, matrix = validation_users(cut, seed=seed), cut.known.matrix(cut.known.values())
    points = [(option, value) for option, values in GRID.items() for value in values]
    found = []
    for place, (option, value) in enumerate(points):
        progress(f"{option} {value:g}", place / len(points))
        moved: dict[str, Any] = {option: int(value) if option == NEIGHBOURS else float(value)}
        model: ScoreModel
        if isinstance(settings, ItemSettings):
            model = fit_item_neighbours(matrix, replace(settings, **moved))
        else:
            model = fit_user_neighbours(matrix, replace(settings, **moved))
        found.append(ndcg_of(model, cut, users))
    options, values = zip(*points, strict=True)
    return Study(side, asdict(settings), len(users), options, values, tuple(found))


def settings_of(side: str, settings: Mapping[str, Any]) -> ItemSettings | UserSettings:
    """The settings as they stand in the files of a run; options that this version lacks are left out."""
    kind = ItemSettings if side == ITEM else UserSettings
    known = kind.__dataclass_fields__
    return kind(**{name: value for name, value in settings.items() if name in known})
