"""Walks from background rows to an explained row, one player after another, in compiled loops."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from m6rec_core.similarity.compiled import compiled, fixed

POINTS_PER_CALL = 50_000

Array = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]


def gains(
    predict: Callable[[Array], npt.NDArray[np.floating]],
    row: Array,
    score: float,
    background: Array,
    starts: Values,
    owner: Positions,
    turns: Positions,
    *,
    directions: int = 2,
) -> Values:
    """(background, pairs, players) rise of the score at each player's step.

    With two `directions` the mean of an order and its reverse, with one of the order alone.

    - `row` (F,) and its `score`, `background` (B, F) and its scores `starts` (B,)
    - `owner` (F,): the player of each column
    - `turns` (background, pairs, players): when each player's turn comes

    A step that changes nothing costs nothing and gains 0; the last step ends at the score itself.
    """
    pairs, n_players = turns.shape[1:]
    found = np.zeros(turns.shape)
    given = fixed(row, np.float32), fixed(background, np.float32), fixed(owner, np.int64)
    size = max(1, POINTS_PER_CALL // max(directions * pairs * n_players, 1))
    points = np.empty(
        (min(size, len(turns)) * directions * pairs * n_players, len(row)), np.float32
    )
    for start in range(0, len(turns), size):
        stop = min(start + size, len(turns))
        walked = fixed(turns[start:stop], np.int64)
        count = _lay_out(given[0], given[1][start:stop], given[2], walked, directions, points)
        heights = np.asarray(predict(points[:count]), np.float64) if count else np.zeros(0)
        _read_off(
            *(given[0], given[1][start:stop], given[2], walked, directions),
            *(fixed(heights, np.float64), fixed(starts[start:stop], np.float64), float(score)),
            found[start:stop],
        )
    return found


@compiled
def _differences(row: Array, start: Array, owner: Positions, differs: npt.NDArray[np.bool_]) -> int:
    """Marks the players who change something and gives their number."""
    differs[:] = False
    for column in range(len(row)):
        if row[column] != start[column]:
            differs[owner[column]] = True
    return int(differs.sum())


@compiled
def _lay_out(
    row: Array,
    background: Array,
    owner: Positions,
    turns: Positions,
    directions: int,
    points: Array,
) -> int:
    """Writes the points inside of all walks into `points`, walk after walk, and gives their number."""
    n_players, count = turns.shape[2], 0
    differs, taken = np.empty(n_players, np.bool_), np.empty(n_players, np.bool_)
    order = np.empty(n_players, np.int64)
    for origin in range(len(background)):
        steps = _differences(row, background[origin], owner, differs)
        for pair in range(turns.shape[1]):
            for player in range(n_players):
                order[turns[origin, pair, player]] = player
            for direction in range(directions):
                taken[:], left = False, steps
                for place in range(n_players):
                    player = order[place if direction == 0 else n_players - 1 - place]
                    if not differs[player]:
                        continue
                    taken[player] = True
                    left -= 1
                    if left == 0:
                        break
                    for column in range(len(row)):
                        source = row if taken[owner[column]] else background[origin]
                        points[count, column] = source[column]
                    count += 1
    return count


@compiled
def _read_off(
    row: Array,
    background: Array,
    owner: Positions,
    turns: Positions,
    directions: int,
    heights: Values,
    starts: Values,
    score: float,
    found: Values,
) -> None:
    """Adds each step to its player, averaged over the directions: the walks laid out, with their heights."""
    n_players, count = turns.shape[2], 0
    differs, order = np.empty(n_players, np.bool_), np.empty(n_players, np.int64)
    for origin in range(len(background)):
        steps = _differences(row, background[origin], owner, differs)
        for pair in range(turns.shape[1]):
            for player in range(n_players):
                order[turns[origin, pair, player]] = player
            for direction in range(directions):
                height, left = starts[origin], steps
                for place in range(n_players):
                    player = order[place if direction == 0 else n_players - 1 - place]
                    if not differs[player]:
                        continue
                    left -= 1
                    reached = score
                    if left > 0:
                        reached, count = heights[count], count + 1
                    found[origin, pair, player] += (reached - height) / directions
                    height = reached
