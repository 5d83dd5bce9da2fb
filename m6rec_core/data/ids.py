"""Ids come from outside and are opaque texts; rows index arrays. This map is the only way across."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core.schema import Rows

__all__ = ["IdMap", "Rows"]


class IdMap:
    """The distinct ids of users or items, each with its row.

    Rows are numbered in the order of a hash of the id: a row number then says nothing about age or
    popularity, and ties that fall to the lower row fall the same way whatever the order of the file.

    >>> users = IdMap(["ann", "bob", "ann"])
    >>> len(users), users.rows_of(["nobody"]).tolist()
    (2, [-1])
    >>> users.ids_of(users.rows_of(["bob", "ann"])).tolist()
    ['bob', 'ann']
    """

    def __init__(self, ids: Iterable[str]) -> None:
        distinct = np.asarray(pd.Series(list(ids), dtype=object).unique(), dtype=object)
        self._index = pd.Index(distinct[_hash_order(distinct)], dtype=object)

    @classmethod
    def in_given_order(cls, ids: Iterable[str]) -> "IdMap":
        """Takes distinct ids whose rows are settled already, as they were stored."""
        made = cls([])
        made._index = pd.Index(list(ids), dtype=object)
        return made

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, one_id: str) -> bool:
        return one_id in self._index

    @property
    def ids(self) -> npt.NDArray[np.object_]:
        """(n,) the ids in the order of their rows."""
        return np.asarray(self._index, dtype=object)

    def rows_of(self, ids: Iterable[str]) -> Rows:
        """(n,) int32 rows; `NO_ROW` (-1) for an id that is not known."""
        rows: Rows = self._index.get_indexer(pd.Index(list(ids), dtype=object)).astype(np.int32)
        return rows

    def row_of(self, one_id: str) -> int:
        """One row; `NO_ROW` (-1) when the id is not known."""
        return int(self.rows_of([one_id])[0])

    def ids_of(self, rows: npt.ArrayLike) -> npt.NDArray[np.object_]:
        """(n,) the ids at these rows."""
        return self.ids[np.asarray(rows, dtype=np.int64)]


def _hash_order(ids: npt.NDArray[np.object_]) -> npt.NDArray[np.int64]:
    if not len(ids):
        return np.zeros(0, dtype=np.int64)
    hashes = pd.util.hash_array(ids, categorize=False)
    return np.lexsort((ids.astype(str), hashes))
