"""The library `implicit`: cosine and BM25 neighbours, alternating least squares, BPR."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender
from implicit.recommender_base import ModelFitError
from threadpoolctl import threadpool_limits

from m6rec_core.data.histories import Histories
from peers.peer import CannotFit, Peer, Scores, Settings


def neighbours(make: Callable[..., Any]) -> Callable[[Histories, Settings], Scores]:
    """Scores by the item–item weights that the library keeps."""

    def fit(known: Histories, settings: Settings) -> Scores:
        behaviour = known.matrix()
        model = make(**settings, num_threads=0)
        with warnings.catch_warnings(action="ignore"):  # it converts its own matrix, and says so
            model.fit(behaviour, show_progress=False)
        similarity = sp.csr_matrix(
            model.similarity
        )  # columns of the library: history items are rows
        return lambda users: (behaviour[users] @ similarity).toarray()

    return fit


def factors(make: Callable[..., Any]) -> Callable[[Histories, Settings], Scores]:
    """Scores by the product of the vectors of users and items."""

    def fit(known: Histories, settings: Settings) -> Scores:
        model = make(**settings, random_state=0, num_threads=1)
        with threadpool_limits(1, "blas"), warnings.catch_warnings(action="ignore"):
            try:
                model.fit(known.matrix(), show_progress=False)
            except ModelFitError as error:
                raise CannotFit(str(error)) from error
        return lambda users: np.asarray(model.user_factors[users] @ model.item_factors.T)

    return fit


def _log_int(rng: np.random.Generator, low: int, high: int) -> int:
    return int(np.exp(rng.uniform(np.log(low), np.log(high))))


def _als_settings(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "factors": int(rng.choice([16, 32, 64, 128])),
        "regularization": float(10 ** rng.uniform(-3, 1)),
        "alpha": float(10 ** rng.uniform(-0.5, 1.7)),
        "iterations": int(rng.integers(5, 31)),
    }


def _bpr_settings(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "factors": int(rng.choice([16, 32, 64, 128])),
        "learning_rate": float(10 ** rng.uniform(-2.5, -0.7)),
        "regularization": float(10 ** rng.uniform(-4, -1)),
        "iterations": _log_int(rng, 30, 300),
    }


PEERS = (
    Peer(
        "implicit cosine",
        {"K": 20},
        lambda rng: {"K": _log_int(rng, 5, 1000)},
        neighbours(CosineRecommender),
    ),
    Peer(
        "implicit BM25",
        {"K": 20, "K1": 1.2, "B": 0.75},
        lambda rng: {
            "K": _log_int(rng, 5, 1000),
            "K1": float(10 ** rng.uniform(-1, 2)),
            "B": float(rng.uniform(0, 1)),
        },
        neighbours(BM25Recommender),
    ),
    Peer(
        "implicit ALS",
        {"factors": 64, "regularization": 0.01, "alpha": 1.0, "iterations": 15},
        _als_settings,
        factors(AlternatingLeastSquares),
    ),
    Peer(
        "implicit BPR",
        {"factors": 64, "learning_rate": 0.01, "regularization": 0.01, "iterations": 100},
        _bpr_settings,
        factors(BayesianPersonalizedRanking),
    ),
)
