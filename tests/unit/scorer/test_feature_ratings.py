"""Biases and expected ratings against plain loops over the definition."""

import numpy as np
import pandas as pd
import pytest

from diary import Diary, Entry, histories_from, random_diaries
from m6rec_core.data.attributes import attribute_table
from m6rec_core.data.ids import IdMap
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.features.labels import ItemLabels
from m6rec_core.scorer.features.ratings import (
    EXPECTED,
    Baseline,
    RatingFamily,
    RatingTasteFamily,
)
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours

NAMES = ["rating.item_mean", "rating.user_mean", EXPECTED]


def is_rated(entry: Entry) -> bool:
    return entry.rating == entry.rating


def biases(diaries: list[Diary], n_items: int) -> tuple[float, list[float], list[float]]:
    """Overall mean, item biases and user biases: five rounds of shrunken means.

    Three average ratings stand beside those of each item, five beside those of each user.
    """
    rated = [(user, e) for user, diary in enumerate(diaries) for e in diary if is_rated(e)]
    mean = sum(entry.rating for _, entry in rated) / len(rated)
    of_item, of_user = [0.0] * n_items, [0.0] * len(diaries)
    for _ in range(5):
        for item in range(n_items):
            left = [e.rating - mean - of_user[u] for u, e in rated if e.item == item]
            of_item[item] = sum(left) / (len(left) + 3)
        for user in range(len(diaries)):
            left = [e.rating - mean - of_item[e.item] for u, e in rated if u == user]
            of_user[user] = sum(left) / (len(left) + 5)
    return mean, of_item, of_user


def family_of(histories, model=None) -> RatingFamily:
    return RatingFamily(Baseline.of(histories), model)


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
    found = family_of(histories, model if with_votes else None).values(all_pairs(histories))
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


def test_one_rating_of_an_item_is_shrunken_fourfold():
    histories = histories_from([[Entry(0, rating=1.0)], [Entry(1, rating=0.0)]], n_items=3)
    found = family_of(histories).values(all_pairs(histories))
    mean, of_item, of_user = biases([[Entry(0, rating=1.0)], [Entry(1, rating=0.0)]], 3)
    assert mean == 0.5
    assert 0 < of_item[0] <= 0.5 / 4
    assert found[0, 0].tolist() == pytest.approx(
        [of_item[0], of_user[0], 0.5 + of_item[0] + of_user[0]]
    )
    assert found[0, 2].tolist() == pytest.approx([0, of_user[0], 0.5 + of_user[0]])


def test_a_user_typed_in_gets_the_bias_that_a_training_user_with_these_ratings_has():
    diaries = random_diaries(15, 12, length=6, seed=3, rated=0.7)
    family = family_of(histories_from(diaries, n_items=12))
    known = family.values(all_pairs(histories_from(diaries[:1], n_items=12)))
    typed = family.values(all_pairs(histories_from(diaries[:1], n_items=12, user_row=[-1])))
    assert typed.tolist() == known.tolist()


def test_without_ratings_of_the_user_the_item_alone_counts():
    rated = histories_from([[Entry(0, rating=1.0), Entry(1, rating=0.0)]] * 30, n_items=2)
    stranger = histories_from([[]], n_items=2, user_row=[-1])
    found = family_of(rated).values(all_pairs(stranger))[0]
    assert found[:, 1].tolist() == [0, 0]
    assert found[:, 2] == pytest.approx([0.5 + 15 / 33, 0.5 - 15 / 33])


def test_the_columns_are_named_in_their_order():
    histories = histories_from([[Entry(0, rating=1.0)]], n_items=1)
    assert [feature.name for feature in family_of(histories).features] == NAMES


def test_what_a_user_thinks_of_a_label_is_the_shrunken_mean_of_what_the_biases_leave():
    n_items = 6
    genres = ["war", "war|drama", "drama", "comedy", "", "war"]
    ids = [str(item) for item in range(n_items)]
    frame = pd.DataFrame({"item_id": ids, "genre": genres}, dtype="str")
    table = attribute_table(frame, IdMap.in_given_order(ids), "item_id")
    diaries = random_diaries(9, n_items, length=4, seed=1, rated=0.8)
    histories = histories_from(diaries, n_items=n_items)
    labels = ItemLabels.of(table, "genre", histories)
    found = RatingTasteFamily(labels, Baseline.of(histories)).values(all_pairs(histories))[:, :, 0]
    mean, of_item, of_user = biases(diaries, n_items)
    for user, diary in enumerate(diaries):

        def thinks(genre: str, user=user, diary=diary) -> float:
            left = [
                e.rating - mean - of_item[e.item] - of_user[user]
                for e in diary
                if is_rated(e) and genre in genres[e.item].split("|")
            ]
            return sum(left) / (len(left) + 5)

        for item in range(n_items):
            mine = [thinks(genre) for genre in genres[item].split("|") if genre]
            expected = sum(mine) / len(mine) if mine else 0.0
            assert found[user, item] == pytest.approx(expected, abs=1e-5)
