"""The one way through all five steps: data and configuration in, a run directory out."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core import findings, schema
from m6rec_core.circumstances import peak_megabytes, versions
from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.splitting import Split, split
from m6rec_core.data.storage import write_interactions
from m6rec_core.delivery import run_files
from m6rec_core.delivery.litert import export
from m6rec_core.delivery.plain import plain, write_json
from m6rec_core.delivery.tracking import check_tracking, track
from m6rec_core.progress import Progress, silent, within
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.scorer import fitting
from m6rec_core.scorer.event_files import EventFiles
from m6rec_core.scorer.feature_space import Attributes, FeatureSpace
from m6rec_core.scorer.gap import measure_gap
from m6rec_core.scorer.signals import fit_models
from m6rec_core.scorer.stored_models import save_models
from m6rec_core.scorer.training_lists import CANDIDATE
from m6rec_core.scorer.training_state import Epoch

POPULATION_USERS = 400  # of whom some candidates each stand for 'all pairs' in explanations
POPULATION_PAIRS = 2_000
GAP_PAIRS = 60_000  # a distance between distributions is exact to a hundredth with so many

Array = npt.NDArray[np.float32]


def train(
    dataset: Dataset,
    config: Config,
    folder: Path,
    *,
    progress: Progress = silent,
    checkpoint: Path | None = None,
) -> dict[str, Any]:
    """Trains, evaluates and explains a run and writes its directory; gives a summary of it.

    `folder` must exist; the caller makes it appear in one step and seals it with a manifest. With a
    `checkpoint` folder an interrupted run goes on from its last whole epoch, and the learning curve can
    be watched there in `learning.jsonl`. Raises DataError for data that cannot be learned from, and
    whatever `progress` raises to stop the work. Items that are described and have no events get rows in the
    run: they are listed by their attributes.
    """
    check_tracking()
    dataset = dataset.with_new_items()
    seconds: dict[str, float] = {}
    curve = _CurveWriter(folder, checkpoint)
    with _timed(seconds, "split"):
        progress("holding out the test", 0.0)
        parts = split(dataset.interactions, config.split, seed=config.seed)
        histories = parts.train.histories()
        attributes = Attributes(dataset.users, dataset.items)
        _write_data(dataset, parts, config, folder)
    with _timed(seconds, "learn"):
        learned = fitting.learn(
            histories,
            attributes,
            config,
            progress=within(progress, 0.02, 0.70),
            checkpoint=checkpoint,
            on_epoch=curve,
        )
    with _timed(seconds, "refit"):
        near, tell = learned.neighbourhood, within(progress, 0.70, 0.80)
        models = fit_models(histories, config, near, items=dataset.items, progress=tell)
        space = FeatureSpace(histories, models, attributes, config)
        save_models(models, folder)
        population = _population(space, config)
        np.savez(folder / "explanation.npz", **population)
    with _timed(seconds, "export"):
        progress("exporting the network", 0.80)
        _write_network(learned, population["population"], space, folder)
        _write_learning(learned, population["population"], space, folder)
    del models, space  # from here on they are read from the disk
    recommender = Recommender.load(folder)
    with _timed(seconds, "evaluate"):
        metrics = findings.evaluate_run(recommender, parts, folder, within(progress, 0.84, 0.94))
    with _timed(seconds, "explain"):
        findings.explain_run(recommender, learned, folder, within(progress, 0.94, 1.0))
    summary = {
        "fingerprint": dataset.interactions.fingerprint(),
        "metrics": metrics,
        "validation_ndcg@10": _best_ndcg(learned),
        "seconds": {name: round(spent, 3) for name, spent in seconds.items()},
        "peak_megabytes": peak_megabytes(),
        "versions": versions(),
        "seed": config.seed,
        "tracking": track(dataset.name, config, curve.lines, _of_scorer(metrics)),
    }
    write_json(folder / "summary.json", summary)
    progress("done", 1.0)
    return summary


def _write_data(dataset: Dataset, parts: Split, config: Config, folder: Path) -> None:
    learned_from = Dataset(dataset.name, parts.train, dataset.users, dataset.items, dataset.report)
    learned_from.save(folder)
    if len(parts.test):
        write_interactions(parts.test, folder / "held_out.parquet")
    write_json(folder / "config.json", config.to_dict())


class _CurveWriter:
    """Keeps the learning curve where it can be watched: as JSON lines, and as event files."""

    def __init__(self, folder: Path, checkpoint: Path | None) -> None:
        self._paths = [place / "learning.jsonl" for place in (folder, checkpoint) if place]
        self._events = EventFiles(folder / "tensorboard")
        self.lines: list[dict[str, Any]] = []

    def __call__(self, epochs: Sequence[Epoch]) -> None:
        self.lines = [
            {
                "epoch": epoch.epoch,
                "loss": epoch.loss,
                "validation_ndcg@10": epoch.validation_ndcg,
                "seconds": epoch.seconds,
                "movement": epoch.movement,
            }
            for epoch in epochs
        ]
        for path in self._paths:
            path.write_text("".join(json.dumps(plain(line)) + "\n" for line in self.lines))
        self._events(epochs)


def _of_scorer(metrics: Mapping[str, Any]) -> dict[str, Any]:
    figures = metrics.get("models", {}).get(schema.SCORER, {})
    return {name: figure["value"] for name, figure in figures.items()}


def _population(space: FeatureSpace, config: Config) -> dict[str, Any]:
    """A sample of candidate pairs as they are served: the ground of 'average' in every explanation.

    Users who have seen the whole catalogue have no candidates and are not among them.
    """
    rng = np.random.default_rng([config.seed, 60])
    training = space.training
    active = np.flatnonzero((training.lengths() > 0) & (training.lengths() < training.n_items))
    users = np.sort(rng.choice(active, min(POPULATION_USERS, len(active)), replace=False))
    features, rows = [], []
    per_user = max(1, POPULATION_PAIRS // max(len(users), 1))
    for start in range(0, len(users), space.users_per_block()):
        block = space.block(training.take(users[start : start + space.users_per_block()]))
        filled = (block.candidates >= 0).sum(axis=1)
        drawn = (rng.random((len(filled), per_user)) * filled[:, None]).astype(np.int64)
        item_row = np.take_along_axis(block.candidates, drawn, axis=1)
        features.append(space.values(block, item_row).reshape(-1, len(space.features)))
        rows.append(item_row.ravel())
    population = np.concatenate(features)
    chosen = rng.choice(
        len(population), min(config.explanation.background, len(population)), replace=False
    )
    return {
        "population": population,
        "population_user_row": np.repeat(users, per_user).astype(np.int32),
        "population_item_row": np.concatenate(rows),
        "background": population[np.sort(chosen)],
    }


def _write_network(
    learned: fitting.Learned, rows: Array, space: FeatureSpace, folder: Path
) -> None:
    model = learned.trained.model
    parity = export(model, folder, rows)
    further = [str(kind) for kind in learned.lists.further]
    run_files.write_network(model, space.features, parity, folder, further=further)


def _write_learning(
    learned: fitting.Learned, served: Array, space: FeatureSpace, folder: Path
) -> None:
    lists = learned.lists
    everyone = np.ones(len(lists), dtype=bool)
    candidates = lists.sample(everyone, kinds=(CANDIDATE,))
    some = candidates[:: max(1, len(candidates) // GAP_PAIRS)]
    gap = measure_gap(space.features, some, served)
    write_json(folder / "gap.json", [asdict(line) for line in gap])
    about = {
        "item": asdict(learned.neighbourhood.item),
        "user": asdict(learned.neighbourhood.user),
        "trials": [asdict(trial) for trial in learned.trials],
        "training_lists": len(lists),
        "validation_lists": int(lists.is_validation.sum()),
        "best_epoch": learned.trained.best_epoch,
        "epochs": len(learned.trained.epochs),
    }
    write_json(folder / "similarity.json", about)


def _best_ndcg(learned: fitting.Learned) -> float:
    best = learned.trained.best_epoch
    return learned.trained.epochs[best - 1].validation_ndcg if best else float("nan")


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - started
