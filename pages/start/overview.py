"""Overview: what is loaded, where each of the five steps stands, how good the current run is, what to do next."""

import streamlit as st

from m6rec_core.evaluation.metrics import METRICS
from pages.shared import cached, frame, runs_view, steps
from pages.shared.panels import answer
from pages.shared.places import DATA, OVERVIEW, RECOMMENDATIONS, TRAIN

workspace = cached.workspace()
chosen = frame.open_page(OVERVIEW, workspace)
st.markdown(
    "M6-Rec learns from who did what, ranks what each person may want next, and shows **why**: "
    "the likeness, the neighbours and the past items behind every recommendation, with a measured "
    "trust. Five steps lead there."
)

steps.strip(chosen)
if chosen.run is not None:
    metrics = cached.document(chosen.run.folder, "metrics.json") or {}
    merits = runs_view.merits(metrics)
    if merits:
        st.subheader("How good the current run is", anchor=False, help=METRICS["ndcg"].definition)
        answer(*merits)

records = workspace.runs()
if records:
    st.subheader("Recent runs", anchor=False)
    runs_view.recent(workspace, records)
if chosen.run is not None:
    frame.next_step("See one user's list", RECOMMENDATIONS, run=chosen.run.run_id)
elif chosen.dataset is not None:
    is_busy = any(job.kind == "train" for job in workspace.open_jobs())
    frame.next_step("Watch the training" if is_busy else "Train the scorer", TRAIN)
else:
    frame.next_step("Choose data", DATA)
