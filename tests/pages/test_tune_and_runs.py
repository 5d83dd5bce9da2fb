"""Searching options and comparing runs from the pages, on trials and runs that are there already."""

import json
import shutil

import numpy as np
import pytest

from m6rec_core.config import Config
from m6rec_core.tuning.plan import Plan
from m6rec_core.tuning.record import TrialLine, Tuning
from m6rec_core.workspace.jobs import FAILED
from m6rec_core.workspace.results import store_run
from m6rec_core.workspace.workspace import Workspace
from pages.shared import places
from pages.shared.panels import escaped

from .test_doing import press
from .test_pages_open import texts

BASE = Config.from_flat({"split.strategy": "leave_last_out", "seed": 3})
RATES = np.geomspace(3e-4, 3e-2, 24)


def write_tuning(home, *, goals=("accuracy",), trials=24):
    """A tuning of 24 trials with rising accuracy, the seventh stopped early and the ninth failed."""
    folder = Workspace(home).tuning_folder("corner-shop", "tuning-1")
    plan = Plan(trials=trials, goals=goals, seed=3)
    tuning = Tuning.open(folder, plan, BASE, "fingerprint")
    for number, rate in enumerate(RATES):
        options = {
            "scorer.learning_rate": float(rate),
            "scorer.network": ("mlp", "cnn")[number % 2],
        }
        state = {7: "pruned", 9: "failed"}.get(number, "complete")
        measured = {"accuracy": 0.1 + number / 1000, "novelty": 5.0 - number / 10}
        tuning = tuning.with_line(
            TrialLine(
                number,
                state,
                options,
                measured if state == "complete" else {},
                curve=(0.05,) if state == "pruned" else (),
                seconds=2.0,
                note="Nothing is left." if state == "failed" else "",
            )
        )
    (folder / "importance.json").write_text(json.dumps({"scorer.learning_rate": 0.9}))
    return tuning


@pytest.fixture
def tuned(own):
    write_tuning(own)
    return own


@pytest.fixture
def two_runs(own, trained_run):
    """Beside the first run a second one that gives half of the users other items and figures."""
    workspace = Workspace(own)
    config = Config.from_flat({"split.strategy": "leave_last_out", "seed": 1, "scorer.epochs": 9})
    record = workspace.dataset("corner-shop")
    with store_run(workspace, record, config, "Second *run*", job_id="second-run") as folder:
        shutil.copytree(trained_run, folder, dirs_exist_ok=True)
    return own


def test_a_search_is_submitted_with_the_choices_and_only_once(open_page, with_data):
    address = {"tune.sampler": "Genetic (NSGA-II)", "tune.trials": "12"}
    address["tune.goals"] = "Accuracy and novelty"
    app = open_page(places.TUNE, with_data, **address)
    press(press(app, "Start the search"), "Start the search")
    (job,) = Workspace(with_data).jobs()
    plan = Plan.from_dict(job.payload["plan"])
    assert (job.kind, job.payload["dataset_id"]) == ("tune", "corner-shop")
    assert (plan.sampler, plan.trials, plan.goals) == ("nsga2", 12, ("accuracy", "novelty"))
    assert job.payload["config"]["split.strategy"] == "leave_last_out"


def test_a_search_tells_its_best_trial_against_its_start(open_page, tuned):
    app = open_page(places.TUNE, tuned)
    assert not app.exception
    assert next(metric.label for metric in app.metric) == escaped("Best: trial 23")
    assert app.metric[0].value == escaped("0.123")
    assert "1 stopped early, 1 failed" in app.metric[2].delta
    assert "Trial 23 is the best of 24 trials" in texts(app).replace("\\", "")


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("Trials", "best of 24 trials"),
        ("Values together", "best 3 trials"),
        ("What matters", "learning rate"),
    ],
)
def test_a_tab_of_a_search_opens_from_its_address(open_page, tuned, tab, words):
    app = open_page(places.TUNE, tuned, **{"tune.detail": tab})
    assert not app.exception
    assert words in texts(app).replace("\\", "")


def test_two_goals_are_shown_as_a_front(open_page, own):
    write_tuning(own, goals=("accuracy", "novelty"))
    app = open_page(places.TUNE, own)
    assert not app.exception
    assert "22 trials are unbeaten in both goals" in texts(app).replace("\\", "")


def test_the_best_trial_is_trained_with_all_its_options(open_page, tuned):
    press(open_page(places.TUNE, tuned), "Train it as a run")
    (job,) = Workspace(tuned).jobs()
    trained = Config.from_flat(job.payload["config"])
    assert job.kind == "train"
    assert trained.scorer.learning_rate == pytest.approx(0.03)
    assert (trained.scorer.network, trained.seed) == ("cnn", 3)
    assert trained.split.strategy == "leave_last_out"


@pytest.mark.parametrize(
    ("wanted", "label", "trials"),
    [(24, "Add 10 trials", 34), (30, "Go on with the other 6", 30)],
)
def test_a_search_goes_on_with_what_it_has(open_page, own, wanted, label, trials):
    write_tuning(own, trials=wanted)
    press(open_page(places.TUNE, own), label)
    (job,) = Workspace(own).jobs()
    assert (job.kind, job.payload["tuning_id"]) == ("tune", "tuning-1")
    assert job.payload["plan"]["trials"] == trials
    assert Config.from_flat(job.payload["config"]) == BASE


def test_runs_are_found_by_what_stands_in_their_row(open_page, two_runs):
    jobs = Workspace(two_runs).job_table
    jobs.add("train", {"dataset_id": "corner-shop", "name": "Broken run"})
    jobs.finish(jobs.claim_next(), FAILED, error="No.")
    every = open_page(places.RUNS, two_runs).dataframe[0].value
    assert every["Run"].tolist() == ["Broken run", "Second *run*", "First run"]
    assert every["State"].tolist() == ["failed", "done", "done"]
    found = open_page(places.RUNS, two_runs, **{"runs.find": "second done"}).dataframe[0].value
    assert found["Run"].tolist() == ["Second *run*"]


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("Figures", "No run differs from"),
        ("Options", "1 option of"),
        ("Lists that changed", "100 % of the ten items of a list are the same"),
    ],
)
def test_runs_stand_side_by_side(open_page, two_runs, tab, words):
    app = open_page(places.RUNS, two_runs, **{"runs.detail": tab})
    assert not app.exception
    assert words in texts(app).replace("\\", "")


def test_a_run_gets_another_name(open_page, two_runs):
    app = open_page(places.RUNS, two_runs, run="second-run")
    app.text_input(key="runs.second-run.name").set_value("Better name")
    press(app, "Rename")
    assert Workspace(two_runs).run("second-run").name == "Better name"


def test_a_run_is_deleted_only_when_its_name_was_typed(open_page, two_runs):
    app = open_page(places.RUNS, two_runs, run="second-run")
    app = press(app, "Delete")
    assert "second-run" in Workspace(two_runs).run_catalogue
    app.text_input(key="runs.second-run.typed").set_value("Second *run*")
    press(app, "Delete")
    assert "second-run" not in Workspace(two_runs).run_catalogue
