"""Evaluate: every model against held-out events, one metric at a time, with intervals and definitions."""

import streamlit as st

from m6rec_core.evaluation.metrics import METRICS
from m6rec_core.figures import evaluation
from pages.shared import cached, evaluation_views, frame, runs_view
from pages.shared.panels import answer, picture, quiet, tabs
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
titles = {evaluation.metric_title(name): name for name in evaluation_views.metric_names(metrics)}
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
tabs(
    "evaluate.detail",
    {
        "For whom": lambda: evaluation_views.for_whom(run, metric),
        "All figures": lambda: evaluation_views.all_figures(metrics, run),
        "Accuracy and novelty": lambda: evaluation_views.trade_off(metrics),
        "How it was judged": lambda: evaluation_views.protocol(metrics),
    },
)
frame.next_step("Browse the lists", RECOMMENDATIONS)
