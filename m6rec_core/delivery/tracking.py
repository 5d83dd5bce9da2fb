"""Runs told to an MLflow server, where the environment names one in MLFLOW_TRACKING_URI."""

import importlib
import importlib.util
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from m6rec_core.config import Config
from m6rec_core.errors import ConfigError

ADDRESS = "MLFLOW_TRACKING_URI"
EXPERIMENT = "m6rec"
MOST_PARAMETERS = 50  # at a time: a server takes no more than a hundred


def check_tracking() -> None:
    """Raises ConfigError when an address is given and the package is missing: before work is spent."""
    if os.environ.get(ADDRESS) and importlib.util.find_spec("mlflow") is None:
        raise ConfigError(
            f"{ADDRESS} is set, and the package mlflow is not installed. Install it with "
            "`pip install mlflow`, or unset the variable."
        )


def track(
    name: str, config: Config, curve: Sequence[Mapping[str, Any]], metrics: Mapping[str, Any]
) -> str:
    """Writes one run: options as parameters, the curve by epoch, the test's figures of the scorer.

    Gives what is to be told about it: "" where no address is set, "logged", or why it was not. A server
    that does not answer never costs a trained run.
    """
    if not os.environ.get(ADDRESS):
        return ""
    mlflow = importlib.import_module("mlflow")
    try:
        mlflow.set_experiment(EXPERIMENT)
        with mlflow.start_run(run_name=name):
            options = list(config.to_flat().items())
            for start in range(0, len(options), MOST_PARAMETERS):
                mlflow.log_params(dict(options[start : start + MOST_PARAMETERS]))
            for line in curve:
                mlflow.log_metrics(_finite(line, but="epoch"), step=int(line["epoch"]))
            mlflow.log_metrics(_finite(metrics))
    except Exception as error:  # of any kind: network, server, versions
        return f"not logged to {ADDRESS}: {type(error).__name__}: {error}"
    return "logged"


def _finite(values: Mapping[str, Any], *, but: str = "") -> dict[str, float]:
    """The numbers, by names that MLflow takes: it knows no '@'."""
    return {
        name.replace("@", "_at_"): float(value)
        for name, value in values.items()
        if name != but and value is not None and np.isfinite(value)
    }
