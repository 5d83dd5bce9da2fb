"""What every fitted model that scores items for a history can do."""

from collections.abc import Mapping
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.similarity.sparse import Rows

Arrays = dict[str, npt.NDArray[Any]]


@runtime_checkable
class ScoreModel(Protocol):
    """A frozen model whose scores are a pure function of the histories, so that users typed in get them too."""

    @property
    def name(self) -> str:
        """One word that stands for the model in files and tables, such as `item_knn`."""
        ...

    def scores(self, histories: Histories) -> npt.NDArray[np.float32]:
        """(n users, n items) a dense block; 0 where nothing supports an item.

        Callers pass at most some hundred users at a time: the block is the only large thing made.
        """
        ...

    def parts(self, history: Histories, item_row: int) -> npt.NDArray[np.float32]:
        """(entries,) how much each entry of the history of one user adds to the score of one item.

        The parts sum to `scores(history)[0, item_row]` for every model that is linear in the history.
        """
        ...

    def to_arrays(self) -> Arrays:
        """Plain arrays that `from_arrays` turns into an equal model; none of them holds objects."""
        ...

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The model that `to_arrays` described."""
        ...


@runtime_checkable
class PairModel(ScoreModel, Protocol):
    """A model that scores single pairs for less than whole rows of the catalogue."""

    def scores_at(
        self, histories: Histories, item_row: npt.NDArray[np.int32]
    ) -> npt.NDArray[np.float32]:
        """(n users, slots) what `scores` says of the pairs `item_row`; 0 at -1."""
        ...


@runtime_checkable
class LinearModel(PairModel, Protocol):
    """A model whose row of scores is a sum of sparse rows, one for each entry of the history."""

    def linear(self, histories: Histories) -> tuple[Rows, npt.NDArray[np.float32]]:
        """(rows, weights): the row of each item, and how often each entry of the histories counts."""
        ...


@runtime_checkable
class WeightedModel(ScoreModel, Protocol):
    """A model that is linear in the history: each entry may count more or less than once."""

    def weighted_scores(
        self, histories: Histories, entry_weight: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """(n users, n items) as `scores`, with entry e of the histories counted `entry_weight[e]` times."""
        ...
