"""Implicit matrix factorisation by alternating least squares, scored by folding the history in.

Minimised over user vectors p and item vectors q, with S the pairs that were seen (Hu, Koren and Volinsky 2008;
regularisation scaled by frequency as in Rendle et al. 2022, "Revisiting the performance of iALS"):

    Σ_{(u,i)∈S} (p_u·q_i - 1)² + α Σ_{u,i} (p_u·q_i)² + λ Σ_u (|S_u| + α n_items)^ν |p_u|² + the same for items
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.data.histories import Histories
from m6rec_core.progress import Progress, silent
from m6rec_core.schema import Rows
from m6rec_core.similarity.compiled import compiled, fixed, in_chunks
from m6rec_core.similarity.dots import dots_at
from m6rec_core.similarity.protocol import Arrays
from m6rec_core.similarity.small_systems import add_gram, solve_in_place

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class FactorSettings:
    """Length of the vectors, and the α, λ and ν of the loss."""

    size: int = 64
    iterations: int = 10
    unobserved_weight: float = 0.1
    regularisation: float = 0.01
    frequency_exponent: float = 1.0
    seed: int = 0


@dataclass(frozen=True, eq=False)
class ImplicitFactors:
    """The fitted item vectors. A user's vector is always solved from the history at hand.

    So a user typed in and a stored user with the same items get the same scores.

    - `item_vectors` (n_items, size) float32
    """

    item_vectors: Floats
    settings: FactorSettings

    name = "factors"

    def __post_init__(self) -> None:
        self.item_vectors.setflags(write=False)

    def user_vectors(self, histories: Histories) -> Floats:
        """(n users, size) float32, the minimum of the loss for the items of each history; 0 when empty."""
        return self._side.solve(histories.indptr, histories.item_row)

    def scores(self, histories: Histories) -> Floats:
        """(n users, n_items) float32: about 1 for an item that is liked, about 0 for one that is not."""
        return self.user_vectors(histories) @ self.item_vectors.T

    def scores_at(self, histories: Histories, item_row: Rows) -> Floats:
        """(n users, slots) what `scores` says of the pairs `item_row` (n users, slots); 0 at -1."""
        return dots_at(self.user_vectors(histories), self.item_vectors, item_row)

    def parts(self, history: Histories, item_row: int) -> Floats:
        """(entries,) what each entry of one user's history adds to the score of an item.

        The user's vector is A⁻¹ Σ_j q_j, so entry j adds q_jᵀ A⁻¹ q_i; A depends on the whole history.
        """
        seen = self.item_vectors[history.item_row].astype(np.float64)
        normal = seen.T @ seen + self._side.gram * self.settings.unobserved_weight
        normal += self._side.ridge(len(seen)) * np.eye(self.settings.size)
        return (seen @ np.linalg.solve(normal, self.item_vectors[item_row])).astype(np.float32)

    @cached_property
    def _side(self) -> "_FixedSide":
        return _FixedSide(self.item_vectors, self.settings)

    def to_arrays(self) -> Arrays:
        """The item vectors and the settings as plain arrays."""
        settings = {name: np.array(value) for name, value in vars(self.settings).items()}
        return {"item_vectors": self.item_vectors, **settings}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The factors that `to_arrays` described."""
        names = FactorSettings.__dataclass_fields__
        return cls(arrays["item_vectors"], FactorSettings(**{n: arrays[n].item() for n in names}))


class _FixedSide:
    """The vectors that stand still while those of the other side are solved.

    Their Gram matrix is diagonal in the basis of its eigenvectors, where every system becomes
    "diagonal + a few seen rows"; that needs a solve of min(seen rows, size) unknowns only.
    """

    def __init__(self, vectors: Floats, settings: FactorSettings) -> None:
        self.settings = settings
        described = np.flatnonzero(vectors.any(axis=1))
        self.n = int(described[-1]) + 1 if len(described) else len(vectors)  # new items come last
        self.gram = vectors.T.astype(np.float64) @ vectors.astype(np.float64)
        spectrum, basis = np.linalg.eigh(self.gram)
        self.basis = basis.astype(np.float32)
        self.diagonal = fixed(settings.unobserved_weight * np.maximum(spectrum, 0.0), np.float32)
        self.rotated = fixed(vectors @ self.basis, np.float32)

    def ridge(self, n_seen: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Weight of the squared length of a vector that was seen with so many of the fixed side."""
        frequency = np.asarray(n_seen) + self.settings.unobserved_weight * self.n
        return np.asarray(
            self.settings.regularisation * frequency**self.settings.frequency_exponent
        )

    def solve(self, indptr: npt.NDArray[Any], indices: npt.NDArray[Any]) -> Floats:
        """(rows, size): the best vector for each CSR row of seen positions of the fixed side."""
        ridge = fixed(self.ridge(np.diff(indptr)), np.float32)
        starts, seen = fixed(indptr, np.int64), fixed(indices, np.int32)
        solved = np.zeros((len(ridge), self.rotated.shape[1]), dtype=np.float32)
        in_chunks(
            lambda start, stop: _solve_rows(
                *(start, stop, starts, seen, self.rotated, self.diagonal, ridge, solved)
            ),
            len(ridge),
            smallest=16,
        )
        return np.asarray(solved @ self.basis.T, dtype=np.float32)


def fit_factors(
    matrix: sp.csr_matrix, settings: FactorSettings | None = None, *, progress: Progress = silent
) -> ImplicitFactors:
    """Fits to `matrix` (n_users, n_items), CSR of ones; users and items without pairs get the vector 0."""
    settings = settings or FactorSettings()
    transposed = matrix.T.tocsr()
    rng = np.random.default_rng(settings.seed)
    spread = 1.0 / np.sqrt(settings.size)
    items = spread * rng.standard_normal((matrix.shape[1], settings.size), dtype=np.float32)
    for iteration in range(settings.iterations):
        progress("implicit factors", iteration / settings.iterations)
        users = _FixedSide(items, settings).solve(matrix.indptr, matrix.indices)
        items = _FixedSide(users, settings).solve(transposed.indptr, transposed.indices)
    return ImplicitFactors(items, settings)


@compiled
def _solve_rows(
    start: int,
    stop: int,
    indptr: npt.NDArray[np.int64],
    indices: npt.NDArray[np.int32],
    rotated: Floats,
    diagonal: Floats,
    ridge: Floats,
    solved: Floats,
) -> None:
    """Fills rows of `solved` with the x of (D + YᵀY) x = Yᵀ1.

    Y are the seen rows of `rotated`, D = diag(diagonal + ridge[row]). With Z = Y D^-½ the smaller of two
    equal forms is solved: x = D^-½ (I + ZᵀZ)⁻¹ Zᵀ1 = D^-½ Zᵀ (I + ZZᵀ)⁻¹ 1.
    """
    for row in range(start, stop):
        seen = indices[indptr[row] : indptr[row + 1]]
        if len(seen) == 0:
            continue
        scale = np.float32(1.0) / np.sqrt(diagonal + ridge[row])
        scaled = np.empty((len(seen), len(scale)), dtype=np.float32)  # Z
        for place in range(len(seen)):
            for k in range(len(scale)):
                scaled[place, k] = rotated[seen[place], k] * scale[k]
        is_short = len(seen) <= len(scale)
        solution = _solved_by_seen(scaled) if is_short else _solved_by_size(scaled)
        for k in range(len(scale)):
            solved[row, k] = solution[k] * scale[k]


@compiled
def _solved_by_seen(scaled: Floats) -> Floats:
    """(size,) Zᵀ (I + ZZᵀ)⁻¹ 1."""
    n, size = scaled.shape
    gram = np.eye(n, dtype=np.float32)
    add_gram(np.ascontiguousarray(scaled.T), gram)
    share = np.ones(n, dtype=np.float32)
    solve_in_place(gram, share)
    solution = np.zeros(size, dtype=np.float32)
    for place in range(n):
        for k in range(size):
            solution[k] += share[place] * scaled[place, k]
    return solution


@compiled
def _solved_by_size(scaled: Floats) -> Floats:
    """(size,) (I + ZᵀZ)⁻¹ Zᵀ1."""
    n, size = scaled.shape
    gram = np.eye(size, dtype=np.float32)
    add_gram(scaled, gram)
    solution = np.zeros(size, dtype=np.float32)
    for place in range(n):
        for k in range(size):
            solution[k] += scaled[place, k]
    solve_in_place(gram, solution)
    return solution
