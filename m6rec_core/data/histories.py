"""What each user did, one entry per item, oldest first: the only view of behaviour that models see."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.schema import NO_ROW, Rows


@dataclass(frozen=True, eq=False)
class Histories:
    """The distinct items of n users, each user's items in the order of their latest event.

    The items of user u are the slice `indptr[u]:indptr[u + 1]` of the entry arrays.

    - `indptr` (n + 1,) int64
    - `item_row` (entries,) int32
    - `weight` (entries,) float32: strength of the preference in (0, 1]; 1 for the strongest kind of event
    - `rating` (entries,) float32: rating normalised to [0, 1]; NaN where there is none
    - `time` (entries,) int64: Unix seconds UTC of the latest event; 0 where there are no timestamps
    - `is_target` (entries,) bool: an event of the kind that is to be predicted is among them
    - `user_row` (n,) int32: row of the user in the training data; -1 for a user typed in
    - `n_items`: number of items of the catalogue
    - `has_time`: whether `time` and the order mean anything
    - `kinds` (entries,) int32: bit k is set when an event of the kind `kind_names[k]` is among them;
      empty, like the names, where kinds are not told apart
    - `n_new_items`: how many of the last items of the catalogue nobody ever had
    """

    indptr: npt.NDArray[np.int64]
    item_row: Rows
    weight: npt.NDArray[np.float32]
    rating: npt.NDArray[np.float32]
    time: npt.NDArray[np.int64]
    is_target: npt.NDArray[np.bool_]
    user_row: Rows
    n_items: int
    has_time: bool
    kinds: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    kind_names: tuple[str, ...] = ()
    n_new_items: int = 0

    def __post_init__(self) -> None:
        for array in (
            *(self.indptr, self.item_row, self.weight, self.rating),
            *(self.time, self.is_target, self.user_row, self.kinds),
        ):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @classmethod
    def of_items(
        cls,
        item_row: npt.ArrayLike,
        *,
        n_items: int,
        rating: npt.ArrayLike | None = None,
        time: npt.ArrayLike | None = None,
        user_row: int = NO_ROW,
    ) -> "Histories":
        """The history of one user, oldest item first, as it is typed in."""
        items = np.asarray(item_row, dtype=np.int32)
        n = len(items)
        return cls(
            indptr=np.array([0, n], dtype=np.int64),
            item_row=items,
            weight=np.ones(n, dtype=np.float32),
            rating=np.array(np.full(n, np.nan) if rating is None else rating, dtype=np.float32),
            time=np.array(np.zeros(n) if time is None else time, dtype=np.int64),
            is_target=np.ones(n, dtype=bool),
            user_row=np.array([user_row], dtype=np.int32),
            n_items=n_items,
            has_time=time is not None,
        )

    def items_of(self, position: int) -> Rows:
        """Item rows of the user at this position, oldest first."""
        return self.item_row[self.indptr[position] : self.indptr[position + 1]]

    def users_with(self, item_row: int) -> npt.NDArray[np.int64]:
        """Positions of the users who have the item, rising."""
        entries = np.flatnonzero(self.item_row == item_row)
        return np.searchsorted(self.indptr, entries, side="right") - 1

    def lengths(self) -> npt.NDArray[np.int64]:
        """(n,) number of distinct items of each user."""
        return np.diff(self.indptr)

    def take(self, positions: npt.ArrayLike) -> "Histories":
        """The histories at these positions, in this order."""
        wanted = np.asarray(positions, dtype=np.int64)
        lengths = self.lengths()[wanted]
        indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        entries = np.repeat(self.indptr[wanted] - indptr[:-1], lengths) + np.arange(indptr[-1])
        return self._with_entries(entries, indptr, self.user_row[wanted].copy())

    def keep(self, mask: npt.NDArray[np.bool_]) -> "Histories":
        """The same users with only the entries of the mask, shape (entries,)."""
        counts = np.add.reduceat(np.append(mask, False).astype(np.int64), self.indptr[:-1])
        counts[self.lengths() == 0] = 0
        indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return self._with_entries(np.flatnonzero(mask), indptr, self.user_row.copy())

    def for_users(self, user_row: npt.ArrayLike) -> "Histories":
        """The same entries as the histories of other users, (n,) rows; -1 for a user typed in."""
        return replace(self, user_row=np.array(user_row, dtype=np.int32))

    def without_new_items(self) -> "Histories":
        """The same entries over the catalogue of those items that somebody had."""
        return replace(self, n_items=self.n_items - self.n_new_items, n_new_items=0)

    def values(self) -> npt.NDArray[np.float32]:
        """(entries,) how much of a preference each entry is: its rating or, without one, its weight."""
        return np.where(np.isfinite(self.rating), self.rating, self.weight)

    def matrix(self, values: npt.NDArray[np.float32] | None = None) -> sp.csr_matrix:
        """(n, n_items) float32 CSR of the entries' `values`, of ones without; column indices sorted."""
        ones = np.ones(len(self.item_row), dtype=np.float32)
        shape = (len(self), self.n_items)
        stored = ones if values is None else values.astype(np.float32)
        made = sp.csr_matrix((stored, self.item_row.copy(), self.indptr.copy()), shape=shape)
        made.sort_indices()
        return made

    def entry_user(self) -> npt.NDArray[np.int64]:
        """(entries,) position of the user of each entry."""
        return np.repeat(np.arange(len(self)), self.lengths())

    def mean_of_items(self, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """(n,) mean of `values` (n_items,) over the items of each history; NaN for an empty one."""
        of_entry = np.asarray(values, dtype=np.float64)[self.item_row]
        total = np.bincount(self.entry_user(), weights=of_entry, minlength=len(self))
        lengths = self.lengths()
        return np.where(lengths > 0, total / np.maximum(lengths, 1), np.nan)

    def _with_entries(
        self, entries: npt.NDArray[np.int64], indptr: npt.NDArray[np.int64], user_row: Rows
    ) -> "Histories":
        return Histories(
            indptr=indptr,
            item_row=self.item_row[entries],
            weight=self.weight[entries],
            rating=self.rating[entries],
            time=self.time[entries],
            is_target=self.is_target[entries],
            user_row=user_row,
            n_items=self.n_items,
            has_time=self.has_time,
            kinds=self.kinds[entries] if self.kind_names else np.zeros(0, dtype=np.int32),
            kind_names=self.kind_names,
            n_new_items=self.n_new_items,
        )
