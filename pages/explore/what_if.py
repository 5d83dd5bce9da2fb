"""What if: a history and a person that can be changed, and the list that follows at once."""

import streamlit as st

from m6rec_core.figures.text import counted, three
from m6rec_core.figures.theme import MODEL_TITLES
from m6rec_core.ranking.overlap import rbo
from pages.shared import cached, frame, kept_what_ifs, lists, people
from pages.shared import what_if_views as views
from pages.shared.panels import Merit, answer, download_row, quiet
from pages.shared.places import RECOMMENDATIONS, WHAT_IF
from pages.shared.what_ifs import WhatIf

SOMEBODY, NOBODY = "A user", "Nobody"

workspace = cached.workspace()
_, run = frame.require_run(frame.open_page(WHAT_IF, workspace), workspace)
with st.sidebar:
    start = st.segmented_control(
        "Start from",
        [SOMEBODY, NOBODY],
        default=SOMEBODY,
        required=True,
        key="what_if.start",
        bind="query-params",
        help="The history of a stored user, or an empty one.",
    )
    user_id = people.choose_user(run.folder, "what_if") if start == SOMEBODY else ""
summary = st.container()
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    n = st.segmented_control(
        "Length (N)",
        [10, 20, 50],
        default=10,
        required=True,
        key="what_if.n",
        bind="query-params",
    )
    says_why = st.toggle("Say why", key="what_if.why", bind="query-params")

state = views.current(user_id)
began = views.answered(run.folder, WhatIf(user_id), int(n))
now = views.answered(run.folder, state, int(n))
agreement = rbo(began.item_row.tolist(), now.item_row.tolist())
marks = lists.moves(began.item_row.tolist(), now.item_row.tolist())

with summary:
    answer(
        Merit(
            "History",
            counted(len(now.history.item_row), "item"),
            "Distinct items that speak for a taste, after the changes.",
            f"{len(began.history.item_row):,} before",
        ),
        Merit(
            "Agreement",
            three(agreement),
            "Rank-biased overlap (RBO) with the list before the changes: 1 equal, 0 disjoint.",
            "with the list before" if state.is_changed else "nothing is changed yet",
        ),
        Merit(
            "New in the list",
            f"{marks.count('new')} of {len(marks)}",
            "Items that were not among the first before.",
            f"{sum(mark.startswith('▲') for mark in marks)} gained places",
        ),
        Merit(
            "List from",
            MODEL_TITLES.get(now.source, now.source),
            "Without any history the list is by popularity: there is nothing to compare.",
            "hot" if len(now.history.item_row) else "warm" if state.attributes else "cold",
        ),
    )
left, right = st.columns([4, 7], gap="medium")
with left:
    st.subheader("The history", anchor=False)
    if len(now.history.item_row):
        views.edit_history(run.folder, state, now)
    else:
        quiet("It is empty. Add the first item below.")
    views.add_item(run.folder, state)
    with st.expander("Who this is", icon=":material/person:", expanded=bool(state.attributes)):
        views.tell_attributes(run.folder, state)
with right:
    st.subheader(f"Top {n} now", anchor=False)
    table = lists.listed(run.folder, now.item_row, now.score)
    table.insert(1, "Moved", marks)
    if says_why:
        table.insert(5, "Why", views.reasons(run.folder, state, now))
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        key="what_if.list",
        placeholder="",
        column_config=lists.list_columns(table, "Places gained ▲ or lost ▼ by the changes."),
    )
    if now.unknown_items:
        quiet(f"Not known to the run, and left out: {', '.join(now.unknown_items[:5])}.")
    with st.container(horizontal=True):
        if st.button("Keep this what-if", icon=":material/bookmark_add:", key="what_if.keep"):
            kept_what_ifs.keep([*kept_what_ifs.kept(), state][-kept_what_ifs.MOST_KEPT :])
            st.rerun()
        if st.button(
            "Undo all changes", key="what_if.reset", type="tertiary", disabled=not state.is_changed
        ):
            views.become(WhatIf(user_id))
            st.rerun()
quiet(
    "Nothing is trained: the events are folded in by the rules of the run. The address holds it all."
)
st.subheader("Kept what-ifs side by side", anchor=False)
kept_what_ifs.compare(run.folder, int(n))
download_row(("Download the list", table, "what-if.csv"), key="what_if")
frame.next_step("Back to the user's own list", RECOMMENDATIONS)
