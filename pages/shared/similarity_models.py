"""The likeness that a run has, and the likeness that it would have under another setting, kept in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from m6rec_core import schema
from m6rec_core.config import SimilarityConfig
from m6rec_core.data.histories import Histories
from m6rec_core.figures.text import thousands
from m6rec_core.ranking.recommender import COLLABORATIVE
from m6rec_core.scorer import neighbourhood
from m6rec_core.similarity.item_based import fit_item_neighbours
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.user_based import UserNeighbours, fit_user_neighbours
from pages.shared import cached

NEAREST = 20
SPREAD_USERS = 400  # users whose neighbours show how likeness is spread
ITEM, USER = neighbourhood.ITEM, neighbourhood.USER

Likeness = SparseItemModel | UserNeighbours


@dataclass(frozen=True, eq=False)
class Near:
    """The neighbours of one item or user, the nearest first.

    `row` (n,) their rows, `title` what they are called, `likeness` (n,), `common` (n,) how many users
    (items) both have, `shared` the titles of items in common, for users alone; `kept` of `total` neighbours.
    """

    of: str
    row: npt.NDArray[np.int64]
    title: tuple[str, ...]
    likeness: npt.NDArray[np.float32]
    common: tuple[int, ...]
    shared: tuple[str, ...]
    kept: int
    total: int


def of_run(run: Path, side: str) -> Likeness:
    """The likeness of items or of users that the run works with."""
    name = COLLABORATIVE[schema.ITEM_CF if side == ITEM else schema.USER_CF]
    model = cached.recommender(run).models[name]
    assert isinstance(model, SparseItemModel | UserNeighbours)
    return model


@st.cache_resource(max_entries=4, show_spinner="Comparing all by the other setting …")
def with_setting(run: Path, side: str, measure: str, weighting: str, shrinkage: float) -> Likeness:
    """The same events compared by another setting; K is that of the run."""
    about = cached.document(run, "similarity.json") or {}
    kept = int(about.get(side, {}).get("neighbours", 0))
    config = SimilarityConfig(
        measure=measure, weighting=weighting, neighbours=kept, shrinkage=shrinkage
    )
    settings, training = neighbourhood.given(config), cached.recommender(run).training
    matrix = training.matrix(training.values())
    if side == ITEM:
        return fit_item_neighbours(matrix, settings.item)
    return fit_user_neighbours(matrix, settings.user)


def near(run: Path, model: Likeness, one_id: str) -> Near:
    """The neighbours of one item or one user by this likeness."""
    if isinstance(model, SparseItemModel):
        return _items_near(run, model, one_id)
    return _users_near(run, model, one_id)


def _items_near(run: Path, model: SparseItemModel, item_id: str) -> Near:
    recommender, titles = cached.recommender(run), cached.item_titles(run)
    row = recommender.interactions.items.row_of(item_id)
    rows, values = model.of(row, NEAREST)
    users_with = recommender.training.users_with
    users = users_with(row)
    return Near(
        of=str(titles[row]),
        row=rows.astype(np.int64),
        title=tuple(_distinct(titles[rows], recommender.interactions.items.ids[rows])),
        likeness=values,
        common=tuple(
            len(np.intersect1d(users, users_with(int(other)), assume_unique=True)) for other in rows
        ),
        shared=(),
        kept=int(np.diff(model.matrix.indptr)[row]),
        total=len(titles),
    )


def _users_near(run: Path, model: UserNeighbours, user_id: str) -> Near:
    recommender, titles = cached.recommender(run), cached.item_titles(run)
    history = recommender.histories([user_id])
    rows, values = (array[0] for array in model.neighbours(history))
    kept = int((rows >= 0).sum())
    nearest = rows[:kept][:NEAREST]
    others = recommender.histories_of_rows(nearest)
    in_common = [
        others.items_of(place)[np.isin(others.items_of(place), history.item_row)]
        for place in range(len(nearest))
    ]
    return Near(
        of=f"user {user_id}",
        row=nearest.astype(np.int64),
        title=tuple(f"similar user {number}" for number in range(1, len(nearest) + 1)),
        likeness=values[: len(nearest)],
        common=tuple(len(items) for items in in_common),
        shared=tuple(", ".join(str(titles[item]) for item in items[:5]) for items in in_common),
        kept=kept,
        total=len(recommender.interactions.users),
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def spread(run: Path, side: str) -> tuple[npt.NDArray[np.float32], str]:
    """(values,) the likeness of all pairs that are kept, and whose they are in words."""
    model = of_run(run, side)
    if isinstance(model, SparseItemModel):
        return model.matrix.data, f"all {thousands(model.n_items)} items"
    training = cached.recommender(run).training
    rows = np.unique(np.linspace(0, len(training) - 1, SPREAD_USERS).astype(np.int64))
    place, values = model.neighbours(training.take(rows))
    return values[place >= 0], f"{thousands(len(rows))} users out of {thousands(len(training))}"


def block(run: Path, side: str, rows: Sequence[int]) -> npt.NDArray[np.float64]:
    """(n, n) likeness of these rows, row = whose neighbours; 0 where it is none that is kept."""
    model, chosen = of_run(run, side), np.asarray(rows, dtype=np.int64)
    if isinstance(model, SparseItemModel):
        return np.asarray(model.matrix[chosen][:, chosen].toarray(), dtype=np.float64)
    training: Histories = cached.recommender(run).training
    found, values = model.neighbours(training.take(chosen))
    made = np.zeros((len(chosen), len(chosen)))
    order = np.argsort(chosen)
    place = np.minimum(np.searchsorted(chosen[order], found), len(chosen) - 1)
    inside = chosen[order][place] == found
    row = np.broadcast_to(np.arange(len(chosen))[:, None], found.shape)
    made[row[inside], order[place[inside]]] = values[inside]
    return made


def words_of(settings: Mapping[str, Any]) -> str:
    """A setting in words.

    >>> words_of({"measure": "cosine", "weighting": "bm25", "shrinkage": 20.0})
    'cosine, bm25, shrinkage 20'
    """
    parts = [str(settings.get("measure", "–"))]
    if settings.get("weighting", "none") != "none":
        parts.append(str(settings["weighting"]))
    if settings.get("shrinkage"):
        parts.append(f"shrinkage {float(settings['shrinkage']):g}")
    return ", ".join(parts)


def _distinct(titles: npt.NDArray[Any], ids: npt.NDArray[Any]) -> list[str]:
    """The titles, with the id where two are called alike."""
    names = [str(title) for title in titles]
    return [
        name if names.count(name) == 1 else f"{name} [{one_id}]"
        for name, one_id in zip(names, ids, strict=True)
    ]
