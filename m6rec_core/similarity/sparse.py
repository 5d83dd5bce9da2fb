"""Sparse matrices as compiled loops and files want them: frozen CSR arrays of fixed types."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.similarity.compiled import fixed


class Rows(NamedTuple):
    """The three arrays of a CSR matrix, read-only: `indptr` int64, `indices` int32, `data` float32."""

    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]
    data: npt.NDArray[np.float32]


def rows_of(matrix: sp.csr_matrix) -> Rows:
    """The rows of the matrix, in the fixed types; shares memory where the types agree."""
    return Rows(
        fixed(matrix.indptr, np.int64),
        fixed(matrix.indices, np.int32),
        fixed(matrix.data, np.float32),
    )


def matrix_of(rows: Rows, *, n_columns: int) -> sp.csr_matrix:
    """The frozen matrix of rows whose columns rise; shares their memory."""
    made = sp.csr_matrix((len(rows.indptr) - 1, n_columns), dtype=np.float32)
    made.indptr, made.indices, made.data = rows
    made.has_sorted_indices = made.has_canonical_format = True
    return made


def frozen(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """The same matrix as float32 CSR with sorted column indices and read-only arrays.

    The input is never changed; its arrays are shared where they already are as wanted.
    """
    sorted_matrix = sp.csr_matrix(matrix, dtype=np.float32)
    if not sorted_matrix.has_sorted_indices:
        sorted_matrix = sorted_matrix.sorted_indices()
    return matrix_of(rows_of(sorted_matrix), n_columns=sorted_matrix.shape[1])


def transposed(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """The frozen transpose in CSR form."""
    return frozen(matrix.T.tocsr())


def ones_like(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """The frozen matrix with 1 at every stored entry."""
    made = frozen(matrix)
    made.data = fixed(np.ones(made.nnz), np.float32)
    return made


def to_arrays(matrix: sp.csr_matrix, prefix: str) -> dict[str, npt.NDArray[Any]]:
    """Four plain arrays under `<prefix>_indptr`, `_indices`, `_data` and `_shape`."""
    indptr, indices, data = rows_of(matrix)
    shape = np.array(matrix.shape, dtype=np.int64)
    return {
        f"{prefix}_indptr": indptr,
        f"{prefix}_indices": indices,
        f"{prefix}_data": data,
        f"{prefix}_shape": shape,
    }


def from_arrays(arrays: Mapping[str, npt.NDArray[Any]], prefix: str) -> sp.csr_matrix:
    """The frozen matrix that `to_arrays` laid out under this prefix; nothing is copied or looked through."""
    rows = Rows(
        fixed(arrays[f"{prefix}_indptr"], np.int64),
        fixed(arrays[f"{prefix}_indices"], np.int32),
        fixed(arrays[f"{prefix}_data"], np.float32),
    )
    return matrix_of(rows, n_columns=int(arrays[f"{prefix}_shape"][1]))
