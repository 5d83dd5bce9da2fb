"""How much evidence stands behind a pair: supporting history items, supporting users, the best of them."""

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.similarity import sparse
from m6rec_core.similarity.compiled import compiled, in_chunks
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.user_based import UserNeighbours

Array = npt.NDArray[np.float32]


class ItemSupportFamily:
    """History items that are neighbours of the candidate: how many, and the nearest."""

    features = (
        Feature(
            "support.items",
            "history items behind it",
            schema.ITEM_SIMILARITY,
            "natural log of 1 + items",
            "Number of items of the history that are neighbours of this item, logarithm.",
            "item_knn",
        ),
        Feature(
            "support.best_item",
            "likeness to the nearest history item",
            schema.ITEM_SIMILARITY,
            "likeness",
            "Largest likeness between this item and one item of the history.",
            "item_knn",
        ),
    )

    def __init__(self, model: SparseItemModel) -> None:
        self._spread = model.spread

    def values(self, block: Block) -> Array:
        """(users, slots, 2)."""
        values = np.zeros((*block.item_row.shape, 2), dtype=np.float32)
        histories = block.histories
        in_chunks(
            lambda start, stop: _item_support(
                *(start, stop, histories.indptr, histories.item_row, block.item_row),
                *(self._spread, values),
            ),
            len(histories),
            smallest=8,
        )
        values[:, :, 0] = np.log1p(values[:, :, 0])
        return values


class UserSupportFamily:
    """Neighbours of the user who have the item."""

    features = (
        Feature(
            "support.users",
            "similar users behind it",
            schema.USER_SIMILARITY,
            "natural log of 1 + users",
            "Number of the most similar users who have this item, logarithm.",
            "user_knn",
        ),
    )

    def __init__(self, model: UserNeighbours, training: Histories) -> None:
        self._model, self._training = model, training

    def values(self, block: Block) -> Array:
        """(users, slots, 1)."""
        neighbour_row, _ = self._model.neighbours(block.histories)
        values = np.zeros((*block.item_row.shape, 1), dtype=np.float32)
        in_chunks(
            lambda start, stop: _user_support(
                *(start, stop, neighbour_row, self._training.indptr, self._training.item_row),
                *(block.item_row, self._training.n_items, values),
            ),
            len(block.histories),
            smallest=8,
        )
        return np.log1p(values)


@compiled
def _item_support(
    start: int,
    stop: int,
    indptr: npt.NDArray[np.int64],
    history: Rows,
    item_row: Rows,
    spread: sparse.Rows,
    values: Array,
) -> None:
    n_items = len(spread.indptr) - 1
    count, best = np.zeros(n_items, np.float32), np.zeros(n_items, np.float32)
    for user in range(start, stop):
        count[:], best[:] = 0, 0
        for entry in range(indptr[user], indptr[user + 1]):
            item = history[entry]
            for place in range(spread.indptr[item], spread.indptr[item + 1]):
                candidate = spread.indices[place]
                count[candidate] += 1
                best[candidate] = max(best[candidate], spread.data[place])
        for slot in range(item_row.shape[1]):
            if item_row[user, slot] >= 0:
                values[user, slot, 0] = count[item_row[user, slot]]
                values[user, slot, 1] = best[item_row[user, slot]]


@compiled
def _user_support(
    start: int,
    stop: int,
    neighbour_row: Rows,
    indptr: npt.NDArray[np.int64],
    history: Rows,
    item_row: Rows,
    n_items: int,
    values: Array,
) -> None:
    count = np.zeros(n_items, np.int32)
    for user in range(start, stop):
        count[:] = 0
        for place in range(neighbour_row.shape[1]):
            other = neighbour_row[user, place]
            if other >= 0:
                for entry in range(indptr[other], indptr[other + 1]):
                    count[history[entry]] += 1
        for slot in range(item_row.shape[1]):
            if item_row[user, slot] >= 0:
                values[user, slot, 0] = count[item_row[user, slot]]
