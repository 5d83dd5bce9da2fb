"""An evaluation in detail: for whom it is good, all figures, accuracy against novelty, and the rules it was made by."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from m6rec_core.evaluation.metrics import METRICS, PER_USER
from m6rec_core.evaluation.segments import SegmentTable
from m6rec_core.figures import evaluation, segments
from m6rec_core.workspace.runs import RunRecord
from pages.shared import cached
from pages.shared.panels import picture, quiet, table
from pages.shared.runs_view import interval

NOVELTY, ACCURACY = "popularity@10", "ndcg@10"


def metric_names(metrics: Mapping[str, Any]) -> list[str]:
    """Every metric that any model has, in the order of the document."""
    return list(dict.fromkeys(name for cells in metrics["models"].values() for name in cells))


def for_whom(run: RunRecord, metric: str) -> None:
    """One metric by segment of the users, for every model."""
    ways = cached.divisions(run.folder)
    if not ways:
        st.info(
            "This run keeps no figures of single users, or all users are of one kind. "
            "A run that an earlier version trained has none: train it again.",
            icon=":material/info:",
        )
        return
    by = st.selectbox(
        "Users by",
        ways,
        key="evaluate.by",
        bind="query-params",
        help="How much is known of them, how well known the items of their history are, or one of "
        "their attributes.",
        width=260,
    )
    if metric.partition("@")[0] not in (*PER_USER, "popularity"):
        st.info(
            f"{evaluation.metric_title(metric)} belongs to all lists together. "
            "Choose a metric that single users have, NDCG@10 for one.",
            icon=":material/info:",
        )
        return
    found = cached.served(run.folder, str(by), metric)
    picture(
        segments.segment_bars_finding(found),
        lambda theme: segments.segment_bars_figure(found, theme),
        key="evaluate.segments",
    )
    name = f"{metric.replace('@', '-at-')}-by-{by}-{run.run_id}.csv".replace(" ", "-")
    table(_by_segment(found), key="evaluate.segment_table", file_name=name)


def _by_segment(found: SegmentTable) -> pd.DataFrame:
    rows = []
    for at, segment in enumerate(found.segments):
        row: dict[str, Any] = {"Users": segment, "Number": int(found.users[at])}
        for column, model in enumerate(found.models):
            ends = zip(("value", "low", "high"), (found.value, found.low, found.high), strict=True)
            cell = {
                end: None if np.isnan(x := array[at, column]) else float(x) for end, array in ends
            }
            row[evaluation.model_title(model)] = interval(cell)
        rows.append(row)
    return pd.DataFrame(rows)


def all_figures(metrics: Mapping[str, Any], run: RunRecord) -> None:
    """One row per model, one column per metric, each with its interval."""
    rows = [
        {"Model": evaluation.model_title(model)}
        | {
            evaluation.metric_title(name): interval(cells.get(name, {}))
            for name in metric_names(metrics)
        }
        for model, cells in metrics["models"].items()
    ]
    table(pd.DataFrame(rows), key="evaluate.all", file_name=f"evaluation-{run.run_id}.csv")


def trade_off(metrics: Mapping[str, Any]) -> None:
    """Accuracy over the popularity of what is listed: up is better, left is less obvious."""
    if not {NOVELTY, ACCURACY} <= set(metric_names(metrics)):
        st.info("These lists were not cut at 10.", icon=":material/info:")
        return
    points = evaluation.trade_off_info(metrics, NOVELTY, ACCURACY)
    picture(
        evaluation.trade_off_finding(points),
        lambda theme: evaluation.trade_off_figure(points, theme),
        key="evaluate.trade_off",
    )
    quiet("Further left: items that fewer people know. Higher: more of what was held out is found.")


def protocol(metrics: Mapping[str, Any]) -> None:
    """The split, the candidates, who was counted, and the definition of every metric."""
    rules = metrics["protocol"]
    st.text(
        f"Split: {rules['split']}\n"
        f"Candidates: {rules['candidates']}\n"
        f"Users counted: {rules['users_counted']:,}, left out: {rules['users_excluded']:,} "
        f"({rules['excluded_because']})\n"
        f"Intervals: {rules['interval']}"
    )
    words = [
        {"Metric": METRICS[family].title, "Definition": definition}
        for family, definition in rules["definitions"].items()
    ]
    table(pd.DataFrame(words), key="evaluate.definitions", file_name="definitions.csv")
