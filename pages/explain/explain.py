"""Why: one recommendation taken apart, its evidence, its rank, and how far to trust it; or a whole list."""

import streamlit as st

from m6rec_core.figures.text import signed, three
from pages.shared import cached, frame, people, rank_views, why_views
from pages.shared.panels import Merit, answer, escaped, heading
from pages.shared.places import LAYERS, WHY

ONE, LIST = "This recommendation", "The whole list"

workspace = cached.workspace()
_, run = frame.require_run(frame.open_page(WHY, workspace), workspace)
view = st.segmented_control(
    "View",
    [ONE, LIST],
    default=ONE,
    required=True,
    key="explain.view",
    bind="query-params",
    label_visibility="collapsed",
)
with st.sidebar:
    user_id = people.choose_user(run.folder, "explain")
    listed = cached.recommended(run.folder, user_id, 20, include_seen=False, model="scorer")
    item_id = people.choose_item(
        run.folder, "explain", [int(row) for row in listed.item_row[0] if row >= 0]
    )
why_views.warnings(run.folder)
if view == LIST:
    rank_views.whole_list(run.folder, user_id)
    st.stop()

found = cached.explanation(run.folder, user_id, item_id)
groups = found.by_group()
strongest = max(groups, key=lambda group: abs(groups[group]), default="")

heading(found.title, f"for user {user_id}")
answer(
    Merit(
        "Score",
        three(found.score),
        "Preference on the log-odds scale, comparable within one user; not a probability.",
        f"an average pair has {three(found.base)}",
    ),
    Merit(
        "Rank",
        f"{found.rank}" if found.rank else "not listed",
        f"Place in the user's list of {run.config['ranking.list_length']}, the whole catalogue ranked.",
        f"ranked by {found.source}",
    ),
    Merit(
        "Strongest reason",
        strongest or "–",
        "The group of features that moves this score most.",
        f"{signed(groups[strongest])} to the score" if strongest else "nothing is taken apart",
    ),
    Merit(
        "Trust",
        found.trust.verdict,
        "The verdict of the weakest of four checks; see the panel beside the picture.",
        f"sum off by {three(found.trust.additivity_error)}",
    ),
)
st.markdown("In plain words: **" + escaped("; ".join(found.reasons)) + ".**")
if found.features:
    left, right = st.columns([2, 1], gap="medium")
    with left:
        why_views.split(found)
    with right:
        why_views.trust(found)
    why_views.details(run.folder, found)
else:
    st.info(escaped(found.trust.because), icon=":material/info:")
frame.next_step("What do the layers do with this pair?", LAYERS, user=user_id, item=item_id)
