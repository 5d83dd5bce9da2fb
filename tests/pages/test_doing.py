"""What an analyst starts from the pages: samples, uploads, trainings, and the way back from them."""

import subprocess
import sys

import pytest

from m6rec_core.workspace.jobs import CANCELLED, CANCELLING, QUEUED
from m6rec_core.workspace.processes import process_of
from m6rec_core.workspace.workspace import Workspace
from pages.shared import places

EVENTS = b"wer;was;sterne\n007;a;4\n007;b;5\n8;a;1\n8;c;2\n"


def press(app, label: str):
    """Clicks the button of this label."""
    return next(button for button in app.button if button.label == label).click().run()


def with_file(open_page, home, name: str, content: bytes):
    """The page Data with a file of the inbox folder in use."""
    (Workspace(home).home / "inbox").mkdir(exist_ok=True)
    (home / "inbox" / name).write_bytes(content)
    return press(open_page(places.DATA, home), "Use")


@pytest.fixture
def sleeper():
    """A process that stands for a worker."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield child
    child.kill()
    child.wait()


def test_the_sample_is_opened_once_however_often_it_is_clicked(open_page, tmp_path):
    app = open_page(places.DATA, tmp_path)
    press(press(app, "Open it"), "Open it")
    jobs = Workspace(tmp_path).jobs()
    assert [(job.kind, job.payload["name"]) for job in jobs] == [("sample", "movielens")]


def test_a_wrong_guess_is_put_right_by_hand_and_read(open_page, tmp_path):
    app = with_file(open_page, tmp_path, "market.csv", EVENTS)
    for role, column in (("user_id", "was"), ("item_id", "wer"), ("value", "sterne")):
        start = f"uploads.role.{role}."
        next(box for box in app.selectbox if box.key.startswith(start)).set_value(column).run()
    press(app, "Read and clean")
    (job,) = Workspace(tmp_path).jobs()
    assert (job.kind, job.state, job.payload["name"]) == ("ingest", QUEUED, "market")
    chosen = {key: name for key, name in job.payload["config"].items() if name != "-"}
    assert chosen == {
        "mapping.user_id": "was",
        "mapping.item_id": "wer",
        "mapping.value": "sterne",
    }


def test_the_preview_keeps_ids_as_they_stand_in_the_file(open_page, tmp_path):
    app = with_file(open_page, tmp_path, "market.csv", EVENTS)
    raw = next(frame.value for frame in app.dataframe if "wer" in frame.value.columns)
    assert raw["wer"].tolist() == ["007", "007", "8", "8"]


def test_a_file_that_cannot_be_read_says_why(open_page, tmp_path):
    app = with_file(open_page, tmp_path, "empty.csv", b"\n")
    assert not app.exception
    said = [*app.error, *app.text]
    assert any("'empty.csv'" in str(one.value).replace("\\", "") for one in said)


def test_a_training_is_submitted_with_the_choices_and_only_once(open_page, with_data):
    address = {"train.basis": "Items alike", "train.seed": "7", "train.scorer.epochs": "3"}
    app = open_page(places.TRAIN, with_data, **address)
    press(press(app, "Train the scorer"), "Train the scorer")
    (job,) = Workspace(with_data).jobs()
    assert job.payload["dataset_id"] == "corner-shop"
    assert job.payload["config"] == {
        "scorer.epochs": 3,
        "similarity.basis": "item",
        "scorer.network": "mlp",
        "split.strategy": "leave_last_out",
        "seed": 7,
    }


def test_progress_is_shown_with_phase_percent_and_time_left_and_can_be_cancelled(
    open_page, with_data, sleeper
):
    jobs = Workspace(with_data).job_table
    jobs.add("train", {"name": "Slow run"})
    job = jobs.claim_next()
    jobs.set_process(job, process_of(sleeper.pid))
    jobs.report(job, "training", 0.42, 95.0)
    app = open_page(places.OVERVIEW, with_data)
    (bar,) = app.get("progress")
    assert "training · 42 % · about 1 min 35 s left" in bar.proto.text.replace("\\", "")
    press(app, "Cancel")
    assert jobs.get(job.job_id).state in (CANCELLING, CANCELLED)


def test_a_job_that_ended_badly_goes_back_to_the_queue_when_resumed(open_page, with_data):
    jobs = Workspace(with_data).job_table
    jobs.add("train", {"name": "Second run"})
    job = jobs.claim_next()
    jobs.finish(job, "interrupted", error="The work was interrupted. Resume it to go on.")
    press(open_page(places.TRAIN, with_data), "Resume")
    assert (jobs.get(job.job_id).state, jobs.get(job.job_id).attempt) == (QUEUED, 2)


def test_a_click_on_a_row_of_the_list_opens_its_explanation(open_page, furnished):
    app = open_page(places.RECOMMENDATIONS, furnished)
    first = app.dataframe[1].value["Title"].iloc[0]
    app.session_state["recommendations.list"] = {
        "selection": {"rows": [], "columns": [], "cells": [[0, "Title"]]}
    }
    app.run()
    assert app.title[0].value == "Why"
    assert app.subheader[0].value.startswith(f"{first} for user ")
