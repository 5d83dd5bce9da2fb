"""Data: what the current data set holds and what was cleaned away, and the way to another one."""

import streamlit as st

from m6rec_core.figures.text import percent, thousands, three
from pages.shared import cached, data_views, frame, uploads
from pages.shared.panels import Merit, answer
from pages.shared.places import DATA, TRAIN

LOOK, ADD = "Current data set", "Add a data set"

workspace = cached.workspace()
chosen = frame.open_page(DATA, workspace)
view = st.segmented_control(
    "View",
    [LOOK, ADD] if chosen.dataset else [ADD],
    default=LOOK if chosen.dataset else ADD,
    required=True,
    key="data.view",
    bind="query-params",
    label_visibility="collapsed",
)
if view == ADD or chosen.dataset is None:
    uploads.samples(workspace)
    uploads.files(workspace)
    st.stop()

record = chosen.dataset
dataset = cached.dataset(record.folder)
events, report, health = dataset.interactions, dataset.report, cached.health(record.folder)

answer(
    Merit(
        "Events kept",
        thousands(len(events)),
        "Rows that are learned from, after cleaning.",
        f"{percent(report.rows_kept / max(report.rows_in, 1))} of {thousands(report.rows_in)} rows",
    ),
    Merit(
        "Users",
        thousands(len(events.users)),
        "Distinct user ids.",
        f"{three(len(events) / len(events.users))} events each on average",
    ),
    Merit(
        "Items",
        thousands(len(events.items)),
        "Distinct item ids.",
        f"{three(len(events) / len(events.items))} events each on average",
    ),
    Merit(
        "Density",
        percent(health.density),
        "Share of all pairs of user and item that have an event.",
        f"kinds: {', '.join(events.event_names)}",
    ),
)
data_views.advice(health)
data_views.pictures(dataset, health)
data_views.details(dataset, record.name)
frame.next_step("Train a scorer on it", TRAIN)
