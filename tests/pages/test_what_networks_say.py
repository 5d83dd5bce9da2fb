"""Networks with little to say, and their weights: every page says in words what it means, and draws what is there."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import streamlit as st

from m6rec_core.figures.text import three
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.workspace.workspace import Workspace
from pages.shared import places

EXPLAINING = [places.WHY, places.IMPORTANCE, places.LAYERS, places.MAP]
LIGHT = ("scorer.tflite", "layers.tflite")


@pytest.fixture
def run(own) -> Path:
    """The folder of a run that a test may change."""
    return Workspace(own).runs()[0].folder


def rewrite(run: Path, name: str, change) -> None:
    """Changes one array of the run's weights, in the table of weights and in both light models."""
    with np.load(run / "weights.npz") as stored:
        weights = {key: stored[key] for key in stored.files}
    old, weights[name] = weights[name], change(weights[name].copy())
    np.savez(run / "weights.npz", **weights)
    for model in LIGHT:
        data = (run / model).read_bytes()
        before = np.ascontiguousarray(old.T).tobytes()
        assert data.count(before) == 1
        (run / model).write_bytes(
            data.replace(before, np.ascontiguousarray(weights[name].T).tobytes())
        )


def kernels(run: Path) -> list[str]:
    with np.load(run / "weights.npz") as stored:
        return [name for name in stored.files if name.endswith("/kernel")]


def words(app) -> str:
    shown = [*app.subheader, *app.markdown, *app.text, *app.info, *app.success, *app.warning]
    return "\n".join(str(element.value) for element in shown).replace("\\", "")


def finding(app, start: str) -> str:
    return next(line for line in words(app).splitlines() if line.startswith(f"**{start}"))


def test_the_figures_of_layers_follow_one_changed_weight(open_page, own, run):
    def one_large(kernel):
        kernel[0, 0] = 77.0
        return kernel

    address = {"layers.weights": "hidden_1/kernel"}
    before = open_page(places.LAYERS, own, **address)
    untouched = finding(before, "The ")
    rewrite(run, "hidden_1/kernel", one_large)
    st.cache_resource.clear()  # a run never changes in the app, and what was read of it is kept
    after = open_page(places.LAYERS, own, **address)
    assert "and 77" not in untouched
    assert "and 77" in finding(after, "The ")


def test_the_last_layer_says_the_score_of_the_recommendations_page(open_page, own, run):
    listed = open_page(places.RECOMMENDATIONS, own, user="shopper-0007")
    top = next(
        frame.value for frame in listed.dataframe if "Score" in getattr(frame.value, "columns", ())
    )
    recommender = Recommender.load(run)
    ranked = recommender.recommend(recommender.histories(["shopper-0007"]), 10)
    item_id = str(recommender.interactions.items.ids_of(ranked.item_row[0, :1])[0])
    layers = open_page(places.LAYERS, own, user="shopper-0007", item=item_id)
    said = f"The last layer says {three(float(top['Score'].iloc[0]))} for this pair"
    assert said in words(layers)


@pytest.mark.parametrize("place", EXPLAINING, ids=lambda place: place.address)
def test_a_dead_network_is_told_on_every_page_of_explanation(open_page, own, run, place):
    for name in kernels(run):
        rewrite(run, name, np.zeros_like)
    app = open_page(place, own)
    assert not app.exception
    assert not app.error
    assert "The network gives every pair the same score: its units are dead" in words(app)


def test_dead_units_are_counted_and_named(open_page, own, run):
    rewrite(run, "hidden_1/kernel", np.zeros_like)
    app = open_page(places.LAYERS, own, **{"layers.detail": "Units at work"})
    assert "'hidden_1' has the most idle units: 100 % dead" in words(app)
    units = next(f.value for f in app.dataframe if "Dead" in f.value.columns)
    assert units.set_index("Layer").loc["hidden_1", "Dead"] == 1.0
    one = open_page(places.LAYERS, own, **{"layers.detail": "One unit"})
    assert "says the same for every pair: it follows nothing" in words(one)


@pytest.mark.parametrize("place", [places.WHY, places.LAYERS], ids=lambda place: place.address)
def test_an_untrained_network_is_told(open_page, own, run, place):
    lines = [json.loads(line) for line in (run / "learning.jsonl").read_text().splitlines()]
    same = [json.dumps(line | {"loss": 2.0}) for line in lines]
    (run / "learning.jsonl").write_text("\n".join(same) + "\n")
    app = open_page(place, own)
    assert not app.exception
    assert "The network has not learned: its loss did not fall." in words(app)


def test_weights_that_never_moved_are_told(open_page, own, run):
    lines = [json.loads(line) for line in (run / "learning.jsonl").read_text().splitlines()]
    still = [line | {"movement": dict.fromkeys(line["movement"], 0.0)} for line in lines]
    (run / "learning.jsonl").write_text("".join(json.dumps(line) + "\n" for line in still))
    app = open_page(places.LAYERS, own, **{"layers.detail": "Over the epochs"})
    assert "No weight has moved: the network was not trained." in words(app)


def test_a_constant_feature_is_named_and_has_no_trend(open_page, own, run):
    feature = Recommender.load(run).features[0]
    with np.load(run / "explanation.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    for name in ("background", "population"):
        arrays[name] = arrays[name].copy()
        arrays[name][:, 0] = 0.5
    np.savez(run / "explanation.npz", **arrays)
    document = json.loads((run / "importance.json").read_text())
    column = document["sample"]["features"].index(feature.name)
    for values, contributions in zip(
        document["sample"]["values"], document["sample"]["contributions"], strict=True
    ):
        values[column], contributions[column] = 0.5, 0.0
    (run / "importance.json").write_text(json.dumps(document))
    address = {"importance.detail": "One feature", "importance.feature": feature.title}
    app = open_page(places.IMPORTANCE, own, **address)
    assert not app.exception
    assert f"'{feature.title}' is the same for every pair" in words(app)
    assert f"'{feature.title}' does not vary here, or does not matter." in words(app)


def test_one_past_item_is_told_instead_of_a_test_of_deletion(open_page, own, run):
    events = pq.read_table(run / "interactions.parquet")
    user = events["user_row"].to_numpy()
    is_kept = (user != user[0]) | (np.arange(len(user)) == 0)
    pq.write_table(events.filter(is_kept), run / "interactions.parquet")
    recommender = Recommender.load(run)
    (row,) = np.flatnonzero(recommender.training.lengths() == 1)
    user_id = str(recommender.interactions.users.ids[row])
    app = open_page(places.WHY, own, user=user_id)
    assert not app.exception
    assert "There is one past item only" in words(app)
    checks = next(f.value for f in app.dataframe if "Check" in f.value.columns)
    assert checks.set_index("Check").loc["Faithful", "Found"] == "too few past items"
    faithful = open_page(places.WHY, own, user=user_id, **{"explain.detail": "Faithful"})
    assert not faithful.exception
    assert "past item" in words(faithful)


@pytest.mark.parametrize("place", [places.WHY, places.LAYERS], ids=lambda place: place.address)
def test_an_unknown_user_and_item_are_told(open_page, furnished, place):
    app = open_page(place, furnished, user="*nobody*", item="nothing")
    assert not app.exception
    assert "This run does not know the user '*nobody*'; another one is shown." in words(app)
    assert "This run does not know the item 'nothing'; another one is shown." in words(app)


@pytest.mark.parametrize(
    "tab",
    [
        *("Weights", "Over the epochs", "Activations", "Units at work"),
        *("One unit", "Reading the history", "All layers"),
    ],
)
def test_every_tab_of_layers_has_a_table_behind_its_charts(open_page, furnished, tab):
    app = open_page(places.LAYERS, furnished, **{"layers.detail": tab})
    charts = len(app.get("plotly_chart"))
    tables = len(app.dataframe)
    assert charts >= 1
    assert tables >= charts
