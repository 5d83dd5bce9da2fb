"""Item: its audience, what is like it, who gets it recommended, and its history."""

import numpy as np
import streamlit as st

from m6rec_core.figures.text import percent, three
from m6rec_core.ranking.cold_start import MEANING
from pages.shared import cached, frame, item_views, lists, people, sampled_lists
from pages.shared.panels import Merit, answer, heading, tabs
from pages.shared.places import ITEM, RECOMMENDATIONS

workspace = cached.workspace()
_, run = frame.require_run(frame.open_page(ITEM, workspace), workspace)
recommender = cached.recommender(run.folder)
with st.sidebar:
    item_id = people.choose_item(
        run.folder, "item", [int(row) for row in recommender.space.popular[:20]]
    )
item_row = recommender.interactions.items.row_of(item_id)
users = item_views.users_of(run.folder, item_row)
place = 1 + int((recommender.popularity > recommender.popularity[item_row]).sum())
known = str(cached.temperatures(run.folder)[item_row])
sample = sampled_lists.of_run(run.folder)
listed = float((sample.item_row == item_row).any(axis=1).mean())
usual = float((sample.item_row >= 0).sum() / len(sample.user_row) / len(recommender.popularity))

heading(lists.titles(run.folder, np.array([item_row]))[0])
about = lists.about_item(run.folder, item_row)
if about:
    st.text(about)
answer(
    Merit(
        "Users",
        f"{len(users):,}",
        "Training users who have the item.",
        f"number {place:,} in popularity",
    ),
    Merit(
        "Reach",
        percent(len(users) / max(len(recommender.training), 1)),
        "Share of all training users who have it.",
        "of all users",
    ),
    Merit(
        "Recommended to",
        percent(listed),
        f"Share of {len(sample.user_row):,} sampled users in whose first 20 it stands.",
        f"an average item: {percent(usual)}",
    ),
    Merit(
        "Mean rating" if recommender.interactions.rating_range else "Known",
        three(lists.mean_rating(run.folder, item_row))
        if recommender.interactions.rating_range
        else known,
        "; ".join(f"{name}: {words}" for name, words in MEANING.items()),
        known if recommender.interactions.rating_range else MEANING[known],
    ),
)
tabs(
    "item.detail",
    {
        "What is like it": lambda: item_views.neighbours(run.folder, item_row),
        "Audience": lambda: item_views.audience(run.folder, item_row),
        "Who gets it": lambda: item_views.listed_for(run.folder, item_row),
        "Over time": lambda: item_views.over_time(run.folder, item_row),
    },
)
frame.next_step("Browse the lists", RECOMMENDATIONS)
