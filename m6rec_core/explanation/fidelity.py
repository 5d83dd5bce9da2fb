"""How faithful an order of past items is: curves of deletion and insertion through the serving path.

Definitions as in Barkan et al., "A Counterfactual Framework for Learning and Evaluating Explanations for
Recommender Systems" (LXR), WWW 2024, over eleven steps from no past item to all of them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.explanation.removal import Mask, Removals

STEPS = 11

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FidelityCurves:
    """What becomes of one item when past items go, or come, in the order of an explanation.

    - `share` (11,) of the past items that are gone, or there, at each step
    - `deleted`, `inserted` (11,): the item's share of its list (softmax of the scores), over its share
      with the whole history; 0 where it is not on the list
    - `deleted_rank` (11,): its place while past items go
    """

    share: Values
    deleted: Values
    inserted: Values
    deleted_rank: npt.NDArray[np.int64]

    def still_among(self, k: int) -> float:
        """POS@k: share of the deletion steps at which the item is still among the k best; low is good."""
        return float((self.deleted_rank <= k).mean())

    @property
    def deletion(self) -> float:
        """DEL: mean over the deletion steps; low is good."""
        return float(self.deleted.mean())

    @property
    def insertion(self) -> float:
        """INS: mean over the insertion steps; high is good."""
        return float(self.inserted.mean())


def fidelity_curves(removals: Removals, values: npt.ArrayLike) -> FidelityCurves:
    """Walks the past items in the order of `values` (entries,), the largest first; ties by position."""
    given = np.asarray(values, dtype=np.float64)
    share = np.linspace(0.0, 1.0, STEPS)
    place = np.empty(len(given), dtype=np.int64)
    place[np.argsort(-given, kind="stable")] = np.arange(len(given))
    moved: Mask = place[None, :] < np.round(share * len(given))[:, None]
    gone, there = removals.outcome(~moved), removals.outcome(moved)
    whole = max(float(gone.share[0]), 1e-12)
    return FidelityCurves(share, gone.share / whole, there.share / whole, gone.rank)


def mean_curves(curves: "list[FidelityCurves]") -> FidelityCurves:
    """The mean of several walks of one pair, such as random ones; ranks are the median."""
    return FidelityCurves(
        share=curves[0].share,
        deleted=np.mean([one.deleted for one in curves], axis=0),
        inserted=np.mean([one.inserted for one in curves], axis=0),
        deleted_rank=np.median([one.deleted_rank for one in curves], axis=0).astype(np.int64),
    )


def likeness_order(training: Histories, removals: Removals, *, jaccard: bool = False) -> Values:
    """(entries,) plain likeness of each past item to the item: cosine, or Jaccard, of who has them.

    The explainer that every other must beat: it never looks at the model.
    """
    behaviour = training.matrix().tocsc()
    item, past = behaviour[:, [removals.item_row]], behaviour[:, removals.history.item_row]
    common = np.asarray((past.T @ item).todense(), dtype=np.float64).ravel()
    of_item, of_past = float(item.sum()), np.asarray(past.sum(axis=0), np.float64).ravel()
    rest = of_item + of_past - common if jaccard else np.sqrt(of_item * of_past)
    found: Values = common / np.maximum(rest, 1e-12)
    return found


def random_orders(entries: int, *, count: int, seed: int) -> Values:
    """(count, entries) random values: orders that know nothing."""
    return np.random.default_rng([seed, 80]).random((count, entries))
