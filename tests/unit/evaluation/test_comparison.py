"""The comparison against hand-worked lists, and the shape of its JSON."""

import json
import math

import numpy as np
import pytest

from m6rec_core.data.histories import Histories
from m6rec_core.errors import ConfigError, DataError
from m6rec_core.evaluation.comparison import compare
from m6rec_core.evaluation.measuring import hits


def held_out(lists, n_items, ratings=None):
    """One history per user, as the evaluation takes them."""
    items = np.array([item for one in lists for item in one], dtype=np.int32)
    n = len(items)
    return Histories(
        indptr=np.concatenate(([0], np.cumsum([len(one) for one in lists]))).astype(np.int64),
        item_row=items,
        weight=np.ones(n, np.float32),
        rating=np.full(n, np.nan, np.float32) if ratings is None else np.float32(ratings),
        time=np.zeros(n, np.int64),
        is_target=np.ones(n, bool),
        user_row=np.arange(len(lists), dtype=np.int32),
        n_items=n_items,
        has_time=False,
    )


def lists(*rows):
    return np.array(rows, dtype=np.int32)


RELEVANT = held_out([[3], [], [0, 1]], n_items=5)
POPULAR = [50, 40, 30, 20, 10]
GOOD = lists([3, 2], [0, 1], [4, 0])  # user 0: hit at 1, user 2: one of two hits, at 2
POOR = lists([0, 1], [0, 1], [2, 3])


def small(**changes):
    settings = {"ks": (1, 2), "n_items": 5, "popularity": POPULAR, "seed": 0} | changes
    return compare({"scorer": GOOD, "popularity": POOR}, RELEVANT, **settings)


def test_values_are_means_over_the_users_with_something_held_out():
    models = small().to_json()["models"]
    assert models["scorer"]["recall@2"]["value"] == pytest.approx((1.0 + 0.5) / 2)
    assert models["scorer"]["hit_rate@1"]["value"] == 0.5
    assert models["scorer"]["mrr@2"]["value"] == pytest.approx((1.0 + 0.5) / 2)
    assert models["scorer"]["popularity@2"]["value"] == pytest.approx((25 + 30) / 2)
    assert models["popularity"]["ndcg@2"]["value"] == 0.0


def test_coverage_and_gini_belong_to_all_lists_and_have_no_interval():
    cell = small().to_json()["models"]["scorer"]["coverage@2"]
    assert cell == {"value": 0.8, "low": None, "high": None}  # items 3, 2, 4, 0 of 5
    assert small().to_json()["models"]["scorer"]["gini@2"]["value"] == pytest.approx(0.2)


def test_the_json_has_the_promised_shape_and_survives_a_strict_writer():
    document = json.loads(json.dumps(small(split="leave_last_out").to_json(), allow_nan=False))
    assert set(document) == {"protocol", "users", "models", "differences"}
    assert document["users"] == 2
    assert document["protocol"]["split"] == "leave_last_out"
    assert document["protocol"]["candidates"] == "full ranking, seen items masked"
    assert document["protocol"]["users_excluded"] == 1
    assert document["protocol"]["k"] == [1, 2]
    measured = {name.partition("@")[0] for name in document["models"]["scorer"]}
    assert set(document["protocol"]["definitions"]) == measured
    for cells in document["models"].values():
        assert all(set(cell) == {"value", "low", "high"} for cell in cells.values())


def test_single_users_keep_their_values_in_the_given_order():
    values = small().of_users("scorer", "recall@2")
    assert values[[0, 2]].tolist() == [1.0, 0.5]
    assert math.isnan(values[1])


def random_case(seed, users=200, n_items=30):
    rng = np.random.default_rng(seed)
    relevant = held_out([rng.choice(n_items, 2, replace=False) for _ in range(users)], n_items)
    shuffled = np.stack([rng.permutation(n_items)[:10] for _ in range(users)]).astype(np.int32)
    first = shuffled.copy()
    for user in range(users):  # the better model finds one held-out item, for half of the users
        if user % 2 and relevant.items_of(user)[0] not in first[user]:
            first[user, 0] = relevant.items_of(user)[0]
    return first, shuffled, relevant


def test_the_paired_difference_is_that_of_the_users_and_narrower_than_the_gap_of_intervals():
    better, worse, relevant = random_case(0)
    both = compare(
        {"scorer": better, "item_cf": worse, "random": worse[:, ::-1]},
        relevant,
        ks=(10,),
        n_items=30,
        popularity=np.ones(30),
        seed=3,
    )
    gap = next(d for d in both.differences if d.metric == "recall@10")
    per_user = both.of_users("scorer", "recall@10") - both.of_users(gap.against, "recall@10")
    assert gap.value == pytest.approx(per_user.mean())
    assert gap.low < gap.value < gap.high
    assert gap.is_clear
    column = both.metrics.index("recall@10")
    widths = (both.high - both.low)[:, column]
    assert gap.high - gap.low < widths[0] + widths[1]


def test_the_best_of_the_others_is_the_one_the_scorer_is_held_against():
    rankings = {"scorer": GOOD, "item_cf": GOOD, "random": POOR}
    made = compare(rankings, RELEVANT, ks=(2,), n_items=5, popularity=POPULAR, seed=0)
    ndcg = next(d for d in made.differences if d.metric == "ndcg@2")
    assert (ndcg.against, ndcg.value, ndcg.is_clear) == ("item_cf", 0.0, False)
    assert {d.metric.partition("@")[0] for d in made.differences}.isdisjoint({"coverage", "gini"})


def test_permuting_the_users_changes_no_value():
    better, _, relevant = random_case(1, users=60)
    order = np.random.default_rng(0).permutation(60)
    settings = {"ks": (5,), "n_items": 30, "popularity": np.ones(30), "seed": 0}
    straight = compare({"scorer": better}, relevant, **settings)
    shuffled = compare({"scorer": better[order]}, relevant.take(order), **settings)
    np.testing.assert_allclose(straight.value, shuffled.value)


def test_rating_errors_are_in_the_units_of_the_data_and_only_where_predicted():
    relevant = held_out([[0], [1, 2]], n_items=3, ratings=[1.0, 0.5, np.nan])
    ranking = lists([0], [1])
    made = compare(
        {"scorer": ranking, "random": ranking},
        relevant,
        ks=(1,),
        n_items=3,
        popularity=[1, 1, 1],
        seed=0,
        predicted_ratings={"scorer": [0.75, 0.5, 0.1]},
        rating_range=(1.0, 5.0),
    )
    models = made.to_json()["models"]
    assert models["scorer"]["rmse"]["value"] == pytest.approx(math.sqrt((1.0 + 0.0) / 2))
    assert models["scorer"]["mae"]["value"] == pytest.approx(0.5)
    assert models["random"]["rmse"]["value"] is None


def test_the_scorer_is_held_against_the_smallest_error_of_the_others():
    relevant = held_out([[0], [1], [2]], n_items=3, ratings=[1.0, 1.0, 1.0])
    ranking = lists([0], [1], [2])
    made = compare(
        dict.fromkeys(("scorer", "item_cf", "user_cf"), ranking),
        relevant,
        ks=(1,),
        n_items=3,
        popularity=[1, 1, 1],
        seed=0,
        predicted_ratings={"scorer": [0.9] * 3, "item_cf": [0.4] * 3, "user_cf": [0.8] * 3},
    )
    error = next(d for d in made.differences if d.metric == "mae")
    assert error.against == "user_cf"
    assert error.value == pytest.approx(-0.1)


def test_hits_agree_with_sets():
    rng = np.random.default_rng(7)
    relevant = held_out([rng.choice(9, rng.integers(0, 4), replace=False) for _ in range(50)], 9)
    ranking = rng.integers(-1, 9, size=(50, 6)).astype(np.int32)
    expected = [[i in set(relevant.items_of(u)) for i in ranking[u]] for u in range(50)]
    assert hits(ranking, relevant).tolist() == expected


def test_a_short_catalogue_leaves_places_empty():
    made = compare(
        {"scorer": lists([0, 1])},
        held_out([[1]], 2),
        ks=(10,),
        n_items=2,
        popularity=[1, 1],
        seed=0,
    )
    assert made.to_json()["models"]["scorer"]["precision@10"]["value"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("ranking", "message"),
    [
        (lists([0], [1], [2]), "hold 1 items, the evaluation needs 2"),
        (lists([0, 1]), "with 3 users"),
        (lists([0, 9], [0, 1], [0, 1]), "outside the 5"),
        (lists([0, 1], [2, 2], [0, 1]), "twice, first for user row 1"),
    ],
)
def test_a_ranking_that_does_not_fit_is_refused(ranking, message):
    with pytest.raises(DataError, match=message):
        compare({"scorer": ranking}, RELEVANT, ks=(2,), n_items=5, popularity=POPULAR, seed=0)


def test_nothing_held_out_and_no_k_are_refused():
    with pytest.raises(DataError, match="nothing to evaluate"):
        compare(
            {"m": GOOD}, held_out([[], [], []], 5), ks=(2,), n_items=5, popularity=POPULAR, seed=0
        )
    with pytest.raises(ConfigError, match="from 1 on"):
        small(ks=(0,))
