"""The K most alike columns of every row, without ever holding rows × columns.

For each row one dense accumulator over the columns is filled through the inverted lists of the row's
features. Where few columns are touched, these are remembered and looked at; where many are, it is faster
to look at all, in stretches that run in vectors. Whatever does not exceed the K-th best so far is passed
over, so that selecting costs little beside adding. Memory is the result, n rows × K, and one accumulator
per thread. Only rows with a feature in common are compared, and only likeness above 0 is kept.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.schema import Rows
from m6rec_core.similarity.comparing import (
    Comparison,
    compare_stretch,
    correlation,
    likeness,
    shrunk,
)
from m6rec_core.similarity.compiled import compiled, in_chunks
from m6rec_core.similarity.lists import sums_of
from m6rec_core.similarity.measures import MOMENTS
from m6rec_core.similarity.selection import (
    Keys,
    key_of,
    move_largest_first,
    row_of_key,
    sort_rows,
    value_of_key,
)

STRETCH = 64  # columns that are looked at together
MANY = 8  # a row that reaches a column of eight is looked at as a whole

Offsets = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Scratch(NamedTuple):
    """What one thread works in; `overlap` and `sums` are all 0 between rows, `keys` has room for 2 k and more.

    `sums` (n columns, 6) float64, without rows where no values are compared: Σ of gain times 1, x, y,
    x², y², xy over the common features.
    """

    overlap: Floats
    sums: npt.NDArray[np.float64]
    touched: Rows
    spare: Rows
    alike: Floats
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
    scratch = _scratch(len(comparison.columns.size), k, len(comparison.column_values) > 0)
    overlap, touched, spare, keys = scratch.overlap, scratch.touched, scratch.spare, scratch.keys
    for row in range(start, stop):
        kept = _best_of_row(row, comparison, k, scratch)
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
    scratch = _scratch(len(comparison.columns.size), k, len(comparison.column_values) > 0)
    keys = scratch.keys
    for row in range(start, stop):
        kept = _best_of_row(row, comparison, k, scratch)
        best_last = np.sort(keys[:kept])
        for rank in range(kept):
            key = best_last[kept - 1 - rank]
            column[row, rank] = row_of_key(key)
            value[row, rank] = value_of_key(key)


@compiled
def _scratch(n_columns: int, k: int, by_value: bool) -> Scratch:
    return Scratch(
        np.zeros(n_columns, dtype=np.float32),
        np.zeros((n_columns if by_value else 0, 6), dtype=np.float64),
        np.empty(n_columns + 1, dtype=np.int32),
        np.empty(n_columns + 1, dtype=np.int32),
        np.empty(STRETCH, dtype=np.float32),
        np.empty(2 * min(k, n_columns) + STRETCH, dtype=np.int64),
    )


@compiled
def _best_of_row(row: int, comparison: Comparison, k: int, scratch: Scratch) -> int:
    """Puts the keys of the k columns most alike into `scratch.keys`, in no order; gives their number."""
    if len(comparison.column_values) > 0:
        n = _best_by_value(row, comparison, k, scratch)
    else:
        features, columns, reach = comparison.features_of, comparison.columns_with, 0
        for entry in range(features.indptr[row], features.indptr[row + 1]):
            feature = features.indices[entry]
            reach += columns.indptr[feature + 1] - columns.indptr[feature]
        if reach * MANY >= len(scratch.overlap):
            n = _best_of_all(row, comparison, k, scratch)
        else:
            n = _best_of_touched(row, comparison, k, scratch)
    move_largest_first(scratch.keys, n, min(n, k))
    return min(n, k)


@compiled
def _best_of_touched(row: int, comparison: Comparison, k: int, scratch: Scratch) -> int:
    overlap, touched, keys = scratch.overlap, scratch.touched, scratch.keys
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
    size, floor = 0, np.int64(0)
    for rank in range(n):
        other = touched[rank]
        common = overlap[other]
        overlap[other] = 0.0
        alike = likeness(comparison, row, other, common, common)
        if alike > 0 and other != comparison.self_column[row]:
            size, floor = _offer(keys, size, floor, key_of(alike, other), k)
    return size


@compiled
def _best_of_all(row: int, comparison: Comparison, k: int, scratch: Scratch) -> int:
    overlap, alike, keys = scratch.overlap, scratch.alike, scratch.keys
    features, columns = comparison.features_of, comparison.columns_with
    for entry in range(features.indptr[row], features.indptr[row + 1]):
        feature = features.indices[entry]
        gain = comparison.gain[feature]
        for place in range(columns.indptr[feature], columns.indptr[feature + 1]):
            overlap[columns.indices[place]] += gain
    own = comparison.self_column[row]
    if own >= 0:
        overlap[own] = 0.0
    size, floor, least = 0, np.int64(0), np.float32(0)
    for first in range(0, len(overlap), STRETCH):
        n = min(STRETCH, len(overlap) - first)
        if not compare_stretch(comparison, row, first, n, overlap, alike, least):
            continue
        for place in range(n):
            if alike[place] > least:
                size, floor = _offer(keys, size, floor, key_of(alike[place], first + place), k)
                if size == min(k, len(overlap)) and floor > 0:
                    least = value_of_key(int(floor))
    overlap[:] = 0.0
    return size


@compiled
def _best_by_value(row: int, comparison: Comparison, k: int, scratch: Scratch) -> int:
    sums, touched, keys = scratch.sums, scratch.touched, scratch.keys
    features, columns = comparison.features_of, comparison.columns_with
    n = 0
    for entry in range(features.indptr[row], features.indptr[row + 1]):
        feature = features.indices[entry]
        gain, x = np.float64(comparison.gain[feature]), np.float64(comparison.row_values[entry])
        for place in range(columns.indptr[feature], columns.indptr[feature + 1]):
            other, y = columns.indices[place], np.float64(comparison.column_values[place])
            touched[n] = other
            of_pair = sums[other]
            n += of_pair[0] == 0.0
            of_pair[0] += gain
            of_pair[1] += gain * x
            of_pair[2] += gain * y
            of_pair[3] += gain * x * x
            of_pair[4] += gain * y * y
            of_pair[5] += gain * x * y
    size, floor = 0, np.int64(0)
    for rank in range(n):
        other = touched[rank]
        of_pair = sums[other]
        common = np.float32(of_pair[0])
        if comparison.formula == MOMENTS:
            alike = shrunk(correlation(of_pair), common, comparison.shrinkage)
        else:
            alike = likeness(comparison, row, other, common, np.float32(of_pair[5]))
        of_pair[:] = 0.0
        if alike > 0 and other != comparison.self_column[row]:
            size, floor = _offer(keys, size, floor, key_of(alike, other), k)
    return size


@compiled
def _offer(keys: Keys, size: int, floor: np.int64, key: np.int64, k: int) -> tuple[int, np.int64]:
    """Adds a key above the floor; when the room is full, the k largest stay and the least is the floor."""
    if key > floor:
        keys[size] = key
        size += 1
        if size == len(keys):
            most = min(k, size - 1)
            move_largest_first(keys, size, most)
            size, floor = most, keys[:most].min()
    return size, floor
