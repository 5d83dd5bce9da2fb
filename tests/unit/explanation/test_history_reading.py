"""Gates and filters, held to the layers of the library that trains them."""

import numpy as np
import pytest

from m6rec_core.errors import ConfigError
from m6rec_core.explanation.history_reading import filters, gates, strongest_place


@pytest.fixture(scope="module")
def memory():
    """A gated layer of 5 units over items of 3 channels, with weights that are not near zero."""
    import keras

    layer = keras.layers.GRU(5, return_sequences=True, unroll=True, name="history")
    layer.build((None, 7, 3))
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(0, 0.8, weight.shape) for weight in layer.get_weights()])
    names = ("kernel", "recurrent_kernel", "bias")
    stored = {
        f"history/{name}": weight for name, weight in zip(names, layer.get_weights(), strict=True)
    }
    return layer, stored


def test_the_memory_is_that_of_the_layer_after_every_item(memory):
    layer, stored = memory
    items = np.random.default_rng(2).normal(size=(7, 3)).astype(np.float32)
    theirs = np.asarray(layer(items[None]))[0]
    np.testing.assert_allclose(gates(items, stored).memory, theirs, atol=1e-5)


def test_a_gate_that_is_shut_replaces_nothing(memory):
    _, stored = memory
    shut = {name: value.copy() for name, value in stored.items()}
    shut["history/bias"][0, :5] = 50.0  # keeps all of the memory
    found = gates(np.ones((4, 3)), shut)
    assert found.update.max() < 1e-6
    assert np.abs(found.memory).max() < 1e-5


def test_a_network_that_reads_no_history_is_told_so():
    with pytest.raises(ConfigError, match="it reads no history"):
        gates(np.ones((2, 3)), {"hidden_1/kernel": np.ones((3, 2))})


def test_filters_come_with_their_width_before_their_channels():
    kernel = np.arange(12.0).reshape(3, 2, 2)  # (width, channels, filters)
    found = filters({"convolution_1/kernel": kernel})
    assert found.shape == (2, 3, 2)
    assert found[1].tolist() == [[1, 3], [5, 7], [9, 11]]


def test_a_filter_that_says_the_same_of_all_items_counts_for_none():
    responses = np.array([[0.0, 4.0, 1.0], [0.0, 2.0, 6.0]])
    assert strongest_place(responses).tolist() == [1, 1]
    assert strongest_place(np.zeros((0, 3))).tolist() == []
