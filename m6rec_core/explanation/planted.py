"""Planted truth against found importance, where the data are the generated shop."""

from dataclasses import dataclass

import pandas as pd

from m6rec_core.data.samples.shop import DRIVERS, ShopTruth
from m6rec_core.explanation.explainable import Explainable
from m6rec_core.explanation.importance import Importance

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


def recovered(importance: Importance) -> Recovered:
    """Holds the importance of the features that show each driver against its planted weight."""
    truth = ShopTruth(DRIVERS, pd.DataFrame())
    by_driver = importance.by(lambda one: truth.driver_of(group=one.group, signal=one.signal))
    planted = tuple(driver.weight for driver in DRIVERS)
    found = tuple(by_driver.get(driver.name, 0.0) for driver in DRIVERS)
    spearman = float(pd.Series(planted).rank().corr(pd.Series(found).rank()))
    return Recovered(tuple(driver.name for driver in DRIVERS), planted, found, spearman)
