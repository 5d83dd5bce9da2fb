"""Every kind of network, as it is served, explained correctly: exact, sampled, read off, and against shap."""

from pathlib import Path

import keras
import numpy as np
import pytest

from m6rec_core.config import ScorerConfig
from m6rec_core.delivery.litert import export
from m6rec_core.explanation.attribution import exact_shapley, shapley_values
from m6rec_core.explanation.explainers import Curves, curves_of, explainer_of
from m6rec_core.explanation.interactions import interactions
from m6rec_core.explanation.players import cast_of
from m6rec_core.scorer.feature_scale import FeatureScale
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.scorer.features.sequence import CHANNELS, LENGTH, slot_name
from m6rec_core.scorer.light_scorer import LightScorer
from m6rec_core.scorer.networks import SequenceShape, build
from shapley_by_hand import brute_force

PLAIN = 6
SLOTS = [slot_name(rank, channel) for rank in reversed(range(LENGTH)) for channel in CHANNELS]


class Served:
    """A network with random weights, thrice their usual size, exported as a run exports it."""

    def __init__(self, network: str, folder: Path) -> None:
        keras.utils.set_random_seed(0)
        names = [f"feature.{at}" for at in range(PLAIN)] + (
            SLOTS if network in ("cnn", "gru") else []
        )
        rng = np.random.default_rng(0)
        points = rng.normal(size=(60, len(names))).astype(np.float32)
        sequence = SequenceShape(PLAIN, LENGTH, len(CHANNELS)) if len(names) > PLAIN else None
        model = build(FeatureScale.of(points), ScorerConfig(network=network), sequence=sequence)
        trained = list(model.trainable_weights)
        for weight in trained:
            weight.assign(3 * weight)
        export(model, folder, points)
        self.folder = folder
        self.features = tuple(Feature(name, name, "item", "", "") for name in names)
        layers = [{"name": layer.name} for layer in model.layers]
        self.about = {"network": network, "architecture": layers}
        self.score_features = LightScorer(folder / "scorer.tflite").scores
        self.rows, self.background, self.population = points[:3], points[3:15], points[15:]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    made = {}

    def give(network: str) -> Served:
        if network not in made:
            made[network] = Served(network, tmp_path_factory.mktemp(network))
        return made[network]

    return give


@pytest.mark.parametrize("network", ["mlp", "cnn", "gru", "additive"])
def test_contributions_add_up_and_stay_within_two_percent_of_the_exact_ones(served, network):
    one = served(network)
    groups = [[at] for at in range(PLAIN)]
    if len(one.features) > PLAIN:
        groups += [list(range(start, start + 4)) for start in range(PLAIN, PLAIN + 20, 4)]
    exact = exact_shapley(one.score_features, one.rows, one.background, groups)
    sampled = shapley_values(
        one.score_features, one.rows, one.background, permutations=16, players=groups
    )
    score_range = np.ptp(one.score_features(np.concatenate([one.rows, one.population])))
    assert np.abs(sampled.values - exact.values).max() <= 0.02 * score_range
    found = explainer_of(one).explain(one.rows, one.background, permutations=4, seed=0)
    assert found.additivity_error().max() <= 1e-3 * score_range
    assert found.values.shape == (3, len(cast_of(one.features).features))


def test_the_exact_path_equals_brute_force_on_a_served_network(served):
    one = served("mlp")
    exact = exact_shapley(one.score_features, one.rows[:1], one.background[:2])
    by_hand = brute_force(
        lambda X: one.score_features(X).astype(np.float64), one.rows[0], one.background[:2]
    )
    np.testing.assert_allclose(exact.values[0], by_hand, atol=1e-6)


def test_contributions_read_off_an_additive_network_are_its_shapley_values(served):
    one = served("additive")
    explainer = explainer_of(one)
    assert isinstance(explainer, Curves)
    found = explainer.explain(one.rows, one.background, permutations=1, seed=0)
    exact = exact_shapley(one.score_features, one.rows, one.background)
    np.testing.assert_allclose(found.values, exact.values, atol=1e-6)


def test_a_curve_goes_through_the_contributions(served):
    one = served("additive")
    found = explainer_of(one).explain(one.population, one.background, permutations=1, seed=0)
    for column, curve in enumerate(curves_of(one)):
        by_curve = np.interp(one.population[:, column], curve.value, curve.height)
        reach = np.ptp(found.values[:, column])
        np.testing.assert_allclose(by_curve, found.values[:, column], atol=0.01 * reach)
    assert curves_of(served("mlp")) is None


def test_the_features_of_an_additive_network_do_not_work_together(served):
    found = {
        name: interactions(
            served(name).score_features,
            served(name).rows,
            served(name).background,
            players=[[at] for at in range(PLAIN)],
            chosen=range(PLAIN),
        ).strength
        for name in ("additive", "mlp")
    }
    assert np.nanmax(found["additive"]) < 1e-4 < 0.01 < np.nanmax(found["mlp"])


def test_agrees_with_the_exact_explainer_of_shap_on_a_served_network(served):
    import shap

    one = served("mlp")
    masker = shap.maskers.Independent(one.background.astype(np.float64), max_samples=12)
    theirs = shap.explainers.ExactExplainer(
        lambda X: one.score_features(X.astype(np.float32)).astype(np.float64), masker
    )(one.rows.astype(np.float64))
    ours = exact_shapley(one.score_features, one.rows, one.background)
    np.testing.assert_allclose(ours.values, theirs.values, atol=1e-5)
