"""What the pages share between reruns, keyed by the folders of immutable artefacts; it adds nothing but memory."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from m6rec_core.errors import DataError
from m6rec_core.workspace.demo import ensure_demo
from m6rec_core.workspace.workspace import Workspace

if TYPE_CHECKING:  # what only some pages need is imported when they are opened
    import pandas as pd
    import pyarrow as pa

    from m6rec_core.data.dataset import Dataset
    from m6rec_core.data.health import Health
    from m6rec_core.data.lookup import Looked, Match
    from m6rec_core.evaluation.of_runs import RunDifference
    from m6rec_core.explanation.attribute_change import AttributeChange
    from m6rec_core.explanation.counterfactual import Removal
    from m6rec_core.explanation.explainers import Curve
    from m6rec_core.explanation.fidelity import FidelityCurves
    from m6rec_core.explanation.importance import Importance
    from m6rec_core.explanation.pair_explanation import PairExplanation
    from m6rec_core.explanation.places import Places
    from m6rec_core.explanation.planted import Recovered
    from m6rec_core.explanation.removal import Removals
    from m6rec_core.explanation.versus import Place, Versus
    from m6rec_core.ranking.recommender import Recommendations, Recommender
    from m6rec_core.scorer.light_scorer import LightLayers

ROOT = Path(__file__).resolve().parents[2]


def workspace() -> Workspace:
    """The workspace of this server: the folder `M6REC_HOME`, or `.m6rec` beside the app.

    The first look at an empty one puts the sample and a demo run into the queue, unless `M6REC_DEMO` is 0.
    """
    home = os.environ.get("M6REC_HOME") or str(ROOT / ".m6rec")
    return _workspace(home, os.environ.get("M6REC_DEMO", "1") != "0")


@st.cache_resource(max_entries=4, show_spinner=False)
def _workspace(home: str, with_demo: bool) -> Workspace:
    opened = Workspace(home)
    if with_demo:
        ensure_demo(opened)
    return opened


@st.cache_resource(max_entries=2, show_spinner="Opening the data set …")
def dataset(folder: Path) -> "Dataset":
    """A data set of the workspace."""
    from m6rec_core.data.dataset import Dataset

    return Dataset.load(folder)


@st.cache_resource(max_entries=8, show_spinner=False)
def stored_health(folder: Path) -> "Health | None":
    """The figures that were measured when a data set was made; None where there are none of this version."""
    from m6rec_core.data.health import HEALTH_FILE, Health

    try:
        return Health.load(folder / HEALTH_FILE)
    except DataError:
        return None


@st.cache_resource(max_entries=8, show_spinner="Measuring the data set …")
def measured_health(folder: Path) -> "Health":
    """The figures of a data set that was stored without them; the events are not kept."""
    from m6rec_core.data.dataset import Dataset
    from m6rec_core.data.health import health

    opened = Dataset.load(folder)
    return health(opened.interactions, users=opened.users, items=opened.items, links=opened.links)


@st.cache_resource(max_entries=32, show_spinner=False)
def looked_up(folder: Path, which: str, one_id: str) -> "Looked":
    """One user or item of a data set, read from its files."""
    from m6rec_core.data import lookup

    look_up = lookup.look_up_user if which == lookup.USERS else lookup.look_up_item
    return look_up(folder, one_id)


@st.cache_data(max_entries=128, show_spinner=False)
def found_ids(folder: Path, which: str, part: str) -> "tuple[Match, ...]":
    """Users or items of a data set whose id or title holds a text."""
    from m6rec_core.data.lookup import search_ids

    return search_ids(folder, which, part)


@st.cache_resource(max_entries=2, show_spinner="Opening the run …")
def recommender(run: Path) -> "Recommender":
    """A trained run at work."""
    from m6rec_core.ranking.recommender import Recommender

    return Recommender.load(run)


@st.cache_resource(max_entries=2, show_spinner=False)
def layers(run: Path) -> "LightLayers":
    """The network of a run with every layer as an output."""
    from m6rec_core.scorer.light_scorer import LightLayers

    return LightLayers(run / "layers.tflite")


@st.cache_resource(max_entries=2, show_spinner=False)
def population_activations(run: Path) -> dict[str, npt.NDArray[np.float32]]:
    """Layer → (pairs, units) over the population of a run."""
    return layers(run).activations(recommender(run).population)


@st.cache_resource(max_entries=6, show_spinner="Running the network over a sample …")
def places(run: Path, what: str, layer: str) -> "Places":
    """One vector of a layer for each of a sample of users, items or pairs."""
    from m6rec_core.explanation import places as of_layer

    opened = recommender(run)
    return of_layer.places(opened, layers(run), what, layer, seed=opened.config.seed)


@st.cache_resource(max_entries=12, show_spinner="Drawing the map …")
def embedded(
    run: Path, what: str, layer: str, method: str, components: int
) -> npt.NDArray[np.float64]:
    """(n, components) where those vectors lie on a map."""
    from m6rec_core.explanation import embedding

    vectors, seed = places(run, what, layer).vectors, recommender(run).config.seed
    draw = embedding.embed if method == embedding.PCA else embedding.embed_apart
    return draw(vectors, method, components=components, seed=seed)


@st.cache_resource(max_entries=2, show_spinner=False)
def weights(run: Path) -> dict[str, npt.NDArray[Any]]:
    """`layer/weight` → its array."""
    with np.load(run / "weights.npz", allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


@st.cache_data(max_entries=32, show_spinner=False)
def document(run: Path, name: str) -> Any:
    """A JSON file of a run; None when the run does not have it."""
    path = run / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


@st.cache_data(max_entries=8, show_spinner=False)
def lines(run: Path, name: str) -> list[dict[str, Any]]:
    """The JSON lines of a file of a run; none when the run does not have it."""
    path = run / name
    texts = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(text) for text in texts]


@st.cache_resource(max_entries=10, show_spinner=False)
def per_user(run: Path) -> "pd.DataFrame | None":
    """Figures and first ten items of every user that a run was judged on; None where it was not."""
    from m6rec_core.evaluation import per_user as kept

    return kept.read(run)


@st.cache_data(max_entries=32, show_spinner=False)
def run_differences(reference: Path, other: Path) -> "tuple[RunDifference, ...]":
    """How far a run is above another, user by user; empty where one of them was not judged."""
    from m6rec_core.evaluation.of_runs import differences

    first, second = per_user(reference), per_user(other)
    return () if first is None or second is None else differences(first, second, seed=0)


@st.cache_data(max_entries=8, show_spinner="Comparing the lists …")
def changed_lists(reference: Path, other: Path) -> "pd.DataFrame | None":
    """What changed in each user's list from one run to another; None where one was not judged."""
    from m6rec_core.evaluation.of_runs import changed_lists as compare

    first, second = per_user(reference), per_user(other)
    return None if first is None or second is None else compare(first, second)


@st.cache_resource(max_entries=256, show_spinner=False)
def recommended(
    run: Path, user_id: str, n: int, *, include_seen: bool, model: str
) -> "Recommendations":
    """The list of one user."""
    opened = recommender(run)
    return opened.recommend(opened.histories([user_id]), n, include_seen=include_seen, model=model)


@st.cache_data(max_entries=256, show_spinner=False)
def list_reasons(run: Path, user_id: str, item_row: tuple[int, ...]) -> tuple[str, ...]:
    """One line in plain words for each item of a list."""
    from pages.shared import reasons

    return reasons.of_list(recommender(run), user_id, item_row)


@st.cache_resource(max_entries=64, show_spinner="Taking the score apart …")
def explanation(run: Path, user_id: str, item_id: str) -> "PairExplanation":
    """Why this item for this user, with all checks."""
    from m6rec_core.explanation.explain import explain_pair

    return explain_pair(recommender(run), user_id, item_id)


@st.cache_resource(max_entries=4, show_spinner="Looking for what works together …")
def interactions(run: Path) -> "tuple[tuple[str, ...], npt.NDArray[np.float64]]":
    """Titles of the eight strongest features, and how much every two of them work together."""
    from m6rec_core.explanation.interactions import interactions as found
    from m6rec_core.explanation.players import cast_of

    opened, cast = recommender(run), cast_of(recommender(run).features)
    importance_of = {
        line["feature"]: line["importance"] for line in document(run, "importance.json")["features"]
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

    found = curves_of(recommender(run))
    return None if found is None else {curve.feature.title: curve for curve in found}


@st.cache_data(max_entries=8, show_spinner=False)
def is_generated_shop(run: Path) -> bool:
    """Whether a run learned from the generated shop."""
    from m6rec_core.explanation.planted import is_generated_shop as found

    return found(recommender(run))


@st.cache_data(max_entries=8, show_spinner="Taking pairs of the whole shop apart …")
def planted(run: Path) -> "Recovered":
    """Planted against found causes of the generated shop."""
    from m6rec_core.explanation.planted import importance_over_all_pairs, recovered

    return recovered(importance_over_all_pairs(recommender(run)))


@st.cache_data(max_entries=16, show_spinner="Trying five backgrounds …")
def backgrounds(run: Path, size: int) -> "dict[str, list[Any]]":
    """Base, strongest feature and agreement for five backgrounds of this size."""
    from m6rec_core.explanation.importance import effect_of_background

    return effect_of_background(recommender(run), size=size)


@st.cache_resource(max_entries=2, show_spinner=False)
def user_search(run: Path) -> "pa.Array":
    """The user ids of a run in lower case, ready to be searched."""
    return _lower(recommender(run).interactions.users.ids)


@st.cache_resource(max_entries=2, show_spinner=False)
def item_titles(run: Path) -> npt.NDArray[np.object_]:
    """(n_items,) what a person calls each item."""
    opened = recommender(run)
    return opened.interactions.items.ids if opened.items is None else opened.items.titles()


@st.cache_resource(max_entries=4, show_spinner=False)
def titles_by_id(run: Path) -> dict[str, str]:
    """Item id → what a person calls the item; empty where items have no titles. The run is not opened."""
    from m6rec_core import schema
    from m6rec_core.data.storage import read_attributes

    ids, table = read_attributes(run / "items.parquet", schema.ITEM_ID)
    return {} if table is None else dict(zip(ids.ids, table.titles(), strict=True))


@st.cache_resource(max_entries=2, show_spinner=False)
def item_search(run: Path) -> "pa.Array":
    """Title and id of every item of a run in lower case, ready to be searched."""
    ids = recommender(run).interactions.items.ids
    titles = item_titles(run)
    return _lower([f"{title} {one}" for title, one in zip(titles, ids, strict=True)])


def _lower(texts: Any) -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.utf8_lower(pa.array(texts, type=pa.string()))


@st.cache_data(max_entries=16, show_spinner=False)
def network_warnings(run: Path) -> tuple[str, ...]:
    """What must be known of a network before its explanations are read."""
    from m6rec_core.explanation.condition import warnings_of

    return warnings_of(recommender(run))


@st.cache_resource(max_entries=64, show_spinner="Comparing the two …")
def versus(run: Path, user_id: str, item_row: int, other_row: int) -> "Versus":
    """The difference of two scores of one user, split."""
    from m6rec_core.explanation.versus import above

    return above(recommender(run), user_id, item_row, other_row)


@st.cache_data(max_entries=128, show_spinner=False)
def place_of(run: Path, user_id: str, item_row: int) -> "Place":
    """Where an item stands in the whole list of a user."""
    from m6rec_core.explanation.versus import place_of as found

    return found(recommender(run), user_id, item_row)


@st.cache_resource(max_entries=32, show_spinner="Taking the whole list apart …")
def list_contributions(run: Path, user_id: str, n: int) -> "tuple[tuple[int, ...], Importance]":
    """The list of a user, and what moves each score of it."""
    from m6rec_core.explanation.versus import list_contributions as found

    return found(recommender(run), user_id, n=n)


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

    return found(recommender(run), user_id, item_row, top=top)


@st.cache_resource(max_entries=32, show_spinner="Taking past items away and giving them …")
def fidelity(run: Path, user_id: str, item_id: str) -> "dict[str, FidelityCurves]":
    """Curves of deletion and insertion by our order, by plain likeness and by chance."""
    from m6rec_core.explanation import fidelity as walks

    removals, strength = _removals(run, user_id, item_id)
    orders = walks.random_orders(len(removals), count=3, seed=0)
    likeness = walks.likeness_order(recommender(run).training, removals)
    return {
        "this explanation": walks.fidelity_curves(removals, strength),
        "plain likeness": walks.fidelity_curves(removals, likeness),
        "random": walks.mean_curves([walks.fidelity_curves(removals, one) for one in orders]),
    }


def _removals(run: Path, user_id: str, item_id: str) -> "tuple[Removals, npt.NDArray[np.float64]]":
    """The past items of a pair, and how strongly each speaks for the item."""
    from m6rec_core.explanation.removal import Removals

    opened = recommender(run)
    items = opened.interactions.items
    history = opened.histories([user_id])
    strength = {p.item_id: p.strength for p in explanation(run, user_id, item_id).history}
    values = [strength.get(str(one), 0.0) for one in items.ids_of(history.item_row)]
    return Removals(opened, history, items.row_of(item_id)), np.array(values)


@st.cache_resource(max_entries=16, show_spinner="Taking a sample of scores apart …")
def importance(run: Path, segment: str) -> "Importance":
    """What moves the scores of a segment of the pairs."""
    from m6rec_core.explanation.importance import global_importance
    from pages.shared.segments import pairs_of

    opened = recommender(run)
    return global_importance(opened, among=pairs_of(opened, segment))
