"""Walks over models and list lengths, and gathers what each user adds to each metric."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.errors import ConfigError, DataError
from m6rec_core.evaluation import metrics

Floats = npt.NDArray[np.float64]
Lists = npt.NDArray[np.int32]


class Measured(NamedTuple):
    """Every figure as a ratio of two sums over users, so that all can be drawn again together.

    - `numerator`, `denominator` (users, models, metrics); denominator 0 where a user has no say
    - `of_all_lists` (models, metrics): figures that belong to all lists together; NaN elsewhere
    - `is_root` (metrics,) bool: the figure is the square root of the ratio
    """

    models: tuple[str, ...]
    metrics: tuple[str, ...]
    numerator: Floats
    denominator: Floats
    of_all_lists: Floats
    is_root: npt.NDArray[np.bool_]

    def finish(self, ratio: Floats) -> Floats:
        """Takes the root where the metric is one; the last axes of `ratio` are models and metrics."""
        shaped = ratio.reshape(*ratio.shape[:-1], -1, len(self.metrics))
        return np.where(self.is_root, np.sqrt(np.abs(shaped)), shaped).reshape(ratio.shape)


def hits(item_row: Lists, relevant: Histories) -> npt.NDArray[np.bool_]:
    """(users, depth) Whether the item at a place is one of that user's held-out items."""
    wanted = np.sort(relevant.entry_user() * relevant.n_items + relevant.item_row)
    key = np.arange(len(item_row), dtype=np.int64)[:, None] * relevant.n_items + item_row
    place = np.minimum(np.searchsorted(wanted, key), max(len(wanted) - 1, 0))
    found = wanted[place] == key if len(wanted) else np.zeros(item_row.shape, dtype=bool)
    return np.asarray(found & (item_row >= 0))


def measure(
    rankings: Mapping[str, Lists],
    relevant: Histories,
    *,
    ks: Sequence[int],
    n_items: int,
    popularity: Floats,
    predicted_ratings: Mapping[str, npt.ArrayLike],
    rating_span: float,
) -> Measured:
    """Checks the rankings and measures them; see `comparison.compare` for the arguments."""
    _check(rankings, relevant, ks, n_items)
    models = tuple(rankings)
    counted = relevant.lengths() > 0
    columns: dict[str, tuple[Floats, Floats]] = {}
    of_all: dict[str, list[float]] = {}
    is_hit = {name: hits(lists, relevant) for name, lists in rankings.items()}
    for k in ks:
        for family, metric in metrics.PER_USER.items():
            per_model = [metric(_cut(is_hit[m], k, False), relevant.lengths()) for m in models]
            columns[f"{family}@{k}"] = _as_ratio(np.stack(per_model, axis=1))
        lists = [np.where(counted[:, None], _cut(rankings[m], k, -1), -1) for m in models]
        liked = [metrics.mean_popularity(listed, popularity) for listed in lists]
        columns[f"popularity@{k}"] = _as_ratio(np.stack(liked, axis=1))
        columns[f"coverage@{k}"] = columns[f"gini@{k}"] = _nothing(len(relevant), len(models))
        of_all[f"coverage@{k}"] = [metrics.catalogue_coverage(x, n_items=n_items) for x in lists]
        of_all[f"gini@{k}"] = [metrics.gini(x, n_items=n_items) for x in lists]
    if predicted_ratings:
        columns |= _rating_columns(models, relevant, predicted_ratings, rating_span)
    return _assembled(models, columns, of_all)


def _assembled(
    models: tuple[str, ...],
    columns: Mapping[str, tuple[Floats, Floats]],
    of_all: Mapping[str, list[float]],
) -> Measured:
    missing = [float("nan")] * len(models)
    return Measured(
        models=models,
        metrics=tuple(columns),
        numerator=np.stack([numerator for numerator, _ in columns.values()], axis=2),
        denominator=np.stack([denominator for _, denominator in columns.values()], axis=2),
        of_all_lists=np.array([of_all.get(name, missing) for name in columns]).T,
        is_root=np.array([name == "rmse" for name in columns]),
    )


def _rating_columns(
    models: tuple[str, ...],
    relevant: Histories,
    predicted: Mapping[str, npt.ArrayLike],
    span: float,
) -> dict[str, tuple[Floats, Floats]]:
    squared, absolute, pairs = [], [], []
    for model in models:
        guess = np.asarray(predicted.get(model, np.full(len(relevant.rating), np.nan)), np.float64)
        error = (guess - relevant.rating) * span  # (entries,)
        rated = ~np.isnan(error)
        error = np.where(rated, error, 0.0)
        squared.append(_sum_by_user(error**2, relevant))
        absolute.append(_sum_by_user(np.abs(error), relevant))
        pairs.append(_sum_by_user(rated.astype(np.float64), relevant))
    number = np.stack(pairs, axis=1)
    return {
        "rmse": (np.stack(squared, axis=1), number),
        "mae": (np.stack(absolute, axis=1), number),
    }


def _sum_by_user(values: Floats, relevant: Histories) -> Floats:
    total = np.bincount(relevant.entry_user(), weights=values, minlength=len(relevant))
    return np.asarray(total, dtype=np.float64)


def _as_ratio(values: Floats) -> tuple[Floats, Floats]:
    present = ~np.isnan(values)
    return np.where(present, values, 0.0), present.astype(np.float64)


def _nothing(users: int, models: int) -> tuple[Floats, Floats]:
    return np.zeros((users, models)), np.zeros((users, models))


def _cut(lists: npt.NDArray[Any], k: int, padding: int | bool) -> npt.NDArray[Any]:
    missing = max(0, k - lists.shape[1])
    return np.pad(lists[:, :k], ((0, 0), (0, missing)), constant_values=padding)


def _check(
    rankings: Mapping[str, Lists], relevant: Histories, ks: Sequence[int], n_items: int
) -> None:
    if not rankings:
        raise DataError("There is no model to evaluate. Give at least one ranking.")
    if not ks or min(ks) < 1:
        raise ConfigError(f"K is one or more whole numbers from 1 on. Received: {list(ks)}.")
    if not len(relevant.item_row):
        raise DataError(
            "No user has a held-out item of the catalogue, so there is nothing to evaluate. "
            "Choose a split, or a test table with users and items of the training data."
        )
    for name, lists in rankings.items():
        _check_lists(name, lists, len(relevant), min(max(ks), n_items), n_items)


def _check_lists(name: str, lists: Lists, users: int, depth: int, n_items: int) -> None:
    if lists.ndim != 2 or len(lists) != users:
        raise DataError(
            f"The ranking of '{name}' must be (users, depth) with {users} users. "
            f"Received shape: {lists.shape}."
        )
    if lists.shape[1] < depth:
        raise DataError(
            f"The lists of '{name}' hold {lists.shape[1]} items, the evaluation needs {depth}. "
            "Rank more items or choose a smaller K."
        )
    if lists.size and (lists.min() < -1 or lists.max() >= n_items):
        raise DataError(
            f"The ranking of '{name}' names items outside the {n_items} of the catalogue."
        )
    ordered = np.sort(lists, axis=1)
    repeated = (np.diff(ordered, axis=1) == 0) & (ordered[:, 1:] >= 0)
    if repeated.any():
        user = int(np.flatnonzero(repeated.any(axis=1))[0])
        raise DataError(f"The ranking of '{name}' lists an item twice, first for user row {user}.")
