"""What became of the files of a data set: the account of every row, its origin, its versions, its tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from m6rec_core import schema
from m6rec_core.data.attributes import MOST_NEWCOMERS
from m6rec_core.data.dataset import REJECTED_FILE, UNREAD_FILE
from m6rec_core.data.table_mapping import ITEMS
from m6rec_core.data.times import unit_in_words
from m6rec_core.figures.text import counted, percent, thousands
from m6rec_core.workspace.datasets import DatasetRecord
from m6rec_core.workspace.workspace import Workspace
from pages.shared import cached, choices, data_slices, upload_files
from pages.shared.exports import download
from pages.shared.panels import MOST_TABLE_ROWS, Merit, answer, quiet, table, tabs

Report = Mapping[str, Any]
_SHOWN_EVENTS = 200
WHOLE = st.column_config.NumberColumn(format="localized")


def report_of(record: DatasetRecord) -> Report:
    """The account that was stored with the data set."""
    about: Report = cached.document(record.folder, "data.json")["report"]
    return about


def account(report: Report) -> str:
    """Where every row went, in one sentence."""
    dropped = sum(step["rows_before"] - step["rows_after"] for step in report["steps"])
    return (
        f"{thousands(report['rows_in'])} rows in = {thousands(report['rows_kept'])} kept + "
        f"{thousands(dropped)} dropped + {thousands(report['rows_rejected'])} rejected."
    )


def merits(record: DatasetRecord, report: Report) -> None:
    """The four figures of a data set."""
    lost = report["rows_in"] - report["rows_kept"]
    largest = max(
        report["steps"], key=lambda step: step["rows_before"] - step["rows_after"], default=None
    )
    answer(
        Merit(
            "Events kept",
            thousands(record.events),
            "Rows that are learned from, after cleaning.",
            f"{percent(report['rows_kept'] / max(report['rows_in'], 1))} of "
            f"{thousands(report['rows_in'])} rows",
        ),
        Merit(
            "Rows left out",
            thousands(lost),
            "Dropped by a step of the cleaning, or rejected because they cannot be read.",
            f"most by: {_plain(largest['name'])}" if lost and largest else "every row counts",
        ),
        Merit("Users", thousands(record.users), "Distinct user ids.", _each(record, record.users)),
        Merit("Items", thousands(record.items), "Distinct item ids.", _each(record, record.items)),
    )


def details(workspace: Workspace, record: DatasetRecord, report: Report) -> None:
    """One view at a time of what became of the files."""
    views = {
        "Cleaning": lambda: _cleaning(report, record.name),
        "Rejected rows": lambda: _rejected(record),
        "Origin": lambda: _origin(report),
        "Matches": lambda: _matches(report),
        "Versions": lambda: _versions(workspace, record),
        "Events": lambda: _events(record),
        "Items": lambda: _attributes(record, schema.ITEM_ID, "items"),
        "Users": lambda: _attributes(record, schema.USER_ID, "users"),
    }
    tabs("data.detail", views)


def _each(record: DatasetRecord, owners: int) -> str:
    return f"{record.events / max(owners, 1):,.1f} events each on average"


def _cleaning(report: Report, name: str) -> None:
    steps = report["steps"]
    rows_in = max(report["rows_in"], 1)
    shown = pd.DataFrame(
        {
            "Step": [_plain(step["name"]) for step in steps],
            "Left after it": [100 * step["rows_after"] / rows_in for step in steps],
            "Rows before": [step["rows_before"] for step in steps],
            "Dropped": [step["rows_before"] - step["rows_after"] for step in steps],
            "Rows after": [step["rows_after"] for step in steps],
            "Examples": [" · ".join(step["examples"]) for step in steps],
        }
    )
    table(
        shown,
        key="data.cleaning",
        file_name=f"{name}-cleaning.csv",
        columns={
            "Step": st.column_config.TextColumn("Dropped because", width="medium"),
            "Left after it": st.column_config.ProgressColumn(
                help="Share of all rows of the files that is left after this step.",
                min_value=0.0,
                max_value=100.0,
                format="%.1f %%",
            ),
            "Rows before": WHOLE,
            "Dropped": WHOLE,
            "Rows after": WHOLE,
            "Examples": st.column_config.TextColumn(width="large"),
        },
    )


def _plain(step: str) -> str:
    """The name of a step as a person writes it.

    >>> _plain("no user_id")
    'no user id'
    """
    return step.replace("_", " ")


def _rejected(record: DatasetRecord) -> None:
    found = _lost_rows(record, REJECTED_FILE, "rejected", "rejected rows")
    if not found:
        st.info("Every row of the events could be read.", icon=":material/check_circle:")
    if data_slices.lost_rows(record.folder, UNREAD_FILE, 1)[1]:
        st.markdown("**Files about users, items and links**")
        _lost_rows(record, UNREAD_FILE, "unread", "unread lines")


def _lost_rows(record: DatasetRecord, file: str, key: str, what: str) -> bool:
    """The rows in one file of those that could not be read, and their download; gives whether there are any."""
    head, total = data_slices.lost_rows(record.folder, file, MOST_TABLE_ROWS)
    if not total:
        return False
    reasons = head["reason"].value_counts()
    shown = ", ".join(f"{reason} ({number})" for reason, number in reasons.head(4).items())
    quiet(f"These rows could not be read or understood: {shown}. They are not learned from.")
    st.dataframe(head, hide_index=True, key=f"data.{key}")
    with st.container(horizontal=True, vertical_alignment="center"):
        download(
            f"Download all {what}",
            lambda: data_slices.lost_rows_csv(record.folder, file),
            f"{record.name}-{key}.csv",
            key=f"data.{key}.csv",
        )
        if total > len(head):
            quiet(f"The first {thousands(len(head))} of {thousands(total)} rows are shown.")
    return True


def _origin(report: Report) -> None:
    st.markdown("**Files**")
    files = [
        {
            "File": file["name"],
            "Rows": file["rows"],
            "Rejected": file["rejected"],
            "Kind": upload_files.KINDS.get(file["kind"], file["kind"]),
            "Characters": file["encoding"],
            "Between cells": upload_files.SEPARATORS.get(file["separator"], file["separator"]),
            "Names in the first line": file["header"],
        }
        for file in report["files"]
    ]
    whole = {"Rows": WHOLE, "Rejected": WHOLE}
    st.dataframe(pd.DataFrame(files), hide_index=True, key="data.files", column_config=whole)
    st.markdown("**Which column was what**")
    mapped = [
        {"Role": role.replace("_", " "), "Column": column}
        for role, column in report["mapping"].items()
    ]
    st.dataframe(pd.DataFrame(mapped), hide_index=True, key="data.mapping")
    if report["time_unit"]:
        quiet(f"Times were read as {unit_in_words(report['time_unit'])} and are kept in UTC.")


def _matches(report: Report) -> None:
    if not report["matches"]:
        st.info("Only events were given: there is nothing to match.", icon=":material/join_inner:")
        return
    for match in report["matches"]:
        what = match["table"]
        st.markdown(f"**{what.capitalize()}**: {counted(match['rows'], 'row')} in the file")
        st.markdown(
            f"- {counted(match['ids_without_row'], 'id')} of the events without a row in the file\n"
            f"- {counted(match['rows_without_events'], 'row')} of the file without any event\n"
            f"- {counted(match['repeated_rows'], 'row')} whose id comes again; the last one counts"
        )
        if what == ITEMS and match["rows_without_events"]:
            quiet(
                "Items of the file without any event are listed by their attributes, up to "
                f"{thousands(MOST_NEWCOMERS)} of them: a run scores them as the items most like them."
            )
        if unreadable := match.get("rejected_rows", 0):
            st.markdown(
                f"- {counted(unreadable, 'further line')} of the file that cannot be read: "
                "see the tab *Rejected rows*"
            )


def _versions(workspace: Workspace, record: DatasetRecord) -> None:
    family = family_of(workspace.datasets(), record)
    if len(family) < 2:
        st.info(
            "This is the only version. New events, or another cleaning, make a new one; runs keep the "
            "version that they were trained on.",
            icon=":material/history:",
        )
        return
    by_id = {one.dataset_id: one for one in family}
    rows = []
    for one in family:
        before = by_id.get(one.parent)
        rows.append(
            {
                "Version": one.version,
                "Name": one.name,
                "Made": choices.when(one.created),
                **{
                    label: _difference(getattr(one, count), before and getattr(before, count))
                    for label, count in (
                        ("Events", "events"),
                        ("Users", "users"),
                        ("Items", "items"),
                    )
                },
                "From version": before.version if before else None,
                "Shown": one.dataset_id == record.dataset_id,
            }
        )
    quiet("In brackets: the difference to the version that it was made from.")
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="data.versions")


def family_of(records: Sequence[DatasetRecord], record: DatasetRecord) -> list[DatasetRecord]:
    """All versions that come from the same first one, the oldest first."""
    by_id = {one.dataset_id: one for one in records}

    def root(one: DatasetRecord) -> str:
        seen = {one.dataset_id}
        while one.parent in by_id and one.parent not in seen:
            one = by_id[one.parent]
            seen.add(one.dataset_id)
        return one.parent or one.dataset_id

    own = root(record)
    family = [one for one in records if root(one) == own]
    return sorted(family, key=lambda one: (one.version, one.created))


def _difference(count: int, before: int | None) -> str:
    return thousands(count) if before is None else f"{thousands(count)} ({count - before:+,})"


def _events(record: DatasetRecord) -> None:
    shown = data_slices.first_events(record.folder, _SHOWN_EVENTS)
    about = data_slices.about_events(record.folder)
    weights = zip(about["event_names"], about["event_weights"], strict=True)
    quiet("Kinds and weights: " + ", ".join(f"{name} {weight:g}" for name, weight in weights))
    quiet(f"The first {len(shown)} of {counted(record.events, 'event')}; times in UTC.")
    table(shown, key="data.events", file_name=f"{record.name}-events.csv")


def _attributes(record: DatasetRecord, id_column: str, what: str) -> None:
    about = data_slices.about_attributes(record.folder, id_column)
    if not about:
        st.info(
            f"No file about {what} was given: the scorer learns from behaviour alone.",
            icon=":material/info:",
        )
        return
    kinds = ", ".join(f"{column} ({kind})" for column, kind in about["kinds"].items())
    st.text(
        f"Attributes: {kinds}. {counted(about['ids_without_attributes'], 'id')} without a row in the "
        f"file, {counted(about['rows_without_events'], 'row')} of the file without events."
    )
    shown, total = data_slices.first_attributes(record.folder, id_column, MOST_TABLE_ROWS)
    st.dataframe(shown, hide_index=True, key=f"data.{what}")
    with st.container(horizontal=True, vertical_alignment="center"):
        download(
            "Download csv",
            lambda: data_slices.attributes_csv(record.folder, id_column),
            f"{record.name}-{what}.csv",
            key=f"data.{what}.csv",
        )
        if total > len(shown):
            quiet(f"The first {thousands(len(shown))} of {thousands(total)} rows are shown.")
