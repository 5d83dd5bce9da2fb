"""Trials that really learn: what they may see, and whether a run keeps what a trial promised."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from m6rec_core import pipeline
from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.splitting import split
from m6rec_core.progress import silent
from m6rec_core.scorer.shelf import Shelf
from m6rec_core.tuning import outcome, study
from m6rec_core.tuning.plan import Plan
from m6rec_core.tuning.record import Tuning
from m6rec_core.tuning.trying import Material, measure, novelty

from .conftest import TINY

LEAN = {
    **{f"signals.{name}": False for name in ("ridge", "spectral", "factors", "random_walk")},
    "similarity.basis": "item",
    "scorer.epochs": 2,
}
BASE = Config.from_flat({**TINY, **LEAN})


@pytest.fixture(scope="module")
def tuned(small_shop, make_once) -> Tuning:
    """Three trials over the network of a small shop. Never write into it."""

    def fill(folder):
        plan = Plan(trials=3, parts=("network",), goals=("accuracy", "latency"), sampler="nsga2")
        study.tune(small_shop, plan, BASE, folder)

    return Tuning.load(make_once("small-tuning", fill))


def test_a_run_with_the_options_of_a_trial_reaches_its_validation(tuned, small_shop, tmp_path):
    line = tuned.lines[2]
    (tmp_path / "run").mkdir()
    summary = pipeline.train(small_shop, tuned.config_of(line), tmp_path / "run")
    assert summary["validation_ndcg@10"] == line.accuracy


def test_the_written_options_are_those_of_the_best(tuned, tmp_path):
    copy = replace(tuned, folder=tmp_path)
    outcome.write(copy)
    read = Config.from_sources(tmp_path / "best.toml")
    assert read == tuned.config_of(tuned.best)
    assert pd.read_csv(tmp_path / "trials.csv")["trial"].tolist() == [0, 1, 2]
    told = json.loads(json.dumps(outcome.summary(copy)))
    assert told["best"]["trial"] == tuned.best.number
    assert told["states"] == {"complete": 3}


def test_time_per_list_is_measured_where_it_is_a_goal(tuned):
    assert all(0.0 < line.measured["latency"] < 60_000.0 for line in tuned.lines)


def with_other_tests(dataset: Dataset) -> tuple[Dataset, Dataset]:
    """The data set without and with a plant: every held-out event is on the same, one item."""
    events = dataset.interactions
    parts = split(events, BASE.split, seed=BASE.seed)
    known, test = parts.train.to_frame(), parts.test.to_frame()
    planted = test.assign(item_id="planted")
    stand_in = known.iloc[[0]].assign(user_id="nobody", item_id="planted")  # in both catalogues
    tables = [
        pd.concat([known, stand_in, held_out], ignore_index=True) for held_out in (test, planted)
    ]
    first, second = (Dataset.from_frames(table) for table in tables)
    return first, second


def measured(material: Material) -> dict[str, float]:
    return measure(
        *(material, BASE, ("accuracy",)),
        shelf=Shelf(room=0),
        progress=silent,
        on_epoch=lambda _: None,
    )


def test_what_is_held_out_as_the_test_changes_no_trial(small_shop):
    first, second = (
        measured(Material.of(dataset, BASE)) for dataset in with_other_tests(small_shop)
    )
    assert first == second
    assert first["accuracy"] > 0


def test_a_trial_that_saw_the_test_would_be_measured_otherwise(small_shop):
    _, planted = with_other_tests(small_shop)
    honest = Material.of(planted, BASE)
    seeing = replace(honest, histories=planted.interactions.histories())
    assert measured(seeing) != measured(honest)


def test_novelty_counts_bits_of_the_listed_items():
    scores = np.array([[3.0, 2.0, 9.0]], np.float32)
    item_row = np.array([[0, 1, 2]], np.int32)
    is_candidate = np.array([[True, True, False]])
    popularity = np.array([4, 1, 8])  # of 8 users: 1 bit, 3 bits; the third is no candidate
    assert novelty(scores, item_row, is_candidate, popularity, 8) == pytest.approx(2.0)
