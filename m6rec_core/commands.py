"""What each command of the command line does."""

import argparse
import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from m6rec_core import schema, tables
from m6rec_core.config import Config
from m6rec_core.errors import ConfigError, RunError
from m6rec_core.progress import Progress
from m6rec_core.workspace.artefacts import committed_folder, verify

if TYPE_CHECKING:
    from m6rec_core.data.dataset import Dataset
    from m6rec_core.ranking.recommender import Recommender

BUNDLED = ("config.json", "data.json", "scorer.json", "scorer.tflite", "explanation.npz")
BUNDLED_TABLES = ("interactions.parquet", "users.parquet", "items.parquet", "rejected.parquet")


def train(given: argparse.Namespace) -> None:
    """Loads, cleans and learns; the run directory appears when it is whole."""
    config = Config.from_sources(given.config, given.settings)
    if given.folder.exists():
        raise ConfigError(f"'{given.folder}' is there already. Name a new folder with --run.")
    dataset = _dataset(given, config)
    with _silence():  # TensorFlow comes with it: only once the data is known good
        from m6rec_core import pipeline

    given.folder.parent.mkdir(parents=True, exist_ok=True)
    with committed_folder(given.folder) as folder:
        summary = pipeline.train(dataset, config, folder, progress=_progress_line(given.json))
    report = {"run": given.folder.name, "folder": str(given.folder), **summary}
    if given.json:
        _print_json(report)
    else:
        print(f"{dataset.interactions!r}\nrun written to {given.folder}")


def tune(given: argparse.Namespace) -> None:
    """Searches options on validation; the folder holds every finished trial and the best options."""
    from m6rec_core.tuning import outcome
    from m6rec_core.tuning.plan import ACCURACY, PARTS, Plan

    config = Config.from_sources(given.config, given.settings)
    goals = (ACCURACY, given.second_goal) if given.second_goal else (ACCURACY,)
    plan = Plan(
        sampler=given.sampler,
        trials=given.trials,
        parts=tuple(part for part in PARTS if part in given.parts.split(",")),
        goals=goals,
        pruning=given.pruning,
        seed=config.seed,
    )
    _refuse_unknown_parts(given.parts, PARTS)
    dataset = _dataset(given, config)
    with _silence():  # TensorFlow comes with it: only once the data is known good
        from m6rec_core.tuning import study

    try:
        tuning = study.tune(dataset, plan, config, given.out, progress=_progress_line(given.json))
    except KeyboardInterrupt:
        raise RunError(
            f"Stopped; the finished trials are in '{given.out}'. The same command goes on with them."
        ) from None
    outcome.write(tuning)
    if given.json:
        _print_json({"folder": str(given.out), **outcome.summary(tuning)})
        return
    best = tuning.best or tuning.lines[0]
    print(
        f"{len(tuning.lines)} trials; the best, trial {best.number}, reaches validation NDCG@10 "
        f"{best.accuracy:.4f}, the options it started from {tuning.lines[0].accuracy:.4f}\n"
        f"train with them: --config {given.out / outcome.BEST}"
    )


def _dataset(given: argparse.Namespace, config: Config) -> "Dataset":
    from m6rec_core.data.dataset import load_dataset

    return load_dataset(
        given.interactions,
        users=given.users,
        items=given.items,
        links=given.links,
        config=config,
    )


def _refuse_unknown_parts(text: str, known: tuple[str, ...]) -> None:
    other = [part for part in text.split(",") if part not in known]
    if other:
        raise ConfigError(f"--parts is a list of {', '.join(known)}. Received: {other[0]!r}.")


def recommend(given: argparse.Namespace) -> None:
    """Writes the recommendations table, with the source of each list."""
    if not 1 <= given.n <= 1000:
        raise ConfigError(f"-n is between 1 and 1000. Received: {given.n}.")
    tables.check_writable(given.out)
    recommender = _load(given.folder)
    events = recommender.interactions
    user_ids = (
        events.users.ids
        if given.all
        else tables.read_column(given.users, schema.USER_ID).drop_duplicates().to_numpy(object)
    )
    found = recommender.recommend(
        recommender.histories(user_ids.tolist()), given.n, include_seen=given.include_seen
    )
    users, places = np.nonzero(found.item_row >= 0)
    table = pd.DataFrame(
        {
            schema.USER_ID: user_ids[users],
            schema.ITEM_ID: events.items.ids_of(found.item_row[users, places]),
            schema.RANK: places + 1,
            schema.SCORE: found.score[users, places],
            "source": np.array(found.source, dtype=object)[users],
        }
    )
    tables.write(table, given.out)


def score(given: argparse.Namespace) -> None:
    """Writes the scores of pairs, in the order of the file."""
    tables.check_writable(given.out)
    recommender = _load(given.folder)
    pairs = tables.read_columns(given.pairs, (schema.USER_ID, schema.ITEM_ID))
    pairs[schema.SCORE] = recommender.score_pairs(
        pairs[schema.USER_ID].tolist(), pairs[schema.ITEM_ID].tolist()
    )
    tables.write(pairs, given.out)


def evaluate(given: argparse.Namespace) -> None:
    """Prints the figures of the scorer and its baselines on held-out events."""
    from m6rec_core.evaluation.of_run import evaluate_table

    ks = _lengths(given.k)
    recommender = _load(given.folder)
    test = tables.read_events(given.test, recommender.config.mapping)
    report = evaluate_table(recommender, test, ks=ks).to_json()
    if given.json:
        _print_json(report)
        return
    print(f"{report['users']} users, {report['protocol']['candidates']}")
    for model, figures in report["models"].items():
        shown = [f"{name} {_figure(figure)}" for name, figure in figures.items()]
        print(f"{model:12} " + "  ".join(shown))


def explain(given: argparse.Namespace) -> None:
    """Prints the contributions, the evidence and the verdict on one pair."""
    from m6rec_core.explanation.explain import explain_pair

    found = explain_pair(_load(given.folder), given.user, given.item).to_json()
    if given.json:
        _print_json(found)
        return
    print(f"score {found['score']:.3f} = base {found['base']:.3f}")
    for line in found["contributions"]:
        print(f"  {line['contribution']:+.3f}  {line['feature']}  ({line['group']})")
    print("; ".join(found["reasons"]))
    print(f"verdict: {found['trust']['verdict']}")


def export(given: argparse.Namespace) -> None:
    """Copies what serving needs, and the parity figures, into a folder of its own."""
    verify(given.folder)
    if given.out.exists():
        raise ConfigError(f"'{given.out}' is there already. Name a new folder with --out.")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    with committed_folder(given.out) as bundle:
        for name in (*BUNDLED, *BUNDLED_TABLES):
            shutil.copy2(given.folder / name, bundle / name)
        shutil.copytree(given.folder / "models", bundle / "models")
    parity = json.loads((given.out / "scorer.json").read_text(encoding="utf-8"))["parity"]
    print(
        f"bundle written to {given.out}; largest difference from the trained network "
        f"{parity['max_difference']:.2g} over a range of {parity['score_range']:.3g}"
    )


def _load(folder: Path) -> "Recommender":
    from m6rec_core.ranking.recommender import Recommender

    if not folder.is_dir():
        raise RunError(f"There is no run directory '{folder}'. Check its path, or train one.")
    verify(folder)
    return Recommender.load(folder)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Libraries that greet on standard error would hide the one line of an error behind theirs."""
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def _lengths(text: str) -> tuple[int, ...]:
    try:
        ks = tuple(sorted({int(word) for word in text.split(",")}))
    except ValueError:
        ks = (0,)
    if not all(1 <= k <= 1000 for k in ks):
        raise ConfigError(f"--k is a list of lengths of 1 to 1000, as 10,20. Received: {text!r}.")
    return ks


def _figure(figure: dict[str, float | None]) -> str:
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None:
        return "–"
    return f"{value:.4f}" + ("" if low is None else f" [{low:.4f}, {high:.4f}]")


def _print_json(content: Any) -> None:
    from m6rec_core.delivery.plain import plain

    print(json.dumps(plain(content), ensure_ascii=False))


def _progress_line(quiet: bool) -> Progress:
    """One line on standard error that is written over and over; nothing where nobody looks."""

    def show(phase: str, fraction: float) -> None:
        if not quiet and sys.stderr.isatty():
            end = "\n" if fraction >= 1 else ""
            print(f"\r{fraction:4.0%}  {phase:<44}", end=end, file=sys.stderr, flush=True)

    return show
