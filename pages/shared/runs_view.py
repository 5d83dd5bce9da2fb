"""Runs in figures: the merits of one, and a table of many."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from m6rec_core.evaluation.metrics import METRICS
from m6rec_core.figures.evaluation import metric_title
from m6rec_core.figures.text import percent, thousands, three
from m6rec_core.workspace.runs import RunRecord
from m6rec_core.workspace.workspace import Workspace
from pages.shared.panels import Merit, table

SCORER = "scorer"
SHOWN = ("ndcg@10", "recall@20")
SHORT_NAMES = {"item_cf": "items alike", "user_cf": "users alike"}


def merits(metrics: Mapping[str, Any]) -> tuple[Merit, ...]:
    """The figures that matter of an evaluation, each with its interval or what it is held against."""
    scorer = metrics.get("models", {}).get(SCORER, {})
    found = [_measured(metrics, metric) for metric in SHOWN if metric in scorer]
    if "coverage@10" in scorer:
        found.append(
            Merit(
                "Catalogue shown",
                percent(scorer["coverage@10"]["value"]),
                METRICS["coverage"].definition + ", lists of 10",
                f"popularity shows {_coverage_of_popularity(metrics)}",
            )
        )
    if found:
        protocol = metrics["protocol"]
        found.append(
            Merit(
                "Judged on",
                f"{thousands(metrics['users'])} users",
                f"{protocol['split']}; {protocol['interval']}",
                f"{thousands(protocol['held_out_items'])} items held out",
            )
        )
    return tuple(found)


def recent(workspace: Workspace, records: Sequence[RunRecord]) -> None:
    """The newest runs with their choices and their figures."""
    names = {record.dataset_id: record.name for record in workspace.datasets()}
    rows = [
        {
            "Run": run.name,
            "Data set": names.get(run.dataset_id, run.dataset_id),
            "When": pd.to_datetime(run.created, unit="s", utc=True),
            "Basis": run.config.get("similarity.basis", ""),
            "Network": run.config.get("scorer.network", ""),
            "Seed": run.config.get("seed", 0),
            "NDCG@10": run.value("ndcg@10"),
            "Recall@20": run.value("recall@20"),
        }
        for run in records
    ]
    table(
        pd.DataFrame(rows),
        key="runs.recent",
        file_name="runs.csv",
        columns={
            "Run": st.column_config.TextColumn(width="medium"),
            "When": st.column_config.DatetimeColumn(format="distance", help="UTC"),
            "NDCG@10": st.column_config.NumberColumn(format="%.3f"),
            "Recall@20": st.column_config.NumberColumn(format="%.3f"),
        },
    )


def interval(cell: Mapping[str, float | None]) -> str:
    """`0.184 (0.171 to 0.197)`, without the bracket where there is no interval."""
    value, low, high = (cell.get(end) for end in ("value", "low", "high"))
    text = three(float("nan") if value is None else value)
    return text if low is None or high is None else f"{text} ({three(low)} to {three(high)})"


def _measured(metrics: Mapping[str, Any], metric: str) -> Merit:
    cell = metrics["models"][SCORER][metric]
    gain = metrics.get("differences", {}).get(metric)
    beside = []
    if cell["low"] is not None:
        beside.append(f"± {(cell['high'] - cell['low']) / 2:.2g}")
    if gain and gain["value"] is not None:
        other = metrics["models"][gain["against"]][metric]["value"]
        share = f"{gain['value'] / other:+.0%}".replace("%", " %") if other else "more"
        beside.append(f"{share} over {SHORT_NAMES.get(gain['against'], gain['against'])}")
    family = metric.partition("@")[0]
    return Merit(
        metric_title(metric),
        three(cell["value"]),
        f"{METRICS[family].definition}. The scorer: {interval(cell)}, 95 % interval over users.",
        " · ".join(beside),
    )


def _coverage_of_popularity(metrics: Mapping[str, Any]) -> str:
    cell = metrics["models"].get("popularity", {}).get("coverage@10")
    return percent(cell["value"]) if cell else "–"
