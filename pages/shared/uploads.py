"""The way to a new data set: a sample, or files of one's own, understood, weighed and cleaned."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import streamlit as st

from m6rec_core.workspace import memory
from m6rec_core.workspace.datasets import DatasetRecord
from m6rec_core.workspace.source_files import kept_sources
from m6rec_core.workspace.workspace import Workspace
from pages.shared import (
    cached,
    choices,
    frame,
    jobs,
    upload_cleaning,
    upload_described,
    upload_files,
    upload_mapping,
    upload_meaning,
    upload_parent,
    upload_reading,
    upload_rows,
)
from pages.shared.panels import escaped, quiet
from pages.shared.places import DATA
from pages.shared.upload_files import TABLES, File
from pages.shared.upload_tables import EVENTS

PAGE = "uploads"
VIEW, LOOK, ADD = "data.view", "Current data set", "Add a data set"
_JOB = f"{PAGE}.job"
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


def add(workspace: Workspace) -> NoReturn:
    """Everything that leads to a new data set; nothing after it runs."""
    if upload_parent.chosen(workspace) is None:
        samples(workspace)
    files(workspace)
    st.stop()


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
    parent = upload_parent.chosen(workspace)
    if parent is None:
        st.subheader("Upload your own", anchor=False)
        quiet(
            "Needed: events with a user and an item per row. They may come in parts, such as one file per "
            "day; files about users, items and links between users can come with them."
        )
    else:
        upload_parent.head(parent)
    found, reading = _take_in(workspace, parent)
    if not found:
        return
    events = [file for file in found if file.table == EVENTS]
    if not events:
        st.warning(
            "None of the files holds events. Choose 'Events' beside the one that says who did what.",
            icon=":material/warning:",
        )
        return
    before = upload_parent.options_of(workspace, parent) if parent else {}
    choice = upload_mapping.ask(workspace.home, events, before)
    ids = upload_described.ask(found, before)
    understood = upload_rows.show(found, choice)
    if parent is not None:
        understood = upload_parent.with_kinds(understood, parent)
    st.subheader("What the events mean", anchor=False)
    meaning = upload_meaning.ask(understood)
    with st.expander(
        "Cleaning, step by step", key=f"{PAGE}.cleaning", icon=":material/cleaning_services:"
    ):
        cleaning = upload_cleaning.ask()
    config: dict[str, Any] = {f"reading.{key}": value for key, value in reading.items()}
    config |= choice.options() | ids.options() | cleaning | meaning
    is_ready = ids.are_clear and not choice.problem
    _start(workspace, found, choice, config, parent, is_ready=is_ready)


def begin(parent: DatasetRecord, *, only_clean: bool) -> None:
    """Opens the form for a new version of a data set: of more files, or of the same ones."""
    upload_files.forget()
    upload_parent.choose(cached.workspace(), parent, only_clean=only_clean)
    st.session_state[VIEW] = ADD


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
        upload_parent.forget()
        look_at(ended.result_id)
        if VIEW in st.query_params:  # beside the first data set the view is asked for, from there
            frame.visit(DATA)


def _take_in(
    workspace: Workspace, parent: DatasetRecord | None
) -> tuple[list[File], dict[str, str]]:
    """The files that can be read, and how they are to be read."""
    kept = kept_sources(parent.folder) if parent else ()
    if parent is None or not upload_parent.is_only_cleaned():
        upload_files.take_in(workspace)
    listed = st.container()
    reading = upload_reading.ask() if kept or upload_files.chosen_ids() else {}
    with listed:
        found = upload_files.chosen(workspace, reading, kept)
        known = upload_files.same_files(workspace, found)
        if known is not None:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.info(
                    f"These are the files that the data set '{escaped(known.name)}' was made of.",
                    icon=":material/content_copy:",
                )
                st.button(
                    "Look at it", key=f"{PAGE}.known", on_click=look_at, args=(known.dataset_id,)
                )
    return found, reading


def _start(
    workspace: Workspace,
    found: Sequence[File],
    choice: upload_mapping.Choice,
    config: Mapping[str, Any],
    parent: DatasetRecord | None,
    *,
    is_ready: bool,
) -> None:
    first = next((file.upload.name for file in found if file.table == EVENTS), "")
    usual = parent.name if parent else first.partition(".")[0]
    name = st.text_input("Name", value=usual, key=f"{PAGE}.name.{usual}")
    given = [file for file in found if not file.is_kept]
    payload: dict[str, Any] = {
        table: [str(file.upload.path) for file in given if file.table == table] for table in TABLES
    }
    payload |= {
        "config": dict(config),
        "name": name.strip(),
        "parent": parent.dataset_id if parent else "",
    }
    if st.button(
        "Read and clean",
        type="primary",
        disabled=not is_ready or _JOB in st.session_state,
        icon=":material/cleaning_services:",
    ):
        for file in given:
            settings = {"table": file.table}
            if file.table == EVENTS:  # other tables have no mapping to be corrected
                settings |= choice.corrections()
            memory.remember(workspace.home, file.preview.columns, settings)
        st.session_state[_JOB] = jobs.submit_once(workspace, "ingest", payload).job_id
        st.toast("The files are being read; this goes on when the page is closed.")
        st.rerun()
