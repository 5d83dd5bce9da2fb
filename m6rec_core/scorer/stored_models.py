"""Fitted models on disk: a folder each, with one file per plain array, mapped into memory when read.

Only the pages of the files that a question touches are read, so a server that answers for single users
stays small however large the similarities are.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from m6rec_core.errors import RunError
from m6rec_core.scorer.signals import CLASSES
from m6rec_core.similarity.protocol import ScoreModel

FOLDER = "models"


def save_models(models: Mapping[str, ScoreModel], run: Path) -> None:
    """Writes `models/<name>/<array>.npy` into the run directory."""
    for name, model in models.items():
        folder = run / FOLDER / name
        folder.mkdir(parents=True)
        for part, array in model.to_arrays().items():
            np.save(folder / f"{part}.npy", array, allow_pickle=False)


def load_models(run: Path) -> dict[str, ScoreModel]:
    """Every model of the run directory by name; raises RunError when there is none."""
    loaded: dict[str, ScoreModel] = {}
    for name, kind in CLASSES.items():
        folder = run / FOLDER / name
        if folder.is_dir():
            arrays = {
                path.stem: np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
                for path in folder.glob("*.npy")
            }
            loaded[name] = kind.from_arrays(arrays)  # type: ignore[attr-defined]
    if not loaded:
        raise RunError(f"'{run}' holds no models. Train the run again.")
    return loaded
