"""What a data set looks like: pictures with their findings, the account of the cleaning, the tables."""

import numpy as np
import pandas as pd
import streamlit as st

from m6rec_core.data.attributes import AttributeTable
from m6rec_core.data.cleaning import CleaningReport
from m6rec_core.data.dataset import Dataset
from m6rec_core.figures import concentration, health
from m6rec_core.figures.text import counted, thousands
from pages.shared.panels import picture, quiet, table

CONCENTRATION, TAILS, RATINGS, ACTIVITY, KINDS = (
    "Popularity",
    "Long tails",
    "Ratings",
    "Activity",
    "Kinds of events",
)
_SHOWN_ROWS = 200


def pictures(dataset: Dataset) -> None:
    """One picture at a time, chosen in a row above it."""
    events = dataset.interactions
    views = [CONCENTRATION, TAILS]
    views += [RATINGS] if events.rating_range else []
    views += [ACTIVITY] if events.has_time else []
    views += [KINDS] if len(events.event_names) > 1 else []
    view = st.segmented_control(
        "Picture",
        views,
        default=CONCENTRATION,
        required=True,
        key="data.picture",
        bind="query-params",
    )
    per_item = np.bincount(events.item_row, minlength=len(events.items))
    if view == TAILS:
        left, right = st.columns(2)
        with left:
            _long_tail(np.bincount(events.user_row, minlength=len(events.users)), "user")
        with right:
            _long_tail(per_item, "item")
    elif view == RATINGS:
        ratings = health.ratings_info(events.value)
        picture(
            health.ratings_finding(ratings),
            lambda theme: health.ratings_figure(ratings, theme),
            key="data.ratings",
        )
    elif view == ACTIVITY:
        activity = health.activity_info(events.timestamp)
        picture(
            health.activity_finding(activity),
            lambda theme: health.activity_figure(activity, theme),
            key="data.activity",
        )
    elif view == KINDS:
        kinds = health.kinds_info(events.event_names, np.bincount(events.event))
        picture(
            health.kinds_finding(kinds),
            lambda theme: health.kinds_figure(kinds, theme),
            key="data.kinds",
        )
    else:
        lorenz = concentration.lorenz_info(per_item)
        picture(
            concentration.lorenz_finding(lorenz),
            lambda theme: concentration.lorenz_figure(lorenz, theme),
            key="data.lorenz",
        )


def details(dataset: Dataset, name: str) -> None:
    """The account of every row, the rejected rows, and the tables as they are learned from."""
    cleaning, rejected, events, items, users = st.tabs(
        ["Cleaning", "Rejected rows", "Events", "Items", "Users"]
    )
    with cleaning:
        _cleaning(dataset.report, name)
    with rejected:
        if dataset.report.rows_rejected:
            table(dataset.report.rejected, key="data.rejected", file_name=f"{name}-rejected.csv")
        else:
            st.info("Every row of the file could be read.", icon=":material/check_circle:")
    with events:
        _events(dataset, name)
    with items:
        _attributes(dataset.items, "items", name)
    with users:
        _attributes(dataset.users, "users", name)


def _long_tail(events_per_owner: "np.typing.NDArray[np.int64]", of: str) -> None:
    tail = concentration.long_tail_info(events_per_owner, of=of)
    picture(
        concentration.long_tail_finding(tail),
        lambda theme: concentration.long_tail_figure(tail, theme),
        key=f"data.tail.{of}",
    )


def _cleaning(report: CleaningReport, name: str) -> None:
    st.markdown(
        f"**{thousands(report.rows_in)} rows in = {thousands(report.rows_kept)} kept + "
        f"{thousands(report.rows_dropped)} dropped + {thousands(report.rows_rejected)} rejected.**"
    )
    mapped = ", ".join(f"{role} from '{column}'" for role, column in report.mapping.items())
    st.text(
        f"Columns: {mapped}."
        + (f" Times were read as {report.time_unit}." if report.time_unit else "")
    )
    steps = pd.DataFrame(
        {
            "Step": [f"Dropped: {step.name}" for step in report.steps],
            "Rows before": [step.rows_before for step in report.steps],
            "Dropped": [step.dropped for step in report.steps],
            "Rows after": [step.rows_after for step in report.steps],
            "Examples": [" · ".join(step.examples) for step in report.steps],
        }
    )
    table(steps, key="data.cleaning", file_name=f"{name}-cleaning.csv")


def _events(dataset: Dataset, name: str) -> None:
    events = dataset.interactions
    shown = events.select(np.arange(len(events)) < _SHOWN_ROWS).to_frame()
    if events.has_time:
        shown["timestamp"] = pd.to_datetime(shown["timestamp"], unit="s", utc=True)
    quiet(
        f"The first {min(_SHOWN_ROWS, len(events))} of {counted(len(events), 'event')}; times in UTC."
    )
    table(shown, key="data.events", file_name=f"{name}-events.csv")


def _attributes(attributes: AttributeTable | None, what: str, name: str) -> None:
    if attributes is None:
        st.info(
            f"No file about {what} was given: the scorer learns from behaviour alone.",
            icon=":material/info:",
        )
        return
    kinds = ", ".join(f"{column} ({kind})" for column, kind in attributes.kinds.items())
    st.text(
        f"Attributes: {kinds}. {counted(attributes.ids_without_attributes, 'id')} without a row in the "
        f"file, {counted(attributes.rows_without_events, 'row')} of the file without events."
    )
    shown = attributes.frame.copy()
    shown.insert(0, what.removesuffix("s") + "_id", attributes.ids.ids)
    table(shown, key=f"data.{what}", file_name=f"{name}-{what}.csv")
