"""How far a training has come: curve and weights, current and best; saved whole after each epoch."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Epoch:
    """One line of the learning curve. `validation_ndcg` is NaN when no list is held out; `movement` is
    how far the weights of each layer moved, as a share of their length."""

    epoch: int
    loss: float
    validation_ndcg: float
    seconds: float
    movement: Mapping[str, float] = field(default_factory=dict)


class TrainingState:
    """Epoch, curve and weights, current and best; with a `folder` they outlast the process."""

    def __init__(
        self,
        model: Any,
        optimizer: Any,
        folder: Path | None,
    ) -> None:
        self.model, self.optimizer, self.folder = model, optimizer, folder
        self.epochs: list[Epoch] = []
        self.best_epoch = 0
        self.best: list[npt.NDArray[Any]] = _values(model)

    @property
    def epoch(self) -> int:
        """Number of the last whole epoch; 0 before the first."""
        return len(self.epochs)

    def since_best(self) -> int:
        """Epochs since validation was best; 0 before the first."""
        return self.epoch - self.best_epoch if self.best_epoch else 0

    def add(self, epoch: Epoch) -> None:
        """Takes in a finished epoch, with the weights as they are now."""
        best = self.epochs[self.best_epoch - 1].validation_ndcg if self.best_epoch else -np.inf
        self.epochs.append(epoch)
        # without a validation list the last epoch counts as the best
        if not epoch.validation_ndcg <= best:
            self.best_epoch = epoch.epoch
            self.best = _values(self.model)
        self._save()

    def use_best(self) -> None:
        """Gives the model the weights of its best epoch."""
        for variable, value in zip(self.model.variables, self.best, strict=True):
            variable.assign(value)

    def _save(self) -> None:
        if self.folder is None:
            return
        arrays = {f"best_{k}": value for k, value in enumerate(self.best)}
        for name, owner in (("model", self.model), ("optimizer", self.optimizer)):
            arrays |= {f"{name}_{k}": value for k, value in enumerate(_values(owner))}
        about = {"epochs": [asdict(e) for e in self.epochs], "best_epoch": self.best_epoch}
        arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
        new = self.folder / "training.npz.new"
        with new.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / "training.npz")

    def restore(self) -> None:
        """Goes on from what the folder holds, if it holds anything."""
        if self.folder is None or not (self.folder / "training.npz").exists():
            return
        with np.load(self.folder / "training.npz", allow_pickle=False) as saved:
            about = json.loads(saved["about"].tobytes().decode())
            for name, owner in (("model", self.model), ("optimizer", self.optimizer)):
                for k, variable in enumerate(owner.variables):
                    variable.assign(saved[f"{name}_{k}"])
            self.best = [saved[f"best_{k}"] for k in range(len(self.best))]
        self.epochs = [Epoch(**line) for line in about["epochs"]]
        self.best_epoch = about["best_epoch"]


def _values(
    owner: Any,
) -> list[npt.NDArray[Any]]:
    """Copies of the values of all variables: the weights, and the states of the random numbers."""
    return [np.array(variable.numpy()) for variable in owner.variables]
