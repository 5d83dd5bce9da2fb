"""Training as it goes and as it ended: curves, the gap between training and serving, settings that were tried."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from m6rec_core.config import Config
from m6rec_core.config import options as option_names
from m6rec_core.figures import training
from m6rec_core.figures.text import counted, signed, thousands, three
from m6rec_core.scorer.cost import Cost, Size, expected_cost, scale_to
from m6rec_core.workspace.datasets import DatasetRecord
from m6rec_core.workspace.jobs import JobRecord
from m6rec_core.workspace.runs import RunRecord
from m6rec_core.workspace.workspace import Workspace
from pages.shared import cached
from pages.shared.jobs import duration
from pages.shared.panels import escaped, picture, quiet, table, tabs

LEARNING = "learning.jsonl"
RUNS_THAT_TELL = 5  # how fast this machine is


def live_curve(workspace: Workspace, job: JobRecord) -> None:
    """The learning curve of a job that trains now; nothing before its first epoch."""
    lines = _lines(workspace.checkpoint_folder(job.job_id) / LEARNING)
    if job.kind == "train" and lines:
        _curve(lines, key="train.live")


def estimate(workspace: Workspace, dataset: DatasetRecord, options: Mapping[str, Any]) -> str:
    """What to expect before starting: time, memory, and where the figures come from."""
    expected, runs = _expected(workspace, dataset, options)
    last = "last run" if runs == 1 else f"last {counted(runs, 'run')}"
    source = f", at the speed of the {last} here" if runs else ""
    return (
        f"About {duration(expected.total)} and {three(expected.megabytes / 1000)} GB of memory: computed "
        f"from {thousands(dataset.users)} users, {thousands(dataset.items)} items, "
        f"{thousands(dataset.events)} events and the options{source}. "
        "It goes on when this page is closed."
    )


def seconds_to_learn(
    workspace: Workspace, dataset: DatasetRecord, options: Mapping[str, Any]
) -> float:
    """What making the lists and training the network may take: what one trial of a search does."""
    return _expected(workspace, dataset, options)[0].seconds["learn"]


def _expected(
    workspace: Workspace, dataset: DatasetRecord, options: Mapping[str, Any]
) -> tuple[Cost, int]:
    """The cost at the speed of this machine, and how many runs tell that speed."""
    sizes = {one.dataset_id: _size(one) for one in workspace.datasets()}
    ratios = []
    for run in workspace.runs():
        spent = _seconds(run)
        if spent and run.dataset_id in sizes:
            ratios.append(spent / expected_cost(sizes[run.dataset_id], _config(run)).total)
    timed = ratios[:RUNS_THAT_TELL]
    cost = expected_cost(_size(dataset), Config.from_flat(options))
    return scale_to(cost, timed), len(timed)


def _size(dataset: DatasetRecord) -> Size:
    return Size(users=dataset.users, items=dataset.items, events=dataset.events)


def _config(run: RunRecord) -> Config:
    known = dict(option_names())
    return Config.from_flat({key: value for key, value in run.config.items() if key in known})


def learned(run: RunRecord) -> None:
    """Curve, gap, settings and times of a trained run."""
    tabs(
        "train.detail",
        {
            "Learning curve": lambda: _curve(_lines(run.folder / LEARNING), key="train.curve"),
            "Training against serving": lambda: _gap(run),
            "What each group adds": lambda: _ablation(run),
            "Settings tried": lambda: _tried(run),
            "Time spent": lambda: _times(run),
        },
    )


def _times(run: RunRecord) -> None:
    summary = cached.document(run.folder, "summary.json") or {}
    seconds = summary.get("seconds", {})
    peak = summary.get("peak_megabytes")
    memory = f", at most {three(peak / 1000)} GB of memory" if peak else ""
    st.text(f"{duration(sum(seconds.values()))} in all{memory}.")
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


def _ablation_lines(document: Any) -> list[dict[str, Any]]:
    """One line per group of features: what a run wrote, in either of its two forms."""
    if not isinstance(document, Mapping):
        return list(document or [])
    return [
        {
            "group": part["title"],
            "with": document["whole"],
            "without": part["without"],
            "low": part["low"],
            "high": part["high"],
            "how": document["method"],
        }
        for part in document.get("additions", [])
        if part["kind"] == "group"
    ]


def _ablation(run: RunRecord) -> None:
    lines = _ablation_lines(cached.document(run.folder, "ablation.json"))
    if not lines:
        st.info(
            "This run did not measure what each group of features adds.", icon=":material/info:"
        )
        return
    info = training.ablation_info(lines)
    picture(
        training.ablation_finding(info),
        lambda theme: training.ablation_figure(info, theme),
        key="train.ablation",
    )
    quiet(f"How: {lines[0].get('how', 'validation, paired by user')}.")
    rows = [
        {
            "Group": line["group"],
            "NDCG@10 with": line["with"],
            "NDCG@10 without": line["without"],
            "Gain": signed(line["with"] - line["without"]),
            "95 % interval": f"{signed(line['low'])} to {signed(line['high'])}"
            if line.get("low") is not None and line.get("high") is not None
            else "",
        }
        for line in lines
    ]
    four = st.column_config.NumberColumn(format="%.4f")
    table(
        pd.DataFrame(rows),
        key="train.ablation_table",
        file_name=f"ablation-{run.run_id}.csv",
        columns={"NDCG@10 with": four, "NDCG@10 without": four},
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
