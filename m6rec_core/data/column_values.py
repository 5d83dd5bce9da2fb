"""What the cells of one column look like: times, ratings, amounts, kinds of behaviour, ids."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core.data.kinds import known_kind
from m6rec_core.data.numbers import to_numbers
from m6rec_core.data.ratings import are_ratings
from m6rec_core.data.times import Times, to_unix_seconds

LOOKED_AT = 1000  # rows
NO_ID, WEAK_ID, STRONG_ID = 0, 1, 2

_FIRST_TIME, _END_OF_TIMES = 631_152_000, 4_102_444_800  # 1990 and 2100, in Unix seconds
_FIRST_DATE = 19_000_101
_SHARE = 0.98  # of cells that must be alike for the values alone to tell
_FEW = 20  # rows from which repetition and order mean something
_MOST_KINDS = 50
_WORDS_OF_PROSE = 6.0
_LARGE_AMOUNT = 1000
_DATE = r"\d{1,4}[-/.]\d{1,2}[-/.]\d|[a-zA-Z]{3,9},? .*\d{4}|\d{8}T"


@dataclass(frozen=True, eq=False)
class ColumnValues:
    """The first cells of a column: `rows` of them were seen, `cells` are those that are not blank."""

    rows: int
    cells: pd.Series

    @classmethod
    def of(cls, column: pd.Series) -> "ColumnValues":
        """Looks at the first `LOOKED_AT` cells of a column of texts."""
        head = column.head(LOOKED_AT)
        texts = head.dropna().astype("str").str.strip()
        return cls(len(head), texts[texts != ""].reset_index(drop=True))

    @property
    def filled(self) -> float:
        """Share of the rows with a value; 1 when no row was seen."""
        return len(self.cells) / self.rows if self.rows else 1.0

    @cached_property
    def distinct(self) -> npt.NDArray[np.object_]:
        """The different texts, the most frequent first, equally frequent ones in their own order."""
        counts = self.cells.value_counts().sort_index(kind="stable")
        return np.asarray(counts.sort_values(ascending=False, kind="stable").index, dtype=object)

    @cached_property
    def numbers(self) -> npt.NDArray[np.float64]:
        """(cells,) numbers; NaN where a cell is none."""
        return to_numbers(self.cells)

    @property
    def share_of_numbers(self) -> float:
        """Share of the cells that are finite numbers; 1 without cells."""
        return float(np.isfinite(self.numbers).mean()) if len(self.cells) else 1.0

    @cached_property
    def times(self) -> Times:
        """The cells read as times; none of them when they have no digits in such an order."""
        if self.share_of_numbers < 0.5 and not self.cells.str.contains(_DATE).any():
            n = len(self.cells)
            return Times(np.zeros(n, np.int64), np.zeros(n, dtype=bool), "")
        return to_unix_seconds(self.cells)

    @property
    def share_of_times(self) -> float:
        """Share of the cells that can be read as times, however early or late; 1 without cells."""
        return float(self.times.is_valid.mean()) if len(self.cells) else 1.0

    @property
    def are_times(self) -> bool:
        """Whether nearly all cells are times from 1990 to 2100."""
        if not len(self.cells) or self._are_small:
            return False
        seconds = self.times.seconds
        is_likely = self.times.is_valid & (seconds >= _FIRST_TIME) & (seconds < _END_OF_TIMES)
        return bool(is_likely.mean() >= _SHARE)

    @property
    def share_of_kinds(self) -> float:
        """Share of the cells that spell a known kind of behaviour; 0 without cells."""
        known = {text for text in self.distinct[:_MOST_KINDS] if known_kind(text)}
        return float(self.cells.isin(known).mean()) if len(self.cells) else 0.0

    @property
    def are_few(self) -> bool:
        """Whether few different texts come again and again, as kinds and categories do."""
        n, different = len(self.cells), len(self.distinct)
        return different <= _MOST_KINDS and (n < _FEW or different <= n / 2)

    @property
    def has_fractions(self) -> bool:
        """Whether a number between two whole ones is among the cells: then they are no ids."""
        present = self.numbers[np.isfinite(self.numbers)]
        return self.share_of_numbers > 0.5 and bool((present != np.round(present)).any())

    @property
    def are_ratings(self) -> bool:
        """Whether all cells are numbers on a scale of few steps, in no order."""
        if not len(self.cells) or self.share_of_numbers < 1:
            return False
        return are_ratings(self.numbers) and not (len(self.cells) >= _FEW and self._is_rising)

    @property
    def are_amounts(self) -> bool:
        """Whether the cells are numbers from 0 on of which the small ones are the usual ones."""
        if len(self.distinct) < 2 or self.share_of_numbers < 1 or self.numbers.min() < 0:
            return False
        if np.median(self.numbers) > _LARGE_AMOUNT:
            return False
        _, times = np.unique(self.numbers, return_counts=True)
        return self.has_fractions or int(times.argmax()) == 0

    @property
    def id_strength(self) -> int:
        """How much the cells look like ids of users or items that come again: no, weak or strong."""
        if not len(self.cells) or self.has_fractions or self._are_prose:
            return NO_ID
        is_rising_once = len(self.distinct) == len(self.cells) >= _FEW and self._is_rising
        is_category = len(self.cells) >= 5 * _FEW and len(self.distinct) <= 12
        is_word = is_category and self.share_of_numbers == 0
        if len(self.distinct) < 2 or is_rising_once or is_word or self.share_of_kinds > 0.5:
            return WEAK_ID
        return STRONG_ID

    @property
    def comes_again(self) -> bool:
        """Whether a cell repeats an earlier one; true for few rows, which prove nothing."""
        return len(self.distinct) < len(self.cells) or len(self.cells) < _FEW

    @property
    def _are_small(self) -> bool:
        """Whether most cells are numbers below that of the date 19000101: no times, and quickly seen."""
        numbers = self.numbers[np.isfinite(self.numbers)]
        return self.share_of_numbers > 0.5 and float(np.median(numbers)) < _FIRST_DATE

    @property
    def _is_rising(self) -> bool:
        order = self.numbers if self.share_of_numbers == 1 else self.cells.to_numpy(object)
        return bool((order[1:] >= order[:-1]).all())

    @property
    def _are_prose(self) -> bool:
        distinct = pd.Series(self.distinct, dtype="str")
        return bool((distinct.str.count(r"\s+") + 1).mean() >= _WORDS_OF_PROSE)
