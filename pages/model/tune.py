"""Tune: let the machine look for options that do better on validation, watch it, take the best to a run."""

import streamlit as st

from m6rec_core.config import Config
from m6rec_core.tuning.plan import ACCURACY, LATENCY, MOST_TRIALS, NOVELTY, Plan
from pages.shared import cached, frame, jobs, train_views, tune_views
from pages.shared.panels import quiet
from pages.shared.places import RUNS, TUNE

SAMPLERS = {words: name for name, words in tune_views.SAMPLERS.items()}
GOALS = {
    "Accuracy": (ACCURACY,),
    "Accuracy and novelty": (ACCURACY, NOVELTY),
    "Accuracy and time per list": (ACCURACY, LATENCY),
}
PRUNING = {"Behind the median": "median", "In rounds (hyperband)": "hyperband", "Never": "none"}
USUAL, OF_THE_RUN = "The usual options", "The options of the current run"

workspace = cached.workspace()
chosen = frame.open_page(TUNE, workspace, detail=lambda job: tune_views.live(workspace, job))
dataset = frame.require_dataset(chosen)
tunings = tune_views.earlier(workspace, dataset)

with st.container(border=True):
    st.markdown("**How should it search?**")
    first, second, third = st.columns([5, 5, 3], vertical_alignment="bottom")
    sampler = first.segmented_control(
        "Way of choosing the next trial",
        list(SAMPLERS),
        default="Bayesian (TPE)",
        required=True,
        key="tune.sampler",
        bind="query-params",
        help="Bayesian: tries more where earlier trials did well. Genetic: crosses and changes the best "
        "ones, made for two goals. Random: learns nothing from earlier trials; what to beat.",
    )
    parts = second.pills(
        "What is searched",
        list(tune_views.PART_WORDS),
        selection_mode="multi",
        default=list(tune_views.PART_WORDS),
        key="tune.parts",
        bind="query-params",
        help="Likeness: basis, measure, neighbours, shrinkage. Further signals: each on or off. "
        "Network: its kind and size, dropout, learning rate, weight decay.",
    )
    trials = third.number_input(
        "Trials", 1, MOST_TRIALS, 30, key="tune.trials", bind="query-params"
    )
    fourth, fifth, sixth = st.columns([5, 5, 3], vertical_alignment="bottom")
    goals = fourth.selectbox(
        "Towards",
        list(GOALS),
        key="tune.goals",
        bind="query-params",
        help="With two goals there is no single best trial but a front of those that no other beats "
        "in both.",
    )
    starts = [USUAL, OF_THE_RUN] if chosen.run else [USUAL]
    start = fifth.selectbox(
        "It begins with",
        starts,
        key="tune.start",
        bind="query-params",
        help="Trial 0, and all options that are not searched.",
    )
    pruning = sixth.selectbox(
        "Stop a trial early",
        list(PRUNING),
        key="tune.pruning",
        bind="query-params",
        help="A trial whose validation falls behind that of the others need not be trained to its "
        "end. Not with two goals.",
    )
    base = {"split.strategy": "leave_last_out"}
    if chosen.run and start == OF_THE_RUN:
        base = dict(chosen.run.config)
    estimate, button = st.columns([3, 1], vertical_alignment="center")
    plan = Plan(
        sampler=SAMPLERS[str(sampler)],
        trials=int(trials),
        parts=tuple(tune_views.PART_WORDS[part] for part in parts) or ("network",),
        goals=GOALS[str(goals)],
        pruning=PRUNING[str(pruning)],
        seed=int(base.get("seed", 0)),
    )
    with estimate:
        seconds = train_views.seconds_to_learn(workspace, dataset, base)
        quiet(tune_views.expected(list(tunings.values()), plan, seconds))
    payload = {
        "dataset_id": dataset.dataset_id,
        "config": Config.from_flat(base).to_flat(),
        "plan": plan.to_dict(),
    }
    if button.button(
        "Start the search",
        type="primary" if not tunings else "secondary",
        icon=":material/search:",
        width="stretch",
        disabled=not parts,
    ):
        jobs.submit_once(workspace, "tune", payload)
        st.rerun()
quiet(
    "Every trial is judged on users whose last items are kept from it (validation). What the split holds "
    "out as the test is never looked at, so that it can judge the run that comes of it."
)
if not tunings:
    st.stop()

picked = st.selectbox(
    "Search",
    list(tunings),
    format_func=lambda name: tune_views.words(tunings[name]),
    key="tune.chosen",
    bind="query-params",
)
tuning = tunings[str(picked)]
tune_views.figures_of_merit(tuning)
tune_views.search(tuning)
tune_views.promote(workspace, dataset, tuning)
tune_views.go_on(workspace, dataset, tuning)
tune_views.detail(tuning)
frame.next_step("Compare the runs", RUNS)
