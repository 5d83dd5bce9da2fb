"""Layers: what the network is built of, what its weights and units do, and how one pair runs through it."""

import streamlit as st

from m6rec_core.figures.text import counted, percent, thousands, three
from pages.shared import cached, frame, layer_views, people, why_views
from pages.shared.panels import Merit, answer
from pages.shared.places import LAYERS, MAP

workspace = cached.workspace()
_, run = frame.require_run(frame.open_page(LAYERS, workspace), workspace)
why_views.warnings(run.folder)
with st.sidebar:
    user_id = people.choose_user(run.folder, "layers")
    listed = cached.recommended(run.folder, user_id, 20, include_seen=False, model="scorer")
    item_id = people.choose_item(
        run.folder, "layers", [int(row) for row in listed.item_row[0] if row >= 0]
    )

about = cached.document(run.folder, "scorer.json") or {}
summaries = layer_views.summaries(run.folder)
idle, watched = layer_views.idle_units(summaries)
parity = about.get("parity", {})

answer(
    Merit(
        "Layers",
        f"{len(summaries)}",
        "From the features to the heads.",
        f"network: {about.get('network', '')}",
    ),
    Merit(
        "Weights",
        thousands(about.get("parameters", 0)),
        "Numbers that training may change.",
        counted(len(about.get("features", ())), "named feature"),
    ),
    Merit(
        "Idle units",
        percent(idle / watched) if watched else "–",
        "Units that never move (dead) or always stand at a limit (saturated) over the population.",
        f"{thousands(idle)} of {thousands(watched)}",
    ),
    Merit(
        "Light model",
        three(parity.get("relative", float("nan"))),
        "Largest difference between the scores of the light model that serves and those of the network "
        "that was trained, as a share of the range of the scores.",
        f"off over {thousands(parity.get('rows', 0))} pairs",
    ),
)
layer_views.architecture(about)
layer_views.pair(run.folder, user_id, item_id, summaries)
layer_views.details(
    run.folder,
    summaries,
    network=str(about.get("network", "")),
    user_id=user_id,
    item_id=item_id,
)
frame.next_step("Which items does it see as alike?", MAP)
