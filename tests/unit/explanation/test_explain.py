"""One recommendation explained from end to end, on a recommender of plain arrays."""

import json

import numpy as np
import pytest

from m6rec_core import schema
from m6rec_core.explanation.attribution import exact_shapley
from m6rec_core.explanation.explain import explain_pair, global_importance
from m6rec_core.explanation.trust import NOT_AT_ALL, RELIABLE
from toy_recommender import ToyRecommender


@pytest.fixture(scope="module")
def toy() -> ToyRecommender:
    return ToyRecommender()


@pytest.fixture(scope="module")
def best_item(toy) -> str:
    first = toy.recommend(toy.histories(["u3"]), n=1).item_row[0, 0]
    return str(toy.interactions.items.ids_of([first])[0])


@pytest.fixture(scope="module")
def explanation(toy, best_item):
    return explain_pair(toy, "u3", best_item)


def test_base_and_contributions_in_the_file_add_up_to_the_score(explanation):
    stored = json.loads(json.dumps(explanation.to_json()))
    total = stored["base"] + sum(one["contribution"] for one in stored["contributions"])
    assert total == pytest.approx(stored["score"], abs=1e-6)
    assert stored["base"] + sum(stored["groups"].values()) == pytest.approx(total)


def test_the_score_is_the_one_of_the_recommender(toy, explanation, best_item):
    item_row = toy.interactions.items.row_of(best_item)
    features = toy.pair_features(toy.histories(["u3"]), np.array([[item_row]]))[0]
    assert explanation.score == pytest.approx(float(toy.score_features(features)[0]))
    np.testing.assert_allclose(explanation.values, features[0])


def test_contributions_are_close_to_the_exact_shapley_values(toy, explanation):
    row = explanation.values[None].astype(np.float32)
    exact = exact_shapley(toy.score_features, row, toy.background).values[0]
    np.testing.assert_allclose(explanation.contributions, exact, atol=0.02)


def test_the_best_item_has_rank_one(explanation):
    assert explanation.rank == 1


def test_an_item_off_the_list_has_no_rank(toy):
    seen = toy.interactions.items.ids_of(toy.histories(["u3"]).item_row)[0]
    assert explain_pair(toy, "u3", seen, checked=False).rank is None


def test_parts_of_each_feature_sum_to_its_contribution(explanation):
    for one in explanation.to_json()["contributions"]:
        if one["parts"]:
            total = sum(part["contribution"] for part in one["parts"])
            assert total == pytest.approx(one["contribution"], abs=1e-9)


def test_users_are_named_by_number_only(explanation):
    (by_users,) = [
        c for c in explanation.to_json()["contributions"] if c["group"] == "user similarity"
    ]
    assert [part["user_id"] for part in by_users["parts"][:2]] == [
        "similar user 1",
        "similar user 2",
    ]
    assert len(by_users["parts"]) >= 5


def test_the_history_lists_every_item_largest_first(toy, explanation):
    expected = set(toy.interactions.items.ids_of(toy.histories(["u3"]).item_row))
    assert {past.item_id for past in explanation.history} == expected
    contributions = [past.strength for past in explanation.history]
    assert contributions == sorted(contributions, reverse=True)


def test_the_other_item_of_the_couple_stands_first_in_the_history(toy):
    """Wherever the history holds the item's couple, with weight 1 against .1 of all others."""
    found = []
    for user in (f"u{number}" for number in range(10)):
        history = set(toy.interactions.items.ids_of(toy.histories([user]).item_row))
        for number in range(12):
            item, other = f"i{number}", f"i{number ^ 1}"
            if item not in history and other in history:
                explanation = explain_pair(toy, user, item, checked=False)
                found.append(explanation.history[0].item_id == other)
    assert len(found) > 10
    assert np.mean(found) > 0.9


def test_reasons_name_titles_from_the_history(explanation):
    likes = [line for line in explanation.reasons if line.startswith("like ")]
    assert likes
    assert explanation.history[0].item_id in likes[0]  # the title of 'i4' is 'Title i4'


def test_a_checked_explanation_of_a_smooth_network_is_reliable(explanation):
    assert explanation.trust.verdict == RELIABLE
    assert explanation.trust.additivity_error < 1e-6
    assert explanation.trust.stability > 0.9
    assert explanation.trust.deletion is not None


def test_an_unchecked_explanation_only_claims_to_add_up(toy, best_item):
    found = explain_pair(toy, "u3", best_item, checked=False).trust
    assert found.stability is None
    assert found.deletion is None
    assert found.because == "the contributions add up to the score"


def test_an_unknown_user_is_told_about_popularity(toy):
    popular = toy.interactions.items.ids[np.argmax(toy.popularity)]
    found = explain_pair(toy, "nobody", popular)
    count = toy.popularity.max()
    assert found.source == schema.POPULARITY
    assert found.base == found.score == count
    assert found.to_json()["contributions"] == []
    assert found.reasons[0].startswith("the user is not known: the list is by popularity, where")
    assert f"number 1 ({count} users have it)" in found.reasons[0]
    assert found.trust.verdict == NOT_AT_ALL


def test_an_unknown_item_is_on_no_list(toy):
    found = explain_pair(toy, "u3", "no such item")
    assert found.rank is None
    assert found.reasons == ("the item is not known: it is on no list",)


def test_equal_seeds_give_equal_explanations(toy, explanation, best_item):
    assert explain_pair(toy, "u3", best_item).to_json() == explanation.to_json()


def test_importance_adds_up_and_ranks_the_heaviest_feature_first(toy):
    found = global_importance(toy, sample=60, seed=1)
    total = found.base + found.values.sum(axis=1)
    np.testing.assert_allclose(total, toy.score_features(found.rows), atol=1e-6)
    assert found.additivity_error < 1e-6
    stored = json.loads(json.dumps(found.to_json()))
    assert stored["pairs"] == 60
    spread = toy.population.std(axis=0) * np.array([1.3, 0.5, 0.8, 0.2])
    assert stored["features"][0]["feature"] == toy.features[int(np.argmax(spread))].name


def test_importance_of_a_group_counts_opposite_features_against_each_other(toy):
    found = global_importance(toy, sample=20)
    merged = found.by(lambda feature: "all")
    assert merged["all"] == pytest.approx(np.abs(found.values.sum(axis=1)).mean())
    assert merged["all"] < found.by_feature().sum()


def test_importance_takes_the_sample_size_of_the_configuration(toy):
    assert len(global_importance(toy).values) == len(toy.population)  # 360 pairs, 500 asked for
