"""The people and the shelves of the generated shop, with everything that drives a purchase in it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core import schema
from m6rec_core.data.ids import Rows

Floats = npt.NDArray[np.float32]

AGE_BANDS = ("18-29", "30-44", "45-59", "60+")
GENDERS = ("female", "male")
CITIES = ("Harbour", "Hillside", "Lakeside", "Market Town", "Old Mill", "Riverbank")
BRANDS = ("Alder", "Birch", "Cedar", "Elm", "Hazel", "Juniper", "Linden", "Maple", "Oak", "Rowan")
PRODUCTS = {
    "Kitchen": ("kettle", "bread board", "teapot", "frying pan", "spice jar", "colander"),
    "Garden": ("watering can", "trowel", "bird feeder", "flower pot", "lantern", "rake"),
    "Bath": ("towel", "soap dish", "bath mat", "mirror", "sponge", "bathrobe"),
    "Office": ("notebook", "desk lamp", "pen tray", "file box", "stapler", "calendar"),
    "Toys": ("wooden train", "puzzle", "kite", "spinning top", "doll house", "marble run"),
    "Sports": ("yoga mat", "skipping rope", "water bottle", "gym bag", "dumbbell", "headband"),
    "Bedroom": ("pillow", "blanket", "alarm clock", "duvet", "bedside lamp", "night light"),
    "Travel": ("suitcase", "neck cushion", "rain jacket", "wash bag", "rucksack", "umbrella"),
}
STYLES = ("Blue", "Red", "Green", "Small", "Large", "Striped", "Plain", "Vintage", "Modern", "Soft")
CATEGORIES = tuple(PRODUCTS)

FAVOURITES = 2  # categories that a user likes, all others alike less
SPREAD = 0.25  # of budgets and prices around cheap and dear
RECENT = 5  # the last purchases that have companions
ITEMS_PER_COMPANION = 200  # an item has one companion for so many items of the catalogue

# Weight of each driver: standard deviation of its part of the utility over all pairs
WEIGHTS = {
    "companion": 1.0,
    "popularity": 0.8,
    "taste": 0.7,
    "price": 0.54,
    "age": 0.25,
    "gender": 0.12,
    "city": 0.0,
    "brand": 0.0,
}


@dataclass(frozen=True, eq=False)
class World:
    """Users and items with the hidden tables behind their purchases; rows are table positions.

    - `users`, `items`: the visible attribute tables
    - `interest` (users, categories): taste, age and gender together, in units of utility
    - `category` (items,): position in `CATEGORIES`
    - `appeal` (items,): popularity, in units of utility
    - `budget` (users,), `price_level` (items,): near -1 for cheap, near 1 for dear
    - `companions` (items, m): the items that a purchase of the row makes likely
    - `companion_gain`: what a companion of a recent purchase adds to the utility
    """

    users: pd.DataFrame
    items: pd.DataFrame
    interest: Floats
    category: Rows
    appeal: Floats
    budget: Floats
    price_level: Floats
    companions: Rows
    companion_gain: float

    def liking(self, user_row: npt.NDArray[np.int64], item_row: Rows) -> Floats:
        """Utility of items without their companions; the two arrays are broadcast together."""
        fit = -np.abs(self.budget[user_row] - self.price_level[item_row])
        interest = self.interest[user_row, self.category[item_row]]
        liked: Floats = interest + self.appeal[item_row] + np.float32(_PRICE_SCALE) * fit
        return liked


# the distance is about 0 for the same level and 2 for the other: its standard deviation is 0.9
_PRICE_SCALE = WEIGHTS["price"] / 0.9


def make_world(*, users: int, items: int, rng: np.random.Generator) -> World:
    """Draws people, products and what they mean to each other."""
    people = _people(users, rng)
    category = rng.integers(0, len(CATEGORIES), items).astype(np.int32)
    price_level = _levels(items, rng)
    companions = _companions(items, rng)
    share = min(RECENT * companions.shape[1] / items, 0.5)
    return World(
        users=people,
        items=_products(category, price_level, rng),
        interest=_interest(people, rng),
        category=category,
        appeal=(WEIGHTS["popularity"] * rng.standard_normal(items)).astype(np.float32),
        budget=_levels(users, rng),
        price_level=price_level,
        companions=companions,
        companion_gain=WEIGHTS["companion"] / float(np.sqrt(share * (1 - share))),
    )


def _people(users: int, rng: np.random.Generator) -> pd.DataFrame:
    width = max(4, len(str(users)))
    return pd.DataFrame(
        {
            schema.USER_ID: [f"shopper-{number:0{width}d}" for number in range(1, users + 1)],
            "age_band": rng.choice(AGE_BANDS, users),
            "gender": rng.choice(GENDERS, users),
            "city": rng.choice(CITIES, users),
        }
    )


def _products(category: Rows, price_level: Floats, rng: np.random.Generator) -> pd.DataFrame:
    width = max(3, len(str(len(category))))
    return pd.DataFrame(
        {
            schema.ITEM_ID: [f"item-{number:0{width}d}" for number in range(1, len(category) + 1)],
            schema.TITLE: _titles(category),
            schema.CATEGORY: np.array(CATEGORIES)[category],
            "brand": rng.choice(BRANDS, len(category)),
            "price": np.round(np.exp(3.0 + 0.7 * price_level.astype(np.float64)), 2),
        }
    )


def _titles(category: Rows) -> list[str]:
    """A style and a product of the category; a running number when all pairs are used up."""
    used = dict.fromkeys(range(len(CATEGORIES)), 0)
    titles = []
    for one in category.tolist():
        products = PRODUCTS[CATEGORIES[one]]
        series, place = divmod(used[one], len(products) * len(STYLES))
        row, product = divmod(place, len(products))
        style = (row + place) % len(STYLES)  # every pair once, neighbours in different styles
        number = f" No. {series + 1}" if series else ""
        titles.append(f"{STYLES[style]} {products[product]}{number}")
        used[one] += 1
    return titles


def _levels(n: int, rng: np.random.Generator) -> Floats:
    """(n,) two levels of price, with some spread in each."""
    side = rng.choice([-1.0, 1.0], n)
    levels: Floats = np.asarray(side + SPREAD * rng.standard_normal(n), dtype=np.float32)
    return levels


def _interest(people: pd.DataFrame, rng: np.random.Generator) -> Floats:
    categories = len(CATEGORIES)
    half = np.repeat([1.0, -1.0], [(categories + 1) // 2, categories // 2])
    age = np.stack([rng.permutation(half) for _ in AGE_BANDS])  # a band likes half of the shelves
    gender = rng.permutation(half)
    age_row = people["age_band"].map(AGE_BANDS.index).to_numpy()
    sign = np.where(people["gender"] == GENDERS[0], 1.0, -1.0)
    place = rng.permuted(np.tile(np.arange(categories), (len(people), 1)), axis=1)
    share = FAVOURITES / categories
    taste = ((place < FAVOURITES) - share) / np.sqrt(share * (1 - share))
    interest: npt.NDArray[np.float64] = WEIGHTS["taste"] * taste
    interest += WEIGHTS["age"] * age[age_row]
    interest += WEIGHTS["gender"] * sign[:, None] * gender
    return np.asarray(interest, dtype=np.float32)


def _companions(items: int, rng: np.random.Generator) -> Rows:
    """Rings through all items: in each ring, an item's companion is the next one."""
    rings = max(1, round(items / ITEMS_PER_COMPANION))
    companions = np.empty((items, rings), dtype=np.int32)
    for ring in range(rings):
        order = rng.permutation(items)
        companions[order, ring] = np.roll(order, -1)
    return companions
