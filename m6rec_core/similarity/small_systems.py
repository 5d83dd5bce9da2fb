"""Small symmetric positive definite systems, built and solved inside compiled loops.

Only upper triangles are used. Inner loops run along rows and take four rows at a time, so that the
vector units are busy and no multi-threaded library is called from a thread.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core.similarity.compiled import compiled


@compiled
def add_gram(rows: npt.NDArray[Any], gram: npt.NDArray[Any]) -> None:
    """Adds rowsᵀ · rows, `rows` (m, n), to the upper triangle of `gram` (n, n)."""
    m, n = rows.shape
    whole = m - m % 4
    for a in range(n):
        target = gram[a]
        for k in range(0, whole, 4):
            r0, r1, r2, r3 = rows[k], rows[k + 1], rows[k + 2], rows[k + 3]
            f0, f1, f2, f3 = r0[a], r1[a], r2[a], r3[a]
            for b in range(a, n):
                target[b] += f0 * r0[b] + f1 * r1[b] + f2 * r2[b] + f3 * r3[b]
        for k in range(whole, m):
            r0 = rows[k]
            f0 = r0[a]
            for b in range(a, n):
                target[b] += f0 * r0[b]


@compiled
def solve_in_place(gram: npt.NDArray[Any], right_side: npt.NDArray[Any]) -> None:
    """Replaces `right_side` (n,) by the solution x of gram · x = right_side.

    `gram` (n, n) is positive definite; its upper triangle is overwritten by its Cholesky factor.
    """
    n = len(right_side)
    for row in range(n):
        target = gram[row]
        whole = row - row % 4
        for k in range(0, whole, 4):
            r0, r1, r2, r3 = gram[k], gram[k + 1], gram[k + 2], gram[k + 3]
            f0, f1, f2, f3 = r0[row], r1[row], r2[row], r3[row]
            for b in range(row, n):
                target[b] -= f0 * r0[b] + f1 * r1[b] + f2 * r2[b] + f3 * r3[b]
        for k in range(whole, row):
            r0 = gram[k]
            f0 = r0[row]
            for b in range(row, n):
                target[b] -= f0 * r0[b]
        pivot = gram.dtype.type(1.0) / np.sqrt(target[row])
        for b in range(row, n):
            target[b] *= pivot
    for row in range(n):
        right_side[row] /= gram[row, row]
        for b in range(row + 1, n):
            right_side[b] -= gram[row, b] * right_side[row]
    for row in range(n - 1, -1, -1):
        total = right_side[row]
        for b in range(row + 1, n):
            total -= gram[row, b] * right_side[b]
        right_side[row] = total / gram[row, row]
