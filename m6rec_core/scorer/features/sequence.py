"""The user's last items one by one, each described by what it has to do with the candidate.

Networks that read a sequence take these columns in order; a contribution to one of them is a
contribution of one named history item.
"""

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core import schema
from m6rec_core.data.ids import Rows
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.similarity.compiled import compiled, in_chunks
from m6rec_core.similarity.linear import SparseItemModel

Array = npt.NDArray[np.float32]

MANY = 100_000  # weights that tell what is typical: rows are in no particular order
LENGTH = 10  # last items that are described
CHANNELS = ("likeness", "weight")
PREFIX = "history."


def slot_name(rank: int, channel: str) -> str:
    """The name of a column; rank 0 is the newest item.

    >>> slot_name(0, "likeness")
    'history.01.likeness'
    """
    return f"{PREFIX}{rank + 1:02d}.{channel}"


def slot_rank(feature_name: str) -> int | None:
    """The rank of the history item that a column describes; None for other features.

    >>> slot_rank("history.03.weight"), slot_rank("item.popularity")
    (2, None)
    """
    if not feature_name.startswith(PREFIX):
        return None
    return int(feature_name.removeprefix(PREFIX).split(".")[0]) - 1


class SequenceFamily:
    """For each of the last `LENGTH` items: its likeness to the candidate, and its weight.

    The columns run from the oldest of them to the newest, two for each; 0 where the history is shorter.
    The weight is the rating normalised to [0, 1], or the strength of the event where there is none.
    """

    def __init__(self, model: SparseItemModel) -> None:
        self._matrix: sp.csr_matrix = model.matrix
        stored = model.matrix.data[:MANY]
        positive = stored[stored > 0]
        self._typical = float(np.median(positive)) if len(positive) else 1.0
        self.features = tuple(
            feature for rank in reversed(range(LENGTH)) for feature in _slot_features(rank)
        )

    def values(self, block: Block) -> Array:
        """(users, slots, 2 · LENGTH)."""
        histories = block.histories
        weight = np.where(np.isfinite(histories.rating), histories.rating, histories.weight)
        values = np.zeros((*block.item_row.shape, 2 * LENGTH), dtype=np.float32)
        in_chunks(
            lambda start, stop: _describe(
                *(start, stop, histories.indptr, histories.item_row, weight.astype(np.float32)),
                *(block.item_row, self._matrix.indptr.astype(np.int64), self._matrix.indices),
                *(self._matrix.data, values),
            ),
            len(histories),
            smallest=8,
        )
        # likeness is spread over powers of ten: the root of its ratio to the usual is not
        values[:, :, 0::2] = np.sqrt(np.maximum(values[:, :, 0::2], 0.0) / self._typical)
        return values


def _slot_features(rank: int) -> tuple[Feature, Feature]:
    which = "newest item" if rank == 0 else f"item {rank + 1} from the end"
    return (
        Feature(
            slot_name(rank, CHANNELS[0]),
            f"likeness to the {which}",
            schema.ITEM_SIMILARITY,
            "square root of the ratio to the usual likeness",
            f"Likeness of this item to the {which} of the history.",
            "item_knn",
        ),
        Feature(
            slot_name(rank, CHANNELS[1]),
            f"weight of the {which}",
            schema.ITEM_SIMILARITY,
            "0 to 1",
            f"Rating, or strength of the event, of the {which} of the history.",
            "item_knn",
        ),
    )


@compiled
def _describe(
    start: int,
    stop: int,
    indptr: npt.NDArray[np.int64],
    history: Rows,
    weight: Array,
    item_row: Rows,
    near_indptr: npt.NDArray[np.int64],
    near_row: Rows,
    likeness: Array,
    values: Array,
) -> None:
    length = values.shape[2] // 2
    owner = np.full(len(near_indptr) - 1, -1, np.int64)
    place_of = np.zeros(len(near_indptr) - 1, np.int64)
    for user in range(start, stop):
        first = max(indptr[user], indptr[user + 1] - length)
        shift = length - (indptr[user + 1] - first)
        for entry in range(first, indptr[user + 1]):
            owner[history[entry]] = user
            place_of[history[entry]] = shift + entry - first
        for slot in range(item_row.shape[1]):
            item = item_row[user, slot]
            if item < 0:
                continue
            for entry in range(first, indptr[user + 1]):
                values[user, slot, 2 * (shift + entry - first) + 1] = weight[entry]
            for place in range(near_indptr[item], near_indptr[item + 1]):
                if owner[near_row[place]] == user:
                    values[user, slot, 2 * place_of[near_row[place]]] = likeness[place]
