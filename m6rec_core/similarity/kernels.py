"""The K most alike columns of every row, without ever holding rows × columns.

For each row one dense accumulator over the columns is filled through the inverted lists of the row's
features, the K largest are selected, and the accumulator is cleared where it was touched. Memory is
the result, n rows × K, and one accumulator per thread. Likeness is positive wherever rows have a
feature in common, and only there is it looked at.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.data.ids import Rows
from m6rec_core.similarity.compiled import compiled, in_chunks
from m6rec_core.similarity.lists import Lists, sums_of
from m6rec_core.similarity.measures import Side, likeness
from m6rec_core.similarity.selection import (
    Keys,
    key_of,
    move_largest_first,
    row_of_key,
    sort_rows,
    value_of_key,
)

Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Comparison(NamedTuple):
    """What is compared with what, and how.

    - `features_of` n rows → their features; `columns_with` n features → the columns that have them
    - `gain` (n features,) float32, positive: what a common feature adds to the overlap
    - `rows`, `columns`: factors and sizes of either side (measures.py)
    - `self_column` (n rows,) int32: the column that is the row itself and is left out; -1: none
    """

    features_of: Lists
    columns_with: Lists
    gain: Floats
    rows: Side
    columns: Side
    shrinkage: np.float32
    is_jaccard: bool
    self_column: Rows


class Scratch(NamedTuple):
    """What one thread works in; `overlap` is all 0 between rows."""

    overlap: Floats
    touched: Rows
    spare: Rows
    keys: Keys


def most_alike(comparison: Comparison, *, k: int) -> sp.csr_matrix:
    """(n rows, n columns) CSR float32: the k columns most alike each row, column indices sorted.

    Equal likeness falls to the lower column. Rows with fewer than k columns in common keep them all.
    """
    n_rows, n_columns = len(comparison.rows.size), len(comparison.columns.size)
    reach = sums_of(comparison.features_of, np.diff(comparison.columns_with.indptr))
    room = np.minimum(reach, min(k, n_columns)).astype(np.int64)
    start_of = np.concatenate(([0], np.cumsum(room))).astype(np.int64)
    column = np.empty(start_of[-1], dtype=np.int32)
    value = np.empty(start_of[-1], dtype=np.float32)
    count = np.zeros(n_rows, dtype=np.int64)
    in_chunks(
        lambda start, stop: _select(start, stop, comparison, k, start_of, column, value, count),
        n_rows,
        smallest=32,
    )
    indptr = np.concatenate(([0], np.cumsum(count))).astype(np.int64)
    if indptr[-1] < start_of[-1]:  # close the gaps that rows left in their room
        filled = np.repeat(start_of[:-1] - indptr[:-1], count) + np.arange(indptr[-1])
        column, value = column[filled], value[filled]
    return sp.csr_matrix((value, column, indptr), shape=(n_rows, n_columns))


def most_alike_in_order(comparison: Comparison, *, k: int) -> tuple[Rows, Floats]:
    """(n rows, k) columns, most alike first, and their likeness; padded with -1 and 0."""
    n_rows = len(comparison.rows.size)
    column = np.full((n_rows, k), -1, dtype=np.int32)
    value = np.zeros((n_rows, k), dtype=np.float32)
    in_chunks(
        lambda start, stop: _rank(start, stop, comparison, k, column, value), n_rows, smallest=4
    )
    return column, value


@compiled
def _select(
    start: int,
    stop: int,
    comparison: Comparison,
    k: int,
    start_of: Offsets,
    column: Rows,
    value: Floats,
    count: Offsets,
) -> None:
    scratch = _scratch(len(comparison.columns.size))
    overlap, touched, spare, keys = scratch
    for row in range(start, stop):
        n = _keys_of_row(row, comparison, scratch)
        kept = min(n, k)
        move_largest_first(keys, n, kept)
        for rank in range(kept):
            touched[rank] = row_of_key(keys[rank])
            overlap[touched[rank]] = value_of_key(keys[rank])
        sort_rows(touched, kept, spare)
        place = start_of[row]
        for other in touched[:kept]:
            column[place] = other
            value[place] = overlap[other]
            overlap[other] = 0.0
            place += 1
        count[row] = kept


@compiled
def _rank(
    start: int, stop: int, comparison: Comparison, k: int, column: Rows, value: Floats
) -> None:
    scratch = _scratch(len(comparison.columns.size))
    keys = scratch.keys
    for row in range(start, stop):
        n = _keys_of_row(row, comparison, scratch)
        kept = min(n, k)
        move_largest_first(keys, n, kept)
        best_last = np.sort(keys[:kept])
        for rank in range(kept):
            key = best_last[kept - 1 - rank]
            column[row, rank] = row_of_key(key)
            value[row, rank] = value_of_key(key)


@compiled
def _scratch(n_columns: int) -> Scratch:
    return Scratch(
        np.zeros(n_columns, dtype=np.float32),
        np.empty(n_columns + 1, dtype=np.int32),
        np.empty(n_columns + 1, dtype=np.int32),
        np.empty(n_columns + 1, dtype=np.int64),
    )


@compiled
def _keys_of_row(row: int, comparison: Comparison, scratch: Scratch) -> int:
    """Fills `scratch.keys` with one key per column that is alike; gives their number."""
    overlap, touched, _, keys = scratch
    features, columns = comparison.features_of, comparison.columns_with
    n = 0
    for entry in range(features.indptr[row], features.indptr[row + 1]):
        feature = features.indices[entry]
        gain = comparison.gain[feature]
        for place in range(columns.indptr[feature], columns.indptr[feature + 1]):
            other = columns.indices[place]
            touched[n] = other
            n += overlap[other] == 0.0
            overlap[other] += gain
    size, factor = comparison.rows.size[row], comparison.rows.factor[row]
    n_keys = 0
    for rank in range(n):
        other = touched[rank]
        common = overlap[other] * factor * comparison.columns.factor[other]
        overlap[other] = 0.0
        other_size = comparison.columns.size[other]
        alike = likeness(common, size, other_size, comparison.shrinkage, comparison.is_jaccard)
        keys[n_keys] = key_of(alike, other)
        n_keys += other != comparison.self_column[row]
    return n_keys
