"""Shapley values against an enumeration of all orders, against shap, and against laws that they must obey."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m6rec_core.errors import ConfigError
from m6rec_core.explanation.attribution import exact_shapley, shapley_values
from shapley_by_hand import brute_force


def network(features: int, seed: int = 0):
    """A small tanh network with strong interactions, in plain numpy."""
    rng = np.random.default_rng(seed)
    first, second = rng.normal(0, 0.8, (features, 8)), rng.normal(0, 1.0, 8)
    return lambda X: np.tanh(np.asarray(X, np.float64) @ first) @ second + X[:, 0] * X[:, 1]


def data(rows: int, features: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, features)).astype(np.float32)


def test_exact_values_equal_the_mean_over_all_orders():
    predict, rows, background = network(4), data(2, 4), data(3, 4, seed=2)
    found = exact_shapley(predict, rows, background)
    for position in range(2):
        expected = brute_force(predict, rows[position], background)
        np.testing.assert_allclose(found.values[position], expected, atol=1e-9)


def test_two_features_that_only_work_together_share_their_product_equally():
    def product(X):
        return X[:, 0] * X[:, 1]

    found = exact_shapley(product, np.array([[3.0, 4.0]]), np.zeros((1, 2)))
    assert found.values.tolist() == [[6.0, 6.0]]
    assert found.base == 0.0


def test_a_linear_function_gives_weight_times_distance_to_the_mean_whatever_the_orders():
    weights, rows, background = np.array([2.0, -1.0, 0.5]), data(2, 3), data(7, 3, seed=2)
    found = shapley_values(lambda X: X @ weights, rows, background, permutations=2, seed=5)
    expected = weights * (rows - background.mean(axis=0))
    np.testing.assert_allclose(found.values, expected, atol=1e-5)


def test_sampled_values_stay_within_two_percent_of_the_score_range():
    predict, rows, background = network(10), data(3, 10), data(40, 10, seed=2)
    exact = exact_shapley(predict, rows, background)
    found = shapley_values(predict, rows, background, permutations=32, seed=3)
    score_range = np.ptp(predict(np.concatenate([rows, background])))
    assert np.abs(found.values - exact.values).max() <= 0.02 * score_range


def test_standard_error_tells_how_far_the_sampled_values_are_off():
    predict, rows, background = network(10), data(6, 10), data(20, 10, seed=2)
    exact = exact_shapley(predict, rows, background)
    found = shapley_values(predict, rows, background, permutations=16, seed=3)
    off = (found.values - exact.values) / found.standard_error
    assert 0.5 < np.sqrt(np.mean(off**2)) < 1.6  # about one standard error, neither more nor less
    assert np.all(exact.standard_error == 0)


@settings(max_examples=25, deadline=None)
@given(
    features=st.integers(2, 7),
    background=st.integers(1, 9),
    permutations=st.integers(1, 5),
    seed=st.integers(0, 1000),
)
def test_values_add_up_to_the_score_however_few_walks(features, background, permutations, seed):
    predict, rows = network(features, seed), data(2, features, seed)
    found = shapley_values(
        predict, rows, data(background, features, seed + 1), permutations=permutations, seed=seed
    )
    assert found.additivity_error().max() < 1e-9
    np.testing.assert_allclose(found.scores, predict(rows))


def test_a_feature_that_the_function_ignores_gets_nothing():
    predict = network(3)
    found = shapley_values(lambda X: predict(X[:, :3]), data(2, 4), data(5, 4, seed=2))
    assert np.abs(found.values[:, 3]).max() < 1e-12


def test_a_feature_equal_to_every_background_row_gets_nothing_and_costs_nothing():
    rows, background = data(1, 3), data(4, 3, seed=2)
    background[:, 2] = rows[0, 2]
    asked = []

    def counting(X):
        asked.append(len(X))
        return network(3)(X)

    found = shapley_values(counting, rows, background, permutations=2)
    assert found.values[0, 2] == 0.0
    assert sum(asked) == 1 + 4 + 4 * 2  # the row, the background, one point inside each of 8 walks


def test_a_row_gets_the_same_values_whatever_rows_stand_beside_it():
    predict, rows, background = network(6), data(4, 6), data(8, 6, seed=2)
    together = shapley_values(predict, rows, background, permutations=4, seed=1)
    alone = shapley_values(predict, rows[2:3], background, permutations=4, seed=1)
    assert np.array_equal(together.values[2:3], alone.values)


def test_a_row_that_is_the_whole_background_has_no_contributions():
    row = data(1, 3)
    found = shapley_values(network(3), row, row)
    assert found.base == found.scores[0]
    assert not found.values.any()


def test_equal_seeds_give_equal_values_and_other_seeds_do_not():
    arguments = network(6), data(1, 6), data(8, 6, seed=2)
    once, again = (shapley_values(*arguments, permutations=4, seed=1) for _ in range(2))
    other = shapley_values(*arguments, permutations=4, seed=2)
    assert np.array_equal(once.values, again.values)
    assert not np.array_equal(once.values, other.values)


def test_columns_of_one_player_are_taken_over_together():
    predict, rows, background = network(6), data(2, 6), data(5, 6, seed=2)
    players = [[0, 3], [1], [2, 4, 5]]
    exact = exact_shapley(predict, rows, background, players)
    sampled = shapley_values(predict, rows, background, permutations=600, players=players)
    np.testing.assert_allclose(sampled.values, exact.values, atol=0.02)

    def merged(Z):  # the same game with one column per player: 1 where the player is taken over
        taken = np.repeat(Z > 0.5, [2, 1, 3], axis=1)[:, np.argsort([0, 3, 1, 2, 4, 5])]
        mixed = np.where(taken[:, None, :], rows[0], background)
        return predict(mixed.reshape(-1, 6)).reshape(len(Z), -1).mean(axis=1)

    by_hand = brute_force(merged, np.ones(3), np.zeros((1, 3)))
    np.testing.assert_allclose(exact.values[0], by_hand, atol=1e-6)


def test_agrees_with_the_exact_explainer_of_shap():
    import shap

    predict, rows, background = network(8), data(3, 8), data(20, 8, seed=2)
    masker = shap.maskers.Independent(background.astype(np.float64), max_samples=20)
    theirs = shap.explainers.ExactExplainer(predict, masker)(rows.astype(np.float64))
    ours = exact_shapley(predict, rows, background)
    np.testing.assert_allclose(ours.values, theirs.values, atol=1e-6)
    np.testing.assert_allclose(ours.base, theirs.base_values, atol=1e-6)


def test_agrees_with_the_permutation_explainer_of_shap():
    import shap

    predict, rows, background = network(20), data(2, 20), data(20, 20, seed=2)
    masker = shap.maskers.Independent(background.astype(np.float64), max_samples=20)
    explainer = shap.explainers.PermutationExplainer(predict, masker, seed=0)
    theirs = explainer(rows.astype(np.float64), max_evals=41 * 40)
    ours = shapley_values(predict, rows, background, permutations=64)
    score_range = np.ptp(predict(np.concatenate([rows, background])))
    assert np.abs(ours.values - theirs.values).max() <= 0.02 * score_range


@pytest.mark.parametrize(
    ("rows", "background", "players", "message"),
    [
        (np.zeros((1, 3)), np.zeros((2, 4)), None, "same features"),
        (np.zeros((1, 3)), np.zeros((0, 3)), None, "background has no rows"),
        (np.zeros((1, 3)), np.zeros((2, 3)), [[0], [0, 1]], "exactly one player"),
        (np.zeros((1, 13)), np.zeros((2, 13)), None, "at most 12 players"),
    ],
)
def test_what_cannot_be_explained_is_refused_with_a_reason(rows, background, players, message):
    with pytest.raises(ConfigError, match=message):
        exact_shapley(lambda X: X[:, 0], rows, background, players)
