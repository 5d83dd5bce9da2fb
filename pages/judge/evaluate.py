"""Evaluate: every model against held-out events, one metric at a time, with intervals and definitions."""

import pandas as pd
import streamlit as st

from m6rec_core.evaluation.metrics import METRICS
from m6rec_core.figures import evaluation
from pages.shared import cached, frame, runs_view
from pages.shared.panels import answer, picture, quiet, table
from pages.shared.places import EVALUATE, RECOMMENDATIONS, TRAIN

workspace = cached.workspace()
_, run = frame.require_run(frame.open_page(EVALUATE, workspace), workspace)
metrics = cached.document(run.folder, "metrics.json")
if not metrics:
    frame.nothing_here(
        "This run held nothing out.",
        "It learned from every event, so there is nothing left to judge it by. "
        "Train one that holds out each user's last item.",
        "Train with a held-out part",
        TRAIN,
    )
names = list(dict.fromkeys(name for cells in metrics["models"].values() for name in cells))
titles = {evaluation.metric_title(name): name for name in names}
summary = st.container()
chosen_title = st.selectbox(
    "Metric",
    list(titles),
    key="evaluate.metric",
    bind="query-params",
    help="What the lists are judged by; its definition stands below the picture.",
    width=260,
)
metric = titles[str(chosen_title)]

bars = evaluation.metric_bars_info(metrics, metric)
protocol = metrics["protocol"]
rows = [
    {"Model": evaluation.model_title(model)}
    | {evaluation.metric_title(name): runs_view.interval(cells.get(name, {})) for name in names}
    for model, cells in metrics["models"].items()
]

with summary:
    answer(*runs_view.merits(metrics))
picture(
    evaluation.metric_bars_finding(bars),
    lambda theme: evaluation.metric_bars_figure(bars, theme),
    key="evaluate.bars",
)
about = METRICS[metric.partition("@")[0]]
quiet(
    f"{about.title}: {about.definition}. Candidates: {protocol['candidates']}. "
    f"Whiskers: {protocol['interval']}."
)
all_figures, trade_off, definitions = st.tabs(
    ["All figures", "Accuracy and novelty", "How it was judged"]
)
with all_figures:
    table(pd.DataFrame(rows), key="evaluate.all", file_name=f"evaluation-{run.run_id}.csv")
with trade_off:
    pair = ("popularity@10", "ndcg@10")
    if all(name in names for name in pair):
        points = evaluation.trade_off_info(metrics, *pair)
        picture(
            evaluation.trade_off_finding(points),
            lambda theme: evaluation.trade_off_figure(points, theme),
            key="evaluate.trade_off",
        )
with definitions:
    st.text(
        f"Split: {protocol['split']}\n"
        f"Candidates: {protocol['candidates']}\n"
        f"Users counted: {protocol['users_counted']:,}, left out: {protocol['users_excluded']:,} "
        f"({protocol['excluded_because']})\n"
        f"Intervals: {protocol['interval']}"
    )
    words = [
        {"Metric": METRICS[family].title, "Definition": definition}
        for family, definition in protocol["definitions"].items()
    ]
    table(pd.DataFrame(words), key="evaluate.definitions", file_name="definitions.csv")
frame.next_step("Browse the lists", RECOMMENDATIONS)
