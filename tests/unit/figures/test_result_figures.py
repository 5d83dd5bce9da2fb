"""What the figures of evaluation, explanation and layers show, worked by hand."""

import numpy as np
import pytest

from m6rec_core.errors import ConfigError
from m6rec_core.explanation.history_reading import Gates
from m6rec_core.explanation.layers import layer_summaries
from m6rec_core.figures import (
    architecture,
    contributions,
    evaluation,
    importance,
    layers,
    map,
    reading,
    swarm,
    units,
)
from m6rec_core.figures.canvas import label_places, with_room
from m6rec_core.figures.theme import LIGHT

DOCUMENT = {
    "users": 671,
    "models": {
        "scorer": {"ndcg@10": {"value": 0.184, "low": 0.17, "high": 0.2}},
        "item_cf": {"ndcg@10": {"value": 0.16, "low": None, "high": None}},
    },
    "differences": {"ndcg@10": {"against": "item_cf", "value": 0.024, "low": 0.01, "high": 0.04}},
}


def test_the_finding_of_a_metric_names_the_gain_and_its_interval():
    info = evaluation.metric_bars_info(DOCUMENT, "ndcg@10")
    assert info.value.tolist() == [0.184, 0.16]
    assert np.isnan(info.low[1])
    assert evaluation.metric_bars_finding(info) == (
        "The scorer's NDCG@10 is 0.184, +0.0240 (0.0100 to 0.0400) against Item-based CF; 671 users."
    )


def test_a_gain_whose_interval_holds_zero_may_be_chance():
    unsettled = {"against": "item_cf", "value": 0.024, "low": -0.01, "high": 0.04}
    info = evaluation.metric_bars_info(
        DOCUMENT | {"differences": {"ndcg@10": unsettled}}, "ndcg@10"
    )
    assert "which may be chance" in evaluation.metric_bars_finding(info)


def test_without_differences_the_best_model_is_named():
    info = evaluation.metric_bars_info({"users": 3, "models": DOCUMENT["models"]}, "ndcg@10")
    assert evaluation.metric_bars_finding(info) == "Scorer has the highest NDCG@10, 0.184."


def test_a_metric_that_was_not_measured_is_refused():
    with pytest.raises(ConfigError, match=r"no 'map@5'. Choose one of ndcg@10"):
        evaluation.metric_bars_info(DOCUMENT, "map@5")


EXPLANATION = {
    "base": 0.4,
    "score": 0.9,
    "contributions": [
        {"feature": "a", "title": "A", "group": "g", "value": 2.0, "contribution": 0.4,
         "parts": [{"item_id": "i1", "contribution": 0.3}, {"item_id": "i2", "contribution": 0.1}]},
        {"feature": "b", "title": "A", "group": "h", "value": None, "contribution": -0.2,
         "parts": [{"user_id": "similar user 1", "contribution": -0.2}]},
        {"feature": "c", "group": "g", "value": 0.5, "contribution": 0.3,
         "parts": [{"item_id": "i2", "contribution": 0.3}]},
    ],
}  # fmt: skip


def test_the_waterfall_walks_from_the_base_to_the_score():
    info = contributions.waterfall_info(EXPLANATION)
    assert info.titles == ("A = 2.00", "c = 0.500", "A")
    assert info.starts == pytest.approx([0.4, 0.8, 1.1])
    assert info.starts[-1] + info.values[-1] == pytest.approx(info.score)


def test_the_waterfall_by_group_sums_its_features():
    info = contributions.waterfall_info(EXPLANATION, by="group")
    assert dict(zip(info.titles, info.values, strict=True)) == pytest.approx({"g": 0.7, "h": -0.2})
    assert contributions.waterfall_finding(info) == (
        "The score 0.900 starts at 0.400 for an average pair; 'g' raises it most (+0.700), "
        "'h' lowers it most (\u22120.200)."
    )
    with pytest.raises(ConfigError, match="'feature' or by 'group'"):
        contributions.waterfall_info(EXPLANATION, by="colour")


def test_small_steps_are_pooled_and_the_sum_stays():
    info = contributions.waterfall_info(EXPLANATION, most=2)
    assert info.titles == ("A = 2.00", "2 others")
    assert info.values == pytest.approx([0.4, 0.1])


def test_parts_are_summed_over_the_features():
    info = contributions.parts_info(EXPLANATION, {"i1": "Alien"}, most=1)
    assert info.titles == ("i2",)
    assert info.values == pytest.approx([0.4])
    assert (info.total, info.left_out) == (pytest.approx(0.7), 1)
    alike = contributions.parts_info(EXPLANATION, {}, of="user_id")
    assert alike.titles == ("similar user 1",)


def test_the_stored_document_gives_the_same_importance():
    document = {
        "pairs": 2,
        "features": [
            {"title": "c", "group": "h", "importance": 0.1},
            {"title": "a", "group": "g", "importance": 0.5},
        ],
        "groups": {"g": 0.2, "h": 0.3},
    }
    assert importance.importance_of_document(document).titles == ("a", "c")
    assert importance.importance_of_document(document, by="group").titles == ("h", "g")


def test_the_swarm_keeps_points_near_their_row_and_within_the_limit():
    rng = np.random.default_rng(0)
    features = rng.random((3000, 8))
    values = features * np.arange(8)
    info = swarm.swarm_info(values, features, [f"f{at}" for at in range(8)], seed=0, most=4)
    assert info.titles == ("f7", "f6", "f5", "f4")
    assert len(info.contribution) == 1250 * 4
    assert (info.pairs, info.total) == (1250, 3000)
    rows = info.row.reshape(1250, 4)
    assert (np.abs(rows - np.arange(4)) < 0.5).all()
    assert info.level.min() >= 0
    assert info.level.max() <= 1
    assert swarm.swarm_finding(info).startswith("High values of 'f7' go with higher scores")


def test_points_of_one_bin_do_not_lie_on_each_other():
    info = swarm.swarm_info(np.full((9, 1), 0.2), np.ones((9, 1)), ["f"], seed=0)
    assert len(set(np.round(info.row, 9))) == 9


def test_dependence_knows_its_direction():
    value = np.arange(100.0)
    rising = importance.dependence_info(value, value**3, title="f", seed=0)
    assert rising.correlation == pytest.approx(1.0)
    assert importance.dependence_finding(rising).startswith("The more 'f', the higher the score")
    falling = importance.dependence_info(value, -value, title="f", seed=0)
    assert falling.correlation == pytest.approx(-1.0)
    flat = importance.dependence_info(value, np.zeros(100), title="f", seed=0)
    assert np.isnan(flat.correlation)
    assert rising.trend_value[:2].tolist() == [2.0, 7.0]


def test_activations_outside_the_band_are_marked():
    population = np.tile(np.linspace(0, 1, 101)[:, None], (1, 3))
    layer = {"name": "hidden", "kind": "Dense", "output_shape": [3], "parameters": 0}
    (summary,) = layer_summaries([layer], {}, {"hidden": population})
    info = layers.activations_of_summary(summary, [0.5, 0.96, -1.0])
    assert info.low == pytest.approx([0.05] * 3)
    assert info.high == pytest.approx([0.95] * 3)
    assert info.is_outside().tolist() == [False, True, True]
    assert "2 of 3 units" in layers.activations_finding(info)
    assert "unit 2 the farthest" in layers.activations_finding(info)


CHAIN = [
    {"name": "features", "kind": "InputLayer", "output_shape": [28], "parameters": 0,
     "activation": None, "inputs": []},
    {"name": 'hidden "1"', "kind": "Dense", "output_shape": [64], "parameters": 1856,
     "activation": "gelu", "inputs": ["features"]},
    {"name": "score", "kind": "Dense", "output_shape": [1], "parameters": 65,
     "activation": None, "inputs": ["hidden \"1\"", "features"]},
]  # fmt: skip


def test_the_architecture_has_a_box_per_layer_and_an_arrow_per_input():
    dot = architecture.architecture_dot(CHAIN, LIGHT)
    assert dot.count("->") == 3
    assert '"hidden \\"1\\"" -> "score";' in dot
    assert "Dense · 64 · gelu\\n1\u2009856 weights" in dot
    assert architecture.architecture_finding(CHAIN) == "3 layers with 1\u2009921 weights in all."


def test_without_inputs_layers_follow_each_other():
    plain = [{"name": name, "kind": "Dense"} for name in ("a", "b", "c")]
    dot = architecture.architecture_dot(plain, LIGHT)
    assert '"a" -> "b";' in dot
    assert '"b" -> "c";' in dot
    assert dot.count("->") == 2


def test_summaries_of_layers_are_taken_as_they_are():
    population = {"hidden": np.array([[0.0, 1.0], [0.0, 3.0]], dtype=np.float32)}
    weights = {"hidden/kernel": np.array([[0.0, 1.0], [2.0, 4.0]])}
    layer = {"name": "hidden", "kind": "Dense", "output_shape": [2], "parameters": 6}
    summaries = layer_summaries([layer, layer | {"name": "out"}], weights, population)
    health = layers.unit_health_of_summaries(summaries)
    assert health.layers == ("hidden",)
    assert health.dead.tolist() == [0.5]
    pair = layers.activations_of_summary(summaries[0], [0.0, 9.0])
    assert pair.is_outside().tolist() == [False, True]
    assert "1 of 2 units" in layers.activations_finding(pair)
    assert "unit 1 the farthest" in layers.activations_finding(pair)
    with pytest.raises(ConfigError, match="was not recorded"):
        layers.activations_of_summary(summaries[1], [0.0])


def test_the_map_keeps_six_categories_and_pools_the_rest():
    names = [f"c{kind}" for kind in range(9) for _ in range(10 - kind)]
    places = np.random.default_rng(0).random((len(names), 2))
    info = map.map_info(places, ["t"] * len(names), names)
    assert info.categories == ("c0", "c1", "c2", "c3", "c4", "c5", "other")
    assert np.bincount(info.category).tolist() == [10, 9, 8, 7, 6, 5, 9]


def test_names_on_the_map_do_not_stand_on_each_other():
    places = np.array([[0, 0], [1, 1], [0.5, 0.5], [0.5, 0.51]], dtype=float)
    info = map.map_info(places, list("abcd"), ["p", "p", "q", "r"])
    heights = np.sort(info.centre[:, 1])
    assert (np.diff(heights) >= 0.05 - 1e-9).all()


def test_a_map_of_numbers_says_where_they_run_and_leaves_the_unknown_out():
    places = np.zeros((3, 2))
    info = map.numbered_map_info(places, list("abc"), [1990.0, np.nan, 2004.0], of="year", total=9)
    assert map.map_finding(info) == "3 points; year runs from 1 990 to 2 004.".replace(
        " 9", "\u20099"
    ).replace(" 0", "\u20090")
    assert info.total == 9


def test_too_many_points_are_refused():
    with pytest.raises(ConfigError, match="at most 5000 places"):
        map.map_info(np.zeros((5001, 2)), ["t"] * 5001, ["c"] * 5001)


def test_a_unit_is_told_by_the_feature_it_follows_most():
    info = units.followed_info("Unit 3", ["a", "b", "c"], [0.2, -0.9, np.nan])
    assert info.titles == ("b", "a")
    assert units.followed_finding(info) == ("Unit 3 falls with 'b' (rank correlation \u22120.900).")
    nothing = units.followed_info("Unit 3", ["a"], [np.nan])
    assert "says the same for every pair" in units.followed_finding(nothing)


def test_the_layer_that_still_moves_is_named_first():
    lines = [
        {"epoch": 1, "movement": {"first": 0.5, "last": 0.1}},
        {"epoch": 2, "movement": {"first": 0.02, "last": 0.04}},
    ]
    info = units.movement_info(lines)
    assert info.layers == ("last", "first")
    assert units.movement_finding(info) == (
        "In the last of 2 epochs 'last' still moved most, by 4.0 % of the length of its weights."
    )
    still = [{"epoch": 1, "movement": {"first": 0.0}}]
    assert "was not trained" in units.movement_finding(units.movement_info(still))
    assert "did not record" in units.movement_finding(units.movement_info([{"epoch": 1}]))


def test_places_before_the_history_began_are_left_out_of_its_reading():
    gates = Gates(np.array([[0.9], [0.2], [0.6]]), np.zeros((3, 1)), np.zeros((3, 1)))
    info = reading.gates_info(["", "Alien", "Brazil"], gates)
    assert info.titles == ("Brazil", "Alien")
    assert info.share.tolist() == [0.6, 0.2]
    assert reading.reading_finding(info).startswith("'Brazil' counts most: 60 %")
    assert "read nothing" in reading.reading_finding(reading.gates_info(["", "", ""], gates))


def test_the_filter_with_the_largest_weight_comes_first():
    weights = np.zeros((2, 3, 1))
    weights[1, 2, 0] = -0.7
    info = reading.filters_info(weights, ["likeness"])
    assert info.columns == ("likeness, 1 older", "likeness, the item itself", "likeness, 1 newer")
    assert info.values[0].tolist() == [0, 0, -0.7]
    assert "on likeness, 1 newer" in reading.filters_finding(info)


def test_the_range_leaves_room_for_the_text_of_the_longest_bar():
    low, high = with_room([0, 0], [1.0, 0.2], ["0.123", "0.2"])
    assert low == 0.0
    assert (high - 1.0) / high >= 5 * 7.5 / 350
    low, high = with_room([0, 0], [-1.0, 0.5], ["abc", "abc"])
    assert low < -1.0
    assert high > 0.5


def test_names_of_near_points_stand_on_different_sides():
    sides = label_places(np.array([0.5, 0.5]), np.array([0.5, 0.54]), ["Scorer", "Random"])
    assert sides[0] != sides[1]
    assert (
        label_places(np.array([0.1, 0.9]), np.array([0.1, 0.9]), ["a", "b"]) == ["top center"] * 2
    )
