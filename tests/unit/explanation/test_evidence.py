"""Contributions laid on history items and on users: signed, complete, and silent about single users."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.explanation.evidence import FEWEST_USERS, Witnesses, entry_weight, laid_on
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.similarity.user_based import UserSettings, fit_user_neighbours
from toy_recommender import ToyRecommender

parts = st.lists(st.floats(-5, 5, allow_subnormal=False), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def toy() -> ToyRecommender:
    return ToyRecommender()


def test_a_raise_is_split_in_proportion_to_the_parts():
    assert laid_on(6.0, [1.0, 2.0, 0.0]).tolist() == [2.0, 4.0, 0.0]


def test_a_part_of_the_other_sign_keeps_its_sign():
    assert laid_on(3.0, [4.0, -1.0]).tolist() == [4.0, -1.0]


def test_parts_that_nearly_cancel_do_not_blow_up():
    laid = laid_on(1.0, [10.0, -9.9])
    assert laid.tolist() == [1.0, 0.0]


def test_the_best_supporter_is_not_blamed_for_a_lowering():
    assert laid_on(-6.0, [5.0, 4.0, 3.0]).tolist() == [0.0, -2.0, -4.0]


def test_supporters_that_lack_nothing_share_a_lowering_equally():
    assert laid_on(-6.0, [2.0, 2.0, 2.0]).tolist() == [-2.0, -2.0, -2.0]


def test_nothing_is_laid_on_items_that_do_not_support_at_all():
    assert laid_on(1.0, [0.0, 0.0]) is None


@given(contribution=st.floats(-3, 3, allow_subnormal=False), parts=parts)
def test_what_is_laid_sums_to_the_contribution(contribution, parts):
    laid = laid_on(contribution, parts)
    if laid is None:
        assert not np.any(parts)
    else:
        assert laid.sum() == pytest.approx(contribution, abs=1e-9)


def test_the_history_item_of_the_same_couple_carries_the_contribution(toy):
    rows = toy.interactions.items.rows_of(["i5", "i4", "i9"])
    history = Histories.of_items(rows[1:], n_items=12)
    found = Witnesses(history, int(rows[0]), models=toy.models, items=toy.items).of(
        toy.features[0], 1.1
    )
    np.testing.assert_allclose(found.history, [1.0, 0.1], rtol=1e-6)  # weights 1 and .1
    assert found.neighbours is None


def test_items_that_carry_the_same_label_share_a_match(toy):
    rows = toy.interactions.items.rows_of(["i0", "i2", "i4", "i1"])
    history = Histories.of_items(rows[1:], n_items=12)
    found = Witnesses(history, int(rows[0]), models=toy.models, items=toy.items).of(
        toy.features[2], 0.4
    )
    assert found.history.tolist() == [0.2, 0.2, 0.0]  # 'i1' is odd


def test_a_feature_of_the_item_alone_lays_nothing_on_the_history(toy):
    history = toy.histories(["u1"])
    witnesses = Witnesses(history, 0, models=toy.models, items=toy.items)
    assert witnesses.of(toy.features[3], 0.4).history is None


def test_users_alike_share_the_contribution_largest_first(toy):
    history, item_row = toy.histories(["u1"]), 3
    found = Witnesses(history, item_row, models=toy.models, items=toy.items).of(
        toy.features[1], 0.6
    )
    _, expected = toy.models["user_knn"].user_parts(history, item_row)
    expected = 0.6 * np.sort(expected)[::-1] / expected.sum()
    np.testing.assert_allclose(found.neighbours, expected, rtol=1e-6)
    assert found.history.sum() == pytest.approx(0.6)


def test_fewer_than_five_users_are_never_shown(toy):
    few = fit_user_neighbours(toy.training.matrix(), UserSettings(neighbours=FEWEST_USERS - 1))
    witnesses = Witnesses(toy.histories(["u1"]), 3, models={"user_knn": few}, items=None)
    assert witnesses.of(toy.features[1], 0.6).neighbours is None


def test_an_empty_history_is_evidence_of_nothing(toy):
    nobody = Histories.of_items([], n_items=12)
    witnesses = Witnesses(nobody, 3, models=toy.models, items=toy.items)
    assert [witnesses.of(feature, 0.1).history for feature in toy.features] == [None] * 4


def test_recent_items_count_more_in_features_of_the_last_items(toy):
    model = toy.models["item_knn"]
    rows = toy.interactions.items.rows_of(["i0", "i2", "i4"])
    history = Histories.of_items(rows[1:], n_items=12)  # both weigh .1 with 'i0'
    recent = Feature("item_knn_last_5.z", "", schema.ITEM_SIMILARITY, "", "", "item_knn")
    found = Witnesses(history, int(rows[0]), models={"item_knn": model}, items=None).of(recent, 1.0)
    older = np.exp(-1 / 5)
    np.testing.assert_allclose(found.history, [older / (1 + older), 1 / (1 + older)], rtol=1e-6)


def test_emphasis_follows_the_rating_above_the_mean_of_the_user():
    history = Histories.of_items([0, 1, 2], n_items=3, rating=[0.2, np.nan, 0.8])
    weight = entry_weight("item_knn_emphasis.z", history)
    np.testing.assert_allclose(weight, [-0.3, 0.0, 0.3], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("support.best_item", [0.6, 0.0, 0.0]), ("support.items", [0.2, 0.2, 0.2])],
)
def test_support_is_laid_on_the_best_item_or_on_each_supporter(toy, name, expected):
    rows = toy.interactions.items.rows_of(["i0", "i1", "i2", "i3"])  # 'i1' weighs 1, the others .1
    history = Histories.of_items(rows[1:], n_items=12)
    feature = Feature(name, "", schema.ITEM_SIMILARITY, "", "", "item_knn")
    found = Witnesses(history, int(rows[0]), models=toy.models, items=None).of(feature, 0.6)
    np.testing.assert_allclose(found.history, expected)
