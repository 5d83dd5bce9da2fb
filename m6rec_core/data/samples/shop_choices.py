"""Who buys what in the generated shop: the item of highest utility, one purchase after another."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.data.ids import Rows
from m6rec_core.data.samples.shop_world import RECENT, Floats, World
from m6rec_core.schema import NO_ROW

CONSIDERED = 400  # of a larger catalogue, so many random items (and all companions) are compared
LOOKING_NOISE = 1.0
CELLS_PER_BLOCK = 8_000_000  # users × items that are held at once


@dataclass(frozen=True, eq=False)
class Purchases:
    """All purchases, in the order of the users' visits.

    - `item_row` (users, visits) int32: what was bought; `NO_ROW` behind the user's last visit
    - `past_row` (users, visits) int32: the recent purchase without which another item would have
      been bought; `NO_ROW` where no single one decided
    """

    item_row: Rows
    past_row: Rows


def buy(
    world: World, *, visits: npt.NDArray[np.int64], noise: float, rng: np.random.Generator
) -> Purchases:
    """Lets each user buy `visits[user]` different items.

    Utility = liking + companion gain + `noise` × Gumbel. A past item is named as the cause when the
    same draw without companions would have ended in another item, and exactly one recent purchase
    has the bought item as its companion.
    """
    shape = (len(visits), int(visits.max(initial=0)))
    item_row, past_row = np.full(shape, NO_ROW, np.int32), np.full(shape, NO_ROW, np.int32)
    block = max(1, CELLS_PER_BLOCK // len(world.items))
    for visit in range(shape[1]):
        active = np.flatnonzero(visits > visit)
        for start in range(0, len(active), block):
            users = active[start : start + block]
            bought, cause = _one_purchase(world, users, item_row[users, :visit], noise, rng)
            item_row[users, visit], past_row[users, visit] = bought, cause
    return Purchases(item_row, past_row)


def _one_purchase(
    world: World,
    users: npt.NDArray[np.int64],
    earlier: Rows,
    noise: float,
    rng: np.random.Generator,
) -> tuple[Rows, Rows]:
    recent = earlier[:, -RECENT:]
    offers = world.companions[recent].reshape(len(users), -1)  # (B, recent x m)
    is_companion = np.zeros((len(users), len(world.items)), dtype=bool)
    np.put_along_axis(is_companion, offers, True, axis=1)
    seen = np.zeros_like(is_companion)
    np.put_along_axis(seen, earlier, True, axis=1)

    choice = _considered(len(world.items), offers, rng)  # (B, C) item rows
    utility = world.liking(users[:, None], choice)
    utility += np.float32(noise) * _gumbel(choice.shape, rng)
    utility[np.take_along_axis(seen, choice, axis=1)] = -np.inf
    without = _best(choice, utility)
    helped = np.take_along_axis(is_companion, choice, axis=1)
    bought = _best(choice, utility + helped.astype(np.float32) * np.float32(world.companion_gain))
    return bought, _cause(world, recent, bought, decided=bought != without)


def _considered(n_items: int, offers: Rows, rng: np.random.Generator) -> Rows:
    if n_items <= CONSIDERED:
        return np.broadcast_to(np.arange(n_items, dtype=np.int32), (len(offers), n_items))
    choice = rng.integers(0, n_items, (len(offers), CONSIDERED), dtype=np.int32)
    return np.concatenate([choice, offers], axis=1)


def _gumbel(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    exponential = rng.standard_exponential(shape, dtype=np.float32)
    drawn: Floats = -np.log(np.maximum(exponential, np.float32(1e-30)))
    return drawn


def _best(choice: Rows, utility: Floats) -> Rows:
    best = utility.argmax(axis=1)[:, None]
    return np.take_along_axis(choice, best, axis=1)[:, 0]


def _cause(world: World, recent: Rows, bought: Rows, *, decided: npt.NDArray[np.bool_]) -> Rows:
    if recent.shape[1] == 0:
        return np.full(len(bought), NO_ROW, dtype=np.int32)
    led_here = (world.companions[recent] == bought[:, None, None]).any(axis=2)  # (B, recent)
    only = led_here.argmax(axis=1)[:, None]
    past = np.take_along_axis(recent, only, axis=1)[:, 0]
    return np.where(decided & (led_here.sum(axis=1) == 1), past, NO_ROW).astype(np.int32)


def browse(
    world: World, *, user_row: npt.NDArray[np.int64], glances: int, rng: np.random.Generator
) -> Rows:
    """(n,) one item that each user looks at: the most liked of `glances` random ones, with noise."""
    looked = np.empty(len(user_row), dtype=np.int32)
    block = CELLS_PER_BLOCK // glances
    for start in range(0, len(user_row), block):
        users = user_row[start : start + block]
        choice = rng.integers(0, len(world.items), (len(users), glances), dtype=np.int32)
        utility = world.liking(users[:, None], choice)
        utility += np.float32(LOOKING_NOISE) * _gumbel(choice.shape, rng)
        looked[start : start + block] = _best(choice, utility)
    return looked
