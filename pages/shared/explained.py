"""What the pages of explanation share between reruns, keyed as in `cached`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from pages.shared import cached

if TYPE_CHECKING:  # what only some pages need is imported when they are opened
    from m6rec_core.explanation.attribute_change import AttributeChange
    from m6rec_core.explanation.counterfactual import Removal
    from m6rec_core.explanation.explainers import Curve
    from m6rec_core.explanation.fidelity import FidelityCurves
    from m6rec_core.explanation.importance import Importance
    from m6rec_core.explanation.planted import Recovered
    from m6rec_core.explanation.removal import Removals
    from m6rec_core.explanation.versus import Place, Versus


@st.cache_resource(max_entries=64, show_spinner="Comparing the two …")
def versus(run: Path, user_id: str, item_row: int, other_row: int) -> "Versus":
    """The difference of two scores of one user, split."""
    from m6rec_core.explanation.versus import above

    return above(cached.recommender(run), user_id, item_row, other_row)


@st.cache_data(max_entries=128, show_spinner=False)
def place_of(run: Path, user_id: str, item_row: int) -> "Place":
    """Where an item stands in the whole list of a user."""
    from m6rec_core.explanation.versus import place_of as found

    return found(cached.recommender(run), user_id, item_row)


@st.cache_resource(max_entries=32, show_spinner="Taking the whole list apart …")
def list_contributions(run: Path, user_id: str, n: int) -> "tuple[tuple[int, ...], Importance]":
    """The list of a user, and what moves each score of it."""
    from m6rec_core.explanation.versus import list_contributions as found

    return found(cached.recommender(run), user_id, n=n)


@st.cache_data(max_entries=64, show_spinner="Making the list without past items …")
def removal(run: Path, user_id: str, item_id: str, top: int) -> "Removal | None":
    """The fewest past items without which the item drops out of the list."""
    from m6rec_core.explanation.counterfactual import smallest_removal

    removals, strength = _removals(run, user_id, item_id)
    return smallest_removal(removals, strength, top=top)


@st.cache_data(max_entries=64, show_spinner="Making the list with other attributes …")
def attribute_changes(
    run: Path, user_id: str, item_row: int, top: int
) -> "tuple[AttributeChange, ...]":
    """Changes of one attribute, those that drop the item out of the list first."""
    from m6rec_core.explanation.attribute_change import attribute_changes as found

    return found(cached.recommender(run), user_id, item_row, top=top)


@st.cache_resource(max_entries=32, show_spinner="Taking past items away and giving them …")
def fidelity(run: Path, user_id: str, item_id: str) -> "dict[str, FidelityCurves]":
    """Curves of deletion and insertion by our order, by plain likeness and by chance."""
    from m6rec_core.explanation import fidelity as walks

    removals, strength = _removals(run, user_id, item_id)
    orders = walks.random_orders(len(removals), count=3, seed=0)
    likeness = walks.likeness_order(cached.recommender(run).training, removals)
    return {
        "this explanation": walks.fidelity_curves(removals, strength),
        "plain likeness": walks.fidelity_curves(removals, likeness),
        "random": walks.mean_curves([walks.fidelity_curves(removals, one) for one in orders]),
    }


def _removals(run: Path, user_id: str, item_id: str) -> "tuple[Removals, npt.NDArray[np.float64]]":
    """The past items of a pair, and how strongly each speaks for the item."""
    from m6rec_core.explanation.removal import Removals

    opened = cached.recommender(run)
    items = opened.interactions.items
    history = opened.histories([user_id])
    strength = {p.item_id: p.strength for p in cached.explanation(run, user_id, item_id).history}
    values = [strength.get(str(one), 0.0) for one in items.ids_of(history.item_row)]
    return Removals(opened, history, items.row_of(item_id)), np.array(values)


@st.cache_resource(max_entries=16, show_spinner="Taking a sample of scores apart …")
def importance(run: Path, segment: str) -> "Importance":
    """What moves the scores of a segment of the pairs."""
    from m6rec_core.explanation.importance import global_importance
    from pages.shared.segments import pairs_of

    opened = cached.recommender(run)
    return global_importance(opened, among=pairs_of(opened, segment))


@st.cache_resource(max_entries=4, show_spinner="Looking for what works together …")
def interactions(run: Path) -> "tuple[tuple[str, ...], npt.NDArray[np.float64]]":
    """Titles of the eight strongest features, and how much every two of them work together."""
    from m6rec_core.explanation.interactions import interactions as found
    from m6rec_core.explanation.players import cast_of

    opened, cast = cached.recommender(run), cast_of(cached.recommender(run).features)
    importance_of = {
        line["feature"]: line["importance"]
        for line in cached.document(run, "importance.json")["features"]
    }
    weight = np.array([importance_of.get(one.name, 0.0) for one in cast.features])
    chosen = np.argsort(-weight, kind="stable")[:8].tolist()
    measured = found(
        opened.score_features,
        opened.population,
        opened.background,
        players=cast.columns,
        chosen=chosen,
    )
    return tuple(cast.features[at].title for at in chosen), measured.strength


@st.cache_resource(max_entries=4, show_spinner=False)
def curves(run: Path) -> "dict[str, Curve] | None":
    """The curves of an additive network by title; None for any other network."""
    from m6rec_core.explanation.explainers import curves_of

    found = curves_of(cached.recommender(run))
    return None if found is None else {curve.feature.title: curve for curve in found}


@st.cache_data(max_entries=8, show_spinner=False)
def is_generated_shop(run: Path) -> bool:
    """Whether a run learned from the generated shop."""
    from m6rec_core.explanation.planted import is_generated_shop as found

    return found(cached.recommender(run))


@st.cache_data(max_entries=8, show_spinner="Taking pairs of the whole shop apart …")
def planted(run: Path) -> "Recovered":
    """Planted against found causes of the generated shop."""
    from m6rec_core.explanation.planted import recovered

    return recovered(cached.recommender(run))


@st.cache_data(max_entries=16, show_spinner="Trying five backgrounds …")
def backgrounds(run: Path, size: int) -> "dict[str, list[Any]]":
    """Base, strongest feature and agreement for five backgrounds of this size."""
    from m6rec_core.explanation.importance import effect_of_background

    return effect_of_background(cached.recommender(run), size=size)


@st.cache_data(max_entries=16, show_spinner=False)
def network_warnings(run: Path) -> tuple[str, ...]:
    """What must be known of a network before its explanations are read."""
    from m6rec_core.explanation.condition import warnings_of

    return warnings_of(cached.recommender(run))
