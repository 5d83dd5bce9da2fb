"""Training as it goes and as it ended: curves, the gap between training and serving, settings that were tried."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from m6rec_core.config import Config
from m6rec_core.figures import training
from m6rec_core.figures.text import thousands, three
from m6rec_core.workspace.datasets import DatasetRecord
from m6rec_core.workspace.jobs import JobRecord
from m6rec_core.workspace.runs import RunRecord
from m6rec_core.workspace.workspace import Workspace
from pages.shared import cached
from pages.shared.jobs import duration
from pages.shared.panels import escaped, picture, quiet, table, tabs

LEARNING = "learning.jsonl"
SECONDS_PER_EVENT = 45 / 100_000  # two cores, while no run of this data set has been timed
FEATURES, BYTES = 40, 4


def live_curve(workspace: Workspace, job: JobRecord) -> None:
    """The learning curve of a job that trains now; nothing before its first epoch."""
    lines = _lines(workspace.checkpoint_folder(job.job_id) / LEARNING)
    if job.kind == "train" and lines:
        _curve(lines, key="train.live")


def estimate(workspace: Workspace, dataset: DatasetRecord, options: Mapping[str, Any]) -> str:
    """What to expect before starting: time from the last run of this data, memory of the largest table."""
    config = Config.from_flat(options)
    users = min(dataset.users, config.scorer.training_users)
    megabytes = users * config.ranking.candidates * FEATURES * BYTES / 1e6
    timed = next(
        (seconds for run in workspace.runs(dataset.dataset_id) if (seconds := _seconds(run))), None
    )
    seconds = timed or dataset.events * SECONDS_PER_EVENT
    source = "as the last run of this data set" if timed else "guessed from the number of events"
    return (
        f"About {duration(seconds)} ({source}); the table of training lists takes about "
        f"{thousands(max(megabytes, 1))} MB. It goes on when this page is closed."
    )


def learned(run: RunRecord) -> None:
    """Curve, gap, settings and times of a trained run."""
    tabs(
        "train.detail",
        {
            "Learning curve": lambda: _curve(_lines(run.folder / LEARNING), key="train.curve"),
            "Training against serving": lambda: _gap(run),
            "Settings tried": lambda: _tried(run),
            "Time spent": lambda: _times(run),
        },
    )


def _times(run: RunRecord) -> None:
    seconds = (cached.document(run.folder, "summary.json") or {}).get("seconds", {})
    st.text(f"{duration(sum(seconds.values()))} in all.")
    rows = [{"Step": step, "Seconds": spent} for step, spent in seconds.items()]
    table(pd.DataFrame(rows), key="train.times", file_name=f"times-{run.run_id}.csv")


def _curve(lines: list[dict[str, Any]], *, key: str) -> None:
    info = training.learning_info(lines)
    picture(
        training.learning_finding(info),
        lambda theme: training.learning_figure(info, theme),
        key=key,
    )


def _gap(run: RunRecord) -> None:
    quiet(
        "Features are computed for training by similarities that have not seen the pair "
        "(cross-fitting), and for serving by similarities that have seen everything. What differs "
        "here was learned in one world and is used in another."
    )
    lines = cached.document(run.folder, "gap.json") or []
    info = training.gap_info(
        [line["title"] for line in lines], [line["distance"] for line in lines]
    )
    picture(
        training.gap_finding(info), lambda theme: training.gap_figure(info, theme), key="train.gap"
    )
    three_digits = st.column_config.NumberColumn(format="%.3f")
    table(
        pd.DataFrame(lines),
        key="train.gap_table",
        file_name=f"gap-{run.run_id}.csv",
        columns=dict.fromkeys(("training_mean", "serving_mean", "distance"), three_digits),
    )


def _tried(run: RunRecord) -> None:
    about = cached.document(run.folder, "similarity.json") or {}
    trials = about.get("trials", [])
    if not trials:
        st.info("The settings were given; nothing was tried.", icon=":material/info:")
        return
    rows = [
        {"Side": trial["side"], "NDCG@10": trial["ndcg"], "Users": trial["users"]}
        | trial["settings"]
        for trial in trials
    ]
    best = max((trial.get("ndcg", float("nan")) for trial in trials), default=float("nan"))
    st.markdown(
        escaped(
            f"{len(trials)} settings were compared on validation; the best reached NDCG@10 {three(best)}."
        )
    )
    table(
        pd.DataFrame(rows).sort_values("NDCG@10", ascending=False),
        key="train.trials",
        file_name=f"trials-{run.run_id}.csv",
        columns={"NDCG@10": st.column_config.NumberColumn(format="%.4f")},
    )


def _seconds(run: RunRecord) -> float:
    summary = cached.document(run.folder, "summary.json") or {}
    return float(sum(summary.get("seconds", {}).values()))


def _lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a log that may be written at this moment; its last line may be torn."""
    if not path.exists():
        return []
    whole = path.read_text(encoding="utf-8").rpartition("\n")[0]
    return [json.loads(line) for line in whole.splitlines() if line]
