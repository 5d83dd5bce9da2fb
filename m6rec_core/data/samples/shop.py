"""A generated shop whose purchases have known causes, to see whether explanations find them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core import schema
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.samples.shop_choices import Purchases, browse, buy
from m6rec_core.data.samples.shop_world import WEIGHTS, World, make_world
from m6rec_core.errors import ConfigError

FIRST_DAY: Final = 1_704_067_200  # 1 January 2024, 0:00 UTC
DAYS: Final = 180
SECONDS_PER_DAY: Final = 86_400
BUSY_HOURS: Final = np.array([1] * 7 + [3, 5, 6, 6, 7, 8, 7, 6, 6, 7, 8, 10, 12, 12, 9, 5, 2])

LOOKS_PER_VISIT: Final = 1.0  # views of other items; those that are bought some day do not count
LOOK_TO_CART: Final = 0.1
CART_BEFORE_PURCHASE: Final = 0.7
EVENTS_PER_VISIT: Final = LOOKS_PER_VISIT * (1 + LOOK_TO_CART) + 1 + CART_BEFORE_PURCHASE + 1
GLANCES: Final = 20


@dataclass(frozen=True)
class Driver:
    """One cause of purchases.

    - `weight`: standard deviation of its part of the utility over all (user, item) pairs; 0 for a
      decoy, which is visible in the tables and moves nothing
    - `attribute`: the column of the users or items table that it works through, or empty
    - `groups`: groups of features that show it in behaviour, for a driver without an attribute
    """

    name: str
    weight: float
    attribute: str
    groups: tuple[str, ...]
    description: str


@dataclass(frozen=True, eq=False)
class ShopTruth:
    """What made the purchases happen.

    - `drivers`: strongest first, decoys last
    - `planted` table `user_id, item_id, past_item_id, timestamp`: purchases that would have gone to
      another item, had the user not bought the past item before, and to which no other recent
      purchase led; time of the purchase in Unix seconds
    """

    drivers: tuple[Driver, ...]
    planted: pd.DataFrame

    def driver_of(self, *, group: str, signal: str) -> str:
        """The driver that a feature of this group and signal shows; empty when it shows none.

        >>> ShopTruth(DRIVERS, pd.DataFrame()).driver_of(group=schema.MATCH, signal="age_band")
        'age'
        """
        for driver in self.drivers:
            if signal and signal == driver.attribute:
                return driver.name
        matching = [driver.name for driver in self.drivers if group in driver.groups]
        return matching[0] if matching else ""


@dataclass(frozen=True, eq=False)
class Shop:
    """The visible data of the shop and the hidden truth behind it."""

    dataset: Dataset
    truth: ShopTruth


_BEHAVIOUR: Final = (schema.ITEM_SIMILARITY, schema.USER_SIMILARITY)

DRIVERS: Final = tuple(
    Driver(name, WEIGHTS[name], attribute, groups, description)
    for name, attribute, groups, description in (
        ("companion", "", _BEHAVIOUR, "a companion of one of the last five purchases"),
        ("popularity", "", (schema.ITEM,), "appeal of the item to everybody"),
        ("taste", "category", (), "the user's own taste for the category"),
        ("price", "price", (), "distance between the price and what the user usually spends"),
        ("age", "age_band", (), "liking of the user's age band for the category"),
        ("gender", "gender", (), "liking of the user's gender for the category"),
        ("city", "city", (), "nothing: a decoy"),
        ("brand", "brand", (), "nothing: a decoy"),
    )
)


def make_shop(
    *,
    users: int = 2_000,
    items: int = 400,
    events_per_user: float = 40.0,
    noise: float = 1.0,
    seed: int = 0,
) -> Shop:
    """Generates the shop; equal arguments give equal data.

    A purchase is the item of the highest utility = Σ weight × standardised driver + `noise` × Gumbel:
    with `noise` 0 the drivers decide alone, with a large one nothing can be found. Around it the user
    looks at other items; an item is viewed before it is bought, and mostly put into the cart.

    >>> shop = make_shop(users=40, items=60, seed=1)
    >>> shop.dataset.interactions.event_names
    ('cart', 'purchase', 'view')
    >>> [driver.name for driver in shop.truth.drivers if driver.weight == 0]
    ['city', 'brand']
    """
    _check(users, items, events_per_user, noise)
    rng = np.random.default_rng(seed)
    world = make_world(users=users, items=items, rng=rng)
    visits = _visits(users, items, events_per_user, rng)
    purchases = buy(world, visits=visits, noise=noise, rng=rng)
    time = _times_of_visits(visits, rng)
    dataset = Dataset.from_frames(
        _events(world, purchases, time, rng), users=world.users, items=world.items, name="shop"
    )
    return Shop(dataset, ShopTruth(DRIVERS, _planted(world, purchases, time)))


def _check(users: int, items: int, events_per_user: float, noise: float) -> None:
    if users < 2 or items < 20 or events_per_user < EVENTS_PER_VISIT or noise < 0:
        raise ConfigError(
            "The shop needs at least 2 users, 20 items, 6 events per user and a noise of 0 or more. "
            f"Received: users={users}, items={items}, events_per_user={events_per_user}, noise={noise}."
        )


def _visits(
    users: int, items: int, events_per_user: float, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """(users,) purchases of each user; a user buys at most a third of the catalogue."""
    activity = rng.lognormal(mean=-0.08, sigma=0.4, size=users)
    visits = np.round(activity * events_per_user / EVENTS_PER_VISIT).astype(np.int64)
    return np.clip(visits, 2, items // 3)


def _times_of_visits(
    visits: npt.NDArray[np.int64], rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """(users, visits) Unix seconds of each purchase, rising; arbitrary behind the last visit."""
    shape = (len(visits), int(visits.max()))
    hour = rng.choice(24, shape, p=BUSY_HOURS / BUSY_HOURS.sum())
    second = rng.integers(0, 3600, shape)
    time = FIRST_DAY + rng.integers(4, DAYS, shape) * SECONDS_PER_DAY + hour * 3600 + second
    return np.sort(time, axis=1)


def _events(
    world: World, purchases: Purchases, time: npt.NDArray[np.int64], rng: np.random.Generator
) -> pd.DataFrame:
    user_row, visit = np.nonzero(purchases.item_row != schema.NO_ROW)
    item_row, bought_at = purchases.item_row[user_row, visit], time[user_row, visit]
    viewed_at = bought_at - rng.integers(120, 1_800, len(user_row))
    carted = rng.random(len(user_row)) < CART_BEFORE_PURCHASE
    parts = [
        (user_row, item_row, bought_at, schema.PURCHASE),
        (user_row, item_row, viewed_at, schema.VIEW),
        (user_row[carted], item_row[carted], bought_at[carted] - 60, schema.CART),
        *_looks(world, purchases, time, rng),
    ]
    users, items = world.users[schema.USER_ID].to_numpy(), world.items[schema.ITEM_ID].to_numpy()
    events = pd.DataFrame(
        {
            schema.USER_ID: users[np.concatenate([part[0] for part in parts])],
            schema.ITEM_ID: items[np.concatenate([part[1] for part in parts])],
            schema.EVENT: np.repeat([part[3] for part in parts], [len(part[0]) for part in parts]),
            schema.TIMESTAMP: np.concatenate([part[2] for part in parts]),
        }
    )
    order = np.lexsort((np.arange(len(events)), events[schema.TIMESTAMP]))
    return events.iloc[order].reset_index(drop=True)


Part = tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int64], str]


def _looks(
    world: World,
    purchases: Purchases,
    time: npt.NDArray[np.int64],
    rng: np.random.Generator,
) -> list[Part]:
    """Views, and a few carts, of other items in the three days before a purchase, one per pair."""
    user_row, visit = np.nonzero(purchases.item_row != schema.NO_ROW)
    looks = rng.poisson(LOOKS_PER_VISIT, len(user_row))
    looker = np.repeat(user_row, looks)
    item_row = browse(world, user_row=looker, glances=GLANCES, rng=rng)
    n_items = len(world.items)
    pair, first = np.unique(looker * n_items + item_row, return_index=True)
    bought = user_row * n_items + purchases.item_row[user_row, visit]
    first = first[~np.isin(pair, bought)]
    before = rng.integers(60, 3 * SECONDS_PER_DAY, len(first))
    looker, item_row = looker[first], item_row[first]
    looked_at = np.repeat(time[user_row, visit], looks)[first] - before
    carted = rng.random(len(first)) < LOOK_TO_CART
    return [
        (looker, item_row, looked_at, schema.VIEW),
        (looker[carted], item_row[carted], looked_at[carted] + 60, schema.CART),
    ]


def _planted(world: World, purchases: Purchases, time: npt.NDArray[np.int64]) -> pd.DataFrame:
    user_row, visit = np.nonzero(purchases.past_row != schema.NO_ROW)
    users, items = world.users[schema.USER_ID].to_numpy(), world.items[schema.ITEM_ID].to_numpy()
    return pd.DataFrame(
        {
            schema.USER_ID: users[user_row],
            schema.ITEM_ID: items[purchases.item_row[user_row, visit]],
            "past_item_id": items[purchases.past_row[user_row, visit]],
            schema.TIMESTAMP: time[user_row, visit],
        }
    )
