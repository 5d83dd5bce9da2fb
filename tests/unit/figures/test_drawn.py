"""Every figure draws in both themes, within its limits, with nothing of the data taken as markup."""

import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from m6rec_core.data.health import health as measure
from m6rec_core.data.health import shape
from m6rec_core.data.health.drift import changes
from m6rec_core.data.interactions import Interactions
from m6rec_core.evaluation.segments import SegmentTable
from m6rec_core.figures import (
    concentration,
    contributions,
    evaluation,
    health,
    health_kinds,
    health_time,
    importance,
    layers,
    likeness_settings,
    map,
    reading,
    runs,
    segments,
    similarity,
    swarm,
    training,
    tuning,
    units,
)
from m6rec_core.figures.theme import DARK, LIGHT

EVIL = "<b>bold</b> $x^2$ %{x} & more"
RAW = re.compile(r"<b>bold|\$x\^2|%\{x\} &")
RNG = np.random.default_rng(0)
COUNTS = RNG.zipf(1.7, 3000).clip(1, 900)
CONTRIBUTIONS = RNG.normal(size=(2000, 6))
NAMES = [EVIL, "a", "b", "c", "d", "e"]
DOCUMENT = {
    "users": 10,
    "models": {
        name: {
            metric: {"value": 0.1 * at, "low": None, "high": None} for metric in ("ndcg@5", "mrr@5")
        }
        for at, name in enumerate(("scorer", "item_cf", EVIL))
    },
}
EXPLANATION = {
    "base": 0.1,
    "score": 0.3,
    "contributions": [
        {"feature": EVIL, "group": EVIL, "value": 1.0, "contribution": 0.2,
         "parts": [{"item_id": EVIL, "contribution": -0.2}]},
    ],
}  # fmt: skip
TABLE = SegmentTable(
    "ndcg@5",
    (EVIL, "rest"),
    ("scorer", EVIL),
    np.array([3, 4]),
    *(np.full((2, 2), x) for x in (0.2, 0.1, 0.3)),
)


def _events() -> Interactions:
    """Ratings and clicks of some users over two months, in which pairs come again."""
    n = 3000
    frame = pd.DataFrame(
        {
            "user_id": RNG.integers(40, size=n).astype(str),
            "item_id": RNG.integers(25, size=n).astype(str),
            "event": np.where(RNG.random(n) < 0.3, "purchase", EVIL),
            "value": RNG.integers(1, 6, size=n).astype(float),
            "timestamp": 1_700_000_000 + RNG.integers(60 * 86_400, size=n),
        }
    )
    return Interactions.from_frame(frame, rating_range=(1.0, 5.0))


HEALTH = measure(_events())
ABLATION = [
    {"group": EVIL, "with": 0.2, "without": 0.1, "low": 0.05, "high": 0.15, "how": "refit"},
    {"group": "b", "with": 0.2, "without": 0.21, "low": None, "high": None, "how": "refit"},
]
TRIED = {EVIL: ["a", EVIL, "a"], "rate": [0.1, 0.2, 0.3]}

DRAWN = {
    "ablation": lambda t: training.ablation_figure(training.ablation_info(ABLATION), t),
    "runs": lambda t: runs.against_figure(
        runs.Against("NDCG@10", EVIL, (EVIL, "b"), *np.array([[0.1, np.nan]] * 3)), t
    ),
    "search": lambda t: tuning.search_figure(
        tuning.search_info([0.1, float("nan"), 0.05], ["complete", "failed", "pruned"]), t
    ),
    "options that matter": lambda t: tuning.importance_figure([EVIL, "b"], [0.2, 0.8], t),
    "values together": lambda t: tuning.crossing_figure(
        tuning.crossing_info(TRIED, [0.1, 0.3, 0.2], [0, 1, 2]), t
    ),
    "front": lambda t: tuning.front_figure(
        tuning.front_info(
            [1.0, 2.0], [0.3, 0.2], [True, False], [0, 1], x_title=EVIL, maximise_x=False
        ),
        t,
    ),
    "long tail": lambda t: concentration.long_tail_figure(
        concentration.long_tail_info(shape.spread(COUNTS), of="item"), t
    ),
    "lorenz": lambda t: concentration.lorenz_figure(shape.concentration(COUNTS), t),
    "ratings": lambda t: health.ratings_figure(HEALTH.ratings, t),
    "repeats": lambda t: health.repeats_figure(HEALTH.repeats, t),
    "cold": lambda t: health.shares_figure(health.cold_info(HEALTH), t, axis_title="share"),
    "missing": lambda t: health.shares_figure(
        health.missing_info(HEALTH.missing), t, axis_title="share", of=900
    ),
    "activity": lambda t: health_time.activity_figure(HEALTH.activity, t),
    "week": lambda t: health_time.week_figure(HEALTH.activity, t),
    "drift": lambda t: health_time.drift_figure(
        changes(HEALTH.drift, HEALTH.kinds, HEALTH.ratings), t
    ),
    "kinds": lambda t: health_kinds.kinds_figure(HEALTH.kinds, t),
    "funnel": lambda t: health_kinds.funnel_figure(health_kinds.funnel_info(HEALTH.kinds), t),
    "heat map": lambda t: similarity.heat_map_figure(
        similarity.heat_map_info(RNG.random((6, 6)), NAMES), t
    ),
    "likeness": lambda t: similarity.likeness_figure(similarity.likeness_info(RNG.random(99)), t),
    "neighbours": lambda t: similarity.neighbours_figure(
        similarity.neighbours_info(EVIL, NAMES, RNG.random(6)), t
    ),
    "effect": lambda t: likeness_settings.effect_figure(
        likeness_settings.effect_info(EVIL, [1, 2, 5], [0.1, 0.3, 0.2], now=3), t
    ),
    "two lists": lambda t: likeness_settings.two_lists_figure(
        likeness_settings.two_lists_info(EVIL, NAMES[:4], NAMES[2:]), t, names=(EVIL, "b")
    ),
    "learning": lambda t: training.learning_figure(
        training.learning_info([{"epoch": 1, "loss": 2.0, "validation_ndcg@10": 0.1}]), t
    ),
    "gap": lambda t: training.gap_figure(training.gap_info(NAMES, RNG.random(6)), t),
    "metric bars": lambda t: evaluation.metric_bars_figure(
        evaluation.metric_bars_info(DOCUMENT, "ndcg@5"), t
    ),
    "trade-off": lambda t: evaluation.trade_off_figure(
        evaluation.trade_off_info(DOCUMENT, "mrr@5", "ndcg@5"), t
    ),
    "segments": lambda t: segments.segment_bars_figure(TABLE, t),
    "waterfall": lambda t: contributions.waterfall_figure(
        contributions.waterfall_info(EXPLANATION), t
    ),
    "parts": lambda t: contributions.parts_figure(contributions.parts_info(EXPLANATION, {}), t),
    "importance": lambda t: importance.importance_figure(
        importance.Importance(tuple(NAMES), tuple(NAMES[::-1]), RNG.random(6), 2000), t
    ),
    "swarm": lambda t: swarm.swarm_figure(
        swarm.swarm_info(CONTRIBUTIONS, CONTRIBUTIONS, NAMES, seed=0), t
    ),
    "dependence": lambda t: importance.dependence_figure(
        importance.dependence_info(RNG.random(9000), RNG.random(9000), title=EVIL, seed=0), t
    ),
    "weights": lambda t: layers.weights_figure(layers.weights_info(RNG.normal(size=99)), t),
    "activations": lambda t: layers.activations_figure(
        layers.Activations(EVIL, RNG.random(700), *np.sort(RNG.random((3, 700)), axis=0), 700), t
    ),
    "units": lambda t: layers.unit_health_figure(layers.unit_health_info([EVIL], [0.1], [0.0]), t),
    "map": lambda t: map.map_figure(
        map.map_info(RNG.random((900, 2)), [EVIL] * 900, [EVIL, "x", "y"] * 300, total=5000),
        t,
        rings=[3, 4],
    ),
    "map of numbers": lambda t: map.map_figure(
        map.numbered_map_info(RNG.random((30, 2)), [EVIL] * 30, [np.nan, 2.0, 3.0] * 10, of=EVIL),
        t,
    ),
    "map in space": lambda t: map.map_figure(
        map.map_info(RNG.random((30, 3)), [EVIL] * 30, [EVIL, "x", "y"] * 10), t, rings=[1]
    ),
    "followed": lambda t: units.followed_figure(
        units.followed_info(EVIL, NAMES, RNG.random(6) - 0.5), t
    ),
    "spread": lambda t: units.spread_figure(units.spread_info(RNG.random((9, 7))), t),
    "movement": lambda t: units.movement_figure(
        units.movement_info([{"epoch": e, "movement": {EVIL: 0.1, "b": 0.2}} for e in (1, 2)]), t
    ),
    "reading": lambda t: reading.reading_figure(
        reading.responses_info(NAMES, RNG.integers(9, size=6)), t
    ),
    "filters": lambda t: reading.filters_figure(
        reading.filters_info(RNG.normal(size=(5, 3, 2)), [EVIL, "weight"]), t
    ),
}
WITHOUT_DATA = {
    "ablation": lambda t: training.ablation_figure(training.ablation_info([]), t),
    "search": lambda t: tuning.search_figure(tuning.search_info([], []), t),
    "values together": lambda t: tuning.crossing_figure(tuning.crossing_info({}, [], []), t),
    "front": lambda t: tuning.front_figure(
        tuning.front_info([], [], [], [], x_title="x", maximise_x=True), t
    ),
    "long tail": lambda t: concentration.long_tail_figure(
        concentration.long_tail_info(shape.spread(np.zeros(0, np.int64)), of="user"), t
    ),
    "lorenz": lambda t: concentration.lorenz_figure(shape.concentration(np.zeros(2, np.int64)), t),
    "missing": lambda t: health.shares_figure(health.missing_info(()), t, axis_title="share"),
    "learning": lambda t: training.learning_figure(training.learning_info([]), t),
    "neighbours": lambda t: similarity.neighbours_figure(
        similarity.neighbours_info("x", [], []), t
    ),
    "two lists": lambda t: likeness_settings.two_lists_figure(
        likeness_settings.two_lists_info("x", [], []), t, names=("a", "b")
    ),
    "likeness": lambda t: similarity.likeness_figure(similarity.likeness_info([]), t),
    "parts": lambda t: contributions.parts_figure(
        contributions.parts_info({"contributions": []}, {}), t
    ),
    "gap": lambda t: training.gap_figure(training.gap_info([], []), t),
}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", sorted(DRAWN))
def test_a_figure_draws_in_its_theme_and_within_its_limits(name, theme):
    drawn = json.loads(DRAWN[name](theme).to_json())
    assert drawn["layout"]["template"]["layout"]["paper_bgcolor"] == theme.ground
    assert drawn["layout"]["height"] >= 100
    points = sum(length_of(trace.get("x")) for trace in drawn["data"] if "scatter" in trace["type"])
    assert points <= 5000
    assert not RAW.search(json.dumps(drawn, ensure_ascii=False))
    assert not any(trace.get("showlegend") for trace in drawn["data"])


@pytest.mark.parametrize(
    "name", sorted(set(DRAWN) - {"map", "map of numbers", "map in space", "heat map"})
)
def test_axes_say_what_they_show(name):
    layout = DRAWN[name](LIGHT).to_plotly_json()["layout"]
    assert layout["xaxis"]["title"]["text"]
    assert layout["yaxis"].get("title", {}).get("text") or layout["yaxis"].get("ticktext")


@pytest.mark.parametrize("name", sorted(WITHOUT_DATA))
def test_a_figure_without_data_still_draws(name):
    assert WITHOUT_DATA[name](DARK).to_json()


def test_two_rows_with_one_title_stay_two_rows():
    info = similarity.neighbours_info("x", ["same", "same"], [0.5, 0.4])
    bar = similarity.neighbours_figure(info, LIGHT).to_plotly_json()
    assert list(bar["data"][0]["y"]) == [0, 1]
    assert list(bar["layout"]["yaxis"]["ticktext"]) == ["same", "same"]


def test_left_out_points_are_mentioned_on_the_chart():
    notes = [note.text for note in DRAWN["dependence"](LIGHT).layout.annotations]
    assert notes == ["4\u2009980 of 9\u2009000 pairs"]


def test_figures_can_be_imported_without_opening_the_drawing_library():
    code = (
        "import sys, m6rec_core.figures.evaluation, m6rec_core.figures.map, "
        "m6rec_core.figures.layers; "
        "sys.exit(any(n in sys.modules for n in ('plotly', 'shap', 'keras', 'tensorflow')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def length_of(values):
    """Points of a JSON array, which Plotly writes as a list or as typed bytes."""
    if isinstance(values, dict):
        size = int(re.sub(r"\D", "", values["dtype"])) if values["dtype"] != "f8" else 8
        return len(values["bdata"]) * 3 // 4 // size
    return len(values or [])
