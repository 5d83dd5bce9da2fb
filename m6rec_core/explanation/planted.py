"""Planted truth against what is found in the scores, where the data are the generated shop."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core import schema
from m6rec_core.data.samples.shop import DRIVERS, ShopTruth
from m6rec_core.explanation.causal_order import contributions_in_order
from m6rec_core.explanation.explainable import Array, Explainable
from m6rec_core.explanation.importance import Importance, importance_of_rows
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.scorer.features.feature import Feature

USERS, ITEMS = 2_000, 10  # pairs that are looked at
USERS_APART, ITEMS_APART = 200, 3  # and those that are taken apart
RELIABLE = 0.9  # Spearman from which the causes count as recovered

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Recovered:
    """What is found of each driver of purchases; `spearman` and `direct_spearman` with the planted weights.

    - `planted`: standard deviation of the driver's part of the utility over all pairs
    - `whole`: standard deviation of its part of the score over random pairs, told in the order of causes
    - `direct`: mean absolute contribution of the features that show it, as in every explanation; a driver
      that behaviour shows as well shares this with the features of behaviour
    """

    drivers: tuple[str, ...]
    planted: tuple[float, ...]
    whole: tuple[float, ...]
    direct: tuple[float, ...]

    @property
    def spearman(self) -> float:
        return _rank_correlation(self.planted, self.whole)

    @property
    def direct_spearman(self) -> float:
        return _rank_correlation(self.planted, self.direct)


def is_generated_shop(recommender: Explainable) -> bool:
    """Whether ids and attributes are those of the generated shop, whose causes are known."""
    events, items = recommender.interactions, recommender.items
    if items is None or not {"category", "brand", "price"} <= items.kinds.keys():
        return False
    ids = (*events.users.ids[:50], *events.items.ids[:50])
    return all(str(one).startswith(("shopper-", "item-")) for one in ids)


def recovered(recommender: Recommender, *, seed: int = 0) -> Recovered:
    """Holds what the scores owe to each driver against its planted weight.

    Looked at are random pairs of any user and any item that the user has not got: a planted weight is the
    spread over all pairs. Among candidates, which behaviour chose, what behaviour shows varies less.
    """
    rows = _random_pairs(recommender, users=USERS, items=ITEMS, seed=seed)
    scores = recommender.score_features(rows)
    whole = whole_effects(recommender.features, rows, scores)
    apart = _importance(recommender, seed=seed).by(_driver)
    return Recovered(
        drivers=tuple(driver.name for driver in DRIVERS),
        planted=tuple(driver.weight for driver in DRIVERS),
        whole=tuple(whole[driver.name] for driver in DRIVERS),
        direct=tuple(apart.get(driver.name, 0.0) for driver in DRIVERS),
    )


def whole_effects(
    features: Sequence[Feature], rows: npt.ArrayLike, scores: npt.ArrayLike
) -> dict[str, float]:
    """Standard deviation of each driver's contribution to the scores (n,) of (n, F) rows.

    Told first is what is there before a user's behaviour: attributes and the appeal of an item. Then, among
    each other, the drivers that only behaviour shows and the features that show no driver.
    """
    of_column = [_driver(feature) for feature in features]
    attributes = [one for one in DRIVERS if schema.ITEM_SIMILARITY not in one.groups]
    first = [one.name for one in attributes if one.name in of_column]
    last = [name for name in dict.fromkeys(of_column) if name not in first]
    players = [*first, *last]
    number = {name: at for at, name in enumerate(players)}
    tiers = [[number[name] for name in tier] for tier in (first, last) if tier]
    found = contributions_in_order(rows, scores, [number[name] for name in of_column], tiers)
    spread = dict(zip(players, found.std(axis=0).tolist(), strict=True))
    return {driver.name: spread.get(driver.name, 0.0) for driver in DRIVERS}


def _driver(feature: Feature) -> str:
    truth = ShopTruth(DRIVERS, pd.DataFrame())
    return truth.driver_of(group=feature.group, signal=feature.signal)


def _random_pairs(recommender: Recommender, *, users: int, items: int, seed: int) -> Array:
    """(n, F) features of pairs of random users and random items that they have not got."""
    rng = np.random.default_rng([seed, 72])
    training = recommender.training
    chosen = rng.permutation(np.flatnonzero(training.lengths() > 0))[:users]
    histories = training.take(chosen)
    item_row = rng.integers(0, training.n_items, size=(len(chosen), items)).astype(np.int32)
    has = histories.matrix()[np.arange(len(chosen))[:, None], item_row].toarray() > 0
    item_row[has] = schema.NO_ROW
    rows: Array = recommender.pair_features(histories, item_row)[~has]
    return rows


def _importance(recommender: Recommender, *, seed: int) -> Importance:
    rows = _random_pairs(recommender, users=USERS_APART, items=2 * ITEMS_APART, seed=seed)
    shuffled = np.random.default_rng([seed, 73]).permutation(rows)
    size = recommender.config.explanation.background
    background, explained = shuffled[:size], shuffled[size : size + USERS_APART * ITEMS_APART]
    return importance_of_rows(recommender, explained, background=background, seed=seed)


def _rank_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    return float(pd.Series(first).rank().corr(pd.Series(second).rank()))
