"""Biases and expected ratings against plain loops over the definition."""

import numpy as np
import pytest

from diary import Diary, Entry, histories_from, random_diaries
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.features.ratings import EXPECTED, RatingFamily
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours

NAMES = ["rating.item_mean", "rating.user_mean", EXPECTED]


def is_rated(entry: Entry) -> bool:
    return entry.rating == entry.rating


def biases(diaries: list[Diary], n_items: int) -> tuple[float, list[float], list[float]]:
    """Overall mean, item biases and user biases: five rounds of shrunken means, eight votes of nobody."""
    rated = [(user, e) for user, diary in enumerate(diaries) for e in diary if is_rated(e)]
    mean = sum(entry.rating for _, entry in rated) / len(rated)
    of_item, of_user = [0.0] * n_items, [0.0] * len(diaries)
    for _ in range(5):
        for item in range(n_items):
            left = [e.rating - mean - of_user[u] for u, e in rated if e.item == item]
            of_item[item] = sum(left) / (len(left) + 8)
        for user in range(len(diaries)):
            left = [e.rating - mean - of_item[e.item] for u, e in rated if u == user]
            of_user[user] = sum(left) / (len(left) + 8)
    return mean, of_item, of_user


def all_pairs(histories) -> Block:
    row = np.arange(histories.n_items, dtype=np.int32)
    pairs = np.tile(row, (len(histories), 1))
    return Block(histories, {}, pairs, pairs)


@pytest.mark.parametrize("with_votes", [True, False])
def test_expected_ratings_equal_plain_loops(with_votes):
    n_items = 12
    diaries = random_diaries(15, n_items, length=6, seed=3, rated=0.7)
    diaries[2] = []
    histories = histories_from(diaries, n_items=n_items)
    model = fit_item_neighbours(histories.matrix(), ItemSettings(neighbours=6))
    likeness = model.matrix.toarray()
    damping = 3 * np.median(likeness[likeness > 0])
    mean, of_item, of_user = biases(diaries, n_items)
    found = RatingFamily(histories, model if with_votes else None).values(all_pairs(histories))
    for user, diary in enumerate(diaries):
        for item in range(n_items):
            voters = [e for e in diary if is_rated(e)] if with_votes else []
            votes = [
                likeness[item, e.item] * (e.rating - mean - of_item[e.item] - of_user[user])
                for e in voters
            ]
            heard = sum(likeness[item, e.item] for e in voters)
            expected = mean + of_item[item] + of_user[user] + sum(votes) / (heard + damping)
            assert found[user, item] == pytest.approx(
                [of_item[item], of_user[user], expected], abs=1e-5
            )


def test_one_rating_is_shrunken_ninefold():
    histories = histories_from([[Entry(0, rating=1.0)], [Entry(1, rating=0.0)]], n_items=3)
    found = RatingFamily(histories, None).values(all_pairs(histories))
    mean, of_item, of_user = biases([[Entry(0, rating=1.0)], [Entry(1, rating=0.0)]], 3)
    assert mean == 0.5
    assert 0 < of_item[0] <= 0.5 / 9
    assert found[0, 0].tolist() == pytest.approx(
        [of_item[0], of_user[0], 0.5 + of_item[0] + of_user[0]]
    )
    assert found[0, 2].tolist() == pytest.approx([0, of_user[0], 0.5 + of_user[0]])


def test_a_user_typed_in_gets_the_bias_that_a_training_user_with_these_ratings_has():
    diaries = random_diaries(15, 12, length=6, seed=3, rated=0.7)
    family = RatingFamily(histories_from(diaries, n_items=12), None)
    known = family.values(all_pairs(histories_from(diaries[:1], n_items=12)))
    typed = family.values(all_pairs(histories_from(diaries[:1], n_items=12, user_row=[-1])))
    assert typed.tolist() == known.tolist()


def test_without_ratings_of_the_user_the_item_alone_counts():
    rated = histories_from([[Entry(0, rating=1.0), Entry(1, rating=0.0)]] * 30, n_items=2)
    stranger = histories_from([[]], n_items=2, user_row=[-1])
    found = RatingFamily(rated, None).values(all_pairs(stranger))[0]
    assert found[:, 1].tolist() == [0, 0]
    assert found[:, 2] == pytest.approx([0.5 + 15 / 38, 0.5 - 15 / 38])


def test_the_columns_are_named_in_their_order():
    assert [feature.name for feature in RatingFamily.features] == NAMES
