"""What two features do together beyond what each does alone, sampled over coalitions of the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.explanation.attribution import Features, Players, Predict, Values

DRAWS = 40  # coalitions per row and pair
ROWS = 60


@dataclass(frozen=True, eq=False)
class Interactions:
    """`strength` (n, n), symmetric, diagonal NaN: mean absolute interaction of the chosen players.

    The interaction of i and j at a row is the mean of f(S, i, j) − f(S, i) − f(S, j) + f(S) over
    coalitions S of the others, each size equally likely (Shapley interaction index; Grabisch and Roubens
    1999). 0 for a function in which they only add up.
    """

    players: tuple[int, ...]
    strength: Values


def interactions(
    predict: Predict,
    rows: Features,
    background: Features,
    *,
    players: Players,
    chosen: Sequence[int],
    seed: int = 0,
) -> Interactions:
    """Samples the interactions of every two of the `chosen` players over at most `ROWS` of the rows.

    >>> product = lambda X: X[:, 0] * X[:, 1] + X[:, 2]
    >>> found = interactions(product, np.full((1, 3), 2.0, np.float32), np.zeros((1, 3), np.float32),
    ...                      players=[[0], [1], [2]], chosen=[0, 1, 2])
    >>> np.nan_to_num(found.strength).tolist()
    [[0.0, 4.0, 0.0], [4.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    rng = np.random.default_rng([seed, 70])
    given = rows[np.sort(rng.permutation(len(rows))[:ROWS])]
    owner = np.zeros(rows.shape[1], dtype=np.int64)
    for player, columns in enumerate(players):
        owner[list(columns)] = player
    strength = np.full((len(chosen), len(chosen)), np.nan)
    for first in range(len(chosen)):
        for second in range(first):
            pair = chosen[first], chosen[second]
            found = _of_pair(predict, given, background, owner, pair, rng)
            strength[first, second] = strength[second, first] = np.abs(found).mean()
    return Interactions(tuple(chosen), strength)


def _of_pair(
    predict: Predict,
    rows: Features,
    background: Features,
    owner: npt.NDArray[np.int64],
    pair: tuple[int, int],
    rng: np.random.Generator,
) -> Values:
    """(rows,) interaction of two players at each row."""
    shape, n_players = (len(rows), DRAWS), int(owner.max()) + 1
    size = rng.random(
        (*shape, 1)
    )  # a uniform threshold makes every size of a coalition equally likely
    told = rng.random((*shape, n_players)) < size
    starts = background[rng.integers(len(background), size=shape)]  # (rows, draws, F)
    total = np.zeros(shape)
    for has_first, has_second, sign in ((1, 1, 1.0), (1, 0, -1.0), (0, 1, -1.0), (0, 0, 1.0)):
        told[:, :, pair[0]], told[:, :, pair[1]] = bool(has_first), bool(has_second)
        points = np.where(told[:, :, owner], rows[:, None, :], starts)
        heights = np.asarray(predict(points.reshape(-1, rows.shape[1])), dtype=np.float64)
        total += sign * heights.reshape(shape)
    mean: Values = total.mean(axis=1)
    return mean
