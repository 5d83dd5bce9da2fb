"""What is told to a tracking server, by a stand-in that writes down what it hears."""

import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from m6rec_core.config import Config
from m6rec_core.delivery import tracking
from m6rec_core.errors import ConfigError

CURVE = [
    {"epoch": 1, "loss": 5.5, "validation_ndcg@10": float("nan"), "seconds": 0.5},
    {"epoch": 2, "loss": 5.0, "validation_ndcg@10": 0.25, "seconds": 0.5},
]


def stand_in(heard: list, *, fails: bool = False) -> SimpleNamespace:
    @contextmanager
    def start_run(run_name):
        heard.append(("run", run_name))
        yield

    def log_metrics(metrics, step=None):
        if fails:
            raise ConnectionError("nobody answers")
        heard.append((step, metrics))

    return SimpleNamespace(
        set_experiment=lambda name: heard.append(("experiment", name)),
        start_run=start_run,
        log_params=lambda params: heard.append(("params", params)),
        log_metrics=log_metrics,
    )


def test_without_an_address_nothing_is_told(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setitem(sys.modules, "mlflow", None)  # importing it would fail
    tracking.check_tracking()
    assert tracking.track("films", Config(), CURVE, {}) == ""


def test_a_run_is_told_with_its_options_its_curve_and_its_figures(monkeypatch):
    heard: list = []
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "mlflow", stand_in(heard))
    assert tracking.track("films", Config(seed=7), CURVE, {"ndcg@10": 0.3, "mae": None}) == "logged"
    assert heard[:2] == [("experiment", "m6rec"), ("run", "films")]
    parts = [content for name, content in heard if name == "params"]
    assert max(map(len, parts)) <= 100  # more at a time are refused
    options = {name: value for part in parts for name, value in part.items()}
    assert options == Config(seed=7).to_flat()
    assert (1, {"loss": 5.5, "seconds": 0.5}) in heard
    assert (2, {"loss": 5.0, "validation_ndcg_at_10": 0.25, "seconds": 0.5}) in heard
    assert (None, {"ndcg_at_10": 0.3}) in heard


def test_a_server_that_does_not_answer_costs_no_run(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "mlflow", stand_in([], fails=True))
    assert "ConnectionError: nobody answers" in tracking.track("films", Config(), CURVE, {})


def test_a_missing_package_is_named_before_work_is_spent(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setattr(tracking.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="pip install mlflow"):
        tracking.check_tracking()
