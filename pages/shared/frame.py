"""What all pages have in common: the head, the line that says what is looked at, the empty page, the foot."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st

from m6rec_core.workspace.datasets import DatasetRecord
from m6rec_core.workspace.jobs import JobRecord
from m6rec_core.workspace.runs import RunRecord
from m6rec_core.workspace.workspace import Workspace
from pages.shared import choices, jobs
from pages.shared.panels import escaped, quiet
from pages.shared.places import DATA, EVALUATE, TRAIN, Place

SPLITS = {
    "none": "nothing held out",
    "leave_last_out": "each user's last item held out",
    "global_time": "latest events held out",
    "random": "random events held out",
}


@dataclass(frozen=True)
class Chosen:
    """What the page looks at; None while there is nothing to look at."""

    dataset: DatasetRecord | None
    run: RunRecord | None


def open_page(
    place: Place,
    workspace: Workspace,
    *,
    detail: Callable[[JobRecord], None] | None = None,
) -> Chosen:
    """Asks for data set and run in the sidebar and draws the head; `detail` says more of running work."""
    with st.sidebar:
        dataset = choices.choose_dataset(workspace)
        run = choices.choose_run(workspace, dataset) if dataset else None
    st.title(place.title, anchor=False)
    quiet(place.question)
    if dataset:
        _context_line(dataset, run)
    jobs.panel(workspace, detail)
    return Chosen(dataset, run)


def require_dataset(chosen: Chosen) -> DatasetRecord:
    """The data set, or the page ends with what is missing and the one next action."""
    if chosen.dataset is None:
        nothing_here(
            "There is no data set yet.",
            "This page needs behaviour to learn from: upload a file or open a sample.",
            "Choose data",
            DATA,
        )
    return chosen.dataset


def require_run(chosen: Chosen, workspace: Workspace) -> tuple[DatasetRecord, RunRecord]:
    """The data set and the run, or the page ends with what is missing and the one next action."""
    dataset = require_dataset(chosen)
    if chosen.run is None:
        is_busy = any(job.kind == "train" for job in workspace.open_jobs())
        nothing_here(
            "No run of this data set is trained yet.",
            "A run is being trained now; this page fills by itself when it is done."
            if is_busy
            else "This page shows what a trained scorer does. Training the sample takes about a minute.",
            "Watch the training" if is_busy else "Train the scorer",
            TRAIN,
        )
    return dataset, chosen.run


def nothing_here(what: str, why: str, action: str, place: Place) -> NoReturn:
    """An empty page: what is missing, why, and one button; nothing after it runs."""
    with st.container(border=True):
        st.subheader(what, anchor=False)
        st.write(why)
        go_to(action, place, key=f"frame.empty.{place.address}")
    st.stop()


def next_step(action: str, place: Place, **address: str) -> None:
    """The one primary button at the end of a page."""
    st.space("medium")
    with st.container(horizontal=True, vertical_alignment="center"):
        quiet("What next?", width="content")
        go_to(action, place, key=f"frame.next.{place.address}", **address)


def go_to(action: str, place: Place, *, key: str, **address: str) -> None:
    """A primary button that opens a page with these choices in its address."""
    if st.button(action, key=key, type="primary", icon=place.icon):
        visit(place, **address)


def visit(place: Place, **address: str) -> NoReturn:
    """Opens a page with the shared choices, and these, in its address."""
    st.switch_page(place.script, query_params={**choices.made(), **address})


def link(place: Place, label: str, *, help: str, icon: str | None = None, **address: str) -> None:
    """A quiet link to a page with these choices in its address."""
    st.page_link(
        place.script,
        label=label,
        icon=icon,
        help=help,
        query_params={**choices.made(), **address},
    )


def _context_line(dataset: DatasetRecord, run: RunRecord | None) -> None:
    address = {choices.DATASET: dataset.dataset_id} | ({choices.RUN: run.run_id} if run else {})
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        link(DATA, escaped(dataset.name), help="The data set", icon=DATA.icon, **address)
        if run is None:
            return
        split, seed = run.config.get("split.strategy", "none"), run.config.get("seed", 0)
        link(TRAIN, escaped(run.name), help=f"The run {run.run_id}", icon=TRAIN.icon, **address)
        link(
            EVALUATE,
            SPLITS.get(split, split),
            help="How it was split",
            icon=EVALUATE.icon,
            **address,
        )
        link(
            TRAIN,
            f"seed {seed}",
            help="Seed of every random choice",
            icon=":material/casino:",
            **address,
        )
