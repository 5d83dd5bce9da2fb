"""The library `scikit-surprise`, which predicts ratings: all pairs at once, checked against its own."""

import contextlib
import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from surprise import Dataset, KNNBaseline, Reader, SVDpp, Trainset

from m6rec_core.data.histories import Histories
from peers.peer import Peer, Scores, Settings

Floats = npt.NDArray[np.float64]

CHECKED_PAIRS = 200
TOLERANCE = 1e-6
LOWEST, HIGHEST = 1, 5


def trainset(known: Histories) -> Trainset:
    """The rated entries, one to five stars as the library expects, with rows as raw ids."""
    rated = np.isfinite(known.rating)
    frame = pd.DataFrame(
        {
            "user": known.entry_user()[rated],
            "item": known.item_row[rated],
            "rating": LOWEST + (HIGHEST - LOWEST) * known.rating[rated],
        }
    )
    return Dataset.load_from_df(frame, Reader(rating_scale=(LOWEST, HIGHEST))).build_full_trainset()


def svd_plus_plus(known: Histories, settings: Settings) -> Scores:
    """Expected ratings of all pairs by SVD++ are the scores."""
    data = trainset(known)
    algorithm = SVDpp(**settings, random_state=0).fit(data)
    implicit = np.zeros_like(algorithm.pu)
    for user, rated in data.ur.items():
        rows = [item for item, _ in rated]
        implicit[user] = algorithm.yj[rows].sum(axis=0) / np.sqrt(len(rows))
    inner = (algorithm.pu + implicit) @ algorithm.qi.T
    inner += data.global_mean + algorithm.bu[:, None] + algorithm.bi[None, :]
    return _by_rows(known, data, algorithm, inner)


def knn_baseline(known: Histories, settings: Settings) -> Scores:
    """Expected ratings of all pairs by kNNBaseline are the scores."""
    data = trainset(known)
    by_user = settings["user_based"]
    algorithm = KNNBaseline(
        k=settings["k"],
        min_k=settings["min_k"],
        sim_options={
            "name": settings["similarity"],
            "user_based": by_user,
            "shrinkage": settings["shrinkage"],
        },
        verbose=False,
    )
    with contextlib.redirect_stdout(io.StringIO()):
        algorithm.fit(data)
    deviation = np.zeros((algorithm.n_y, algorithm.n_x))
    for y, rated in algorithm.yr.items():
        x, rating = np.array([x for x, _ in rated]), np.array([rating for _, rating in rated])
        base = data.global_mean + algorithm.bx[x] + algorithm.by[y]
        deviation[y] = _mean_of_nearest(
            algorithm.sim[:, x], rating - base, k=settings["k"], min_k=settings["min_k"]
        )
    inner = deviation + data.global_mean + algorithm.bx[None, :] + algorithm.by[:, None]
    return _by_rows(known, data, algorithm, inner.T if by_user else inner)


def _mean_of_nearest(likeness: Floats, left: Floats, *, k: int, min_k: int) -> Floats:
    """(n,) weighted mean of `left` (raters,) by the k largest positive of `likeness` (n, raters)."""
    weight = np.maximum(likeness, 0.0)
    if likeness.shape[1] > k:  # of the equally near the library takes those who came first
        beyond = np.argsort(-likeness, axis=1, kind="stable")[:, k:]
        np.put_along_axis(weight, beyond, 0.0, axis=1)
    total = weight.sum(axis=1)
    is_enough = (weight > 0).sum(axis=1) >= min_k
    return np.where(is_enough & (total > 0), weight @ left / np.maximum(total, 1e-12), 0.0)


def _by_rows(known: Histories, data: Trainset, algorithm: Any, inner: Floats) -> Scores:
    """Scores in the order of our rows; users and items without a rating get the mean.

    The library itself predicts a sample of the pairs, and must agree.
    """
    scores = np.full((len(known), known.n_items), data.global_mean)
    users = np.array([data.to_raw_uid(u) for u in range(data.n_users)])
    items = np.array([data.to_raw_iid(i) for i in range(data.n_items)])
    scores[np.ix_(users, items)] = inner
    rng = np.random.default_rng(0)
    pairs = [(int(rng.choice(users)), int(rng.choice(items))) for _ in range(CHECKED_PAIRS)]
    own = np.array([algorithm.predict(user, item, clip=False).est for user, item in pairs])
    differ = np.abs(own - np.array([scores[pair] for pair in pairs])) > TOLERANCE
    if differ.any():
        raise AssertionError(f"{differ.sum()} of {len(pairs)} pairs differ from the library's own.")
    return lambda rows: scores[rows]


def _knn_settings(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "k": int(np.exp(rng.uniform(np.log(5), np.log(200)))),
        "min_k": int(rng.integers(1, 6)),
        "similarity": str(rng.choice(["pearson_baseline", "msd", "cosine"])),
        "user_based": bool(rng.random() < 0.7),
        "shrinkage": int(rng.choice([0, 25, 100, 300])),
    }


def _svd_settings(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "n_factors": int(rng.choice([5, 10, 20, 40])),
        "n_epochs": int(rng.integers(5, 26)),
        "lr_all": float(10 ** rng.uniform(-2.6, -1.7)),
        "reg_all": float(10 ** rng.uniform(-2.3, -0.7)),
    }


PEERS = (
    Peer(
        "Surprise SVD++",
        {"n_factors": 20, "n_epochs": 20, "lr_all": 0.007, "reg_all": 0.02},
        _svd_settings,
        svd_plus_plus,
        needs_ratings=True,
    ),
    Peer(
        "Surprise kNNBaseline",
        {
            "k": 40,
            "min_k": 1,
            "similarity": "pearson_baseline",
            "user_based": True,
            "shrinkage": 100,
        },
        _knn_settings,
        knn_baseline,
        needs_ratings=True,
    ),
)
