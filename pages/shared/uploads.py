"""The way to a new data set: a sample, or files of one's own, understood, weighed and cleaned."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from m6rec_core.workspace import memory
from m6rec_core.workspace.datasets import DatasetRecord
from m6rec_core.workspace.workspace import Workspace
from pages.shared import (
    choices,
    jobs,
    upload_cleaning,
    upload_files,
    upload_mapping,
    upload_meaning,
    upload_rows,
)
from pages.shared.option_fields import kept_field
from pages.shared.panels import escaped, quiet
from pages.shared.upload_files import TABLES, File
from pages.shared.upload_tables import EVENTS

PAGE = "uploads"
VIEW, LOOK, ADD = "data.view", "Current data set", "Add a data set"
READING = {
    "header": "Names of columns in the first line",
    "separator": "Between two cells",
    "encoding": "Characters",
    "decimal": "Decimal sign",
}
_JOB, _PARENT = f"{PAGE}.job", f"{PAGE}.parent"
SAMPLES = {
    "movielens": (
        "MovieLens",
        "100 004 ratings of 9 066 films by 671 people, with titles and genres. "
        "Research use; licence and citation come with it.",
    ),
    "shop": (
        "Generated shop",
        "Views, carts and purchases with known causes: see whether explanations find them. "
        "Seeded, made here.",
    ),
}


def samples(workspace: Workspace) -> None:
    """One card per sample that comes with the program."""
    st.subheader("Open a sample", anchor=False)
    there = {record.dataset_id for record in workspace.datasets()}
    for place, (name, (title, words)) in zip(st.columns(2), SAMPLES.items(), strict=True):
        with place, st.container(border=True, height="stretch"):
            st.markdown(f"**{title}**")
            st.write(words)
            if f"sample-{name}" in there:
                st.button(
                    "Look at it",
                    key=f"uploads.look.{name}",
                    on_click=look_at,
                    args=(f"sample-{name}",),
                )
            elif st.button("Open it", key=f"uploads.sample.{name}", icon=":material/download:"):
                jobs.submit_once(workspace, "sample", {"name": name})
                st.rerun()


def files(workspace: Workspace) -> None:
    """The files, what each holds, which column is what, what the events mean, and the start of the work."""
    parent = _parent(workspace)
    _head(parent)
    upload_files.take_in(workspace)
    listed = st.container()
    reading = _ask_reading() if upload_files.chosen_ids() else {}
    with listed:
        found = upload_files.chosen(workspace, reading)
    if not found:
        return
    events = [file for file in found if file.table == EVENTS]
    if not events and parent is None:
        st.warning(
            "None of the files holds events. Choose 'Events' beside the one that says who did what.",
            icon=":material/warning:",
        )
        return
    choice = upload_mapping.ask(workspace.home, events) if events else upload_mapping.Choice()
    understood = upload_rows.show(found, choice)
    st.subheader("What the events mean", anchor=False)
    meaning = upload_meaning.ask(understood)
    with st.expander(
        "Cleaning, step by step", key="uploads.cleaning", icon=":material/cleaning_services:"
    ):
        cleaning = upload_cleaning.ask()
    config = {f"reading.{key}": value for key, value in reading.items()}
    config |= (choice.options() if events else {}) | cleaning | meaning
    _start(workspace, found, choice, config, parent)


def begin(parent: DatasetRecord) -> None:
    """Opens the form for a new version of a data set."""
    st.session_state[_PARENT] = parent.dataset_id
    st.session_state[VIEW] = ADD
    upload_files.forget()


def look_at(dataset_id: str) -> None:
    """Shows a data set."""
    choices.make(choices.DATASET, dataset_id)
    st.session_state[VIEW] = LOOK


def follow(workspace: Workspace) -> None:
    """Shows the data set that was started from here, once it is made; the form is empty again then."""
    job_id = st.session_state.get(_JOB)
    ended = next((job for job in workspace.jobs() if job.job_id == job_id), None)
    if ended is None or ended.is_open:
        return
    del st.session_state[_JOB]
    if ended.result_id:
        upload_files.forget()
        st.session_state.pop(_PARENT, None)
        look_at(ended.result_id)


def _parent(workspace: Workspace) -> DatasetRecord | None:
    wanted = st.session_state.get(_PARENT)
    return next((one for one in workspace.datasets() if one.dataset_id == wanted), None)


def _head(parent: DatasetRecord | None) -> None:
    if parent is None:
        st.subheader("Upload your own", anchor=False)
        quiet(
            "Needed: events with a user and an item per row. They may come in parts, such as one file per "
            "day; files about users, items and links between users can come with them."
        )
        return
    st.subheader(f"A new version of {escaped(parent.name)}", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        quiet("The files below are added to those it was made of.", width="content")
        if st.button("Make a data set of its own instead", type="tertiary"):
            del st.session_state[_PARENT]
            st.rerun()


def _ask_reading() -> dict[str, str]:
    with st.expander(
        "Read the files otherwise", key="uploads.reading", icon=":material/translate:"
    ):
        quiet("How a file was read stands beside it. What is set here holds for all of them.")
        chosen = {}
        for place, (name, label) in zip(st.columns(len(READING)), READING.items(), strict=True):
            with place:
                chosen[name] = kept_field(PAGE, f"reading.{name}", "auto", label=label)
    return {name: value for name, value in chosen.items() if value != "auto"}


def _start(
    workspace: Workspace,
    found: Sequence[File],
    choice: upload_mapping.Choice,
    config: Mapping[str, Any],
    parent: DatasetRecord | None,
) -> None:
    first = next((file for file in found if file.table == EVENTS), found[0])
    usual = parent.name if parent else Path(first.upload.name).name.partition(".")[0]
    name = st.text_input("Name", value=usual, key=f"{PAGE}.name.{usual}")
    payload = {
        table: [str(file.upload.path) for file in found if file.table == table] for table in TABLES
    }
    payload |= {
        "config": dict(config),
        "name": name.strip(),
        "parent": parent.dataset_id if parent else "",
    }
    if st.button(
        "Read and clean",
        type="primary",
        disabled=bool(choice.problem) or _JOB in st.session_state,
        icon=":material/cleaning_services:",
    ):
        for file in found:
            settings = {"table": file.table}
            if file.table == EVENTS:  # other tables have no mapping to be corrected
                settings |= choice.corrections()
            memory.remember(workspace.home, file.preview.columns, settings)
        st.session_state[_JOB] = jobs.submit_once(workspace, "ingest", payload).job_id
        st.toast("The files are being read; this goes on when the page is closed.")
        st.rerun()
