"""What stands behind a contribution: the items of the history, and the users alike."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.data.attributes import CATEGORY, MULTI, AttributeTable
from m6rec_core.data.histories import Histories
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.scorer.features.sequence import slot_rank
from m6rec_core.scorer.features.signals import ranks_from_newest
from m6rec_core.similarity.protocol import ScoreModel
from m6rec_core.similarity.user_based import UserNeighbours

FEWEST_USERS = 5  # users are only shown in company: never fewer behind a statement
STABLE_SHARE = (
    0.5  # of the absolute parts must survive their sum, or parts of the other sign count 0
)

Values = npt.NDArray[np.float64]

# Features that do not sum over the history: which entries they work through
SUPPORT: Mapping[str, Callable[[Values], Values]] = {
    "support.items": lambda parts: (parts > 0).astype(np.float64),
    "support.best_item": lambda parts: np.where(parts == parts.max(), parts, 0.0),
}

_LAST = re.compile(r"_last_(\d+)\.")


@dataclass(frozen=True, eq=False)
class Evidence:
    """The contribution of one feature, laid on what is behind it.

    - `history` (entries,): on each entry of the user's history; None when the feature does not work
      through single items, or none of them supports the pair
    - `neighbours` (users,): on each user alike who has the item, largest first; None when the feature
      does not work through users, or fewer than `FEWEST_USERS` are behind it

    Either sums to the contribution.
    """

    history: Values | None = None
    neighbours: Values | None = None


def laid_on(contribution: float, parts: npt.ArrayLike) -> Values | None:
    """(n,) the contribution split over n supporters, to which it sums; None when nobody supports.

    A raise is split in proportion to the parts. A lowering means that support is weaker than usual: it
    is split in proportion to what each part lacks of the largest, so that the best supporter is never
    blamed most.

    >>> laid_on(0.4, [3.0, 1.0, 0.0]).round(3).tolist()
    [0.3, 0.1, 0.0]
    >>> laid_on(-0.5, [3.0, 1.0, 0.0]).round(3).tolist()
    [0.0, -0.2, -0.3]
    """
    support = np.asarray(parts, dtype=np.float64)
    if not np.abs(support).any():
        return None
    weight = support.max() - support if contribution < 0 else support
    if weight.sum() < STABLE_SHARE * np.abs(weight).sum():
        weight = np.maximum(weight, 0.0)
    if weight.sum() <= 0:
        weight = np.ones_like(support)
    laid: Values = contribution * weight / weight.sum() + 0.0  # no negative zeros
    return laid


class Witnesses:
    """The models and attribute tables asked about one pair; each model is asked once."""

    def __init__(
        self,
        history: Histories,
        item_row: int,
        *,
        models: Mapping[str, ScoreModel],
        items: AttributeTable | None,
    ) -> None:
        self._history, self._item_row = history, item_row
        self._models, self._items = models, items
        self._parts: dict[str, Values] = {}

    def of(self, feature: Feature, contribution: float) -> Evidence:
        """Lays the contribution of one feature on history items or on users alike."""
        model = self._models.get(feature.signal)
        if isinstance(model, UserNeighbours):
            _, parts = model.user_parts(self._history, self._item_row)
            enough = len(parts) >= FEWEST_USERS
            laid = laid_on(contribution, np.sort(parts)[::-1]) if enough else None
            return Evidence(self._on_history(feature, contribution), laid)
        return Evidence(self._on_history(feature, contribution))

    def _on_history(self, feature: Feature, contribution: float) -> Values | None:
        if not len(self._history.item_row):
            return None
        rank = slot_rank(feature.name)
        if rank is not None:  # the column describes one item of the history and nothing else
            place = len(self._history.item_row) - 1 - rank
            on_one: Values = np.zeros(len(self._history.item_row))
            on_one[max(place, 0)] = contribution
            return on_one if place >= 0 else None
        if feature.signal in self._models:
            parts = self._model_parts(feature.signal)
            if feature.name in SUPPORT:
                return laid_on(contribution, SUPPORT[feature.name](parts))
            return laid_on(contribution, entry_weight(feature.name, self._history) * parts)
        if feature.group == schema.MATCH:
            return laid_on(contribution, self._carriers(feature.signal))
        return None

    def _model_parts(self, name: str) -> Values:
        if name not in self._parts:
            parts = self._models[name].parts(self._history, self._item_row)
            self._parts[name] = np.asarray(parts, dtype=np.float64)
        return self._parts[name]

    def _carriers(self, column: str) -> Values:
        """(entries,) share of the item's labels that each history item carries; 0 without labels."""
        history_row = self._history.item_row
        if self._items is None or self._items.kinds.get(column) not in (CATEGORY, MULTI):
            return np.zeros(len(history_row))
        rows, labels = self._items.labels(column)
        wanted = labels[rows == self._item_row]
        carried = np.bincount(rows[np.isin(labels, wanted)], minlength=len(self._items))
        shares: Values = carried[history_row] / max(len(wanted), 1)
        return shares


def entry_weight(feature_name: str, history: Histories) -> Values:
    """(entries,) how often each entry counts for a feature: the newest more in `…_last_5`; in `…_emphasis`
    by its rating above the user's mean or, without ratings, by the strength of its event.

    >>> history = Histories.of_items([4, 2], n_items=5)
    >>> entry_weight("item_knn_last_5.z", history).round(3).tolist()
    [0.819, 1.0]
    """
    last = _LAST.search(feature_name)
    if last is not None:
        weight: Values = np.exp(-ranks_from_newest(history.indptr) / float(last.group(1)))
        return weight
    if "_emphasis." in feature_name:
        rated = np.isfinite(history.rating)
        if not rated.any():
            return history.weight.astype(np.float64)
        return np.where(rated, history.rating - history.rating[rated].mean(dtype=np.float64), 0.0)
    return np.ones(len(history.item_row))
