"""How good lists are for users of whom little is known, found by hiding most of what is known."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.evaluation import metrics
from m6rec_core.evaluation.bootstrap import percentile_ends, resampled_means
from m6rec_core.progress import Progress, silent
from m6rec_core.ranking.recommender import Recommender

KNOWN: Final = (0, 1, 2, 5, 10)
MODELS: Final = (schema.SCORER, schema.ITEM_CF, schema.POPULARITY)
LIST_LENGTH: Final = 10
MOST_USERS: Final = 300
FEWEST_USERS: Final = 20
RESAMPLES: Final = 500


@dataclass(frozen=True)
class Point:
    """One model at one number of known events; `known` None: the whole history.

    `ndcg` at 10 with its 95 % interval over users; `coverage` the share of the catalogue that stands in
    any of the users' lists.
    """

    model: str
    known: int | None
    ndcg: float
    low: float
    high: float
    coverage: float


@dataclass(frozen=True)
class ColdStartCurve:
    """The same users at every point, the same items to be found, the same items left out of the lists."""

    users: int
    least_history: int
    points: tuple[Point, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> "ColdStartCurve":
        """The curve that `to_json` described."""
        points = tuple(Point(**point) for point in given["points"])
        return cls(given["users"], given["least_history"], points)

    def of_model(self, model: str) -> tuple[Point, ...]:
        """The points of one model, from nothing known to everything."""
        return tuple(point for point in self.points if point.model == model)

    def share_of_full(self, known: int) -> float:
        """The scorer's NDCG with so many known events over its own with all of them; NaN where undefined."""
        of_scorer = {point.known: point.ndcg for point in self.of_model(schema.SCORER)}
        full = of_scorer.get(None, 0.0)
        return of_scorer.get(known, float("nan")) / full if full else float("nan")


def cold_start_curve(
    recommender: Recommender,
    held_out: Histories,
    *,
    most_users: int = MOST_USERS,
    seed: int = 0,
    progress: Progress = silent,
) -> ColdStartCurve | None:
    """Ranks for a sample of users of whom only the latest 0, 1, 2, 5, 10 items are told, and all of them.

    `held_out` has one history per training user: the items to be found. Users count whose history is at
    least as long as the largest number told; where fewer than 20 have one of 10, fewer items are told.
    What is hidden is left out of every list, so that all points rank the same items. The similarities
    have learned from the hidden events too: the curve shows what the *list* can do with little, and is an
    upper bound for people who were never seen. None when nobody can be asked.
    """
    lengths = recommender.training.lengths()
    able = (held_out.lengths() > 0) & (lengths < recommender.training.n_items)
    told = [known for known in KNOWN if (able & (lengths >= known)).sum() >= FEWEST_USERS]
    if not told:
        return None
    users = np.flatnonzero(able & (lengths >= max(*told, 1)))
    rng = np.random.default_rng([seed, 70])
    if len(users) > most_users:
        users = np.sort(rng.choice(users, most_users, replace=False))
    full, wanted = recommender.training.take(users), held_out.take(users)
    points: list[Point] = []
    numbers: Sequence[int | None] = [*told, None]
    for place, known in enumerate(numbers):
        progress("hiding history", place / len(numbers))
        kept = full if known is None else newest(full, known)
        for model in MODELS:
            lists = recommender.recommend(kept, LIST_LENGTH, model=model, hide=full)
            points.append(_point(model, known, lists.item_row, wanted, seed))
    return ColdStartCurve(len(users), max(told), tuple(points))


def newest(histories: Histories, n: int) -> Histories:
    """The same users with their n latest items only.

    >>> newest(Histories.of_items([4, 2, 3], n_items=5), 2).item_row.tolist()
    [2, 3]
    """
    ends = np.repeat(histories.indptr[1:], histories.lengths())
    return histories.keep(ends - np.arange(len(histories.item_row)) <= n)


def _point(model: str, known: int | None, item_row: Rows, wanted: Histories, seed: int) -> Point:
    users = np.repeat(np.arange(len(item_row)), item_row.shape[1])
    found = np.asarray(wanted.matrix()[users, np.maximum(item_row, 0).ravel()])
    is_hit: npt.NDArray[np.bool_] = (found.reshape(item_row.shape) > 0) & (item_row >= 0)
    per_user = metrics.ndcg(is_hit, wanted.lengths())
    drawn = resampled_means(per_user[:, None], seed=seed, resamples=RESAMPLES)
    low, high = percentile_ends(drawn)
    listed = len(np.unique(item_row[item_row >= 0]))
    return Point(
        model=model,
        known=known,
        ndcg=float(per_user.mean()),
        low=float(low[0]),
        high=float(high[0]),
        coverage=listed / wanted.n_items,
    )
