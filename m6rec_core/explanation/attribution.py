"""Shapley values of any function of a feature matrix: sampled for many features, exact for few groups.

The value of a coalition S of players at a row x is the mean over the background rows b of
predict(x on the columns of S, b elsewhere): features that are not told are drawn from the background,
independently of the others (interventional Shapley values; Lundberg & Lee 2017, Janzing et al. 2020).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError
from m6rec_core.explanation import walks

ROWS_PER_CALL = 50_000
MOST_EXACT_PLAYERS = 12

Features = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
Predict = Callable[[Features], npt.NDArray[np.floating]]
Players = Sequence[Sequence[int]]


@dataclass(frozen=True, eq=False)
class Attribution:
    """How much each player moves each row away from the base: `base + values[row].sum() = scores[row]`.

    - `base`: mean score of the background
    - `values` (n, players)
    - `scores` (n,): the function at the explained rows
    - `standard_error` (n, players): of the sampling of orders; 0 where the values are exact
    """

    base: float
    values: Values
    scores: Values
    standard_error: Values

    def additivity_error(self) -> Values:
        """(n,) absolute distance between base + values and the score."""
        error: Values = np.abs(self.base + self.values.sum(axis=1) - self.scores)
        return error


def shapley_values(
    predict: Predict,
    rows: Features,
    background: Features,
    *,
    permutations: int = 32,
    seed: int = 0,
    players: Players | None = None,
) -> Attribution:
    """Sampled Shapley values of (n, F) rows against a (B, F) background.

    From each background row, `permutations` orders of the players are walked (one, or rounded up to an even
    number: then each order is followed by its reverse, which cancels much of the error). A walk starts at the
    background row and takes over the players of the explained row one after another; a player's value
    is the mean of its steps over all walks. All walks end at the same score and every background row
    starts equally many, so that the values add up exactly, however few walks there are. Steps that
    change nothing are not computed.

    `players` lists the columns of each player; without it every column is one. The standard error
    comes from the spread of the pairs of walks that share a background row, or, with one pair only,
    of all pairs, which overstates it.

    >>> double = lambda X: 2 * X[:, 0] + X[:, 1]
    >>> found = shapley_values(double, np.ones((1, 2), np.float32), np.zeros((3, 2), np.float32))
    >>> found.base, found.values.tolist(), found.scores.tolist()
    (0.0, [[2.0, 1.0]], [3.0])
    """
    rows, background, owner = _checked(rows, background, players)
    turns = _turns(len(background), int(owner.max()) + 1, permutations=permutations, seed=seed)
    scores, starts = _predicted(predict, rows), _predicted(predict, background)
    found = [
        walks.gains(
            *(predict, row, score, background, starts, owner, turns),
            directions=min(permutations, 2),
        )
        for row, score in zip(rows, scores, strict=True)
    ]
    shape = (len(rows), turns.shape[2])
    return Attribution(
        base=float(starts.mean()),
        values=np.array([gains.mean(axis=(0, 1)) for gains in found]).reshape(shape),
        scores=scores,
        standard_error=np.array([_standard_error(gains) for gains in found]).reshape(shape),
    )


def exact_shapley(
    predict: Predict, rows: Features, background: Features, players: Players | None = None
) -> Attribution:
    """Exact Shapley values of at most 12 players, such as groups of columns, over all coalitions.

    >>> product = lambda X: X[:, 0] * X[:, 1]
    >>> exact_shapley(product, np.ones((1, 2), np.float32), np.zeros((1, 2), np.float32)).values.tolist()
    [[0.5, 0.5]]
    """
    rows, background, owner = _checked(rows, background, players)
    n_players = int(owner.max()) + 1
    if n_players > MOST_EXACT_PLAYERS:
        raise ConfigError(
            f"Exact values are computed for at most {MOST_EXACT_PLAYERS} players. Received: "
            f"{n_players}. Put columns together into groups, or sample with shapley_values."
        )
    coalitions = (np.arange(2**n_players)[:, None] >> np.arange(n_players)) & 1 == 1
    worth = np.array([_worth(predict, row, background, coalitions[:, owner]) for row in rows])
    values = shapley_of_games(worth.reshape(len(rows), -1), coalitions)
    return Attribution(
        base=float(_predicted(predict, background).mean()),
        values=values,
        scores=_predicted(predict, rows),
        standard_error=np.zeros_like(values),
    )


def _checked(
    rows: Features, background: Features, players: Players | None
) -> tuple[Features, Features, Positions]:
    """Rows and background as they are computed with, and the (F,) player of each column."""
    rows, background = np.asarray(rows, np.float32), np.asarray(background, np.float32)
    if rows.ndim != 2 or background.ndim != 2 or rows.shape[1] != background.shape[1]:
        raise ConfigError(
            "Rows and background must be matrices of the same features. "
            f"Received: shapes {rows.shape} and {background.shape}."
        )
    if not len(background):
        raise ConfigError("The background has no rows. Give at least one typical row.")
    owner = np.arange(rows.shape[1])
    if players is not None:
        columns = np.concatenate([np.asarray(player, dtype=np.int64) for player in players])
        if sorted(columns.tolist()) != owner.tolist():
            raise ConfigError("Each column must belong to exactly one player.")
        owner[columns] = np.repeat(np.arange(len(players)), [len(player) for player in players])
    return rows, background, owner


def _turns(background: int, players: int, *, permutations: int, seed: int) -> Positions:
    """(background, pairs, players) when each player's turn comes in the walks from a background row.

    The same for every explained row: what a row gets does not depend on the rows beside it, and two
    rows can be compared without the noise of two draws.
    """
    if permutations < 1:
        raise ConfigError(
            f"At least one order of the features is needed. Received: {permutations}."
        )
    shape = (background, -(-permutations // 2), players)
    drawn: Positions = np.random.default_rng(seed).permuted(
        np.broadcast_to(np.arange(players), shape).copy(), axis=2
    )
    return drawn


def _standard_error(by_origin: Values) -> Values:
    """(players,) from (background rows, pairs, players) means of an order and its reverse."""
    origins, pairs, _ = by_origin.shape
    if pairs > 1:
        error: Values = np.sqrt((by_origin.var(axis=1, ddof=1) / pairs).sum(axis=0)) / origins
        return error
    flat = by_origin[:, 0]
    spread: Values = flat.std(axis=0, ddof=min(1, origins - 1)) / np.sqrt(origins)
    return spread


def _worth(
    predict: Predict, row: Features, background: Features, taken: npt.NDArray[np.bool_]
) -> Values:
    """(coalitions,) mean score when the columns of each coalition are taken over from the row."""
    worth = np.empty(len(taken))
    for part in _chunks(len(taken), max(1, ROWS_PER_CALL // len(background))):
        points = np.where(taken[part][:, None, :], row, background)  # (coalitions, B, F)
        heights = _predicted(predict, points.reshape(-1, points.shape[2]))
        worth[part] = heights.reshape(-1, len(background)).mean(axis=1)
    return worth


def shapley_of_games(worth: Values, coalitions: npt.NDArray[np.bool_]) -> Values:
    """(n, players) from the (n, 2^players) worth of every coalition, numbered by their bits."""
    n_players = coalitions.shape[1]
    number, size = np.arange(len(coalitions)), coalitions.sum(axis=1)
    chance = np.array(
        [
            factorial(s) * factorial(n_players - s - 1) / factorial(n_players)
            for s in range(n_players)
        ]
    )
    values = np.empty((len(worth), n_players))
    for player in range(n_players):
        without = number[~coalitions[:, player]]
        gain = worth[:, without | (1 << player)] - worth[:, without]
        values[:, player] = gain @ chance[size[without]]
    return values


def _predicted(predict: Predict, points: Features) -> Values:
    heights = [
        np.asarray(predict(points[part]), dtype=np.float64)
        for part in _chunks(len(points), ROWS_PER_CALL)
    ]
    return np.concatenate(heights) if heights else np.zeros(0)


def _chunks(length: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, length)) for start in range(0, length, size))
