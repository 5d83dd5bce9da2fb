"""The losses against numbers worked by hand and against plain loops."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import log_softmax

from m6rec_core.scorer.losses import listwise_softmax, rating_error


def floats(*rows: list[float]) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def softmax_loss(scores, positive, in_list) -> float:
    return float(listwise_softmax(scores, positive, in_list))


# shares of 1/8, 2/8 and 5/8
SCORES = np.log(floats([1, 2, 5]))
ALL = floats([1, 1, 1])


def test_the_loss_is_minus_the_log_of_the_share_of_the_positive():
    assert softmax_loss(SCORES, floats([0, 0, 1]), ALL) == pytest.approx(np.log(8 / 5))


def test_several_positives_count_once_together():
    expected = (np.log(8 / 1) + np.log(8 / 5)) / 2
    assert softmax_loss(SCORES, floats([1, 0, 1]), ALL) == pytest.approx(expected)


def test_slots_outside_the_list_take_no_share():
    without_last = floats([1, 1, 0])
    assert softmax_loss(SCORES, floats([0, 1, 0]), without_last) == pytest.approx(np.log(3 / 2))


def test_a_positive_outside_the_list_does_not_count():
    without_last = floats([1, 1, 0])
    assert softmax_loss(SCORES, floats([0, 1, 1]), without_last) == pytest.approx(np.log(3 / 2))


def test_users_without_a_positive_count_nothing():
    scores = np.log(floats([1, 2, 5], [7, 1, 1], [1, 1, 2]))
    positive = floats([0, 0, 1], [0, 0, 0], [0, 0, 1])
    expected = (np.log(8 / 5) + np.log(4 / 2)) / 2
    assert softmax_loss(scores, positive, np.ones_like(scores)) == pytest.approx(expected)


def test_nothing_to_learn_costs_nothing():
    assert softmax_loss(SCORES, floats([0, 0, 0]), ALL) == 0
    assert softmax_loss(SCORES, floats([0, 0, 1]), floats([0, 0, 0])) == 0


def test_the_loss_equals_plain_loops_over_users():
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 3, (50, 12)).astype(np.float32)
    in_list = rng.random((50, 12)) < 0.7
    positive = rng.random((50, 12)) < 0.15
    per_user = []
    for user in range(50):
        own = log_softmax(scores[user][in_list[user]].astype(np.float64))
        found = own[positive[user][in_list[user]]]
        if len(found):
            per_user.append(-found.mean())
    assert 10 < len(per_user) < 50
    found = softmax_loss(scores, positive.astype(np.float32), in_list.astype(np.float32))
    assert found == pytest.approx(np.mean(per_user), rel=1e-5)


def test_only_slots_of_lists_with_a_positive_have_a_gradient():
    scores = tf.Variable(np.log(floats([1, 2, 5], [1, 2, 5])))
    with tf.GradientTape() as tape:
        loss = listwise_softmax(scores, floats([1, 0, 0], [0, 0, 0]), floats([1, 1, 0], [1, 1, 1]))
    gradient = np.array(tape.gradient(loss, scores))
    assert gradient == pytest.approx(floats([1 / 3 - 1, 2 / 3, 0], [0, 0, 0]), abs=1e-6)


def test_the_rating_error_is_the_mean_square_over_the_rated_slots():
    predicted, rating = floats([0.5, 0.2, 9.0]), floats([1.0, 0.3, 0.0])
    has_rating = floats([1, 1, 0])
    found = float(rating_error(predicted, rating, has_rating))
    assert found == pytest.approx((0.25 + 0.01) / 2)


def test_no_rating_no_error():
    assert float(rating_error(floats([0.5]), floats([0.0]), floats([0.0]))) == 0


def test_losses_come_back_as_single_numbers():
    assert keras.ops.shape(listwise_softmax(SCORES, ALL, ALL)) == ()
    assert keras.ops.shape(rating_error(SCORES, SCORES, ALL)) == ()
