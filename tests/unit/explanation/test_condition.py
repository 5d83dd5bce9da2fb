"""Networks that cannot be explained say so in words; so do networks that learned nothing."""

import json

import numpy as np
import pytest

from m6rec_core.explanation.condition import warnings_of
from m6rec_core.explanation.explain import explain_pair
from m6rec_core.explanation.sanity import sanity_check, stored_randomisation, with_shuffled_labels
from m6rec_core.explanation.trust import NOT_AT_ALL, RELIABLE, WITH_CARE, judged
from m6rec_core.scorer.training_lists import CANDIDATE, PADDING, TrainingLists
from toy_recommender import ToyRecommender


def test_a_sound_network_needs_no_words():
    assert warnings_of(ToyRecommender()) == ()


def test_a_dead_network_says_that_every_score_is_the_same():
    toy = ToyRecommender()
    toy.score_features = lambda features: np.full(len(features), 0.5)
    (sentence,) = warnings_of(toy)
    assert "the same score" in sentence
    assert "dead" in sentence
    found = explain_pair(toy, "u3", "i0", checked=False)
    assert found.contributions.tolist() == [0.0] * 4


def test_a_constant_feature_is_named_and_contributes_nothing():
    toy = ToyRecommender()
    toy.population[:, 3] = toy.background[:, 3] = 2.0
    plain = toy.pair_features
    toy.pair_features = lambda *given: plain(*given) * [1, 1, 1, 0] + np.float32([0, 0, 0, 2])
    (sentence,) = warnings_of(toy)
    assert sentence.startswith("'popularity' is the same for every pair")
    assert explain_pair(toy, "u3", "i0", checked=False).contributions[3] == 0.0


@pytest.mark.parametrize(("losses", "is_warned"), [([2.0, 2.0], True), ([2.0, 1.5], False)])
def test_a_network_whose_loss_did_not_fall_has_not_learned(tmp_path, losses, is_warned):
    toy = ToyRecommender()
    toy.folder = tmp_path
    lines = [json.dumps({"epoch": 1, "loss": loss}) + "\n" for loss in losses]
    (tmp_path / "learning.jsonl").write_text("".join(lines))
    assert any("has not learned" in sentence for sentence in warnings_of(toy)) == is_warned


def test_one_past_item_is_explained_without_the_test_of_deletion():
    toy = ToyRecommender()
    whole = toy.histories
    toy.histories = lambda ids: whole(ids).keep(np.arange(len(whole(ids).item_row)) == 0)
    found = explain_pair(toy, "u3", "i0")
    assert len(found.history) == 1
    assert found.trust.deletion is None
    assert found.base + found.contributions.sum() == pytest.approx(found.score, abs=1e-6)


def linear(weights):
    return lambda X: X @ np.asarray(weights, dtype=np.float64)


def test_explanations_that_survive_the_loss_of_all_learning_fail_the_check():
    population = np.random.default_rng(0).normal(size=(120, 6)).astype(np.float32)
    players = [[column] for column in range(6)]
    weights = np.array([3.0, -2.0, 1.0, 0.5, -0.2, 0.1])
    same = sanity_check(
        linear(weights), [linear(weights)] * 2, linear(weights), population, players=players, seed=0
    )
    assert same.randomisation == pytest.approx(1.0)
    assert not same.is_passed
    rng = np.random.default_rng(1)
    fresh = [linear(rng.normal(size=6)) for _ in range(40)]
    other = sanity_check(
        linear(weights), fresh, linear(rng.normal(size=6) * 0), population, players=players, seed=0
    )
    assert other.is_passed


def test_shuffled_labels_keep_their_number_and_stay_off_the_padding():
    rng = np.random.default_rng(0)
    kind = np.where(np.arange(12) < 9, CANDIDATE, PADDING) * np.ones((200, 1), np.int8)
    positive = (rng.random((200, 12)) < 0.2) & (kind == CANDIDATE)
    lists = TrainingLists(
        features=np.zeros((200, 12, 1), np.float32),
        is_positive=positive,
        kind=kind,
        rating=np.full((200, 12), np.nan, np.float32),
        n_positive=positive.sum(axis=1).astype(np.int32),
        user_row=np.arange(200, dtype=np.int32),
        item_row=np.zeros((200, 12), np.int32),
        is_validation=np.zeros(200, bool),
        names=np.array(["one"]),
    )
    shuffled = with_shuffled_labels(lists, seed=1).is_positive
    assert (shuffled.sum(axis=1) == positive.sum(axis=1)).all()
    assert not shuffled[kind == PADDING].any()
    assert (shuffled & positive).sum() < 0.5 * positive.sum()


@pytest.mark.parametrize(
    ("found", "verdict"), [(0.1, RELIABLE), (0.4, WITH_CARE), (0.8, NOT_AT_ALL)]
)
def test_the_verdict_falls_with_explanations_that_rest_on_nothing_learned(found, verdict):
    assert judged(additivity_error=0.0, randomisation=found).verdict == verdict


def test_a_run_without_the_check_has_no_figure(tmp_path):
    assert stored_randomisation(tmp_path) is None
    assert stored_randomisation(None) is None
