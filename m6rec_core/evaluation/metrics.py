"""What a list of recommendations is worth, one number per user, on plain arrays.

`is_hit` (users, k) bool says which of a user's k places hold a held-out item; places that a short
list leaves empty are False. `n_relevant` (users,) is the number of held-out items of each user.
A user with nothing held out gets NaN: there was nothing to find, which is not the same as 0.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Hits = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.integer]


def recall(is_hit: Hits, n_relevant: Counts) -> Floats:
    """(users,) Share of the user's held-out items that are in the list, in [0, 1].

    >>> recall(np.array([[True, False, True]]), np.array([4])).tolist()
    [0.5]
    """
    return _defined(is_hit.sum(axis=1) / np.maximum(n_relevant, 1), n_relevant)


def precision(is_hit: Hits, n_relevant: Counts) -> Floats:
    """(users,) Share of the k places that hold a held-out item, in [0, 1]; empty places are misses."""
    return _defined(is_hit.sum(axis=1) / is_hit.shape[1], n_relevant)


def hit_rate(is_hit: Hits, n_relevant: Counts) -> Floats:
    """(users,) 1 when at least one held-out item is in the list, 0 otherwise."""
    return _defined(np.asarray(is_hit.any(axis=1), dtype=np.float64), n_relevant)


def ndcg(is_hit: Hits, n_relevant: Counts) -> Floats:
    """(users,) Discounted cumulative gain over that of the best possible list, in [0, 1].

    A hit at rank r gains 1 / log2(r + 1); the best list has its min(k, n_relevant) hits first
    (Järvelin and Kekäläinen 2002, with binary relevance).

    >>> ndcg(np.array([[False, True]]), np.array([1])).round(4).tolist()
    [0.6309]
    """
    gain = 1.0 / np.log2(np.arange(2, is_hit.shape[1] + 2))  # (k,)
    best = np.concatenate(([1.0], np.cumsum(gain)))  # best[n] for n hits; n = 0 is never used
    ideal = best[np.minimum(n_relevant, is_hit.shape[1])]
    return _defined(is_hit @ gain / ideal, n_relevant)  # (users, k) x (k,) -> (users,)


def average_precision(is_hit: Hits, n_relevant: Counts) -> Floats:
    """(users,) Mean over the findable held-out items of the precision at their rank, in [0, 1].

    Divided by min(k, n_relevant), so that a perfect list scores 1; its mean over users is MAP.
    """
    ranks = np.arange(1, is_hit.shape[1] + 1)
    precision_at_hit = np.where(is_hit, np.cumsum(is_hit, axis=1) / ranks, 0.0)  # (users, k)
    findable = np.clip(n_relevant, 1, is_hit.shape[1])
    return _defined(precision_at_hit.sum(axis=1) / findable, n_relevant)


def reciprocal_rank(is_hit: Hits, n_relevant: Counts) -> Floats:
    """(users,) 1 over the rank of the first hit, 0 without a hit; its mean over users is MRR.

    >>> reciprocal_rank(np.array([[False, True, True]]), np.array([2])).tolist()
    [0.5]
    """
    first = 1.0 / (is_hit.argmax(axis=1) + 1)
    return _defined(np.where(is_hit.any(axis=1), first, 0.0), n_relevant)


def mean_popularity(item_row: npt.NDArray[np.int32], popularity: npt.ArrayLike) -> Floats:
    """(users,) Mean popularity of the listed items, in the unit of `popularity` (n_items,).

    `item_row` is (users, k), empty places -1; NaN for an empty list.
    """
    listed = item_row >= 0
    of_place = np.where(listed, np.asarray(popularity, dtype=np.float64)[item_row], 0.0)
    return _defined(of_place.sum(axis=1) / np.maximum(listed.sum(axis=1), 1), listed.sum(axis=1))


def catalogue_coverage(item_row: npt.NDArray[np.int32], *, n_items: int) -> float:
    """Share of the catalogue that is in at least one list, in [0, 1]; empty places are -1."""
    return float(np.count_nonzero(_exposure(item_row, n_items)) / n_items)


def gini(item_row: npt.NDArray[np.int32], *, n_items: int) -> float:
    """How unevenly the places go to the items of the catalogue; NaN when all lists are empty.

    0: every item is listed equally often; (n_items - 1) / n_items: one item takes every place.
    """
    counts = np.sort(_exposure(item_row, n_items))
    if not counts.any():
        return float("nan")
    position = 2 * np.arange(1, n_items + 1) - n_items - 1
    return float(position @ counts / (n_items * counts.sum()))


class Metric(NamedTuple):
    """A metric as it is named in tables: `higher_is_better` is None where neither end is a virtue."""

    name: str
    title: str
    definition: str
    higher_is_better: bool | None


PER_USER: Final[Mapping[str, Callable[[Hits, Counts], Floats]]] = {
    "ndcg": ndcg,
    "recall": recall,
    "precision": precision,
    "hit_rate": hit_rate,
    "map": average_precision,
    "mrr": reciprocal_rank,
}

_ABOUT: Final = (
    Metric("ndcg", "NDCG", "gain of the hits, 1/log2(rank + 1) each, over the best list's", True),
    Metric("recall", "Recall", "share of the held-out items that are in the list", True),
    Metric("precision", "Precision", "share of the K places that hold a held-out item", True),
    Metric("hit_rate", "Hit rate", "share of users with at least one held-out item listed", True),
    Metric("map", "MAP", "precision at each hit, summed, over min(K, held-out items)", True),
    Metric("mrr", "MRR", "1 over the rank of the first hit, 0 without a hit", True),
    Metric("coverage", "Coverage", "share of the catalogue that is in at least one list", None),
    Metric("popularity", "Popularity", "mean number of training users of the listed items", None),
    Metric(
        "gini", "Gini", "unevenness of exposure: 0 all items alike, near 1 a few take all", None
    ),
    Metric("rmse", "RMSE", "root of the mean squared error of the predicted rating", False),
    Metric("mae", "MAE", "mean absolute error of the predicted rating", False),
)
METRICS: Final[Mapping[str, Metric]] = {metric.name: metric for metric in _ABOUT}


def _defined(value: Floats, n_relevant: npt.NDArray[np.integer]) -> Floats:
    return np.where(n_relevant > 0, value, np.nan)


def _exposure(item_row: npt.NDArray[np.int32], n_items: int) -> npt.NDArray[np.int64]:
    return np.bincount(item_row[item_row >= 0], minlength=n_items)
