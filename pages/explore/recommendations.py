"""Recommendations: one user's history beside their list, each item with its reason."""

import streamlit as st

from m6rec_core import schema
from m6rec_core.figures.text import counted, percent
from pages.shared import cached, frame, lists, people
from pages.shared.panels import Merit, answer, download_row, quiet
from pages.shared.places import RECOMMENDATIONS, WHY

MODELS = {
    "Scorer": schema.SCORER,
    "Items alike": schema.ITEM_CF,
    "Users alike": schema.USER_CF,
    "Popularity": schema.POPULARITY,
}

workspace = cached.workspace()
_, run = frame.require_run(frame.open_page(RECOMMENDATIONS, workspace), workspace)
with st.sidebar:
    user_id = people.choose_user(run.folder, "recommendations")
summary = st.container()
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    model_words = st.segmented_control(
        "Ranked by",
        list(MODELS),
        default="Scorer",
        required=True,
        key="recommendations.model",
        bind="query-params",
        help="The neural scorer, or one of the simpler models that it stands on.",
    )
    n = st.segmented_control(
        "Length (N)",
        [10, 20, 50],
        default=10,
        required=True,
        key="recommendations.n",
        bind="query-params",
        help="How many items the list holds.",
    )
    include_seen = st.toggle(
        "Include what the user knows",
        key="recommendations.seen",
        bind="query-params",
        help="Usually items of the history are left out.",
    )

model = MODELS[str(model_words)]
portrait = lists.portrait(run.folder, user_id)
ranked = lists.ranked(run.folder, user_id, int(n), include_seen=include_seen, model=model)
history = lists.history(run.folder, user_id)

with summary:
    answer(
        Merit(
            f"User {user_id}",
            counted(portrait.items, "item"),
            "Distinct items of the history that the run learned from.",
            f"more than {percent(portrait.busier_than)} of all users",
        ),
        Merit(
            "Taste",
            portrait.taste,
            "Mean popularity of the history against all users: niche, middle or mainstream third.",
            f"{portrait.audience} users per item",
        ),
        Merit(
            "Held out and found",
            f"{ranked.hits} of {portrait.held_out}" if portrait.held_out else "–",
            "Items of this user that no model has seen, and how many of them stand in this list.",
            "in this list" if portrait.held_out else "nothing was held out",
        ),
        Merit(
            "List from",
            ranked.source,
            "What ranked the list: users without a history get the most popular items.",
            f"{len(ranked.table)} items",
        ),
    )
left, right = st.columns([3, 7], gap="small")
with left:
    st.subheader("History, newest first", anchor=False)
    st.dataframe(
        history,
        hide_index=True,
        height=lists.height(int(n)),
        key="recommendations.history",
        column_config=lists.HISTORY_COLUMNS,
        placeholder="",
    )
with right:
    st.subheader(f"Top {n} by {str(model_words).lower()}", anchor=False)
    event = st.dataframe(
        ranked.table,
        hide_index=True,
        height="content",
        key="recommendations.list",
        column_config=lists.list_columns(ranked),
        on_select="rerun",
        selection_mode="single-cell",
    )
cells = event["selection"]["cells"]
if cells:
    frame.visit(WHY, user=user_id, item=ranked.item_ids[int(cells[0][0])])
quiet(ranked.note)
download_row(
    ("Download the list", ranked.export, f"list-{user_id}.csv"),
    ("Download the history", history, f"history-{user_id}.csv"),
    key="recommendations",
)
if ranked.item_ids:
    frame.next_step("Why is the first one first?", WHY, user=user_id, item=ranked.item_ids[0])
