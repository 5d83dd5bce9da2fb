"""Recommendations: one user's history beside their list, each item with its reason."""

import streamlit as st

from m6rec_core import schema
from m6rec_core.figures.text import counted, percent, three
from pages.shared import (
    cached,
    frame,
    list_rules,
    list_views,
    lists,
    people,
    portrait_views,
    run_list_views,
)
from pages.shared.panels import Merit, answer, download_row, quiet, tabs
from pages.shared.places import RECOMMENDATIONS, WHAT_IF, WHY

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
with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
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
        "Include known items",
        key="recommendations.seen",
        bind="query-params",
        help="Usually items of the history are left out.",
    )
    wish = list_rules.ask(run.folder, "recommendations")
    hidden = list_views.hidden_columns("recommendations")

model = MODELS[str(model_words)]
recommender = cached.recommender(run.folder)
histories = recommender.histories([user_id])
history = lists.history(run.folder, histories)
ranked = lists.ranked(
    run.folder, user_id, int(n), include_seen=include_seen, model=model, wish=wish
)
standing = portrait_views.standing(run.folder, user_id)

with summary:
    answer(
        Merit(
            f"User {user_id}",
            counted(standing.items, "item"),
            "Distinct items of the history that the run learned from.",
            f"more than {percent(standing.busier_than)} of all users",
        ),
        Merit(
            "Taste",
            standing.taste,
            "Mean popularity of the history against all users: niche, middle or mainstream third.",
            f"{standing.audience} users per item · {standing.temperature}",
        ),
        Merit(
            "Held out and found",
            f"{ranked.hits} of {standing.held_out}" if standing.held_out else "–",
            "Items of this user that no model has seen, and how many of them stand in this list.",
            "in this list" if standing.held_out else "nothing was held out",
        ),
        Merit(
            "List from",
            ranked.source,
            "What ranked the list: users without a history get the most popular items.",
            list_views.source_words(ranked, model),
        ),
    )
left, right = st.columns([3, 8], gap="small")
with left:
    st.subheader("History, newest first", anchor=False)
    st.dataframe(
        history,
        hide_index=True,
        height=lists.height(min(int(n), len(history))),
        key="recommendations.history",
        column_config=lists.HISTORY_COLUMNS,
        placeholder="",
    )
with right:
    st.subheader(f"Top {n} by {str(model_words).lower()}", anchor=False)
    event = st.dataframe(
        ranked.table.drop(columns=hidden, errors="ignore"),
        hide_index=True,
        height="content",
        key="recommendations.list",
        column_config=lists.list_columns(ranked.table, ranked.moved_help),
        on_select="rerun",
        selection_mode="single-cell",
        placeholder="",
    )
cells = event["selection"]["cells"]
if cells:
    frame.visit(WHY, user=user_id, item=ranked.item_ids[int(cells[0][0])])
quiet(f"Click a row to see why. {list_views.reason_words(run.folder, ranked)}")
if wish.boosts:
    quiet(f"With the boost the list agrees to {three(ranked.overlap)} (RBO) with the one without.")
download_row(
    ("Download the list", ranked.export, f"list-{user_id}.csv"),
    ("Download the history", history, f"history-{user_id}.csv"),
    key="recommendations",
)
tabs(
    "recommendations.detail",
    {
        "Portrait": lambda: portrait_views.card(run.folder, user_id),
        "Models side by side": lambda: list_views.side_by_side(
            run.folder, user_id, int(n), MODELS, include_seen=include_seen, wish=wish
        ),
        "Why A above B": lambda: list_views.a_above_b(run.folder, user_id, ranked),
        "Cold start": lambda: run_list_views.cold_start(run.folder),
        "Everybody's lists": lambda: run_list_views.everybody(workspace, run, int(n), model),
    },
)
if ranked.item_ids:
    frame.next_step("What if the history were another?", WHAT_IF, user=user_id)
