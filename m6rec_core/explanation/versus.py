"""Why one item stands above another for the same user, and what keeps an item off the list."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.explanation.explainable import Explainable
from m6rec_core.explanation.explainers import explainer_of
from m6rec_core.explanation.importance import Importance, importance_of_rows
from m6rec_core.scorer.features.feature import Feature

PERMUTATIONS = 400  # with one background row only: cheap, and close to exact

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Versus:
    """The difference of two scores of one user, split: `contributions.sum() = score − other_score`.

    `features` with their `values` at the item and `other_values`, all (players,).
    """

    score: float
    other_score: float
    features: tuple[Feature, ...]
    values: Values
    other_values: Values
    contributions: Values

    @property
    def additivity_error(self) -> float:
        """Distance of the sum of the contributions from the difference, in units of the score."""
        return float(abs(self.contributions.sum() - (self.score - self.other_score)))

    def by_group(self) -> dict[str, float]:
        """What each group adds to the difference, in the order of `schema.GROUPS`."""
        sums: dict[str, float] = {}
        for group in schema.GROUPS:
            own = [f.group == group for f in self.features]
            if any(own):
                sums[group] = float(self.contributions[own].sum())
        return sums


@dataclass(frozen=True)
class Place:
    """Where an item stands for a user.

    - `rank` from 1 among all items that were scored, the item with them; None for an item of the history
    - `candidates`: how many items similarity proposed
    - `is_candidate`: whether the item was among them; if not, it was never asked about, and `rank` is
      where its score would have put it
    - `is_known`: the item is in the history, and lists leave out what is known
    """

    rank: int | None
    candidates: int
    is_candidate: bool
    is_known: bool


def above(
    recommender: Explainable, user_id: str, item_row: int, other_row: int, *, seed: int = 0
) -> Versus:
    """Splits the difference of the scores of two items of a known user.

    The other item is the background: what both share, and all that is the user's own, contributes
    nothing, and no average pair stands between them.
    """
    history = recommender.histories([user_id])
    wanted = np.array([[item_row, other_row]], dtype=np.int32)
    row, other = (one[None] for one in recommender.pair_features(history, wanted)[0])
    explainer = explainer_of(recommender)
    found = explainer.explain(row, other, permutations=PERMUTATIONS, seed=seed)
    cast = explainer.cast
    return Versus(
        score=float(found.scores[0]),
        other_score=found.base,
        features=cast.features,
        values=cast.shown(row)[0],
        other_values=cast.shown(other)[0],
        contributions=found.values[0],
    )


def place_of(recommender: Explainable, user_id: str, item_row: int) -> Place:
    """Where the item stands in the whole list of a known user."""
    history = recommender.histories([user_id])
    size = recommender.config.ranking.candidates
    ranked = recommender.recommend(history, n=size)
    listed = ranked.item_row[0] >= 0
    rows, scores = ranked.item_row[0][listed], ranked.score[0][listed]
    if item_row in history.item_row:
        return Place(None, len(rows), False, True)
    if item_row in rows:
        return Place(int(np.flatnonzero(rows == item_row)[0]) + 1, len(rows), True, False)
    wanted = np.array([[item_row]], dtype=np.int32)
    score = recommender.score_features(recommender.pair_features(history, wanted)[:, 0])[0]
    return Place(1 + int((scores > score).sum()), len(rows), False, False)


def list_contributions(
    recommender: Explainable, user_id: str, *, n: int = 10
) -> tuple[tuple[int, ...], Importance]:
    """The item rows of a known user's list and the contributions to the score of each, best first."""
    history = recommender.histories([user_id])
    ranked = recommender.recommend(history, n=n).item_row
    rows = recommender.pair_features(history, ranked)[0][ranked[0] >= 0]
    permutations = recommender.config.explanation.permutations
    found = importance_of_rows(recommender, rows, permutations=permutations)
    return tuple(int(row) for row in ranked[0] if row >= 0), found
