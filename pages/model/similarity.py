"""Similarity: the neighbours of one item or user, how likeness is spread, and a block of it."""

import streamlit as st

from m6rec_core.figures.text import counted, three
from pages.shared import cached, frame, people, similarity_views
from pages.shared.panels import Merit, answer
from pages.shared.places import SIMILARITY, TRAIN

ITEMS, USERS = "Items alike", "Users alike"

workspace = cached.workspace()
_, run = frame.require_run(frame.open_page(SIMILARITY, workspace), workspace)
side = st.segmented_control(
    "Side",
    [ITEMS, USERS],
    default=ITEMS,
    required=True,
    key="similarity.side",
    bind="query-params",
    label_visibility="collapsed",
)
recommender = cached.recommender(run.folder)
with st.sidebar:
    if side == ITEMS:
        popular = similarity_views.most_popular(run.folder)
        one_id = people.choose_item(run.folder, "similarity", popular)
    else:
        one_id = people.choose_user(run.folder, "similarity")

settings = cached.document(run.folder, "similarity.json") or {}
about = settings.get("item" if side == ITEMS else "user", {})
near = (
    similarity_views.items_near(run.folder, one_id)
    if side == ITEMS
    else similarity_views.users_near(run.folder, one_id)
)

answer(
    Merit(
        "Measure",
        str(about.get("measure", "–")),
        "How likeness is computed; 'degree' weighs what busy users and popular items say less.",
        f"weighting: {about.get('weighting', 'none')}",
    ),
    Merit("Neighbours kept", near.kept, "K: the nearest that count for a score.", near.kept_of),
    Merit(
        "Nearest",
        three(float(near.info.likeness[0])) if len(near.info.likeness) else "–",
        "Likeness of the nearest; comparable within one measure only.",
        near.info.titles[0][:40] if near.info.titles else "no neighbours",
    ),
    Merit(
        "Behind the choice",
        counted(len(settings.get("trials", ())), "setting"),
        "Settings that were compared on validation before this one was taken.",
        "chosen on validation",
    ),
)
similarity_views.neighbours(near)
similarity_views.details(run.folder, near, items=side == ITEMS)
frame.next_step("Try another measure", TRAIN)
