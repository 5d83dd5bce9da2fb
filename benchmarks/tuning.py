"""Does modelling what was tried pay? Bayesian (TPE) against random search on the sample, over several seeds.

    python benchmarks/tuning.py [--data sample] [--trials 30] [--seeds 5] [--folder DIR]

Both sides search the same options, begin with the same trial, and have as many trials. Reported is the
best validation NDCG@10 that each reached, per seed and on average, and after each ten trials. The test
that the split holds out is never looked at. Every finished trial is kept in the folder: the same command
goes on where it was stopped, and other seeds may be run beside it in another process.
"""

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.samples import load_sample
from m6rec_core.data.samples.shop import make_shop
from m6rec_core.tuning import study
from m6rec_core.tuning.plan import RANDOM, TPE, Plan
from m6rec_core.tuning.record import Tuning

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
BASE = Config.from_flat({"split.strategy": "leave_last_out"})
EVERY = 10


@dataclass(frozen=True)
class Reached:
    """The best validation NDCG@10 after each trial, (trials,), and the seconds that it took."""

    best: np.ndarray
    seconds: float


def search(dataset: Dataset, sampler: str, seed: int, trials: int, folder: Path) -> Reached:
    """One search; what the folder holds of it is not done again."""
    plan = Plan(sampler=sampler, trials=trials, seed=seed)
    where = folder / f"{dataset.name}-{sampler}-{seed}"
    return reached(study.tune(dataset, plan, BASE, where, progress=_tell))


def reached(tuning: Tuning) -> Reached:
    """The best of the complete trials so far; a trial that was stopped early counts as tried."""
    figures = [line.measured.get("accuracy", -np.inf) for line in tuning.lines]
    return Reached(np.maximum.accumulate(figures), sum(line.seconds for line in tuning.lines))


def report(found: dict[str, list[Reached]], trials: int) -> None:
    """A line per seed, and the means with the standard error of the paired difference."""
    for seed, (bayes, chance) in enumerate(zip(found[TPE], found[RANDOM], strict=True)):
        print(
            f"seed {seed}: TPE {bayes.best[-1]:.4f} in {bayes.seconds:.0f} s   "
            f"random {chance.best[-1]:.4f} in {chance.seconds:.0f} s   "
            f"start {bayes.best[0]:.4f}"
        )
    for count in [*range(EVERY, trials, EVERY), trials]:
        gaps = [
            b.best[count - 1] - r.best[count - 1]
            for b, r in zip(found[TPE], found[RANDOM], strict=True)
        ]
        spread = f" ± {np.std(gaps, ddof=1) / len(gaps) ** 0.5:.4f}" if len(gaps) > 1 else ""
        means = [np.mean([one.best[count - 1] for one in found[s]]) for s in (TPE, RANDOM)]
        print(
            f"after {count:3d} trials: TPE {means[0]:.4f}   random {means[1]:.4f}   "
            f"difference {np.mean(gaps):+.4f}{spread}, TPE ahead in "
            f"{sum(gap > 0 for gap in gaps)} of {len(gaps)}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", choices=("sample", "shop"), default="sample", help="shop: small, for a quick look"
    )
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path(".m6rec/benchmark-tuning"))
    given = parser.parse_args()
    small = make_shop(users=250, items=100, seed=11).dataset if given.data == "shop" else None
    dataset = small or load_sample("movielens")
    found: dict[str, list[Reached]] = {TPE: [], RANDOM: []}
    for seed in range(given.seeds):
        for sampler in (TPE, RANDOM):  # in turns, so that a busy hour hits both
            started = time.perf_counter()
            found[sampler].append(search(dataset, sampler, seed, given.trials, given.folder))
            spent = time.perf_counter() - started
            print(f"\r{sampler}, seed {seed}: {spent:.0f} s now{'':<50}", file=sys.stderr)
    report(found, given.trials)


def _tell(phase: str, fraction: float) -> None:
    if sys.stderr.isatty():
        print(f"\r{fraction:4.0%}  {phase:<60}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
