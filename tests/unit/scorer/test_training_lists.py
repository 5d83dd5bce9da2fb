"""Validation NDCG by hand and against a peer; the look into a set of lists."""

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from m6rec_core.scorer.training_lists import CANDIDATE, EXTRA, PADDING, TrainingLists, ndcg_at_10


def ndcg(scores, positive, *, candidates=None, n_positive=1) -> float:
    scores = np.array([scores], dtype=np.float32)
    is_positive = np.array([positive], dtype=bool)
    is_candidate = np.ones_like(is_positive) if candidates is None else np.array([candidates], bool)
    return ndcg_at_10(scores, is_positive, is_candidate, np.array([n_positive], dtype=np.int32))


def test_a_hit_on_top_is_worth_one():
    assert ndcg([1, 3, 2], [0, 1, 0]) == 1.0


def test_a_hit_at_rank_two_is_worth_one_over_log_three():
    assert ndcg([3, 1, 2], [0, 0, 1]) == pytest.approx(1 / np.log2(3))


def test_a_hit_at_rank_ten_counts_and_at_rank_eleven_does_not():
    falling = np.arange(12, 0, -1)
    assert ndcg(falling, np.arange(12) == 9) == pytest.approx(1 / np.log2(11))
    assert ndcg(falling, np.arange(12) == 10) == 0


def test_a_positive_that_was_not_proposed_counts_against_the_list():
    expected = pytest.approx(1 / (1 + 1 / np.log2(3)))
    assert ndcg([9, 3, 2], [1, 1, 0], candidates=[0, 1, 1], n_positive=2) == expected
    assert ndcg([9, 3, 2], [0, 1, 0], candidates=[0, 1, 1], n_positive=2) == expected


def test_what_is_no_candidate_takes_no_rank():
    assert ndcg([9, 3, 2], [0, 1, 0], candidates=[0, 1, 1]) == 1.0


def test_lists_count_alike():
    scores = np.array([[2, 1], [2, 1]], dtype=np.float32)
    positive = np.array([[True, False], [False, True]])
    found = ndcg_at_10(scores, positive, np.ones_like(positive), np.array([1, 1], dtype=np.int32))
    assert found == pytest.approx((1 + 1 / np.log2(3)) / 2)


def test_no_lists_have_no_ndcg():
    nothing = np.zeros((0, 5))
    found = ndcg_at_10(nothing, nothing > 0, nothing > 0, np.zeros(0, dtype=np.int32))
    assert np.isnan(found)


def test_ndcg_equals_that_of_a_peer_library():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(200, 30)).astype(np.float32)
    positive = rng.random((200, 30)) < 0.2
    positive[:, 0] = True
    found = ndcg_at_10(
        scores, positive, np.ones_like(positive), positive.sum(axis=1).astype(np.int32)
    )
    assert found == pytest.approx(ndcg_score(positive.astype(float), scores, k=10))


def two_lists(rating: list[list[float]]) -> TrainingLists:
    return TrainingLists(
        features=np.arange(12, dtype=np.float32).reshape(2, 3, 2),
        is_positive=np.array([[True, False, False], [False, True, False]]),
        kind=np.array([[CANDIDATE, EXTRA, PADDING], [CANDIDATE, CANDIDATE, EXTRA]], dtype=np.int8),
        rating=np.array(rating, dtype=np.float32),
        n_positive=np.ones(2, dtype=np.int32),
        user_row=np.array([3, 8], dtype=np.int32),
        item_row=np.array([[1, 2, -1], [0, 1, 2]], dtype=np.int32),
        is_validation=np.array([False, True]),
        names=np.array(["a", "b"]),
    )


UNRATED = [[np.nan] * 3] * 2


def test_rows_are_the_features_of_all_slots_with_an_item():
    lists = two_lists(UNRATED)
    assert lists.sample(~lists.is_validation).tolist() == [[0, 1], [2, 3]]
    assert lists.sample(lists.is_validation).tolist() == [[6, 7], [8, 9], [10, 11]]


def test_one_rating_is_enough_to_have_ratings():
    assert not two_lists(UNRATED).has_ratings
    assert two_lists([[np.nan, 0.0, np.nan], [np.nan] * 3]).has_ratings


def test_a_column_is_found_by_the_name_of_its_feature():
    assert [two_lists(UNRATED).column(name) for name in ("a", "b", "c")] == [0, 1, None]
