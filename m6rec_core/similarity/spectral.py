"""A low-pass filter on the graph of users and items: what the leading singular vectors say of a history.

With R = D_u^-½ X D_i^-½ ≈ U Σ Vᵀ the scores of a history x (ones at its items) are

    x D_i^-½ · V f(Σ) Vᵀ · D_i^½        f(σ) = σ^power

`power` 0 is the ideal low-pass filter: every kept direction counts fully, the others not at all. 2 is the
linear filter RᵀR restricted to those directions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.data.histories import Histories
from m6rec_core.similarity.protocol import Arrays

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

EXACT_SIDE = 1024  # up to so many users or items the decomposition is exact

_NEGLIGIBLE = 1e-3  # singular values of R lie in [0, 1]; below this float32 holds mostly noise


@dataclass(frozen=True)
class SpectralSettings:
    """How many directions are kept, how each counts, and how exactly they are found.

    The rank is lowered to `rank_share` of the smaller side of the matrix, where that is less than `rank`.
    `iterations` and `seed` belong to the model: on large data they move the last directions, and thus the
    scores.
    """

    rank: int = 512
    rank_share: float = 1 / 3
    power: float = 1.0
    oversampling: int = 32
    iterations: int = 4
    seed: int = 0


@dataclass(frozen=True, eq=False)
class SpectralFilter:
    """The fitted filter; linear in the history.

    - `vectors` (n_items, rank) float32: right singular vectors of R
    - `singular_values` (rank,) float32: falling, in (0, 1]
    - `degree` (n_items,) float32: users of each item, at least 1
    """

    vectors: Floats
    singular_values: Floats
    degree: Floats
    power: float

    name = "spectral"

    def __post_init__(self) -> None:
        for array in (self.vectors, self.singular_values, self.degree):
            array.setflags(write=False)

    def scores(self, histories: Histories) -> Floats:
        """(n users, n_items) float32; 0 for an empty history and for items that nobody had."""
        return self.weighted_scores(histories, np.ones(len(histories.item_row), np.float32))

    def weighted_scores(self, histories: Histories, entry_weight: Floats) -> Floats:
        """`scores` with entry e of the histories counted `entry_weight[e]` times."""
        shape = (len(histories), histories.n_items)
        weight = entry_weight / self._root_degree[histories.item_row]
        entries = sp.csr_matrix((weight, histories.item_row, histories.indptr), shape=shape)
        spectrum = (entries @ self.vectors) * self._response  # (n users, n_items) x (n_items, rank)
        scores = np.asarray(spectrum @ self.vectors.T, dtype=np.float32)
        scores *= self._root_degree
        return scores

    def parts(self, history: Histories, item_row: int) -> Floats:
        """(entries,) what each entry of one user's history adds to the score of an item."""
        candidate = self._response * self.vectors[item_row] * self._root_degree[item_row]
        weight = self.vectors[history.item_row] @ candidate
        return np.asarray(weight / self._root_degree[history.item_row], dtype=np.float32)

    @cached_property
    def _response(self) -> Floats:
        return np.asarray(self.singular_values**self.power, dtype=np.float32)

    @cached_property
    def _root_degree(self) -> Floats:
        return np.sqrt(self.degree)

    def to_arrays(self) -> Arrays:
        """The fields as plain arrays."""
        return {
            "vectors": self.vectors,
            "singular_values": self.singular_values,
            "degree": self.degree,
            "power": np.array(self.power),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The filter that `to_arrays` described."""
        names = ("vectors", "singular_values", "degree")
        return cls(**{name: arrays[name] for name in names}, power=float(arrays["power"]))


def fit_spectral(matrix: sp.csr_matrix, settings: SpectralSettings | None = None) -> SpectralFilter:
    """Fits the filter to `matrix` (n_users, n_items), CSR of ones; equal for equal settings."""
    settings = settings or SpectralSettings()
    user_degree = np.maximum(np.diff(matrix.indptr), 1)
    item_degree = np.maximum(np.bincount(matrix.indices, minlength=matrix.shape[1]), 1)
    normalised = sp.diags(user_degree**-0.5) @ matrix @ sp.diags(item_degree**-0.5)
    smaller_side = min(matrix.shape)
    rank = max(1, min(settings.rank, int(smaller_side * settings.rank_share)))
    singular_values, vectors = right_singular_vectors(
        normalised.tocsr().astype(np.float32),
        rank=rank,
        width=min(rank + settings.oversampling, smaller_side),
        iterations=settings.iterations,
        seed=settings.seed,
    )
    return SpectralFilter(vectors, singular_values, item_degree.astype(np.float32), settings.power)


def right_singular_vectors(
    matrix: sp.csr_matrix, *, rank: int, width: int, iterations: int, seed: int
) -> tuple[Floats, Floats]:
    """Leading singular values (rank,), falling, and right singular vectors (n columns, rank).

    Exact when one side of the matrix is small; else by subspace iteration with a fixed number of steps on a
    block of `width` ≥ `rank` vectors. Directions without weight are left out, so that the rank may come
    out lower than asked.
    """
    rows_are_fewer = matrix.shape[0] <= matrix.shape[1]
    flat = matrix if rows_are_fewer else matrix.T.tocsr()
    if flat.shape[0] <= EXACT_SIDE:
        values, left = _exact(flat, rank=rank)
    else:
        values, left = _iterated(flat, rank=rank, width=width, iterations=iterations, seed=seed)
    kept = values > _NEGLIGIBLE
    values, left = values[kept], left[:, kept]
    vectors = flat.T @ left / values if rows_are_fewer else left
    return values.astype(np.float32), np.ascontiguousarray(vectors, dtype=np.float32)


def _exact(flat: sp.csr_matrix, *, rank: int) -> tuple[Doubles, Doubles | Floats]:
    """Singular values (rank,) and left vectors (n rows, rank) from the dense matrix of the rows' products."""
    wide = flat.astype(np.float64)
    squares, vectors = np.linalg.eigh((wide @ wide.T).toarray())
    falling = np.argsort(-squares, kind="stable")[:rank]
    return np.sqrt(np.maximum(squares[falling], 0.0)), vectors[:, falling]


def _iterated(
    flat: sp.csr_matrix, *, rank: int, width: int, iterations: int, seed: int
) -> tuple[Doubles, Doubles | Floats]:
    """The same by randomised subspace iteration (Halko, Martinsson and Tropp 2011)."""
    import scipy.linalg  # only fitting needs it, and a server never fits

    rng = np.random.default_rng(seed)
    transposed = flat.T.tocsr()
    basis = rng.standard_normal((flat.shape[0], width), dtype=np.float32)
    for _ in range(iterations):
        block = flat @ (transposed @ basis)  # (n rows, width)
        basis, _ = scipy.linalg.qr(block, mode="economic", overwrite_a=True, check_finite=False)
    image = transposed @ basis  # (n columns, width)
    squares, rotation = np.linalg.eigh((image.T @ image).astype(np.float64))
    falling = np.argsort(-squares, kind="stable")[:rank]
    left = basis @ rotation[:, falling].astype(np.float32)  # (n rows, width) x (width, rank)
    return np.sqrt(np.maximum(squares[falling], 0.0)), left
