"""The linear start of the rating head against ratings that follow a known rule."""

import numpy as np
import pytest

from m6rec_core.scorer.feature_scale import FeatureScale
from m6rec_core.scorer.features.ratings import EXPECTED
from m6rec_core.scorer.linear_starts import LinearStart, blend_start, rating_start
from m6rec_core.scorer.training_lists import CANDIDATE, TrainingLists

NAMES = np.array(["item.popularity", "rating.item_mean", EXPECTED])


def rated_lists(n: int, *, of_item_mean: float, validates: bool = False) -> TrainingLists:
    """Every slot is rated: expected rating + of_item_mean × mean rating of the item."""
    rng = np.random.default_rng(0)
    features = rng.normal(0.5, 0.1, (n, 4, 3)).astype(np.float32)
    kind = np.full((n, 4), CANDIDATE, dtype=np.int8)
    return TrainingLists(
        features=features,
        is_positive=np.ones((n, 4), dtype=bool),
        kind=kind,
        rating=(features[:, :, 2] + of_item_mean * features[:, :, 1]).astype(np.float32),
        n_positive=np.full(n, 4, dtype=np.int32),
        user_row=np.arange(n, dtype=np.int32),
        item_row=np.tile(np.arange(4, dtype=np.int32), (n, 1)),
        is_validation=np.full(n, validates),
        names=NAMES,
    )


def predicted(start: LinearStart, features: np.ndarray) -> np.ndarray:
    return start.offset + features @ start.slope


def test_a_rule_behind_many_ratings_is_found():
    lists = rated_lists(5_000, of_item_mean=0.4)
    start = rating_start(lists)
    assert start is not None
    assert start.slope == pytest.approx([0, 0.4, 1], abs=0.01)
    assert predicted(start, lists.features) == pytest.approx(lists.rating, abs=0.005)


def test_few_ratings_change_the_expected_rating_little():
    lists = rated_lists(2, of_item_mean=0.4)
    start = rating_start(lists)
    assert start is not None
    full = 0.4 * lists.features[:, :, 1].mean()
    change = predicted(start, lists.features) - lists.features[:, :, 2]
    assert change.mean() == pytest.approx(full * 8 / 58, rel=0.02)  # 8 ratings against 50


def test_an_expected_rating_that_is_right_stays_as_it_is():
    start = rating_start(rated_lists(500, of_item_mean=0.0))
    assert start is not None
    assert start.slope == pytest.approx([0, 0, 1], abs=1e-5)
    assert start.offset == pytest.approx(0, abs=1e-5)


def test_ratings_of_lists_that_validate_are_not_looked_at():
    assert rating_start(rated_lists(20, of_item_mean=0.4, validates=True)) is None


def test_standardised_features_give_the_same_prediction():
    start = LinearStart(np.array([2.0, 0.5], dtype=np.float32), 1.0)
    scale = FeatureScale(np.array([3.0, -1.0], np.float32), np.array([10.0, 0.1], np.float32))
    rows = np.array([[4.0, 0.0], [-2.0, 5.0]], dtype=np.float32)
    standardised = (rows - scale.mean) / scale.deviation
    assert predicted(start.on(scale), standardised) == pytest.approx(predicted(start, rows))


def test_the_blend_counts_each_signal_on_its_scale_and_nothing_else():
    rng = np.random.default_rng(4)
    names = ["user_knn.z", "item.popularity", "time.recent_long"]
    rows = rng.normal([5, 0, -2], [3, 1, 0.2], (500, 3)).astype(np.float32)
    standardised = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    wanted = standardised @ [0.25, 0.0, 0.5]
    found = predicted(blend_start(names, FeatureScale.of(rows)), rows)
    np.testing.assert_allclose(found, wanted, atol=1e-4)
