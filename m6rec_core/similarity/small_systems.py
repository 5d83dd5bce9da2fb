"""Small symmetric positive definite systems, built and solved inside compiled loops.

Only upper triangles are used. The inner loops run over whole slices of rows, four rows at a time: that is
what lets the compiler use the vector units, without calling a library that starts threads of its own.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core.similarity.compiled import compiled


@compiled
def add_gram(rows: npt.NDArray[Any], gram: npt.NDArray[Any]) -> None:
    """Adds rowsᵀ · rows, `rows` (m, n), to the upper triangle of `gram` (n, n)."""
    for a in range(gram.shape[0]):
        _add_products(rows, len(rows), a, rows.dtype.type(1.0), gram[a, a:])


@compiled
def solve_in_place(gram: npt.NDArray[Any], right_side: npt.NDArray[Any]) -> None:
    """Replaces `right_side` (n,) by the solution x of gram · x = right_side.

    `gram` (n, n) is positive definite; its upper triangle is overwritten by its Cholesky factor.
    """
    n = len(right_side)
    for row in range(n):
        target = gram[row, row:]
        _add_products(gram, row, row, gram.dtype.type(-1.0), target)
        target *= gram.dtype.type(1.0) / np.sqrt(target[0])
    for row in range(n):
        right_side[row] /= gram[row, row]
        after, factors = right_side[row + 1 :], gram[row, row + 1 :]
        for b in range(len(after)):
            after[b] -= factors[b] * right_side[row]
    for row in range(n - 1, -1, -1):
        after, factors = right_side[row + 1 :], gram[row, row + 1 :]
        for b in range(len(after)):
            right_side[row] -= factors[b] * after[b]
        right_side[row] /= gram[row, row]


@compiled
def _add_products(
    rows: npt.NDArray[Any], m: int, column: int, sign: float, target: npt.NDArray[Any]
) -> None:
    """Adds sign · Σ over the first m rows of row[column] · row[column:] to `target` (n - column,)."""
    whole = m - m % 4
    for k in range(0, whole, 4):
        r0, r1 = rows[k, column:], rows[k + 1, column:]
        r2, r3 = rows[k + 2, column:], rows[k + 3, column:]
        f0, f1, f2, f3 = sign * r0[0], sign * r1[0], sign * r2[0], sign * r3[0]
        for b in range(len(target)):
            target[b] += f0 * r0[b] + f1 * r1[b] + f2 * r2[b] + f3 * r3[b]
    for k in range(whole, m):
        r0 = rows[k, column:]
        f0 = sign * r0[0]
        for b in range(len(target)):
            target[b] += f0 * r0[b]
