"""Fitted models over a longer catalogue: items that nobody had yet are new rows, of which nothing is known."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from m6rec_core.similarity.compiled import fixed
from m6rec_core.similarity.factors import ImplicitFactors
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.order import OrderSignals
from m6rec_core.similarity.protocol import ScoreModel
from m6rec_core.similarity.spectral import SpectralFilter
from m6rec_core.similarity.user_based import UserNeighbours


def widened(model: ScoreModel, n_items: int) -> ScoreModel:
    """The same model for a catalogue of `n_items`: it scores 0 for the rows after its own.

    For all other items its scores are as before: new items are no part of any mean or frequency.
    """
    if isinstance(model, SparseItemModel):
        return _padded(model, n_items)
    if isinstance(model, OrderSignals):
        return replace(model, transitions=_padded(model.transitions, n_items))
    if isinstance(model, UserNeighbours):
        return replace(model, n_items=n_items)
    if isinstance(model, SpectralFilter):
        more = n_items - len(model.vectors)
        degree = np.append(model.degree, np.ones(more, dtype=np.float32))
        return replace(model, vectors=_longer(model.vectors, n_items), degree=degree)
    if isinstance(model, ImplicitFactors):
        return replace(model, item_vectors=_longer(model.item_vectors, n_items))
    return model  # made from the attributes of the whole catalogue


def _padded(model: SparseItemModel, n_items: int) -> SparseItemModel:
    ends = model.spread.indptr
    longer = np.append(ends, np.full(n_items + 1 - len(ends), ends[-1]))
    return SparseItemModel(model.spread._replace(indptr=fixed(longer, np.int64)), model.name)


def _longer(vectors: npt.NDArray[np.float32], n_items: int) -> npt.NDArray[np.float32]:
    nothing = np.zeros((n_items - len(vectors), vectors.shape[1]), dtype=np.float32)
    return np.concatenate([vectors, nothing])
