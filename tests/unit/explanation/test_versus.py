"""One item above another, the place of an item, and a whole list: checked against brute force and the list."""

import numpy as np
import pytest

from m6rec_core.explanation.explain import explain_pair
from m6rec_core.explanation.versus import above, list_contributions, place_of
from shapley_by_hand import brute_force
from toy_recommender import ToyRecommender


@pytest.fixture(scope="module")
def toy() -> ToyRecommender:
    return ToyRecommender()


def listed(toy, user: str) -> list[int]:
    return [int(row) for row in toy.recommend(toy.histories([user]), n=12).item_row[0] if row >= 0]


def test_the_difference_of_two_scores_is_split_exactly(toy):
    first, second = listed(toy, "u3")[:2]
    found = above(toy, "u3", first, second)
    rows = toy.pair_features(toy.histories(["u3"]), np.array([[first, second]]))[0]
    scores = toy.score_features(rows)
    assert found.contributions.sum() == pytest.approx(float(scores[0] - scores[1]), abs=1e-6)
    by_hand = brute_force(toy.score_features, rows[0], rows[1:])
    np.testing.assert_allclose(found.contributions, by_hand, atol=1e-6)
    assert sum(found.by_group().values()) == pytest.approx(found.score - found.other_score)


def test_turning_the_question_round_turns_every_sign(toy):
    first, second = listed(toy, "u4")[:2]
    there, back = above(toy, "u4", first, second), above(toy, "u4", second, first)
    np.testing.assert_allclose(there.contributions, -back.contributions, atol=1e-6)


def test_the_place_is_that_of_the_list_and_a_known_item_has_none(toy):
    ranked = listed(toy, "u3")
    assert place_of(toy, "u3", ranked[2]).rank == 3
    known = place_of(toy, "u3", int(toy.histories(["u3"]).item_row[0]))
    assert (known.rank, known.is_known) == (None, True)


def test_a_row_of_the_list_equals_the_explanation_of_its_item(toy):
    rows, found = list_contributions(toy, "u3", n=4)
    assert list(rows) == listed(toy, "u3")[:4]
    item_id = str(toy.interactions.items.ids_of([rows[1]])[0])
    one = explain_pair(toy, "u3", item_id, checked=False)
    np.testing.assert_allclose(found.values[1], one.contributions, atol=1e-9)
    groups, values = found.group_values()
    assert dict(zip(groups, values[1], strict=True)) == pytest.approx(one.by_group())
