"""What the index knows of a trained run."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from m6rec_core.workspace.catalogue import Catalogue
from m6rec_core.workspace.index import Index


@dataclass(frozen=True)
class RunRecord:
    """One trained run; `created` in Unix seconds UTC, `folder` holds its immutable files.

    - `config`: the options, flat (`{"scorer.epochs": 12, …}`)
    - `metrics`: model → metric → `{"value", "low", "high"}`; empty when nothing was held out
    """

    run_id: str
    dataset_id: str
    name: str
    created: float
    config: dict[str, Any]
    metrics: dict[str, dict[str, dict[str, float]]]
    folder: Path

    def value(self, metric: str, model: str = "scorer") -> float | None:
        """One figure of the evaluation; None when it was not measured."""
        found = self.metrics.get(model, {}).get(metric)
        return None if found is None else found["value"]


def run_catalogue(index: Index, home: Path) -> Catalogue[RunRecord]:
    """The runs of the workspace at `home`."""
    return Catalogue(index, home / "runs", table="runs", key="run_id", read=_read)


def _read(row: sqlite3.Row, folder: Path) -> RunRecord:
    return RunRecord(
        run_id=row["run_id"],
        dataset_id=row["dataset_id"],
        name=row["name"],
        created=row["created"],
        config=json.loads(row["config"]),
        metrics=json.loads(row["metrics"]),
        folder=folder,
    )
