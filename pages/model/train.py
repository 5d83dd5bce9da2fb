"""Train: choose how the scorer learns in plain words, start it, watch it, see what it learned."""

import streamlit as st

from pages.shared import cached, frame, jobs, option_fields, runs_view, train_views
from pages.shared.panels import quiet
from pages.shared.places import RECOMMENDATIONS, TRAIN

BASIS = {"Both": "both", "Items alike": "item", "Users alike": "user"}
NETWORKS = {"MLP": "mlp", "CNN": "cnn", "GRU": "gru", "Additive": "additive"}
HELD_OUT = {
    "Each user's last item": "leave_last_out",
    "The latest events": "global_time",
    "Random events": "random",
    "Nothing": "none",
}
ASKED_ABOVE = ("similarity.basis", "scorer.network", "split.strategy", "seed")

workspace = cached.workspace()
chosen = frame.open_page(
    TRAIN, workspace, detail=lambda job: train_views.live_curve(workspace, job)
)
dataset = frame.require_dataset(chosen)

with st.container(border=True):
    st.markdown("**How should it learn?**")
    first, second, third, fourth = st.columns([5, 5, 4, 2], vertical_alignment="bottom")
    basis = first.segmented_control(
        "Whose likeness counts",
        list(BASIS),
        default="Both",
        required=True,
        key="train.basis",
        bind="query-params",
        help="Items alike: 'who liked this also liked …' (item-based collaborative filtering). "
        "Users alike: 'people like you liked …' (user-based). Both: every score is a feature.",
    )
    network = second.segmented_control(
        "Network",
        list(NETWORKS),
        default="MLP",
        required=True,
        key="train.network",
        bind="query-params",
        help="MLP: features may work together. CNN and GRU: also read the last items in their order. Additive: one small curve per feature, summed, so that "
        "every contribution can be read off the network itself; slightly less accurate.",
    )
    held_out = third.selectbox(
        "Held out for the evaluation",
        list(HELD_OUT),
        key="train.held_out",
        bind="query-params",
        help="What is put aside before anything is learned, to judge the lists by.",
    )
    seed = fourth.number_input(
        "Seed",
        0,
        2**31 - 1,
        0,
        key="train.seed",
        bind="query-params",
        help="Two runs with the same data, options and seed are equal.",
    )
    with st.expander("Every option", icon=":material/tune:"):
        advanced = option_fields.ask(
            "train",
            ["split", "similarity", "signals", "scorer", "ranking", "explanation"],
            without=ASKED_ABOVE,
        )
    options = advanced | {
        "similarity.basis": BASIS[str(basis)],
        "scorer.network": NETWORKS[str(network)],
        "split.strategy": HELD_OUT[str(held_out)],
        "seed": int(seed),
    }
    name = st.text_input(
        "Name of the run", key="train.name", placeholder="found from the choices when empty"
    )

    estimate, button = st.columns([3, 1], vertical_alignment="center")
    with estimate:
        quiet(train_views.estimate(workspace, dataset, options))
    payload = {"dataset_id": dataset.dataset_id, "config": options, "name": name.strip()}
    if button.button(
        "Train the scorer", type="primary", icon=":material/play_arrow:", width="stretch"
    ):
        jobs.submit_once(workspace, "train", payload)
        st.rerun()

runs = workspace.runs(dataset.dataset_id)
if chosen.run is None:
    st.info(
        "No run of this data set is trained yet: the defaults above are sound.",
        icon=":material/info:",
    )
    st.stop()
st.subheader("What the run learned", anchor=False)
train_views.learned(chosen.run)
st.subheader("Runs of this data set", anchor=False)
runs_view.recent(workspace, runs)
frame.next_step("See one user's list", RECOMMENDATIONS, run=chosen.run.run_id)
