"""The distance between training and serving, by hand and against a peer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from m6rec_core import schema
from m6rec_core.scorer.features import Feature
from m6rec_core.scorer.gap import ks_distance, measure_gap

few = st.lists(st.integers(-3, 3), min_size=1, max_size=20)


@given(few, few)
def test_the_distance_equals_that_of_a_peer_library(first, second):
    one, other = np.array(first, dtype=np.float32), np.array(second, dtype=np.float32)
    assert ks_distance(one, other) == pytest.approx(ks_2samp(one, other).statistic)


def test_one_of_four_values_moved_out_is_a_distance_of_a_quarter():
    assert ks_distance(np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3, 9])) == 0.25


def test_equal_samples_of_unequal_size_are_not_apart():
    assert ks_distance(np.array([1.0, 2.0]), np.array([1.0, 1.0, 2.0, 2.0])) == 0


def feature(name: str) -> Feature:
    return Feature(name, f"title of {name}", schema.ITEM, "unit", "")


def test_each_feature_has_a_line_with_both_means():
    training = np.array([[0, 5], [2, 5], [4, 5], [6, 5]], dtype=np.float32)
    serving = np.array([[10, 5], [20, 5]], dtype=np.float32)
    moved, still = measure_gap([feature("moved"), feature("still")], training, serving)
    assert (moved.feature, moved.title) == ("moved", "title of moved")
    assert (moved.training_mean, moved.serving_mean) == (3, 15)
    assert (moved.distance, still.distance) == (1, 0)
    assert moved.is_notable
    assert not still.is_notable


def test_a_fifth_is_not_yet_notable_and_more_is():
    training = np.arange(100, dtype=np.float32)[:, None]
    found = []
    for moved_out in (19, 21):
        serving = training.copy()
        serving[:moved_out] = 1000
        (gap,) = measure_gap([feature("a")], training, serving)
        found.append((gap.distance, gap.is_notable))
    assert found == [(pytest.approx(0.19), False), (pytest.approx(0.21), True)]
