"""Fitted models on disk: one npz file of plain arrays each."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from m6rec_core.errors import RunError
from m6rec_core.scorer.signals import CLASSES
from m6rec_core.similarity.protocol import ScoreModel

FOLDER = "models"


def save_models(models: Mapping[str, ScoreModel], run: Path) -> None:
    """Writes `models/<name>.npz` into the run directory."""
    (run / FOLDER).mkdir(exist_ok=True)
    for name, model in models.items():
        np.savez(run / FOLDER / f"{name}.npz", **model.to_arrays())  # type: ignore[arg-type]


def load_models(run: Path) -> dict[str, ScoreModel]:
    """Every model of the run directory by name; raises RunError when there is none."""
    loaded: dict[str, ScoreModel] = {}
    for name, kind in CLASSES.items():
        path = run / FOLDER / f"{name}.npz"
        if path.is_file():
            with np.load(path, allow_pickle=False) as arrays:
                loaded[name] = kind.from_arrays(arrays)  # type: ignore[attr-defined]
    if not loaded:
        raise RunError(f"'{run}' holds no models. Train the run again.")
    return loaded
