"""What is told of the lists of a whole run: how they fare with little history, and everybody's as a file."""

from pathlib import Path

import pandas as pd
import streamlit as st

from m6rec_core.evaluation.cold_start import ColdStartCurve
from m6rec_core.figures import cold_start as cold_start_figures
from m6rec_core.figures.text import counted
from m6rec_core.workspace import exports
from m6rec_core.workspace.jobs import DONE
from m6rec_core.workspace.runs import RunRecord
from m6rec_core.workspace.workspace import Workspace
from pages.shared import cached, choices, export_route, jobs
from pages.shared.panels import picture, quiet, table

MOST_EXPORTS = 5


def cold_start(run: Path) -> None:
    """The curve of NDCG and coverage against the number of known events."""
    stored = cached.document(run, "cold_start.json")
    recommender = cached.recommender(run)
    if stored is None:
        st.info(
            "This run did not measure it: nothing was held out, or too few users have a history. "
            "Train one that holds out each user's last item.",
            icon=":material/info:",
        )
    else:
        curve = ColdStartCurve.from_json(stored)
        picture(
            cold_start_figures.cold_start_finding(curve),
            lambda theme: cold_start_figures.cold_start_figure(curve, theme),
            key="recommendations.cold_start",
        )
        quiet(
            f"The same {counted(curve.users, 'user')} with at least {curve.least_history} items at "
            "every point; all but their latest items are hidden, and left out of the lists. The "
            "similarities did learn from what is hidden: for people who were never seen, this is an "
            "upper bound. With nothing known, the list is by popularity."
        )
        table(
            pd.DataFrame([vars(point) for point in curve.points]),
            key="recommendations.cold_table",
            file_name="cold-start.csv",
            height=240,
        )
    known = cached.temperatures(run)
    count = {name: int((known == name).sum()) for name in ("hot", "warm", "cold")}
    scored = len(recommender.warm_items)
    nobody = int((recommender.training.lengths() == 0).sum())
    quiet(
        f"Items: {count['hot']:,} hot, {count['warm']:,} warm, {count['cold']:,} cold; "
        f"{scored:,} without events are scored by the items most like them in attributes and can be "
        f"listed. Users without a history: {nobody:,}; they get the most popular items."
    )


def everybody(workspace: Workspace, run: RunRecord, n: int, model: str) -> None:
    """A job that writes the lists of all users, and the files of those that are done."""
    users = len(cached.recommender(run.folder).training)
    st.write(
        f"The first {n} items of all {users:,} users by the chosen model, as one table "
        "`user_id, item_id, rank, score, source`."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        form = st.segmented_control(
            "Format",
            list(exports.FORMATS),
            default="parquet",
            required=True,
            key="recommendations.format",
        )
        if st.button("Write everybody's lists", icon=":material/list_alt:"):
            payload = {"run_id": run.run_id, "name": run.name, "n": n, "model": model}
            jobs.submit_once(workspace, "lists", {**payload, "format": str(form)})
            st.rerun()
    done = [
        job
        for job in workspace.jobs()
        if job.kind == "lists" and job.state == DONE and job.payload.get("run_id") == run.run_id
    ]
    for job in done[:MOST_EXPORTS]:
        file = exports.file_of(workspace.home, job.job_id)
        if file is not None:
            size = file.stat().st_size / 1e6
            st.link_button(
                f"{job.payload['model']}, top {job.payload['n']}, {file.suffix[1:]}, "
                f"{size:,.1f} MB · {choices.when(job.ended or job.created)}",
                export_route.address(job.job_id),
                icon=":material/download:",
                help="csv: ids that a spreadsheet would run as a formula start with an apostrophe.",
            )
