"""The search over a known hill: what is proposed, what is remembered, what a stop costs."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from m6rec_core.config import Config
from m6rec_core.errors import Cancelled, ConfigError, DataError, RunError
from m6rec_core.tuning import study
from m6rec_core.tuning.plan import Plan
from m6rec_core.tuning.record import Tuning, on_front
from m6rec_core.tuning.space import dimensions, is_possible

from .conftest import TINY, hill

BASE = Config.from_flat(TINY)
ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.usefixtures("by_formula")


def lines(tuning: Tuning) -> list:
    """What was tried, without the time that it took."""
    return [replace(line, seconds=0.0) for line in tuning.lines]


@pytest.mark.parametrize("sampler", ["tpe", "nsga2", "random"])
def test_every_sampler_tries_as_often_as_asked_and_begins_with_the_usual(
    small_shop, tmp_path, sampler
):
    plan = Plan(sampler=sampler, trials=12, pruning="none")
    tuning = study.tune(small_shop, plan, BASE, tmp_path / "t")
    assert [line.number for line in tuning.lines] == list(range(12))
    assert tuning.config_of(tuning.lines[0]) == BASE
    assert len({json.dumps(line.options) for line in tuning.lines}) > 8
    for line in tuning.lines:
        flat = tuning.config_of(line).to_flat()
        assert line.measured["accuracy"] == pytest.approx(hill(flat))
        assert is_possible(flat)
    assert tuning.best.accuracy == max(line.accuracy for line in tuning.lines)


def test_modelling_what_was_tried_finds_the_top_better_than_chance(small_shop, tmp_path):
    reached = {}
    for sampler in ("tpe", "random"):
        found = [
            study.tune(
                small_shop,
                Plan(sampler=sampler, trials=25, pruning="none", seed=seed),
                BASE,
                tmp_path / f"{sampler}{seed}",
            )
            for seed in range(2)
        ]
        reached[sampler] = np.mean([np.mean([line.accuracy for line in t.lines]) for t in found])
    assert reached["tpe"] > reached["random"] + 0.05


def test_only_the_parts_that_are_asked_for_are_searched(small_shop, tmp_path):
    tuning = study.tune(small_shop, Plan(trials=6, parts=("features",)), BASE, tmp_path / "t")
    assert {key.partition(".")[0] for line in tuning.lines for key in line.options} == {"signals"}


def test_what_the_data_lack_is_not_searched():
    keys = [d.key for d in dimensions(("features",), BASE, has_time=False, has_attributes=False)]
    assert "signals.ridge" in keys
    assert not {"signals.order", "signals.attributes"} & set(keys)


def test_a_range_is_widened_to_hold_what_the_search_begins_with():
    base = Config.from_flat({"scorer.dropout": 0.8, "similarity.neighbours": 70})
    found = {
        d.key: d
        for d in dimensions(("network", "similarity"), base, has_time=True, has_attributes=True)
    }
    assert found["scorer.dropout"].high == 0.8
    assert found["similarity.neighbours"].values == (0, 50, 70, 100, 200, 400, 800)


def test_a_trial_that_falls_behind_is_stopped_and_told_as_such(small_shop, tmp_path):
    tuning = study.tune(small_shop, Plan(trials=30), BASE, tmp_path / "t")
    pruned = [line for line in tuning.lines if line.state == "pruned"]
    assert pruned
    assert all(3 <= len(line.curve) < 6 and not line.measured for line in pruned)
    assert tuning.best.state == "complete"


def test_two_goals_give_the_trials_that_no_other_beats_in_both(small_shop, tmp_path):
    plan = Plan(sampler="nsga2", trials=20, goals=("accuracy", "novelty"))
    tuning = study.tune(small_shop, plan, BASE, tmp_path / "t")
    assert {line.state for line in tuning.lines} == {"complete"}  # nothing is pruned
    on = {line.number for line in tuning.front}
    for line in tuning.lines:
        beaten = any(
            other.measured["accuracy"] >= line.measured["accuracy"]
            and other.measured["novelty"] >= line.measured["novelty"]
            and other.measured != line.measured
            for other in tuning.lines
        )
        assert (line.number in on) == (not beaten)


def test_the_front_minds_the_good_end_of_each_goal():
    values = np.array([[0.3, 9.0], [0.2, 4.0], [0.1, 5.0], [0.3, 9.0]])
    assert on_front(values, maximise=[True, False]).tolist() == [True, True, False, True]


@pytest.mark.parametrize("sampler", ["tpe", "nsga2", "random"])
@pytest.mark.parametrize("pruning", ["median", "hyperband"])
def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(
    small_shop, tmp_path, sampler, pruning
):
    plan = Plan(sampler=sampler, trials=16, pruning=pruning)
    whole = study.tune(small_shop, plan, BASE, tmp_path / "whole")
    first = study.tune(small_shop, replace(plan, trials=9), BASE, tmp_path / "parts")
    assert len(first.lines) == 9
    assert lines(study.tune(small_shop, plan, BASE, tmp_path / "parts")) == lines(whole)


def test_a_cancelled_search_keeps_every_finished_trial(small_shop, tmp_path):
    def stop_in_the_fifth(phase: str, _: float) -> None:
        if phase.startswith("trial 5"):
            raise Cancelled("The work was cancelled.")

    with pytest.raises(Cancelled):
        study.tune(small_shop, Plan(trials=8), BASE, tmp_path / "t", progress=stop_in_the_fifth)
    assert [line.number for line in Tuning.load(tmp_path / "t").lines] == [0, 1, 2, 3]


def test_half_a_line_of_a_dead_writer_is_dropped(small_shop, tmp_path):
    whole = study.tune(small_shop, Plan(trials=6), BASE, tmp_path / "t")
    log = tmp_path / "t" / "trials.jsonl"
    log.write_bytes(log.read_bytes()[:-40])
    assert len(Tuning.load(tmp_path / "t").lines) == 5
    assert lines(study.tune(small_shop, Plan(trials=6), BASE, tmp_path / "t")) == lines(whole)


KILLED = """
import sys, time
sys.path[:0] = [{root!r}, {root!r} + "/tests/support"]
from pathlib import Path
from m6rec_core.config import Config
from m6rec_core.data.samples.shop import make_shop
from m6rec_core.tuning import study
from m6rec_core.tuning.plan import Plan

def measure(material, config, goals, *, progress, on_epoch, **more):
    time.sleep(0.05)
    dropout, ridge = config.scorer.dropout, config.signals.ridge
    height = 1.0 / (1.0 + 20.0 * (dropout - 0.2) ** 2 + (not ridge))
    return {{"accuracy": height, "novelty": 5.0 * dropout}}

study.measure = measure
shop = make_shop(users=120, items=60, seed=3).dataset
study.tune(shop, Plan(trials=500, pruning="none"), Config.from_flat({tiny!r}), Path({folder!r}))
"""


def test_kill_9_loses_no_finished_trial(small_shop, tmp_path):
    script = KILLED.format(root=str(ROOT), tiny=TINY, folder=str(tmp_path / "t"))
    child = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    log = tmp_path / "t" / "trials.jsonl"
    until = time.monotonic() + 120
    while (not log.exists() or log.read_bytes().count(b"\n") < 4) and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    kept = Tuning.load(tmp_path / "t").lines
    assert len(kept) >= 4
    more = replace(Plan(pruning="none"), trials=len(kept) + 2)
    goes_on = study.tune(small_shop, more, BASE, tmp_path / "t")
    assert goes_on.lines[: len(kept)] == kept
    assert [line.number for line in goes_on.lines] == list(range(len(kept) + 2))


def test_a_setting_that_cannot_be_learned_from_is_noted_and_the_search_goes_on(
    small_shop, tmp_path, monkeypatch
):
    formula = study.measure

    def moody(material, config, goals, **more):
        if not config.signals.ridge:
            raise DataError("Nothing is left.")
        return formula(material, config, goals, **more)

    monkeypatch.setattr(study, "measure", moody)
    tuning = study.tune(small_shop, Plan(trials=10, pruning="none"), BASE, tmp_path / "t")
    assert {line.note for line in tuning.lines if line.state == "failed"} == {"Nothing is left."}
    assert all(line.options["signals.ridge"] for line in tuning.complete)


def test_data_that_cannot_be_learned_from_end_the_search_at_once(small_shop, tmp_path, monkeypatch):
    def never(*_, **__):
        raise DataError("There are too few users to validate on.")

    monkeypatch.setattr(study, "measure", never)
    with pytest.raises(DataError, match="too few users"):
        study.tune(small_shop, Plan(trials=3), BASE, tmp_path / "t")


def test_a_setting_that_comes_again_is_not_measured_again(small_shop, tmp_path, by_formula):
    plan = Plan(sampler="random", parts=("features",), trials=40, pruning="none")
    tuning = study.tune(small_shop, plan, BASE, tmp_path / "t")
    assert len(tuning.lines) == 40
    assert len(by_formula) == len({json.dumps(line.options) for line in tuning.lines}) < 40


def test_a_folder_of_another_tuning_is_refused(small_shop, tmp_path):
    study.tune(small_shop, Plan(trials=2), BASE, tmp_path / "t")
    with pytest.raises(ConfigError, match="begun with another 'sampler'"):
        study.tune(small_shop, Plan(trials=2, sampler="random"), BASE, tmp_path / "t")
    with pytest.raises(ConfigError, match="'seed of the search' \\(0, now 5\\)"):
        study.tune(small_shop, Plan(trials=2, seed=5), BASE, tmp_path / "t")
    other = Config.from_flat({**TINY, "scorer.epochs": 5})
    with pytest.raises(ConfigError, match=r"another 'scorer\.epochs'"):
        study.tune(small_shop, Plan(trials=2), other, tmp_path / "t")
    (tmp_path / "u").mkdir()
    (tmp_path / "u" / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="something else"):
        study.tune(small_shop, Plan(trials=2), BASE, tmp_path / "u")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"sampler": "grid"}, "tpe, nsga2, random. Received: 'grid'"),
        ({"trials": 0}, "between 1 and 1,000"),
        ({"parts": ()}, "Nothing is searched"),
        ({"parts": ("colours",)}, "Received: 'colours'"),
        ({"goals": ("novelty",)}, "accuracy and one of novelty"),
        ({"goals": ("accuracy", "accuracy")}, "accuracy and one of novelty"),
        ({"pruning": "hard"}, "median, hyperband, none"),
    ],
)
def test_a_plan_that_makes_no_sense_is_a_clear_error(wanted, words):
    with pytest.raises(ConfigError, match=words):
        Plan(**wanted)


def test_importance_names_what_decides(small_shop, tmp_path):
    tuning = study.tune(
        small_shop, Plan(trials=40, sampler="random", pruning="none"), BASE, tmp_path / "t"
    )
    ranked = sorted(tuning.importance, key=tuning.importance.__getitem__, reverse=True)
    assert set(ranked[:2]) == {"scorer.dropout", "signals.ridge"}
    assert sum(tuning.importance.values()) == pytest.approx(1.0)


def edited(folder: Path, change) -> None:
    about = json.loads((folder / "tuning.json").read_text())
    change(about["config"])
    (folder / "tuning.json").write_text(json.dumps(about))


def test_a_search_from_before_an_option_was_new_goes_on(small_shop, tmp_path):
    study.tune(small_shop, Plan(trials=2), BASE, tmp_path / "t")
    edited(tmp_path / "t", lambda config: config.pop("signals.ridge"))
    log = tmp_path / "t" / "trials.jsonl"
    lines = [json.loads(text) for text in log.read_text().splitlines()]
    for line in lines:
        del line["options"]["signals.ridge"], line["chosen"]["signals.ridge"]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    tuning = study.tune(small_shop, Plan(trials=3), BASE, tmp_path / "t")
    assert [set(line.options) for line in tuning.lines] == [set(lines[0]["options"])] * 3


def test_a_search_of_another_version_is_a_clear_error(small_shop, tmp_path):
    study.tune(small_shop, Plan(trials=2), BASE, tmp_path / "t")
    edited(tmp_path / "t", lambda config: config.update({"signals.telepathy": True}))
    with pytest.raises(RunError, match="another version"):
        Tuning.load(tmp_path / "t")
