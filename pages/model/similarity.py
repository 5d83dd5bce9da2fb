"""Similarity: the neighbours of one item or user, how likeness is spread, a block of it, and other settings."""

import streamlit as st

from m6rec_core.figures.text import counted, thousands, three
from pages.shared import (
    cached,
    frame,
    people,
    similarity_models,
    similarity_settings,
    similarity_views,
)
from pages.shared.panels import Merit, answer, tabs
from pages.shared.places import SIMILARITY, TRAIN

ITEMS, USERS = "Items alike", "Users alike"

workspace = cached.workspace()
_, run = frame.require_run(frame.open_page(SIMILARITY, workspace), workspace)
shown = st.segmented_control(
    "Side",
    [ITEMS, USERS],
    default=ITEMS,
    required=True,
    key="similarity.side",
    bind="query-params",
    label_visibility="collapsed",
)
side = similarity_models.ITEM if shown == ITEMS else similarity_models.USER
recommender = cached.recommender(run.folder)
with st.sidebar:
    if side == similarity_models.ITEM:
        popular = similarity_views.most_popular(run.folder)
        one_id = people.choose_item(run.folder, "similarity", popular)
        one_row = recommender.interactions.items.row_of(one_id)
    else:
        one_id = people.choose_user(run.folder, "similarity")
        one_row = recommender.interactions.users.row_of(one_id)

settings = cached.document(run.folder, "similarity.json") or {}
about = settings.get(side, {})
model = similarity_models.of_run(run.folder, side)
near = similarity_models.near(run.folder, model, one_id)

answer(
    Merit(
        "Measure",
        str(about.get("measure", "–")).replace("_", " "),
        "How likeness is computed; 'degree' weighs what busy users and popular items say less.",
        f"weighting: {about.get('weighting', 'none')}",
    ),
    Merit(
        "Neighbours kept",
        thousands(near.kept),
        "K: the nearest that count for a score.",
        f"of {thousands(near.total)} {'items' if side == similarity_models.ITEM else 'users'}",
    ),
    Merit(
        "Nearest",
        three(float(near.likeness[0])) if len(near.likeness) else "–",
        "Likeness of the nearest; comparable within one measure only.",
        near.title[0][:40] if near.title else "no neighbours",
    ),
    Merit(
        "Behind the choice",
        counted(len(settings.get("trials", ())), "setting"),
        "Settings that were compared on validation before this one was taken.",
        "chosen on validation" if settings.get("trials") else "given by the analyst",
    ),
)
similarity_views.neighbours(near, side)
tabs(
    "similarity.detail",
    {
        "Table": lambda: similarity_views.neighbours_table(near, side),
        "How likeness is spread": lambda: similarity_views.spread(run.folder, side),
        "A block": lambda: similarity_views.block(run.folder, side, near, one_row),
        "K and shrinkage": lambda: similarity_settings.curves(workspace, run, side),
        "Two settings": lambda: similarity_settings.side_by_side(run.folder, side, one_id, near),
    },
)
frame.next_step("Try another measure", TRAIN)
