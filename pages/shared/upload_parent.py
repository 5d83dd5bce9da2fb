"""A new version of a data set: what it comes from, and the options that were used for it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from m6rec_core.errors import RunError
from m6rec_core.workspace.datasets import DatasetRecord
from m6rec_core.workspace.source_files import kept_sources
from m6rec_core.workspace.workspace import Workspace
from pages.shared import data_slices, upload_cleaning, upload_meaning, upload_reading
from pages.shared.panels import escaped, quiet
from pages.shared.upload_meaning import Understood

_PARENT, _ONLY_CLEAN = "uploads.parent", "uploads.only_clean"


def can_have_versions(record: DatasetRecord) -> bool:
    """Whether the files that the data set was made of are kept with it; those of a sample are not."""
    return bool(kept_sources(record.folder))


def choose(workspace: Workspace, record: DatasetRecord, *, only_clean: bool) -> None:
    """Makes the form one for a new version, with the options of the version before."""
    st.session_state[_PARENT] = record.dataset_id
    st.session_state[_ONLY_CLEAN] = only_clean
    _fill(options_of(workspace, record))


def chosen(workspace: Workspace) -> DatasetRecord | None:
    """The version before; None when the form is for a data set of its own."""
    wanted = st.session_state.get(_PARENT)
    return next((one for one in workspace.datasets() if one.dataset_id == wanted), None)


def forget() -> None:
    """Makes the form one for a data set of its own, with the usual options."""
    if st.session_state.pop(_PARENT, None):
        _fill({})


def is_only_cleaned() -> bool:
    """Whether the same files are cleaned in another way."""
    return bool(st.session_state.get(_ONLY_CLEAN))


def head(record: DatasetRecord) -> None:
    """Says what the new version comes from, with the way back."""
    st.subheader(f"A new version of {escaped(record.name)}", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        quiet(
            "Its files are read again, as you say below."
            if is_only_cleaned()
            else "New files are added to those that it was made of; all are read again.",
            width="content",
        )
        st.button("Make a data set of its own instead", type="tertiary", on_click=forget)


def with_kinds(understood: Understood, record: DatasetRecord) -> Understood:
    """The kinds of new files and those that the version before has."""
    names = data_slices.about_events(record.folder)["event_names"]
    return replace(understood, kinds=tuple(dict.fromkeys([*names, *understood.kinds])))


def options_of(workspace: Workspace, record: DatasetRecord) -> Mapping[str, Any]:
    """The options that a data set was made with: those of its job, which has the same id."""
    try:
        options: Mapping[str, Any] = workspace.job(record.dataset_id).payload.get("config") or {}
    except RunError:
        return {}
    return options


def _fill(options: Mapping[str, Any]) -> None:
    upload_reading.fill(options)
    upload_cleaning.fill(options)
    upload_meaning.fill(options)
