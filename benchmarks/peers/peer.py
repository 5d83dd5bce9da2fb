"""What a peer is, and how its settings are found: random trials on validation, nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.ranking.top_n import top_n
from m6rec_core.scorer.neighbourhood import ndcg_of_rows

FAILED = -1.0  # the accuracy of settings that a peer cannot be fitted with

Settings = Mapping[str, Any]
Scores = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.floating]]

BLOCK = 512


class CannotFit(Exception):
    """A peer gave up on these settings: numbers that are not finite, for one."""


@dataclass(frozen=True)
class Peer:
    """A recommender with a space of settings.

    - `usual`: the settings that its authors take, the first trial
    - `draw`: settings drawn at random
    - `fit`: from the training histories to a function that gives users (positions) their scores,
      (users, n_items); raises CannotFit where the settings lead nowhere, and such a trial loses
    """

    name: str
    usual: Settings
    draw: Callable[[np.random.Generator], Settings]
    fit: Callable[[Histories, Settings], Scores]
    needs_ratings: bool = False


class Tuned(NamedTuple):
    """The settings with the best NDCG@10 on validation, and how many were tried."""

    settings: Settings
    ndcg: float
    trials: int


def tune(peer: Peer, known: Histories, held_out: Histories, *, trials: int, seed: int) -> Tuned:
    """Fits every trial to `known` and ranks the whole catalogue for the users with held-out items."""
    rng = np.random.default_rng([seed, 1])
    tried = [peer.usual, *(peer.draw(rng) for _ in range(trials - 1))]
    found = [_tried(peer, settings, known, held_out) for settings in tried]
    best = int(np.argmax(found))
    return Tuned(tried[best], found[best], len(tried))


def _tried(peer: Peer, settings: Settings, known: Histories, held_out: Histories) -> float:
    try:
        return _ndcg(peer.fit(known, settings), known, held_out)
    except CannotFit:
        return FAILED


def lists(scores: Scores, known: Histories, users: npt.NDArray[np.int64], *, n: int) -> Rows:
    """(users, n) the best items that the users do not have, by rows; padded with -1."""
    parts = [
        top_n(scores(part), n=n, hide=known.take(part))[0]
        for part in np.array_split(users, max(1, -(-len(users) // BLOCK)))
    ]
    return np.concatenate(parts)


def _ndcg(scores: Scores, known: Histories, held_out: Histories) -> float:
    users = np.flatnonzero((held_out.lengths() > 0) & (known.lengths() > 0))
    rows = lists(scores, known, users, n=10)
    places = np.broadcast_to(-np.arange(10, dtype=np.float32), rows.shape)
    return ndcg_of_rows(rows, places, held_out.take(users))
