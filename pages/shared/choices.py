"""What is looked at, asked once for all pages: data set and run. The address and the session remember it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import streamlit as st

from m6rec_core.workspace.datasets import DatasetRecord
from m6rec_core.workspace.runs import RunRecord
from m6rec_core.workspace.workspace import Workspace

Record = TypeVar("Record")
DATASET, RUN, USER, ITEM = "dataset", "run", "user", "item"
SHARED = (DATASET, RUN, USER, ITEM)
# What loses its meaning when a choice changes
DEPENDENTS: Mapping[str, Sequence[str]] = {DATASET: (RUN, USER, ITEM), RUN: (), USER: (ITEM,)}


def made() -> dict[str, str]:
    """The shared choices as far as the analyst has made them; a link with them opens the same view."""
    return {name: value for name in SHARED if (value := made_choice(name))}


def made_choice(name: str) -> str:
    """One shared choice: from the address, else from this session; empty when it was never made."""
    return str(st.query_params.get(name) or st.session_state.get(_kept(name), ""))


def make(name: str, value: str) -> None:
    """Makes a choice: it goes into the address and into the session, and its dependents are forgotten."""
    for dependent in DEPENDENTS.get(name, ()):
        st.session_state.pop(_kept(dependent), None)
        if dependent in st.query_params:
            del st.query_params[dependent]
    st.session_state[_kept(name)] = value
    st.query_params[name] = value


def remember(name: str, value: str) -> None:
    """Keeps a choice that came with the address, so that the other pages follow it."""
    st.session_state[_kept(name)] = value
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def choose_dataset(workspace: Workspace) -> DatasetRecord | None:
    """The data set of the sidebar; the newest while none was chosen."""
    records = {record.dataset_id: record for record in workspace.datasets()}
    runs = {run.run_id: run.dataset_id for run in workspace.runs()}
    by_run = "" if st.query_params.get(DATASET) else runs.get(st.query_params.get(RUN, ""), "")
    return _choose(
        DATASET,
        "Data set",
        records,
        words=lambda record: record.name + f" · version {record.version}" * (record.version > 1),
        wanted=by_run,
        help="Everything on the pages is about this data set. Add one on the page Data.",
    )


def choose_run(workspace: Workspace, dataset: DatasetRecord) -> RunRecord | None:
    """The run of the sidebar, among those of the data set; the newest while none was chosen."""
    records = {run.run_id: run for run in workspace.runs() if run.dataset_id == dataset.dataset_id}
    return _choose(
        RUN,
        "Run",
        records,
        words=lambda run: f"{run.name} · {when(run.created)}",
        help="One training with its similarities, its scorer and its evaluation.",
    )


def when(seconds: float) -> str:
    """A time as a person says it: '4 min ago', and the date from a day on."""
    moment = datetime.fromtimestamp(seconds, UTC)
    past = (datetime.now(UTC) - moment).total_seconds()
    if past < 90:
        return "just now"
    if past < 3600:
        return f"{past / 60:.0f} min ago"
    if past < 24 * 3600:
        return f"{past / 3600:.0f} h ago"
    return f"{moment:%d %b %Y}"


def _choose(
    name: str,
    label: str,
    records: Mapping[str, Record],
    *,
    words: Callable[[Record], str],
    help: str,
    wanted: str = "",
) -> Record | None:
    if not records:
        return None
    options = list(records)
    asked = wanted or made_choice(name)
    current = asked if asked in records else options[0]
    if current == asked:
        remember(name, current)
    key = f"choices.{name}"
    st.session_state[key] = current
    labels = distinct({option: words(record) for option, record in records.items()})
    st.selectbox(
        label,
        options,
        format_func=lambda option: labels[option],
        key=key,
        help=help,
        on_change=lambda: make(name, st.session_state[key]),
    )
    return records[current]


def distinct(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels by id, those that come twice with their id: a select box knows its options by their labels.

    >>> distinct({"a1": "shop", "b2": "shop", "c3": "news"})
    {'a1': 'shop · a1', 'b2': 'shop · b2', 'c3': 'news'}
    """
    often = Counter(labels.values())
    return {one: f"{label} · {one}" if often[label] > 1 else label for one, label in labels.items()}


def _kept(name: str) -> str:
    return f"choices.kept.{name}"
