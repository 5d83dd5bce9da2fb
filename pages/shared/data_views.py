"""What a data set looks like: pictures with their findings, the account of the cleaning, the tables."""

import numpy as np
import pandas as pd
import streamlit as st

from m6rec_core.data.attributes import AttributeTable
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.health import GOOD, NOTE, WARNING, Health
from m6rec_core.data.report import CleaningReport
from m6rec_core.figures import concentration
from m6rec_core.figures import health as figures
from m6rec_core.figures.text import counted, thousands
from pages.shared.panels import escaped, picture, quiet, table, tabs

CONCENTRATION, TAILS, RATINGS, ACTIVITY, KINDS = (
    "Popularity",
    "Long tails",
    "Ratings",
    "Activity",
    "Kinds of events",
)
_SHOWN_ROWS = 200
MARKS = {
    GOOD: ":green[:material/check_circle:]",
    NOTE: ":blue[:material/info:]",
    WARNING: ":orange[:material/warning:]",
}


def advice(health: Health) -> None:
    """Whether the data are enough, in plain words, the gravest first."""
    lines = [
        f"{MARKS[one.level]} {escaped(one.finding)}"
        + (f" :small[:gray[{escaped(one.remedy)}]]" if one.remedy else "")
        for one in health.advice
    ]
    st.markdown("  \n".join(["**Is it enough?**", *lines]))


def pictures(dataset: Dataset, health: Health) -> None:
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
    if view == TAILS:
        left, right = st.columns(2)
        with left:
            _long_tail(health.events_of_user, "user")
        with right:
            _long_tail(health.events_of_item, "item")
    elif view == RATINGS:
        ratings = figures.ratings_info(events.value)
        picture(
            figures.ratings_finding(ratings),
            lambda theme: figures.ratings_figure(ratings, theme),
            key="data.ratings",
        )
    elif view == ACTIVITY:
        activity = figures.activity_info(events.timestamp)
        picture(
            figures.activity_finding(activity),
            lambda theme: figures.activity_figure(activity, theme),
            key="data.activity",
        )
    elif view == KINDS:
        kinds = figures.kinds_info(events.event_names, np.bincount(events.event))
        picture(
            figures.kinds_finding(kinds),
            lambda theme: figures.kinds_figure(kinds, theme),
            key="data.kinds",
        )
    else:
        lorenz = concentration.lorenz_info(health.events_of_item)
        picture(
            concentration.lorenz_finding(lorenz),
            lambda theme: concentration.lorenz_figure(lorenz, theme),
            key="data.lorenz",
        )


def details(dataset: Dataset, name: str) -> None:
    """The account of every row, the rejected rows, and the tables as they are learned from."""
    tabs(
        "data.detail",
        {
            "Cleaning": lambda: _cleaning(dataset.report, name),
            "Rejected rows": lambda: _rejected(dataset.report, name),
            "Events": lambda: _events(dataset, name),
            "Items": lambda: _attributes(dataset.items, "items", name),
            "Users": lambda: _attributes(dataset.users, "users", name),
        },
    )


def _rejected(report: CleaningReport, name: str) -> None:
    if report.rows_rejected:
        table(report.rejected, key="data.rejected", file_name=f"{name}-rejected.csv")
    else:
        st.info("Every row of the file could be read.", icon=":material/check_circle:")


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
    rows = st.column_config.NumberColumn(format="localized")
    table(
        steps,
        key="data.cleaning",
        file_name=f"{name}-cleaning.csv",
        columns={"Rows before": rows, "Dropped": rows, "Rows after": rows},
    )


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
