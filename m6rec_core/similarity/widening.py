"""Fitted models over a longer catalogue: items that nobody had yet are new rows, of which nothing is known."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.similarity.compiled import fixed
from m6rec_core.similarity.factors import ImplicitFactors
from m6rec_core.similarity.item_based import ItemNeighbours
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.lists import Lists
from m6rec_core.similarity.order import OrderSignals
from m6rec_core.similarity.protocol import ScoreModel
from m6rec_core.similarity.spectral import SpectralFilter
from m6rec_core.similarity.user_based import UserNeighbours


def widened(model: ScoreModel, n_items: int) -> ScoreModel:
    """The same model for a catalogue of `n_items`: it scores 0 for the rows after its own.

    For all other items its scores are as before: new items are no part of any mean or frequency.
    """
    if isinstance(model, ItemNeighbours):
        users_of = Lists(_run_on(model.users_of.indptr, n_items), model.users_of.indices)
        return replace(model, matrix=_padded(model.matrix, n_items), users_of=users_of)
    if isinstance(model, SparseItemModel):
        return replace(model, matrix=_padded(model.matrix, n_items))
    if isinstance(model, OrderSignals):
        weights = model.transitions
        return replace(model, transitions=replace(weights, matrix=_padded(weights.matrix, n_items)))
    if isinstance(model, UserNeighbours):
        return replace(model, n_items=n_items)
    if isinstance(model, SpectralFilter):
        more = n_items - len(model.vectors)
        degree = np.append(model.degree, np.ones(more, dtype=np.float32))
        return replace(model, vectors=_longer(model.vectors, n_items), degree=degree)
    if isinstance(model, ImplicitFactors):
        return replace(model, item_vectors=_longer(model.item_vectors, n_items))
    return model  # made from the attributes of the whole catalogue


def _padded(matrix: sp.csr_matrix, n_items: int) -> sp.csr_matrix:
    arrays = matrix.data, matrix.indices, _run_on(matrix.indptr, n_items)
    return sp.csr_matrix(arrays, shape=(n_items, n_items))


def _run_on(indptr: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.int64]:
    """(n + 1,) the ends of the lists, with empty ones after them."""
    found: npt.NDArray[np.int64] = fixed(
        np.append(indptr, np.full(n + 1 - len(indptr), indptr[-1])), np.int64
    )
    return found


def _longer(vectors: npt.NDArray[np.float32], n_items: int) -> npt.NDArray[np.float32]:
    nothing = np.zeros((n_items - len(vectors), vectors.shape[1]), dtype=np.float32)
    return np.concatenate([vectors, nothing])
