"""Runs in figures: the merits of one, and a table of many."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from m6rec_core.evaluation.metrics import METRICS
from m6rec_core.figures.evaluation import metric_title
from m6rec_core.figures.text import percent, thousands, three
from m6rec_core.workspace.datasets import DatasetRecord
from m6rec_core.workspace.jobs import DONE
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
    _table(_rows(workspace, records), key="runs.recent")


def history(
    workspace: Workspace,
    records: Sequence[RunRecord],
    typed: str,
    dataset: DatasetRecord | None,
) -> list[RunRecord]:
    """The runs in whose row all typed words stand, below the trainings without a result; gives the runs."""
    rows = _rows(workspace, records)
    found = [at for at, row in enumerate(rows) if _holds(row, typed)]
    unfinished = [row for row in _unfinished(workspace, dataset) if _holds(row, typed)]
    _table([*unfinished, *(rows[at] for at in found)], key="runs.history")
    return [records[at] for at in found]


def _rows(workspace: Workspace, records: Sequence[RunRecord]) -> list[dict[str, Any]]:
    names = {record.dataset_id: record.name for record in workspace.datasets()}
    return [
        {
            "Run": run.name,
            "State": "done",
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


def _unfinished(workspace: Workspace, dataset: DatasetRecord | None) -> list[dict[str, Any]]:
    """Trainings that wait, run, or ended without a run; of one data set, or of all."""
    names = {record.dataset_id: record.name for record in workspace.datasets()}
    return [
        {
            "Run": job.payload.get("name") or "unnamed",
            "State": job.state,
            "Data set": names.get(job.payload.get("dataset_id", ""), "–"),
            "When": pd.to_datetime(job.created, unit="s", utc=True),
            "Basis": (job.payload.get("config") or {}).get("similarity.basis", "both"),
            "Network": (job.payload.get("config") or {}).get("scorer.network", "mlp"),
            "Seed": (job.payload.get("config") or {}).get("seed", 0),
        }
        for job in workspace.jobs()
        if job.kind == "train"
        and job.state != DONE
        and (dataset is None or job.payload.get("dataset_id") == dataset.dataset_id)
    ]


def _holds(row: Mapping[str, Any], typed: str) -> bool:
    told = " ".join(str(cell) for cell in row.values()).lower()
    return all(word in told for word in typed.lower().split())


def _table(rows: Sequence[Mapping[str, Any]], *, key: str) -> None:
    table(
        pd.DataFrame(rows),
        key=key,
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
