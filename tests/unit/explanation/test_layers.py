"""The look inside the network, on layers whose units were made by hand."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from m6rec_core.explanation.layers import (
    dead_units,
    distance_from_band,
    layer_summaries,
    moments,
    population_band,
    saturated_units,
    units_that_set_apart,
)
from m6rec_core.explanation.representation import representation_map

ARCHITECTURE = [
    {"name": "features", "kind": "InputLayer", "output_shape": [None, 3], "parameters": 0},
    {
        "name": "hidden_1",
        "kind": "Dense",
        "output_shape": [None, 2],
        "parameters": 8,
        "activation": "relu",
    },
]
WEIGHTS = {
    "hidden_1/kernel": np.array([[1.0, -1.0], [0.0, 0.0], [2.0, 4.0]]),
    "hidden_1/bias": np.zeros(2),
    "hidden_10/kernel": np.ones((5, 5)),
}


def test_each_layer_has_its_own_weights_only():
    _, hidden = layer_summaries(ARCHITECTURE, WEIGHTS, {})
    # 1, -1, 0, 0, 2, 4 of the kernel and two zeros of the bias
    assert hidden.weights.mean == 0.75
    assert hidden.weights.deviation == pytest.approx((22 / 8 - 0.75**2) ** 0.5)
    assert hidden.weights.zeros == 0.5


def test_the_summary_follows_when_one_weight_changes():
    changed = WEIGHTS | {"hidden_1/kernel": WEIGHTS["hidden_1/kernel"] + [[6.0, 0], [0, 0], [0, 0]]}
    _, before = layer_summaries(ARCHITECTURE, WEIGHTS, {})
    _, after = layer_summaries(ARCHITECTURE, changed, {})
    assert after.weights.mean == before.weights.mean + 6.0 / 8


def test_a_layer_without_weights_or_recording_has_nothing_to_show():
    features, _ = layer_summaries(ARCHITECTURE, WEIGHTS, {})
    assert (features.weights, features.activations, features.dead) == (None, None, None)
    assert features.output_shape == (3,)


def test_recorded_layers_have_their_band_and_their_dead_units():
    population = {"hidden_1": np.column_stack([np.arange(101.0), np.zeros(101)]).astype(np.float32)}
    _, hidden = layer_summaries(ARCHITECTURE, WEIGHTS, population)
    assert hidden.dead.tolist() == [False, True]
    assert hidden.band.low.tolist() == [5.0, 0.0]
    assert hidden.band.middle.tolist() == [50.0, 0.0]
    assert hidden.band.high.tolist() == [95.0, 0.0]


def test_all_units_of_an_untrained_constant_layer_are_dead():
    assert dead_units(np.full((10, 3), 0.7)).all()


def test_a_unit_that_moves_as_others_do_is_alive():
    moving = np.random.default_rng(0).normal(size=(50, 4))
    assert not dead_units(moving).any()


def test_a_tanh_unit_at_its_limits_is_saturated_and_a_relu_unit_never_is():
    units = np.column_stack(
        [np.where(np.arange(40) % 2, 0.999, -0.999), np.linspace(-0.9, 0.9, 40)]
    )
    assert saturated_units(units, "tanh").tolist() == [True, False]
    assert saturated_units(units, "relu").tolist() == [False, False]


def test_distance_is_counted_in_half_widths_of_the_band():
    band = population_band(np.column_stack([np.arange(101.0), np.full(101, 3.0)]))
    # 140 lies 90 above the middle of 50, the upper half of the band is 45 wide; unit 2 never moves
    assert distance_from_band(np.array([140.0, 9.0]), band).tolist() == [2.0, 0.0]
    assert distance_from_band(np.array([5.0, 3.0]), band).tolist() == [-1.0, 0.0]


def test_only_units_outside_the_band_set_a_pair_apart_the_farthest_first():
    band = population_band(np.tile(np.arange(101.0)[:, None], (1, 4)))
    pair = np.array([50.0, 140.0, -220.0, 95.0])
    assert units_that_set_apart(pair, band).tolist() == [2, 1]
    assert units_that_set_apart(pair, band, n=1).tolist() == [2]


def test_the_distribution_of_nothing_is_nan_and_infinite_values_are_left_out():
    assert np.isnan(moments([]).mean)
    assert moments([1.0, np.inf, 3.0]).mean == 2.0


def test_the_map_is_the_one_of_principal_component_analysis():
    vectors = np.random.default_rng(0).normal(size=(80, 6)) @ np.diag([5, 3, 1, 1, 0.5, 0.1])
    found, theirs = representation_map(vectors), PCA(2).fit(vectors)
    np.testing.assert_allclose(found.explained, theirs.explained_variance_ratio_)
    np.testing.assert_allclose(np.abs(found.points), np.abs(theirs.transform(vectors)), atol=1e-9)


def test_a_further_vector_is_placed_where_it_would_have_been():
    vectors = np.random.default_rng(1).normal(size=(20, 4))
    found = representation_map(vectors, components=3)
    np.testing.assert_allclose(found.place(vectors[4:5]), found.points[4:5])


def test_the_direction_of_an_axis_does_not_depend_on_the_order_of_vectors():
    vectors = np.random.default_rng(2).normal(size=(20, 4))
    once, again = representation_map(vectors), representation_map(vectors[::-1])
    np.testing.assert_allclose(once.points, again.points[::-1], atol=1e-9)


def test_a_layer_of_one_unit_still_has_a_map_in_the_plane():
    found = representation_map(np.array([[1.0], [2.0], [4.0]]))
    assert found.points.shape == (3, 2)
    assert found.explained.tolist() == [1.0, 0.0]
    assert not found.points[:, 1].any()
