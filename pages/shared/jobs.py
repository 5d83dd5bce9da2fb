"""Work in the background, as every page shows it: phase, percent, time left, cancel, resume."""

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from m6rec_core.errors import RunError
from m6rec_core.figures.text import percent
from m6rec_core.workspace.jobs import CANCELLED, CANCELLING, QUEUED, JobRecord
from m6rec_core.workspace.workspace import Workspace
from pages.shared import cached
from pages.shared.panels import escaped

POLL_SECONDS = 1.5
_OPEN = "jobs.open"
_DISMISSED = "jobs.dismissed"
_LOG_CHARACTERS = 4_000
WORDS = {
    "sample": "Opening the sample",
    "ingest": "Reading your files",
    "train": "Training the scorer",
    "likeness": "Measuring the likeness on validation",
    "tune": "Searching better options",
    "lists": "Ranking for everybody",
}


def panel(workspace: Workspace, detail: Callable[[JobRecord], None] | None = None) -> None:
    """Shows the jobs under way and those that ended badly; `detail` draws more below the one that runs."""
    st.session_state[_OPEN] = {job.job_id for job in workspace.open_jobs()}
    _poll(detail)


@st.fragment(run_every=POLL_SECONDS)
def _poll(detail: Callable[[JobRecord], None] | None) -> None:
    workspace = cached.workspace()
    workspace.tick()
    jobs = workspace.open_jobs()
    if st.session_state.get(_OPEN, set()) - {job.job_id for job in jobs}:
        st.rerun()  # something has ended: the page shows what it made
    for job in jobs:
        _under_way(workspace, job)
        if detail is not None and job.is_active:
            detail(job)
    for job in troubled(workspace):
        _ended_badly(workspace, job)


def submit_once(workspace: Workspace, kind: str, payload: Mapping[str, Any]) -> JobRecord:
    """Submits a job; while it is open, a second click with the same payload gives the same job."""
    key = f"jobs.intent.{kind}.{json.dumps(payload, sort_keys=True)}"
    token, job_id = st.session_state.get(key, ("", ""))
    if not token or _has_ended(workspace, job_id):
        token = uuid.uuid4().hex
    # kept before the job is made: a click that interrupts this run finds the same token
    st.session_state[key] = (token, "")
    job = workspace.submit(kind, payload, token=token)
    st.session_state[key] = (token, job.job_id)
    return job


def _has_ended(workspace: Workspace, job_id: str) -> bool:
    try:
        return bool(job_id) and not workspace.job(job_id).is_open
    except RunError:
        return True


def troubled(workspace: Workspace) -> list[JobRecord]:
    """The latest job of each kind, when it ended without a result and was not put aside here."""
    latest = {job.kind: job for job in reversed(workspace.jobs())}
    dismissed = st.session_state.get(_DISMISSED, set())
    return [
        job
        for job in latest.values()
        if job.is_resumable and job.state != CANCELLED and job.job_id not in dismissed
    ]


def title(job: JobRecord) -> str:
    """What a job does, in words, with the name that it was given or that of its data set."""
    words = WORDS.get(job.kind, job.kind)
    name = job.payload.get("name") or _data_set(job.payload.get("dataset_id", ""))
    return f"{words}: {name}" if name else words


def _data_set(dataset_id: str) -> str:
    known = {record.dataset_id: record.name for record in cached.workspace().datasets()}
    return known.get(dataset_id, "")


def standing(job: JobRecord) -> str:
    """Phase, percent and time left on one line."""
    if job.state == QUEUED:
        return "waiting for its turn"
    if job.state == CANCELLING:
        return "stopping"
    left = "" if job.eta_seconds is None else f" · about {duration(job.eta_seconds)} left"
    return f"{job.phase or 'starting'} · {percent(job.fraction)}{left}"


def duration(seconds: float) -> str:
    """A length of time in the unit that suits it.

    >>> duration(4.2), duration(75), duration(3 * 3600)
    ('4 s', '1 min 15 s', '3 h 0 min')
    """
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest} s"
    hours, rest = divmod(round(seconds / 60), 60)
    return f"{hours} h {rest} min"


def _under_way(workspace: Workspace, job: JobRecord) -> None:
    with st.container(border=True):
        line, button = st.columns([6, 1], vertical_alignment="center")
        line.progress(
            min(job.fraction, 1.0), text=f"**{escaped(title(job))}** · {escaped(standing(job))}"
        )
        if button.button(
            "Cancel",
            key=f"jobs.cancel.{job.job_id}",
            icon=":material/stop_circle:",
            disabled=job.state == CANCELLING,
            help="Stops within five seconds; "
            + ("finished trials are kept." if job.kind == "tune" else "nothing of it is kept."),
        ):
            workspace.cancel(job.job_id)
            st.rerun(scope="fragment")


def _ended_badly(workspace: Workspace, job: JobRecord) -> None:
    with st.container(border=True):
        st.error(f"**{escaped(title(job))}** · {job.state}", icon=":material/error:")
        st.text(job.error or "It ended without a result.")
        if job.incident:
            with st.expander("Log of the job"):
                st.code(workspace.job_log(job.job_id)[-_LOG_CHARACTERS:], language=None)
        with st.container(horizontal=True):
            if st.button("Resume", key=f"jobs.resume.{job.job_id}", icon=":material/play_arrow:"):
                workspace.resume(job.job_id)
                st.rerun()
            if st.button("Put aside", key=f"jobs.dismiss.{job.job_id}", type="tertiary"):
                st.session_state[_DISMISSED] = st.session_state.get(_DISMISSED, set()) | {
                    job.job_id
                }
                st.rerun()
