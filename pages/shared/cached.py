"""What the pages share between reruns, keyed by the ids of immutable things; it adds nothing but memory."""

import os
from pathlib import Path

import streamlit as st

from m6rec_core.data.dataset import Dataset
from m6rec_core.workspace.demo import ensure_demo
from m6rec_core.workspace.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


def workspace() -> Workspace:
    """The workspace of this server: the folder `M6REC_HOME`, or `.m6rec` beside the app.

    The first look at an empty one puts the sample and a demo run into the queue, unless `M6REC_DEMO` is 0.
    """
    home = os.environ.get("M6REC_HOME") or str(ROOT / ".m6rec")
    return _workspace(home, os.environ.get("M6REC_DEMO", "1") != "0")


def dataset(folder: Path) -> Dataset:
    """A data set of the workspace; the folder of an artefact never changes."""
    return _dataset(str(folder))


@st.cache_resource(max_entries=4, show_spinner=False)
def _workspace(home: str, with_demo: bool) -> Workspace:
    opened = Workspace(home)
    if with_demo:
        ensure_demo(opened)
    return opened


@st.cache_resource(max_entries=2, show_spinner="Opening the data set …")
def _dataset(folder: str) -> Dataset:
    return Dataset.load(Path(folder))
