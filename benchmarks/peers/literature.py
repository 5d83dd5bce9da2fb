"""Methods of the literature in a few lines of NumPy, exact and without a cut where there is none."""

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.data.histories import Histories
from peers.peer import Peer, Scores, Settings

Floats = npt.NDArray[np.float64]


def popularity(known: Histories, settings: Settings) -> Scores:
    """Number of users who have the item, the same for everybody."""
    count = known.matrix().sum(axis=0).A1 + 1e-3
    return lambda users: np.broadcast_to(count, (len(users), len(count)))


def ease(known: Histories, settings: Settings) -> Scores:
    """EASE (Steck 2019): B = I - P / diag(P) with P = (XᵀX + λI)⁻¹, inverted on the smaller side.

    By the identity of Woodbury, X P = (XXᵀ + λI)⁻¹ X and diag(P) = (1 - diag(Xᵀ(XXᵀ + λI)⁻¹X)) / λ.
    """
    x = known.matrix().astype(np.float64)
    regularisation = settings["regularisation"]
    if x.shape[0] < x.shape[1]:
        inverse = np.linalg.inv((x @ x.T).toarray() + regularisation * np.eye(x.shape[0]))
        projected = (x.T @ inverse).T  # K X, (n_users, n_items)
        diagonal = (1.0 - x.multiply(projected).sum(axis=0).A1) / regularisation
    else:
        inverse = np.linalg.inv((x.T @ x).toarray() + regularisation * np.eye(x.shape[1]))
        projected, diagonal = x @ inverse, np.diag(inverse)
    scores = x.toarray() - projected / diagonal
    return lambda users: scores[users]


def random_walk(known: Histories, settings: Settings) -> Scores:
    """RP3beta (Paudel et al. 2017): three steps, sharpened by alpha, held back from the popular by beta."""
    x = known.matrix().astype(np.float64)
    user_degree = np.maximum(x.sum(axis=1).A1, 1.0)
    item_degree = np.maximum(x.sum(axis=0).A1, 1.0)
    from_item = sp.diags(item_degree ** -settings["alpha"]) @ x.T
    from_user = sp.diags(user_degree ** -settings["alpha"]) @ x
    walk = (from_item @ from_user @ sp.diags(item_degree ** -settings["beta"])).tocsr()
    walk -= sp.diags(walk.diagonal())  # no walk ends where it began
    kept = _largest_of_rows(walk.tocsr(), settings["neighbours"])
    return lambda users: (x[users] @ kept).toarray()


def _largest_of_rows(matrix: sp.csr_matrix, n: int) -> sp.csr_matrix:
    """The n largest entries of each row."""
    kept = []
    for start, stop in itertools.pairwise(matrix.indptr):
        entries = np.arange(start, stop)
        if len(entries) > n:
            entries = entries[np.argpartition(-matrix.data[entries], n)[:n]]
        kept.append(entries)
    count = np.array([len(entries) for entries in kept])
    chosen = np.concatenate(kept)
    indptr = np.concatenate(([0], np.cumsum(count)))
    return sp.csr_matrix((matrix.data[chosen], matrix.indices[chosen], indptr), matrix.shape)


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _walk_settings(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "alpha": float(rng.uniform(0.3, 1.5)),
        "beta": float(rng.uniform(0.0, 1.0)),
        "neighbours": int(_log_uniform(rng, 20, 1000)),
    }


PEERS = (
    Peer("popularity", {}, lambda rng: {}, popularity),
    Peer(
        "EASE",
        {"regularisation": 250.0},
        lambda rng: {"regularisation": _log_uniform(rng, 5, 5000)},
        ease,
    ),
    Peer(
        "RP3beta",
        {"alpha": 1.0, "beta": 0.6, "neighbours": 100},
        _walk_settings,
        random_walk,
    ),
)
