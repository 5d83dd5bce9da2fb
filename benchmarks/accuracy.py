"""Accuracy of the default configuration beside tuned peers: full ranking, seen items left out.

    python benchmarks/accuracy.py [--data EVENTS [--items FILE]] [--trials 20] [--splits leave_last_out,global_time]

Without --data the MovieLens sample is taken. Every peer is tuned by random trials on a validation part
that is cut off the training events in the way in which the test is; M6-Rec runs as it comes. What is
printed is measured on the test, all in one run. `--peers-env VENV` adds LensKit and RecTools, which
cannot be installed beside the app, from an environment of their own.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from peers import implicit_models, isolated, literature
from peers.peer import Peer, lists, tune

from m6rec_core import schema
from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset, load_dataset
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.data.samples.movielens import load_movielens
from m6rec_core.data.splitting import split
from m6rec_core.evaluation.comparison import Comparison, compare
from m6rec_core.evaluation.of_run import held_out_histories
from m6rec_core.pipeline import train
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.schema import NO_ROW

KS = (10, 20)
METRICS = ("ndcg@10", "recall@20")
WAYS = {"global_time": "period", "random": "random"}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument(
        "--data", type=Path, help="a file of events; the MovieLens sample if absent"
    )
    options.add_argument("--items", type=Path, help="a file that describes the items")
    options.add_argument("--splits", default="leave_last_out,global_time")
    options.add_argument("--peers", default="", help="names, parted by commas; all if absent")
    options.add_argument("--trials", type=int, default=20)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--peers-env", type=Path, help="environment with LensKit or RecTools")
    options.add_argument("--set", nargs="*", default=[], help="options of M6-Rec, as key=value")
    chosen = options.parse_args()
    dataset = load_dataset(chosen.data, items=chosen.items) if chosen.data else load_movielens()
    print(f"{dataset.name}: {dataset.interactions}")
    for strategy in chosen.splits.split(","):
        measure(dataset, strategy, chosen)


def measure(dataset: Dataset, strategy: str, chosen: argparse.Namespace) -> None:
    """One split: tunes the peers, trains the scorer and prints the table."""
    config = Config.from_sources(None, [f"split.strategy={strategy}"])
    parts = split(dataset.interactions, config.split, seed=chosen.seed)
    training = parts.train.histories()
    held_out, _ = held_out_histories(parts.test, training)
    has_test, is_known = held_out.lengths() > 0, training.lengths() > 0
    users = np.flatnonzero(has_test & is_known)
    print(
        f"\n{strategy}: {parts.note}; {len(users)} users with a history are measured, "
        f"{int((has_test & ~is_known).sum())} without one are left out",
        flush=True,
    )
    inner = split(parts.train, config.split, seed=chosen.seed)
    known = inner.train.histories()
    validation, _ = held_out_histories(inner.test, known)
    way = WAYS.get(strategy, "latest")
    rankings: dict[str, Rows] = {schema.SCORER: of_scorer(dataset, parts.train, users, way, chosen)}
    for peer in peers(training, chosen):
        started = time.perf_counter()
        best = tune(peer, known, validation, trials=chosen.trials, seed=chosen.seed)
        rankings[peer.name] = lists(peer.fit(training, best.settings), training, users, n=max(KS))
        spent = time.perf_counter() - started
        shown = ", ".join(f"{key}={_short(value)}" for key, value in best.settings.items())
        print(
            f"  {peer.name}: validation {best.ndcg:.4f}, {best.trials} trials, {spent:.0f} s; {shown}",
            flush=True,
        )
    compared = compare(
        rankings,
        held_out.take(users),
        ks=KS,
        n_items=training.n_items,
        popularity=np.bincount(training.item_row, minlength=training.n_items),
        seed=chosen.seed,
        split=strategy,
    )
    tell(compared)


def peers(training: Histories, chosen: argparse.Namespace) -> list[Peer]:
    """The peers that these data allow: predictors of ratings only where there are ratings."""
    found = [*literature.PEERS, *implicit_models.PEERS]
    if np.isfinite(training.rating).any():
        from peers import surprise_models

        found += surprise_models.PEERS
    if chosen.peers_env:
        found += isolated.peers_of(chosen.peers_env)
    wanted = [name.strip() for name in chosen.peers.split(",") if name.strip()]
    return [peer for peer in found if not wanted or peer.name in wanted]


def of_scorer(dataset: Dataset, events, users, way: str, chosen: argparse.Namespace) -> Rows:
    """The lists of M6-Rec, trained on the training events alone.

    What it learns from is held out in the way of the test, as it is when a run holds out the test itself.
    """
    started = time.perf_counter()
    config = Config.from_sources(
        None, [f"seed={chosen.seed}", f"scorer.held_out={way}", *chosen.set]
    )
    with tempfile.TemporaryDirectory() as folder:
        train(replace(dataset, interactions=events), config, Path(folder))
        recommender = Recommender.load(Path(folder))
        found = recommender.recommend(recommender.histories_of_rows(users), max(KS))
    print(f"  scorer: {time.perf_counter() - started:.0f} s")
    # described items without any event stand behind all others: no test can hold them
    return np.where(found.item_row < len(events.items), found.item_row, NO_ROW)


def tell(compared: Comparison) -> None:
    """The table, best first, and how far the scorer is above the best of the others."""
    print(f"  {'model':<22}" + "".join(f"{metric:>28}" for metric in METRICS))
    column = compared.metrics.index(METRICS[0])
    for row in np.argsort(-compared.value[:, column], kind="stable"):
        cells = []
        for metric in METRICS:
            at = row, compared.metrics.index(metric)
            cells.append(
                f"{compared.value[at]:.4f} [{compared.low[at]:.4f}, {compared.high[at]:.4f}]"
            )
        print(f"  {compared.models[row]:<22}" + "".join(f"{cell:>28}" for cell in cells))
    for line in compared.differences:
        if line.metric in METRICS:
            best = compared.value[
                compared.models.index(line.against), compared.metrics.index(line.metric)
            ]
            print(
                f"  {line.metric}: {1 + line.value / max(best, 1e-12):.3f} x {line.against} "
                f"(difference {line.value:+.4f} [{line.low:+.4f}, {line.high:+.4f}])",
                flush=True,
            )


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
