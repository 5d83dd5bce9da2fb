"""The one way through all five steps: data and configuration in, a run directory out."""

import importlib.metadata
import json
import platform
import re
import resource
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core import __version__, schema
from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.splitting import Split, split
from m6rec_core.data.storage import write_interactions
from m6rec_core.delivery import run_files
from m6rec_core.delivery.litert import export
from m6rec_core.delivery.plain import plain, write_json
from m6rec_core.delivery.tracking import check_tracking, track
from m6rec_core.evaluation import per_user
from m6rec_core.evaluation.ablation import ablate
from m6rec_core.evaluation.cold_start import cold_start_curve
from m6rec_core.evaluation.of_run import evaluate, held_out_histories
from m6rec_core.explanation.attribution import Predict
from m6rec_core.explanation.explain import global_importance
from m6rec_core.explanation.list_reasons import reason_share
from m6rec_core.explanation.players import cast_of
from m6rec_core.explanation.sanity import Sanity, sanity_check, with_shuffled_labels
from m6rec_core.progress import Progress, silent, within
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.scorer import fitting
from m6rec_core.scorer.event_files import EventFiles
from m6rec_core.scorer.feature_space import Attributes, FeatureSpace
from m6rec_core.scorer.gap import measure_gap
from m6rec_core.scorer.signals import fit_models
from m6rec_core.scorer.stored_models import save_models
from m6rec_core.scorer.training import Epoch, fit, scoring
from m6rec_core.scorer.training_lists import CANDIDATE, TrainingLists

POPULATION_USERS = 400  # of whom some candidates each stand for 'all pairs' in explanations
POPULATION_PAIRS = 2_000
FRESH_WEIGHTS, SHUFFLED_EPOCHS = 5, 2  # of the networks that know nothing
PACKAGES = ("numpy", "scipy", "numba", "keras", "tensorflow", "ai-edge-litert")

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
    whatever `progress` raises to stop the work.
    """
    check_tracking()
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
    recommender = Recommender.load(folder)
    with _timed(seconds, "evaluate"):
        metrics = _evaluate(recommender, parts, folder, within(progress, 0.84, 0.92))
        write_json(folder / "metrics.json", metrics)
    with _timed(seconds, "explain"):
        _explain(recommender, learned, config, folder, progress)
    summary = {
        "fingerprint": dataset.interactions.fingerprint(),
        "metrics": metrics,
        "validation_ndcg@10": _best_ndcg(learned),
        "seconds": {name: round(spent, 3) for name, spent in seconds.items()},
        "peak_megabytes": _peak_megabytes(),
        "versions": versions(),
        "seed": config.seed,
        "tracking": track(dataset.name, config, curve.lines, _of_scorer(metrics)),
    }
    write_json(folder / "summary.json", summary)
    progress("done", 1.0)
    return summary


def _peak_megabytes() -> float:
    """The most memory that this process has taken so far."""
    status = Path("/proc/self/status")
    if status.exists():  # the counter of getrusage is inherited from whoever started the process
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        if found:
            return round(int(found.group(1)) / 1e3, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)  # there in bytes


def versions() -> dict[str, str]:
    """Versions of what a result depends on."""
    found = {name: _version(name) for name in PACKAGES}
    return {"m6rec": __version__, "python": platform.python_version(), **found}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return importlib.metadata.version(f"{package}-cpu")


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


def _write_what_counts(recommender: Recommender, learned: fitting.Learned, folder: Path) -> None:
    """Which features move the scores, and what the lists lose without each group of them."""
    config = recommender.config
    importance = global_importance(recommender, sample=config.explanation.sample)
    write_json(folder / "importance.json", importance.to_json())
    score = scoring(learned.trained.model)
    found = ablate(learned.lists, recommender.features, score, seed=config.seed)
    write_json(folder / "ablation.json", found.to_json() if found else {})


def _write_learning(
    learned: fitting.Learned, served: Array, space: FeatureSpace, folder: Path
) -> None:
    lists = learned.lists
    everyone = np.ones(len(lists), dtype=bool)
    candidates = lists.sample(everyone, kinds=(CANDIDATE,))
    gap = measure_gap(space.features, candidates, served)
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


def _evaluate(
    recommender: Recommender, parts: Split, folder: Path, progress: Progress
) -> dict[str, Any]:
    _write_samples(recommender, parts, folder, progress)
    if not len(parts.test):
        return {}
    held_out, seen = held_out_histories(parts.test, recommender.training)
    notes = {"left_out_as_seen": seen}
    split_words = f"{recommender.config.split.strategy}: {parts.note}"
    measured = evaluate(recommender, held_out, split=split_words, notes=notes, progress=progress)
    per_user.write(measured, folder)
    return measured.to_json()


def _write_samples(
    recommender: Recommender, parts: Split, folder: Path, progress: Progress
) -> None:
    """How many reasons hold, and how lists fare with little history, each over a sample of users."""
    seed = recommender.config.seed
    progress("checking the reasons of a sample", 0.0)
    write_json(folder / "reasons.json", asdict(reason_share(recommender, seed=seed)))
    if not len(parts.test):
        return
    held_out, _ = held_out_histories(parts.test, recommender.training)
    tell = within(progress, 0.5, 1.0)
    curve = cold_start_curve(recommender, held_out, seed=seed, progress=tell)
    if curve is not None:
        write_json(folder / "cold_start.json", curve.to_json())


def _explain(
    recommender: Recommender,
    learned: fitting.Learned,
    config: Config,
    folder: Path,
    progress: Progress,
) -> None:
    progress("explaining a sample", 0.94)
    _write_what_counts(recommender, learned, folder)

    def tell(phase: str, fraction: float) -> None:
        progress("checking that explanations rest on learning", 0.97)

    write_json(folder / "sanity.json", _sanity(learned, recommender, config, tell).to_json())


def _sanity(
    learned: fitting.Learned, recommender: Recommender, config: Config, progress: Progress
) -> Sanity:
    """Explanations of this network against those of fresh weights, and of shuffled labels."""

    def knows_nothing(lists: TrainingLists, epochs: int, seed: int) -> Predict:
        options = replace(config.scorer, epochs=epochs)
        return scoring(fit(lists, options, seed=seed, progress=progress).model)

    seeds = [config.seed + 1 + draw for draw in range(FRESH_WEIGHTS)]
    shuffled = with_shuffled_labels(learned.lists, seed=config.seed)
    return sanity_check(
        scoring(learned.trained.model),
        [knows_nothing(learned.lists, 0, seed) for seed in seeds],
        knows_nothing(shuffled, min(SHUFFLED_EPOCHS, config.scorer.epochs), config.seed + 1),
        recommender.population,
        players=cast_of(recommender.features).columns,
        seed=config.seed,
    )


def _best_ndcg(learned: fitting.Learned) -> float:
    best = learned.trained.best_epoch
    return learned.trained.epochs[best - 1].validation_ndcg if best else float("nan")


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - started
