"""A search whose trials are measured by a formula, so that many can be tried in a moment."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from m6rec_core.config import Config
from m6rec_core.scorer.training_state import Epoch
from m6rec_core.tuning import study
from tiny_training import TINY as TINY_TRAINING

TINY = {**TINY_TRAINING, "scorer.epochs": 6}

Formula = Callable[[Mapping[str, Any]], float]


def hill(flat: Mapping[str, Any]) -> float:
    """Highest where dropout is 0.2 and the ridge is on; in (0, 1]."""
    return 1.0 / (1.0 + 20.0 * (flat["scorer.dropout"] - 0.2) ** 2 + (not flat["signals.ridge"]))


@pytest.fixture
def by_formula(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Replaces learning by `hill`, told over six rising epochs; gives the settings that were measured."""
    asked: list[dict[str, Any]] = []

    def measure(_: Any, config: Config, goals: Any, *, progress: Any, on_epoch: Any, **__: Any):
        flat = config.to_flat()
        asked.append(flat)
        progress("training the network", 0.5)
        height = hill(flat)
        for last in range(1, 7):
            on_epoch([Epoch(e, 1.0, height * e / 6, 0.0) for e in range(1, last + 1)])
        return {"accuracy": height, "novelty": 5.0 * flat["scorer.dropout"]}

    monkeypatch.setattr(study, "measure", measure)
    return asked
