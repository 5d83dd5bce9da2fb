"""Runs side by side: what differs in their options, in their figures, and in the lists of users."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import streamlit as st

from m6rec_core.evaluation import of_runs, per_user
from m6rec_core.figures import runs as figures
from m6rec_core.figures.evaluation import metric_title
from m6rec_core.figures.text import counted, percent, signed, three
from m6rec_core.workspace.runs import RunRecord
from pages.shared import cached, choices
from pages.shared.panels import picture, quiet, table
from pages.shared.places import RECOMMENDATIONS

MOST_RUNS = 10
TITLES_SHOWN = 3


def options(runs: Sequence[RunRecord]) -> None:
    """The options in which the runs differ, one column per run."""
    keys = list(dict.fromkeys(key for run in runs for key in run.config))
    differ = [key for key in keys if len({str(run.config.get(key)) for run in runs}) > 1]
    if not differ:
        st.info("These runs have the same options.", icon=":material/info:")
        return
    rows = [
        {"Option": key} | {name: _word(run.config.get(key)) for name, run in _named(runs)}
        for key in differ
    ]
    quiet(f"{counted(len(differ), 'option')} of {len(keys)} differ.")
    table(pd.DataFrame(rows), key="runs.options", file_name="options.csv")


def figures_of(runs: Sequence[RunRecord]) -> None:
    """How far the runs are from the first, on the users that both were judged on."""
    reference, others = runs[0], runs[1:]
    found = {run.run_id: cached.run_differences(reference.folder, run.folder) for run in others}
    if not any(found.values()):
        st.info(
            "These runs keep no figures of single users: nothing was held out, or they are of an "
            "earlier version. Train them again to compare them.",
            icon=":material/info:",
        )
        return
    metric = st.segmented_control(
        "Metric",
        list(per_user.METRICS),
        default=per_user.METRICS[0],
        required=True,
        format_func=metric_title,
        key="runs.metric",
        bind="query-params",
    )
    of_metric = [
        next((one for one in found[run.run_id] if one.metric == metric), None) for run in others
    ]
    ends = [
        np.array([getattr(one, end) if one else np.nan for one in of_metric])
        for end in ("difference", "low", "high")
    ]
    names = tuple(run.name for run in others)
    info = figures.Against(metric_title(str(metric)), reference.name, names, *ends)
    picture(
        figures.against_finding(info),
        lambda theme: figures.against_figure(info, theme),
        key="runs.against",
    )
    _say_if_unlike(runs)
    rows = [_difference(run, one) for run in others for one in found[run.run_id]]
    four = st.column_config.NumberColumn(format="%.4f")
    table(
        pd.DataFrame(rows),
        key="runs.differences",
        file_name="differences.csv",
        columns={"Value": four, "Reference": four},
    )


def lists(runs: Sequence[RunRecord]) -> None:
    """The users whose list changed most from the first run to another."""
    reference, others = runs[0], runs[1:]
    by_id = {run.run_id: run for run in others}
    picked = st.selectbox(
        "From the reference to",
        list(by_id),
        format_func=lambda run_id: by_id[run_id].name,
        key="runs.other",
        bind="query-params",
    )
    other = by_id[str(picked)]
    changed = cached.changed_lists(reference.folder, other.folder)
    if changed is None or changed.empty:
        st.info("These runs have no user in common whose list is kept.", icon=":material/info:")
        return
    same = float((changed[of_runs.OVERLAP] == 1.0).mean())
    common = float(changed[of_runs.OVERLAP].mean())
    st.markdown(
        f"**On average {percent(common)} of the ten items of a list are the same; {percent(same)} of "
        f"{counted(len(changed), 'user')} keep all ten, in whatever order.**"
    )
    titles = _titles(other)
    rows = pd.DataFrame(
        {
            "User": changed.index,
            "In common": changed[of_runs.OVERLAP].to_numpy(),
            "Rank-biased overlap": changed[of_runs.RBO].to_numpy(),
            "Lists": [_address(other, user_id) for user_id in changed.index],
            "Came": [_first(ids, titles) for ids in changed[of_runs.CAME]],
            "Went": [_first(ids, titles) for ids in changed[of_runs.WENT]],
        }
    )
    share = st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)
    table(
        rows,
        key="runs.lists",
        file_name=f"lists-{reference.run_id}-{other.run_id}.csv",
        columns={
            "In common": share,
            "Rank-biased overlap": st.column_config.NumberColumn(
                format="%.3f",
                help="Agreement of two rankings, the first places weighing most (p = 0.9); 1: equal.",
            ),
            "Lists": st.column_config.LinkColumn(display_text="open", width="small"),
        },
    )


def _difference(run: RunRecord, found: of_runs.RunDifference) -> dict[str, Any]:
    return {
        "Run": run.name,
        "Metric": metric_title(found.metric),
        "Value": found.value,
        "Reference": found.reference,
        "Difference": signed(found.difference),
        "95 % interval": f"{signed(found.low)} to {signed(found.high)}",
        "Users in common": found.users,
    }


def _say_if_unlike(runs: Sequence[RunRecord]) -> None:
    """Differences between runs that were judged on different events are not theirs alone."""
    kept = ("split.strategy", "split.test_share")
    splits = {tuple(str(run.config.get(key)) for key in kept) for run in runs}
    if len({run.dataset_id for run in runs}) > 1 or len(splits) > 1:
        st.warning(
            "These runs were judged on different held-out events: a difference may come from that.",
            icon=":material/warning:",
        )


def _named(runs: Sequence[RunRecord]) -> list[tuple[str, RunRecord]]:
    """Names of columns, made different where runs share one."""
    names = [run.name for run in runs]
    return [
        (name if names.count(name) == 1 else f"{name} · {run.run_id}", run)
        for name, run in zip(names, runs, strict=True)
    ]


def _titles(run: RunRecord) -> dict[str, str]:
    return cached.titles_by_id(run.folder)


def _first(ids: Sequence[str], titles: dict[str, str]) -> str:
    shown = [titles.get(one, one) for one in ids[:TITLES_SHOWN]]
    more = f" and {len(ids) - TITLES_SHOWN} more" if len(ids) > TITLES_SHOWN else ""
    return ", ".join(shown) + more


def _address(run: RunRecord, user_id: str) -> str:
    address = {choices.DATASET: run.dataset_id, choices.RUN: run.run_id, choices.USER: user_id}
    return f"/{RECOMMENDATIONS.address}?{urlencode(address)}"


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return three(value) if isinstance(value, float) else str(value if value is not None else "–")
