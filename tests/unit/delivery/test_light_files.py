"""The exported network against the Keras network that it was made from, for every kind of network."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import pytest

from m6rec_core import schema
from m6rec_core.config import ScorerConfig
from m6rec_core.delivery import litert
from m6rec_core.delivery.litert import Parity, export
from m6rec_core.delivery.run_files import write_network
from m6rec_core.errors import RunError
from m6rec_core.scorer import light_scorer
from m6rec_core.scorer.feature_scale import FeatureScale
from m6rec_core.scorer.features import Feature
from m6rec_core.scorer.heads import RELEVANCE
from m6rec_core.scorer.light_scorer import LightLayers, LightScorer
from m6rec_core.scorer.linear_starts import LinearStart
from m6rec_core.scorer.networks import SequenceShape, build

N_FEATURES, HEADS = 11, ("relevance", "event_0", "rating")
ROWS = (np.random.default_rng(0).normal(3, 2, (200, N_FEATURES)) * [100, 1, 0.01, *[1] * 8]).astype(
    np.float32
)


class Exported(NamedTuple):
    """A network with weights moved away from their start, its folder and its proof."""

    model: keras.Model
    folder: Path
    parity: Parity


def network(kind: str) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = build(
        FeatureScale.of(ROWS),
        ScorerConfig(network=kind, hidden="6,5"),
        heads=(RELEVANCE, "event_0"),
        rating_start=LinearStart(np.eye(ROWS.shape[1], dtype=np.float32)[1], 0.0),
        sequence=SequenceShape(3, 4, 2),
    )
    rng = np.random.default_rng(1)
    for variable in model.trainable_variables:
        variable.assign(variable + rng.normal(0, 0.3, variable.shape).astype(np.float32))
    return model


@pytest.fixture(scope="module", params=["mlp", "additive", "cnn", "gru"])
def exported(request, tmp_path_factory) -> Exported:
    model, folder = network(request.param), tmp_path_factory.mktemp(request.param)
    return Exported(model, folder, export(model, folder, ROWS))


def keras_heads(model: keras.Model, rows=ROWS) -> dict[str, np.ndarray]:
    return {name: np.array(values)[:, 0] for name, values in model(rows, training=False).items()}


def largest_difference(found: np.ndarray, expected: np.ndarray) -> float:
    """As a share of the range of what is expected, or of 1 where that is smaller."""
    return float(np.abs(found - expected).max() / max(1.0, np.ptp(expected)))


def test_the_light_scores_are_those_of_keras(exported):
    trained = keras_heads(exported.model)["relevance"]
    served = LightScorer(exported.folder / "scorer.tflite").scores(ROWS)
    assert largest_difference(served, trained) <= 1e-4
    assert exported.parity.rows == 200
    assert exported.parity.score_range == pytest.approx(np.ptp(trained), rel=1e-4)
    assert exported.parity.max_difference <= 1e-4 * exported.parity.score_range
    assert exported.parity.relative <= 1e-4


def test_every_head_is_served(exported):
    served = LightScorer(exported.folder / "scorer.tflite").heads(ROWS)
    assert set(served) == set(HEADS)
    for head, trained in keras_heads(exported.model).items():
        assert largest_difference(served[head], trained) <= 1e-4


def computing_layers(model: keras.Model) -> list[keras.Layer]:
    without = (keras.layers.InputLayer, keras.layers.Dropout)
    return [layer for layer in model.layers if not isinstance(layer, without)]


def test_every_layer_can_be_looked_at_and_shows_what_keras_computes(exported):
    found = LightLayers(exported.folder / "layers.tflite").activations(ROWS)
    layers = computing_layers(exported.model)
    assert set(found) == {layer.name for layer in layers}
    every = keras.Model(exported.model.input, [layer.output for layer in layers])
    for layer, values in zip(layers, every(ROWS, training=False), strict=True):
        expected = np.array(values).reshape(len(ROWS), -1)
        assert largest_difference(found[layer.name], expected) <= 1e-4


def test_the_last_layer_is_the_score(exported):
    found = LightLayers(exported.folder / "layers.tflite").activations(ROWS)
    scores = LightScorer(exported.folder / "scorer.tflite").scores(ROWS)
    assert largest_difference(found["relevance"][:, 0], scores) <= 1e-5


def test_rows_do_not_depend_on_their_company(exported, monkeypatch):
    light = LightScorer(exported.folder / "scorer.tflite")
    whole = light.scores(ROWS)
    assert largest_difference(light.scores(ROWS[7:8]), whole[7:8]) <= 1e-4
    monkeypatch.setattr(light_scorer, "ROWS_PER_CALL", 33)
    assert largest_difference(light.scores(ROWS), whole) <= 1e-5


def test_no_rows_have_no_scores(exported):
    light = LightScorer(exported.folder / "scorer.tflite")
    assert light.scores(ROWS[:0]).shape == (0,)
    assert set(light.heads(ROWS[:0])) == set(HEADS)


def test_threads_share_one_scorer(exported):
    light = LightScorer(exported.folder / "scorer.tflite")
    expected = light.scores(ROWS)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda k: light.scores(ROWS[k % 50 :]), range(40)))
    for k, found in enumerate(parts):
        assert largest_difference(found, expected[k % 50 :]) <= 1e-5


@pytest.mark.parametrize("factor", [1.01, np.nan])
def test_a_file_that_computes_something_else_is_not_given_out(
    exported, tmp_path, monkeypatch, factor
):
    changed = network(exported.model.name)
    for weight in changed.trainable_variables:
        weight.assign(weight * factor)
    written_before = (exported.folder / "scorer.tflite").read_bytes()
    monkeypatch.setattr(litert, "_convert", lambda made: written_before)
    with pytest.raises(RunError, match="not safe to serve"):
        export(changed, tmp_path, ROWS)


def test_a_file_that_is_missing_or_damaged_is_named(tmp_path, exported):
    with pytest.raises(RunError, match=r"no file 'scorer\.tflite'"):
        LightScorer(tmp_path / "scorer.tflite")
    whole = (exported.folder / "scorer.tflite").read_bytes()
    for broken in (b"", b"not a network at all", whole[: len(whole) // 2]):
        (tmp_path / "scorer.tflite").write_bytes(broken)
        with pytest.raises(RunError, match=r"'scorer\.tflite' is damaged"):
            LightScorer(tmp_path / "scorer.tflite")


def test_the_converter_says_nothing_on_standard_output(tmp_path, capfd):
    export(network("mlp"), tmp_path, ROWS)
    assert capfd.readouterr().out == ""


@pytest.fixture(scope="module")
def written(exported) -> dict:
    features = [Feature(f"f{k}", f"F {k}", schema.ITEM, "unit", "") for k in range(N_FEATURES)]
    write_network(exported.model, features, exported.parity, exported.folder)
    return json.loads((exported.folder / "scorer.json").read_text())


def test_the_network_is_written_with_its_features_heads_and_proof(exported, written):
    assert written["network"] == exported.model.name
    assert [feature["name"] for feature in written["features"]] == [f"f{k}" for k in range(11)]
    assert set(written["heads"]) == set(HEADS)
    assert written["parity"]["max_difference"] == exported.parity.max_difference


def test_the_architecture_lists_all_layers_with_all_parameters(exported, written):
    layers = written["architecture"]
    assert [layer["name"] for layer in layers] == [layer.name for layer in exported.model.layers]
    assert sum(layer["parameters"] for layer in layers) == written["parameters"]
    assert written["parameters"] == sum(np.prod(w.shape) for w in exported.model.weights)
    silent = {layer["name"] for layer in layers if layer["is_silent"]}
    computing = {layer.name for layer in computing_layers(exported.model)}
    assert silent == {layer["name"] for layer in layers} - computing


def test_layers_are_joined_into_one_graph_from_the_features_to_the_heads(exported, written):
    known: set[str] = set()
    for layer in written["architecture"]:
        assert set(layer["inputs"]) <= known
        assert layer["inputs"] or layer["name"] == "features"
        known.add(layer["name"])
    assert set(HEADS) <= known


def test_all_weights_are_written_by_layer(exported, written):
    with np.load(exported.folder / "weights.npz", allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    expected = {
        f"{layer.name}/{weight.name}": np.array(weight)
        for layer in computing_layers(exported.model)
        for weight in layer.weights
    }
    assert {name: a.shape for name, a in found.items()} == {n: a.shape for n, a in expected.items()}
    assert all((found[name] == expected[name]).all() for name in expected)


def test_the_keras_file_opens_as_the_same_network(exported, written):
    loaded = keras.models.load_model(exported.folder / "scorer.keras")
    for head, trained in keras_heads(exported.model).items():
        assert largest_difference(keras_heads(loaded)[head], trained) <= 1e-5
