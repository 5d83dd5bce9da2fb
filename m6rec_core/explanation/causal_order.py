"""Contributions told in the order of causes: what a cause does to a score on all its ways.

The contributions of `attribution` are direct effects: one feature is changed, the others stay as they are.
A cause that shows in a feature of its own and in behaviour as well (who likes a shelf buys from it, and is
then like others who do) shares its credit with every feature of behaviour that shows it too. Told in the
order of causes, what was there before behaviour comes first and what behaviour made comes last, and what is
not told yet follows what is told: the cause then gets its whole effect, and behaviour what only it shows.
These are asymmetric Shapley values (Frye, Rowat and Feige 2020) of conditional expectations (Aas, Jullum
and Løland 2021), which are linear regressions here.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError
from m6rec_core.explanation.attribution import MOST_EXACT_PLAYERS, shapley_of_games

RIDGE = 1e-3  # of a variance, added to each: columns that repeat each other share their coefficient

Values = npt.NDArray[np.float64]


def contributions_in_order(
    rows: npt.ArrayLike,
    scores: npt.ArrayLike,
    owner: Sequence[int],
    tiers: Sequence[Sequence[int]],
) -> Values:
    """(n, players) contributions to the scores (n,) of (n, F) rows; they sum to the linear regression of
    the scores on all columns, over their mean.

    `owner` (F,) is the player of each column, from 0. The players of a tier are told after all of the
    tiers before it, and in every order among themselves: at most 12 of them.

    >>> x = np.array([[0.0, 1.0], [0.0, -1.0], [1.0, 2.0], [1.0, 0.0]])  # the second follows the first
    >>> contributions_in_order(x, x[:, 1], [0, 1], [[0], [1]]).round(2).tolist()
    [[-0.5, 1.0], [-0.5, -1.0], [0.5, 1.0], [0.5, -1.0]]
    """
    owners = np.asarray(owner, dtype=np.int64)
    if sorted(player for tier in tiers for player in tier) != list(range(int(owners.max()) + 1)):
        raise ConfigError(f"Each player must stand in exactly one tier. Received: {tiers}.")
    if max(len(tier) for tier in tiers) > MOST_EXACT_PLAYERS:
        raise ConfigError(f"A tier has at most {MOST_EXACT_PLAYERS} players. Received: {tiers}.")
    regression = _Regression(
        np.asarray(rows, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    )
    values = np.empty((len(regression.rows), int(owners.max()) + 1))
    told = np.zeros(values.shape[1], dtype=bool)
    for tier in tiers:
        coalitions = (np.arange(2 ** len(tier))[:, None] >> np.arange(len(tier))) & 1 == 1
        taken = np.tile(told, (len(coalitions), 1))
        taken[:, list(tier)] = coalitions
        worth = np.stack([regression.coefficients(one[owners]) for one in taken], axis=1)
        values[:, list(tier)] = regression.rows @ shapley_of_games(worth, coalitions)
        told[list(tier)] = True
    return values


class _Regression:
    """Least squares of the scores on any of the columns, all standardised."""

    def __init__(self, rows: Values, scores: Values) -> None:
        spread = rows.std(axis=0)
        self.rows = (rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        self._gram = self.rows.T @ self.rows / len(rows)
        self._target = self.rows.T @ (scores - scores.mean()) / len(rows)

    def coefficients(self, taken: npt.NDArray[np.bool_]) -> Values:
        """(F,) coefficients, 0 for columns that are not taken."""
        columns = np.flatnonzero(taken)
        found = np.zeros(len(taken))
        gram = self._gram[np.ix_(columns, columns)] + RIDGE * np.eye(len(columns))
        found[columns] = np.linalg.solve(gram, self._target[columns])
        return found
