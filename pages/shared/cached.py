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
    from m6rec_core.evaluation.segments import SegmentTable
    from m6rec_core.explanation.list_reasons import Reason
    from m6rec_core.explanation.pair_explanation import PairExplanation
    from m6rec_core.explanation.places import Places
    from m6rec_core.ranking.live import LiveRecommender
    from m6rec_core.ranking.portrait import Population
    from m6rec_core.ranking.recommendations import Recommendations
    from m6rec_core.ranking.recommender import Recommender
    from m6rec_core.scorer.light_scorer import LightLayers
    from pages.shared.list_rules import Wish

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


@st.cache_data(max_entries=4, show_spinner=False)
def divisions(run: Path) -> tuple[str, ...]:
    """What the users that a run was judged on can be divided by; empty where it kept no figures of them."""
    from m6rec_core.evaluation import for_whom
    from m6rec_core.evaluation.per_user import read_figures

    figures = read_figures(run)
    return () if figures is None else tuple(for_whom.divisions(run, figures))


@st.cache_resource(max_entries=32, show_spinner="Measuring the segments …")
def served(run: Path, by: str, metric: str) -> "SegmentTable | None":
    """One metric of every model by segment of the users."""
    from m6rec_core.evaluation import for_whom

    return for_whom.served(run, by, metric, seed=0)


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


@st.cache_resource(max_entries=2, show_spinner=False)
def live(run: Path) -> "LiveRecommender":
    """A trained run as it answers for events that were typed in."""
    from m6rec_core.ranking.live import LiveRecommender

    return LiveRecommender(recommender(run))


@st.cache_resource(max_entries=256, show_spinner=False)
def recommended(
    run: Path, user_id: str, n: int, *, include_seen: bool, model: str, wish: "Wish | None" = None
) -> "Recommendations":
    """The list of one user, under the rules of a wish."""
    from pages.shared.list_rules import rules_of

    opened = recommender(run)
    return opened.recommend(
        opened.histories([user_id]),
        n,
        include_seen=include_seen,
        model=model,
        rules=rules_of(run, wish),
    )


@st.cache_data(max_entries=256, show_spinner=False)
def list_reasons(run: Path, user_id: str, item_row: tuple[int, ...]) -> "tuple[Reason, ...]":
    """Why each item of a list of a stored user is there."""
    from m6rec_core.explanation.list_reasons import list_reasons

    opened = recommender(run)
    return list_reasons(opened, opened.histories([user_id]), np.array(item_row, dtype=np.int32))


@st.cache_resource(max_entries=2, show_spinner=False)
def population(run: Path) -> "Population":
    """What a portrait of one user is held against."""
    from m6rec_core.ranking.portrait import Population

    return Population.of(recommender(run))


@st.cache_resource(max_entries=2, show_spinner=False)
def audience(run: Path) -> npt.NDArray[np.float64]:
    """(n_users,) mean number of users of the items of each history; NaN for an empty one."""
    opened = recommender(run)
    return opened.training.mean_of_items(opened.popularity)


@st.cache_resource(max_entries=2, show_spinner=False)
def temperatures(run: Path) -> npt.NDArray[np.object_]:
    """(n_items,) "hot", "warm" or "cold"."""
    from m6rec_core.ranking.cold_start import temperatures

    opened = recommender(run)
    return temperatures(opened.popularity, opened.items)


@st.cache_resource(max_entries=64, show_spinner="Taking the score apart …")
def explanation(run: Path, user_id: str, item_id: str) -> "PairExplanation":
    """Why this item for this user, with all checks."""
    from m6rec_core.explanation.explain import explain_pair

    return explain_pair(recommender(run), user_id, item_id)


@st.cache_resource(max_entries=2, show_spinner=False)
def user_search(run: Path) -> "pa.Array":
    """The user ids of a run in lower case, ready to be searched."""
    return _lower(recommender(run).interactions.users.ids)


@st.cache_resource(max_entries=2, show_spinner=False)
def item_titles(run: Path) -> npt.NDArray[np.object_]:
    """(n_items,) what a person calls each item."""
    return recommender(run).titles


@st.cache_resource(max_entries=4, show_spinner=False)
def titles_by_id(run: Path) -> dict[str, str]:
    """Item id → what a person calls the item; empty where items have no titles. The run is not opened."""
    from m6rec_core import schema
    from m6rec_core.data.attributes import names_of
    from m6rec_core.data.storage import read_attributes

    ids, table = read_attributes(run / "items.parquet", schema.ITEM_ID)
    return {} if table is None else dict(zip(ids.ids, names_of(ids, table), strict=True))


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
