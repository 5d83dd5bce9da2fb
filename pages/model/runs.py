"""Runs: everything that was trained, found and sorted; two to ten runs side by side; names and leave-taking."""

import streamlit as st

from pages.shared import cached, frame, run_comparison, runs_view
from pages.shared.managing import rename_or_delete
from pages.shared.panels import quiet, tabs
from pages.shared.places import RECOMMENDATIONS, RUNS

workspace = cached.workspace()
chosen = frame.open_page(RUNS, workspace)
dataset, run = frame.require_run(chosen, workspace)

first, second = st.columns([3, 2], vertical_alignment="bottom")
typed = first.text_input(
    "Find runs",
    type="search",
    placeholder="Name, network, basis, data set …",
    key="runs.find",
    bind="query-params",
)
everywhere = second.toggle("Of every data set", key="runs.everywhere", bind="query-params")
records = workspace.runs(None if everywhere else dataset.dataset_id)
found = runs_view.history(workspace, records, typed or "", None if everywhere else dataset)
quiet(f"{len(found)} of {len(records)} finished runs; a click on a column's name sorts by it.")

st.subheader("Side by side", anchor=False)
by_id = {one.run_id: one for one in records}
picked = st.multiselect(
    "Runs to compare, the first is what the others are held against",
    list(by_id),
    default=[one.run_id for one in [run, *(r for r in records if r.run_id != run.run_id)]][:2],
    format_func=lambda run_id: by_id[run_id].name,
    max_selections=run_comparison.MOST_RUNS,
    key="runs.picked",
    bind="query-params",
)
compared = [by_id[run_id] for run_id in picked]
if len(compared) < 2:
    st.info("Choose two to ten runs. Train another one to have something to compare.")
else:
    tabs(
        "runs.detail",
        {
            "Figures": lambda: run_comparison.figures_of(compared),
            "Options": lambda: run_comparison.options(compared),
            "Lists that changed": lambda: run_comparison.lists(compared),
        },
    )
with st.expander("Rename or delete the current run", icon=":material/edit:"):
    rename_or_delete(
        "run",
        run.name,
        key=f"runs.{run.run_id}",
        rename=lambda name: workspace.rename_run(run.run_id, name),
        delete=lambda: workspace.delete_run(run.run_id),
    )
frame.next_step("See one user's list", RECOMMENDATIONS, run=run.run_id)
