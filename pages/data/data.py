"""Data: what the current data set was made of and what was cleaned away, and the way to another one."""

import streamlit as st

from pages.shared import cached, data_views, frame, upload_parent, uploads
from pages.shared.managing import rename_or_delete
from pages.shared.panels import escaped, quiet
from pages.shared.places import DATA, HEALTH
from pages.shared.uploads import ADD, LOOK

workspace = cached.workspace()
uploads.follow(workspace)
chosen = frame.open_page(DATA, workspace)
if chosen.dataset is None:
    uploads.add(workspace)
view = st.segmented_control(
    "View",
    [LOOK, ADD],
    default=LOOK,
    required=True,
    key=uploads.VIEW,
    bind="query-params",
    label_visibility="collapsed",
)
if view == ADD:
    uploads.add(workspace)

record = chosen.dataset
report = data_views.report_of(record)
data_views.merits(record, report)
st.markdown(f"**{escaped(data_views.account(report))}**")
data_views.details(workspace, record, report)
if upload_parent.can_have_versions(record):
    with st.container(horizontal=True):
        st.button(
            "Add events",
            icon=":material/playlist_add:",
            help="New files are added to those of this data set; that makes a new version of it.",
            on_click=uploads.begin,
            args=(record,),
            kwargs={"only_clean": False},
        )
        st.button(
            "Clean again with other options",
            icon=":material/cleaning_services:",
            help="The same files, cleaned in another way; that makes a new version.",
            on_click=uploads.begin,
            args=(record,),
            kwargs={"only_clean": True},
        )
with st.expander("Rename or delete this data set", icon=":material/edit:"):
    at_work = any(
        job.payload.get("dataset_id") == record.dataset_id for job in workspace.open_jobs()
    )
    rename_or_delete(
        "data set",
        record.name,
        key=f"data.{record.dataset_id}",
        rename=lambda name: workspace.rename_dataset(record.dataset_id, name),
        delete=lambda: workspace.delete_dataset(record.dataset_id),
        obstacle="Work on this data set is under way: wait for it, or cancel it."
        if at_work
        else "",
    )
    quiet("Runs of a deleted data set stay: they hold all they need.")
frame.next_step("Look at its health", HEALTH)
