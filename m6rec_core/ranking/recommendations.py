"""Lists of users as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.data.ids import Rows

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Recommendations:
    """The best items of each user.

    - `item_row` (users, n) int32, best first, padded with -1
    - `score` (users, n) float32, padded with NaN
    - `source` per user: the model that ranked the list; "popularity" where nothing is known of the user
    """

    item_row: Rows
    score: Array
    source: tuple[str, ...]


def joined(parts: Sequence[Recommendations]) -> Recommendations:
    """The lists of several blocks of users, one after the other; at least one block."""
    return Recommendations(
        np.concatenate([part.item_row for part in parts]),
        np.concatenate([part.score for part in parts]),
        tuple(source for part in parts for source in part.source),
    )
