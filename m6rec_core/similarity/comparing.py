"""What is compared with what, and the likeness of two rows from what they have in common, compiled."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.schema import Rows
from m6rec_core.similarity.compiled import compiled
from m6rec_core.similarity.lists import Lists
from m6rec_core.similarity.measures import (
    CENTRED,
    CORRELATION,
    DISTANCE,
    NO_VALUES,
    PRODUCT,
    SHARE,
    Side,
)

Floats = npt.NDArray[np.float32]


class Comparison(NamedTuple):
    """What is compared with what, and how.

    - `features_of` n rows → their features; `columns_with` n features → the columns that have them
    - `gain` (n features,) float32, positive: what a common feature adds to the overlap
    - `rows`, `columns`, `formula`: the numbers of either side and what is made of them (measures.py)
    - `row_values`, `column_values`: the value of each place of `features_of` and of `columns_with`,
      float32; empty where only the presence of a feature counts
    - `self_column` (n rows,) int32: the column that is the row itself and is left out; -1: none
    """

    features_of: Lists
    columns_with: Lists
    gain: Floats
    rows: Side
    columns: Side
    shrinkage: np.float32
    formula: int
    self_column: Rows
    row_values: Floats = NO_VALUES
    column_values: Floats = NO_VALUES


@compiled
def compare_stretch(
    comparison: Comparison,
    row: int,
    first: int,
    n: int,
    overlap: Floats,
    alike: Floats,
    least: np.float32,
) -> bool:
    """Fills `alike[:n]` for the columns from `first` on; whether any exceeds `least`, which is not below 0."""
    rows, columns, shrinkage = comparison.rows, comparison.columns, comparison.shrinkage
    common = overlap[first : first + n]
    if comparison.formula == PRODUCT:
        factor, size = rows.factor[row], rows.size[row]
        factors, sizes = columns.factor[first : first + n], columns.size[first : first + n]
        for place in range(n):
            below = size * sizes[place] + shrinkage
            alike[place] = common[place] * factor * factors[place] / below
    else:
        for place in range(n):
            known = common[place]
            found = likeness(comparison, row, first + place, known, known)
            alike[place] = found if known != 0 else np.float32(0)
    found_any = 0
    for place in range(n):
        found_any |= alike[place] > least
    return found_any != 0


@compiled
def likeness(
    comparison: Comparison, row: int, other: int, common: np.float32, product: np.float32
) -> np.float32:
    """The likeness of two rows by any formula but `moments`; 0 where it is not defined."""
    rows, columns, shrinkage = comparison.rows, comparison.columns, comparison.shrinkage
    overlap = product * rows.factor[row] * columns.factor[other]
    size, other_size = rows.size[row], columns.size[other]
    if comparison.formula == PRODUCT:
        return np.float32(overlap / (size * other_size + shrinkage))
    if comparison.formula == SHARE:
        return np.float32(overlap / (size + other_size - overlap + shrinkage))
    if comparison.formula == DISTANCE:
        apart = max(size + other_size - np.float32(2) * overlap, np.float32(0))
        return shrunk(np.float32(1) / (np.float32(1) + np.sqrt(apart)), common, shrinkage)
    if size * other_size <= 0:
        return np.float32(0)
    if comparison.formula == CORRELATION:
        overlap -= rows.offset[row] * columns.offset[other]
    if comparison.formula == CENTRED:
        overlap -= rows.offset[row] + columns.offset[other]
    return shrunk(overlap / (size * other_size), common, shrinkage)


@compiled
def correlation(sums: npt.NDArray[np.float64]) -> np.float32:
    """Pearson's correlation from the sums over the common features; 0 where one side does not vary."""
    n, x, y, xx, yy, xy = sums
    varies, other_varies = xx - x * x / n, yy - y * y / n
    if varies <= 1e-9 * xx or other_varies <= 1e-9 * yy:
        return np.float32(0)
    return np.float32((xy - x * y / n) / np.sqrt(varies * other_varies))


@compiled
def shrunk(alike: np.float32, common: np.float32, shrinkage: np.float32) -> np.float32:
    return alike * common / (common + shrinkage)
