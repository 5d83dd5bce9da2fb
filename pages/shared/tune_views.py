"""A search as it goes and as it ended: figures, trials, what matters, and the way from a trial to a run."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from m6rec_core.config import options
from m6rec_core.errors import RunError
from m6rec_core.figures import tuning as figures
from m6rec_core.figures.text import counted, signed, three
from m6rec_core.tuning.outcome import table as trial_table
from m6rec_core.tuning.plan import ACCURACY, GOALS, NOVELTY, PARTS, Plan
from m6rec_core.tuning.record import FAILED, TrialLine, Tuning
from m6rec_core.tuning.space import dimensions, title
from m6rec_core.workspace.datasets import DatasetRecord
from m6rec_core.workspace.jobs import JobRecord
from m6rec_core.workspace.workspace import Workspace
from pages.shared import jobs
from pages.shared.jobs import duration
from pages.shared.panels import Merit, answer, picture, quiet, table, tabs

MORE = 10  # trials that one press adds
NEWEST = 6  # trials that are told while the search goes on
PART_WORDS = dict(zip(("Likeness", "Further signals", "Network"), PARTS, strict=True))
SAMPLERS = {"tpe": "Bayesian (TPE)", "nsga2": "Genetic (NSGA-II)", "random": "Random"}


def live(workspace: Workspace, job: JobRecord) -> None:
    """The search of a job that runs now; nothing before its first finished trial."""
    if job.kind != "tune":
        return
    folder = workspace.tuning_folder(job.payload["dataset_id"], tuning_id_of(job))
    tuning = _read(folder)
    if tuning is None or not tuning.lines:
        quiet("The first trial measures the options that the search begins with.")
        return
    _progress_of(tuning, key="tune.live")
    newest = trial_table(tuning).iloc[::-1].head(NEWEST)
    st.dataframe(newest, hide_index=True, key="tune.live_trials", column_config=_columns())


def earlier(workspace: Workspace, dataset: DatasetRecord) -> dict[str, Tuning]:
    """The tunings of a data set that have a finished trial and are not under way, newest first."""
    busy = {tuning_id_of(job) for job in workspace.open_jobs() if job.kind == "tune"}
    read = {
        folder.name: _read(folder)
        for folder in workspace.tuning_folders(dataset.dataset_id)
        if folder.name not in busy
    }
    return {name: tuning for name, tuning in read.items() if tuning and tuning.lines}


def words(tuning: Tuning) -> str:
    """A tuning in a line that stays the same, for it stands in the address."""
    return f"{SAMPLERS[tuning.plan.sampler]}, begun {_begun(tuning.folder.name)}"


def figures_of_merit(tuning: Tuning) -> None:
    """The best trial against what the search began with, and what became of the trials."""
    best, usual = tuning.best, tuning.lines[0]
    complete = len(tuning.complete)
    failed = sum(line.state == FAILED for line in tuning.lines)
    stopped = len(tuning.lines) - complete - failed
    spent = sum(line.seconds for line in tuning.lines)
    answer(
        Merit(
            f"Best: trial {best.number}" if best else "Best",
            three(best.accuracy) if best else "–",
            GOALS[ACCURACY].definition
            + ". It is flattered by being the best of many: the held-out "
            "test, which no trial has seen, judges it once it is trained as a run.",
            f"{signed(best.accuracy - usual.accuracy)} over the start" if best else "",
        ),
        Merit(
            "Novelty of the best",
            f"{three(best.measured[NOVELTY])} bits" if best else "–",
            GOALS[NOVELTY].definition,
            f"start: {three(usual.measured.get(NOVELTY, float('nan')))} bits",
        ),
        Merit(
            "Trials",
            f"{len(tuning.lines)} of {tuning.plan.trials}",
            "Complete: measured to the end. Stopped early: validation fell behind. "
            "Failed: the options cannot be learned with; the table says why.",
            f"{stopped} stopped early, {failed} failed",
        ),
        Merit(
            "Time per trial",
            duration(spent / max(len(tuning.lines), 1)),
            "Mean over all trials. What trials have in common is computed once.",
            f"{duration(spent)} in all",
        ),
    )


def detail(tuning: Tuning) -> None:
    """The search in pictures and as a table."""
    views = {
        "Trials": lambda: _trials(tuning),
        "Values together": lambda: _together(tuning),
        "What matters": lambda: _importance(tuning),
    }
    if len(tuning.plan.goals) > 1:
        views = {"Two goals": lambda: _front(tuning), **views}
    tabs("tune.detail", views)


def search(tuning: Tuning) -> None:
    """Every trial, and the best so far."""
    _progress_of(tuning, key="tune.search")


def promote(workspace: Workspace, dataset: DatasetRecord, tuning: Tuning) -> None:
    """Trains a run with the options of a trial; by itself the best is chosen."""
    ranked = sorted(tuning.complete, key=lambda line: -line.accuracy)
    if not ranked:
        return
    choice, button = st.columns([3, 2], vertical_alignment="bottom")
    line = choice.selectbox(
        "Trial to be trained as a run",
        ranked,
        format_func=lambda line: f"trial {line.number} · validation NDCG@10 {line.accuracy:.4f}",
        key="tune.promoted",
        help="The run is trained with all options of the trial, reaches the same validation, and is "
        "then judged on the held-out test.",
    )
    if button.button(
        "Train it as a run", type="primary", icon=":material/upgrade:", width="stretch"
    ):
        jobs.submit_once(workspace, "train", _training(dataset, tuning, line))
        st.rerun()


def go_on(workspace: Workspace, dataset: DatasetRecord, tuning: Tuning) -> None:
    """Goes on with a search that was stopped, or adds trials to one that is done."""
    left = tuning.plan.trials - len(tuning.lines)
    wanted = tuning.plan.trials if left > 0 else len(tuning.lines) + MORE
    label = f"Go on with the other {left}" if left > 0 else f"Add {MORE} trials"
    if st.button(label, icon=":material/play_arrow:", help="No finished trial is lost."):
        plan = {**tuning.plan.to_dict(), "trials": wanted}
        payload = {
            "dataset_id": dataset.dataset_id,
            "config": tuning.base.to_flat(),
            "plan": plan,
            "tuning_id": tuning.folder.name,
        }
        jobs.submit_once(workspace, "tune", payload)
        st.rerun()


def expected(tunings: Sequence[Tuning], plan: Plan, seconds_to_learn: float) -> str:
    """How long a search may take: by earlier ones on this data, else by the time of a training."""
    lines = [line for tuning in tunings for line in tuning.lines if line.seconds]
    if lines:
        each, source = sum(line.seconds for line in lines) / len(lines), "as earlier trials took"
    else:
        each, source = seconds_to_learn, "as a training is expected to learn, an upper end"
    return (
        f"About {duration(each * plan.trials)} for {counted(plan.trials, 'trial')} ({source}). "
        "It goes on when this page is closed; every finished trial is kept."
    )


def tuning_id_of(job: JobRecord) -> str:
    """The tuning that a job works on."""
    return str(job.payload.get("tuning_id") or job.job_id)


def _begun(tuning_id: str) -> str:
    """When a tuning was begun, by the id of its first job; the id itself when it tells no time.

    >>> _begun("20261125-150002-a1b2c3"), _begun("mine")
    ('25 Nov 2026 15:00:02 UTC', 'mine')
    """
    try:
        moment = datetime.strptime(tuning_id[:15], "%Y%m%d-%H%M%S")
    except ValueError:
        return tuning_id
    return f"{moment:%d %b %Y %H:%M:%S} UTC"


def _training(dataset: DatasetRecord, tuning: Tuning, line: TrialLine) -> dict[str, object]:
    name = f"{dataset.name} · tuned, trial {line.number}"
    return {
        "dataset_id": dataset.dataset_id,
        "config": tuning.config_of(line).to_flat(),
        "name": name,
    }


def _read(folder: Path) -> Tuning | None:
    try:
        return Tuning.load(folder)
    except RunError:
        return None  # it is being begun at this moment


def _progress_of(tuning: Tuning, *, key: str) -> None:
    info = figures.search_info(
        [line.accuracy for line in tuning.lines], [line.state for line in tuning.lines]
    )
    picture(figures.search_finding(info), lambda theme: figures.search_figure(info, theme), key=key)


def _trials(tuning: Tuning) -> None:
    frame = trial_table(tuning)
    frame = frame.sort_values("validation_ndcg@10", ascending=False, na_position="last")
    table(
        frame, key="tune.trials", file_name=f"trials-{tuning.folder.name}.csv", columns=_columns()
    )


def _columns() -> dict[str, object]:
    words = {key: title(key) for key, _ in options() if not key.startswith("mapping.")}
    return words | {
        "validation_ndcg@10": st.column_config.NumberColumn("NDCG@10", format="%.4f"),
        "novelty": st.column_config.NumberColumn("novelty", format="%.2f", help="bits"),
        "latency": st.column_config.NumberColumn("ms per list", format="%.1f"),
        "scorer.learning_rate": st.column_config.NumberColumn("learning rate", format="%.2g"),
        "scorer.weight_decay": st.column_config.NumberColumn("weight decay", format="%.2g"),
        "scorer.dropout": st.column_config.NumberColumn("dropout", format="%.2f"),
        "seconds": st.column_config.NumberColumn("seconds", format="%.1f"),
    }


def _together(tuning: Tuning) -> None:
    order = sorted(_searched(tuning), key=lambda key: -tuning.importance.get(key, 0.0))
    complete = tuning.complete
    info = figures.crossing_info(
        {title(key): [line.options[key] for line in complete] for key in order},
        [line.accuracy for line in complete],
        [line.number for line in complete],
        logarithmic=("learning rate", "weight decay"),
    )
    finding = figures.crossing_finding(info)
    if len(info.value) < 2:
        st.info(finding, icon=":material/info:")
        return
    picture(finding, lambda theme: figures.crossing_figure(info, theme), key="tune.together")
    quiet(
        "One line per trial; the thick one is the best, coloured are the best quarter. "
        f"Shown are {len(info.titles)} of {len(order)} options, those that matter most first where that is "
        "known; the table has all."
    )


def _importance(tuning: Tuning) -> None:
    shares = tuning.importance
    titles = [title(key) for key in shares]
    finding = figures.importance_finding(titles, list(shares.values()))
    if not shares:
        st.info(f"{finding} It takes 12 complete ones.", icon=":material/info:")
        return
    picture(
        finding,
        lambda theme: figures.importance_figure(titles, list(shares.values()), theme),
        key="tune.importance",
    )
    quiet(
        "Share of the variance of validation NDCG@10 that an option explains alone, by a forest over "
        "the trials (fANOVA). With few trials it is a hint, not a proof."
    )
    rows = [{"Option": key, "Share": share} for key, share in shares.items()]
    table(pd.DataFrame(rows), key="tune.importance_table", file_name="importance.csv")


def _front(tuning: Tuning) -> None:
    second = tuning.plan.goals[1]
    complete, on = tuning.complete, {line.number for line in tuning.front}
    info = figures.front_info(
        [line.measured[second] for line in complete],
        [line.accuracy for line in complete],
        [line.number in on for line in complete],
        [line.number for line in complete],
        x_title=GOALS[second].title,
        maximise_x=GOALS[second].maximise,
    )
    picture(
        figures.front_finding(info),
        lambda theme: figures.front_figure(info, theme),
        key="tune.front",
    )
    quiet(f"{GOALS[second].title}: {GOALS[second].definition}.")


def _searched(tuning: Tuning) -> list[str]:
    found = dimensions(tuning.plan.parts, tuning.base, has_time=True, has_attributes=True)
    keys = [one.key for one in found]
    return [key for key in keys if key in tuning.lines[0].options]
