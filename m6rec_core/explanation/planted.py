"""Planted truth against found importance, where the data are the generated shop."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from m6rec_core.data.samples.shop import DRIVERS, ShopTruth
from m6rec_core.explanation.explainable import Explainable
from m6rec_core.explanation.importance import Importance, importance_of_rows
from m6rec_core.ranking.recommender import Recommender

USERS, ITEMS = 200, 3  # of the pairs that are explained
RELIABLE = 0.9  # Spearman from which the causes count as recovered


@dataclass(frozen=True)
class Recovered:
    """Per driver of purchases its planted weight and its mean absolute contribution; `spearman` of both."""

    drivers: tuple[str, ...]
    planted: tuple[float, ...]
    found: tuple[float, ...]
    spearman: float


def is_generated_shop(recommender: Explainable) -> bool:
    """Whether ids and attributes are those of the generated shop, whose causes are known."""
    events, items = recommender.interactions, recommender.items
    if items is None or not {"category", "brand", "price"} <= items.kinds.keys():
        return False
    ids = (*events.users.ids[:50], *events.items.ids[:50])
    return all(str(one).startswith(("shopper-", "item-")) for one in ids)


def importance_over_all_pairs(recommender: Recommender, *, seed: int = 0) -> Importance:
    """Explains random pairs of any user and any item, against others of them.

    A planted weight is the spread of a driver's part over *all* pairs. Candidates are chosen by behaviour:
    among them what behaviour shows varies less, and every other driver seems to count for more.
    """
    rng = np.random.default_rng([seed, 72])
    training = recommender.training
    users = rng.permutation(np.flatnonzero(training.lengths() > 0))[:USERS]
    items = rng.integers(0, training.n_items, size=(len(users), 2 * ITEMS)).astype(np.int32)
    rows = recommender.pair_features(recommender.histories_of_rows(users), items)
    explained, background = np.split(rows, 2, axis=1)
    n_features = rows.shape[2]
    chosen = rng.permutation(len(users) * ITEMS)[: recommender.config.explanation.background]
    against = background.reshape(-1, n_features)[chosen]
    return importance_of_rows(
        recommender, explained.reshape(-1, n_features), background=against, seed=seed
    )


def recovered(importance: Importance) -> Recovered:
    """Holds the importance of the features that show each driver against its planted weight."""
    truth = ShopTruth(DRIVERS, pd.DataFrame())
    by_driver = importance.by(lambda one: truth.driver_of(group=one.group, signal=one.signal))
    planted = tuple(driver.weight for driver in DRIVERS)
    found = tuple(by_driver.get(driver.name, 0.0) for driver in DRIVERS)
    spearman = float(pd.Series(planted).rank().corr(pd.Series(found).rank()))
    return Recovered(tuple(driver.name for driver in DRIVERS), planted, found, spearman)
