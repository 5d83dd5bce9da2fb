"""How faithful explanations by past items are, ours beside others, and how few past items decide a list.

For each user one recommendation (a random one of the first five) is explained by every explainer as an
order of the past items. Past items are then taken away, or given, in that order in ten equal steps, and
the list is made anew through the serving path at each step:

- POS@5: share of the deletion steps at which the item is still among the five best (low is good)
- DEL, INS: the item's share of its list, over its share with the whole history, while past items go
  (low is good), or come (high is good)

An item that was taken away cannot come back as a recommendation. LIME and the Kernel explainer get as
many versions of the history as ours needs. Then for a random one of the first ten: the smallest set of
at most five past items without which it is no longer among the ten, verified by making the list anew.

    python benchmarks/fidelity.py [--run DIR] [--users 500] [--longest 200] [--seed 0] [--workers 2]
                                  [--results FILE]

Each user's figures are a line of the results; the same command goes on where it was stopped.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np
import shap

from m6rec_core.config import Config
from m6rec_core.data.histories import Histories
from m6rec_core.data.samples import load_sample
from m6rec_core.evaluation.bootstrap import interval
from m6rec_core.explanation.counterfactual import Removal, smallest_removal
from m6rec_core.explanation.explain import explain_pair
from m6rec_core.explanation.fidelity import fidelity_curves, likeness_order, random_orders
from m6rec_core.explanation.removal import Removals
from m6rec_core.ranking.recommendations import Recommendations
from m6rec_core.ranking.recommender import Recommender

LIME_WIDTH, LIME_RIDGE = 0.25, 1.0  # as usual for texts and tables of presence
SHORTEST, TOP = 5, 10
MEASURES = (("POS@5", "low"), ("DEL", "low"), ("INS", "high"))

Values = np.ndarray
Order = Callable[[Removals, int], Values]
Line = dict[str, Any]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--run", type=Path, help="run of MovieLens; trained where it is missing")
    options.add_argument("--results", type=Path, help="file of one line per user, kept and gone on")
    for name, usual in (("users", 500), ("longest", 200), ("seed", 0), ("workers", 2)):
        options.add_argument(f"--{name}", type=int, default=usual)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = chosen.run or Path(folder) / "run"
        if not run.is_dir():
            from m6rec_core.pipeline import train  # TensorFlow only where it is needed

            config = Config.from_flat({"split.strategy": "leave_last_out"})
            train(load_sample("movielens"), config, run)
        tell(measured(run, chosen.results or Path(folder) / "results.jsonl", chosen), chosen)


def measured(run: Path, results: Path, chosen: argparse.Namespace) -> list[Line]:
    """The lines of all users; what the file holds of them is not measured again."""
    lengths = Recommender.load(run).training.lengths()
    able = np.flatnonzero((lengths >= SHORTEST) & (lengths <= chosen.longest))
    users = np.random.default_rng(chosen.seed).permutation(able)[: chosen.users].tolist()
    scorer = hashlib.sha256((run / "scorer.tflite").read_bytes()).hexdigest()
    known = {line["user"]: line for line in lines_of(results, about=f"{scorer}, {chosen.seed}")}
    missing, started = [user for user in users if user not in known], time.perf_counter()
    with results.open("a", encoding="utf-8") as file:
        for count, line in enumerate(worked(run, missing, chosen), start=1):
            known[line["user"]] = line
            file.write(json.dumps(line) + "\n")
            file.flush()
            each = (time.perf_counter() - started) / count
            left = each * (len(missing) - count) / 60
            told = f"{len(users) - len(missing) + count} of {len(users)} users"
            print(f"{told}, {each:.1f} s each, {left:.0f} min left", file=sys.stderr, flush=True)
    return [known[user] for user in users]


def lines_of(results: Path, *, about: str) -> list[Line]:
    """The lines that were measured with this scorer and seed; a new file says what it is about."""
    if not results.is_file():
        results.write_text(json.dumps({"about": about}) + "\n", encoding="utf-8")
    first, *rest = results.read_text(encoding="utf-8").splitlines()
    if json.loads(first).get("about") != about:
        sys.exit(f"'{results}' holds results of another run or seed. Give another file.")
    return [json.loads(line) for line in rest]


def worked(run: Path, users: list[int], chosen: argparse.Namespace) -> Iterator[Line]:
    """The line of each user as it is done, by some processes of one thread each."""
    os.environ.update(NUMBA_NUM_THREADS="1", OMP_NUM_THREADS="1")
    with ProcessPoolExecutor(
        chosen.workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=open_run,
        initargs=(run,),
    ) as pool:
        for done in as_completed([pool.submit(of_user, user, chosen.seed) for user in users]):
            yield done.result()


def open_run(run: Path) -> None:
    globals()["opened"] = Recommender.load(run)


def of_user(user: int, seed: int) -> Line:
    recommender: Recommender = globals()["opened"]
    rng = np.random.default_rng([seed, user])
    remembering = Remembering(recommender)
    history = recommender.histories_of_rows([user])
    listed = recommender.recommend(history, TOP).item_row[0]
    removals = Removals(remembering, history, int(listed[rng.integers(5)]))
    figures = {}
    for name, order in explainers(recommender.training).items():
        curves = fidelity_curves(removals, order(removals, user))
        figures[name] = [curves.still_among(5), curves.deletion, curves.insertion]
    item_row = int(listed[rng.integers(TOP)])
    first = ours(Removals(remembering, history, item_row))
    started = time.perf_counter()  # of the search alone, which makes all its lists itself
    removal = smallest_removal(Removals(recommender, history, item_row), first, top=TOP)
    seconds = time.perf_counter() - started
    size = 0 if removal is None else len(removal.entries)
    verified = removal is not None and is_gone(recommender, history, item_row, removal)
    return {
        "user": user,
        "figures": figures,
        "removed": size,
        "verified": verified,
        "seconds": seconds,
    }


def is_gone(recommender: Recommender, history: Histories, item_row: int, removal: Removal) -> bool:
    """Whether the list of the history without the set has the item no longer among its first."""
    kept = np.ones(len(history.item_row), dtype=bool)
    kept[list(removal.entries)] = False
    made = recommender.recommend(history.keep(kept), TOP + len(removal.entries)).item_row[0]
    return item_row not in made[~np.isin(made, history.item_row)][:TOP]


class Remembering:
    """A recommender for versions of one user's history that makes no list twice."""

    def __init__(self, recommender: Recommender) -> None:
        self._recommender = recommender
        self._lists: dict[tuple[int, bytes], tuple[Values, Values, str]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recommender, name)

    def recommend(self, histories: Histories, n: int = 20) -> Recommendations:
        keys = [(n, histories.items_of(at).tobytes()) for at in range(len(histories))]
        new = {key: at for at, key in enumerate(keys) if key not in self._lists}
        if new:
            made = self._recommender.recommend(histories.take(list(new.values())), n)
            rows = zip(made.item_row, made.score, made.source, strict=True)
            self._lists.update(zip(new, rows, strict=True))
        items, scores, sources = zip(*(self._lists[key] for key in keys), strict=True)
        return Recommendations(np.stack(items), np.stack(scores), sources)


def explainers(training: Histories) -> Mapping[str, Order]:
    """Each gives (entries,) values for the past items; the larger, the more they speak for the item."""
    return {
        "ours": lambda removals, user: ours(removals),
        "LIME": lime,
        "shap Kernel": kernel,
        "Jaccard": lambda removals, user: likeness_order(training, removals, jaccard=True),
        "cosine CF": lambda removals, user: likeness_order(training, removals),
        "random": lambda removals, user: random_orders(len(removals), count=1, seed=user)[0],
    }


def ours(removals: Removals) -> Values:
    """The strength of each past item, as it stands in an explanation."""
    events = removals.recommender.interactions
    user_id = str(events.users.ids_of(removals.history.user_row)[0])
    item_id = str(events.items.ids_of([removals.item_row])[0])
    explained = explain_pair(removals.recommender, user_id, item_id, checked=False)
    strength = {past.item_id: past.strength for past in explained.history}
    return np.array([strength[str(one)] for one in events.items.ids_of(removals.history.item_row)])


def versions_of(removals: Removals) -> int:
    return 2 * len(removals) + 2


def lime(removals: Removals, user: int) -> Values:
    """LIME on presence: random versions, weighted by their nearness, and a ridge regression."""
    entries, n = len(removals), versions_of(removals)
    rng = np.random.default_rng([user, 1])
    kept = np.ones((n, entries), dtype=bool)
    for row in range(1, n):
        kept[row, rng.choice(entries, rng.integers(1, entries + 1), replace=False)] = False
    distance = 1.0 - np.sqrt(kept.mean(axis=1))  # cosine distance to the whole history
    weight = np.exp(-(distance**2) / LIME_WIDTH**2)
    scores = removals.scores(kept)
    centred = kept - np.average(kept, axis=0, weights=weight)
    target = scores - np.average(scores, weights=weight)
    gram = centred.T @ (weight[:, None] * centred) + LIME_RIDGE * np.eye(entries)
    return np.linalg.solve(gram, centred.T @ (weight * target))


def kernel(removals: Removals, user: int) -> Values:
    """shap's KernelExplainer on presence, against the empty history."""
    np.random.seed(user % 2**32)  # the explainer draws from the global generator
    entries = len(removals)
    explainer = shap.KernelExplainer(
        lambda kept: removals.scores(np.asarray(kept) > 0.5), np.zeros((1, entries))
    )
    found = explainer.shap_values(
        np.ones((1, entries)), nsamples=versions_of(removals), silent=True
    )
    return np.asarray(found)[0].reshape(-1)


def tell(lines: list[Line], chosen: argparse.Namespace) -> None:
    """Prints the table and the sentence of the README."""
    print(
        f"MovieLens, {len(lines)} users with {SHORTEST} to {chosen.longest} past items, "
        "95 % intervals:\n"
    )
    print(
        "| explainer | " + " | ".join(f"{name} ({good} is good)" for name, good in MEASURES) + " |"
    )
    print("|---" * (1 + len(MEASURES)) + "|")
    names = list(lines[0]["figures"])
    figures = np.array([[line["figures"][name] for name in names] for line in lines])
    means = figures.mean(axis=0)  # (explainers, measures)
    signs = np.array([1 if good == "low" else -1 for _, good in MEASURES])
    best = (signs * means).argmin(axis=0)
    for row, name in enumerate(names):
        cells = ["**ours**" if name == "ours" else name]
        for column in range(len(MEASURES)):
            low, high = interval(figures[:, row, column], seed=0)
            mark = "**" if best[column] == row else ""
            cells.append(f"{mark}{means[row, column]:.3f}{mark} [{low:.3f}, {high:.3f}]")
        print("| " + " | ".join(cells) + " |")
    tell_removals(lines)


def tell_removals(lines: list[Line]) -> None:
    sizes = np.array([line["removed"] for line in lines])
    seconds = np.array([line["seconds"] for line in lines])
    print(
        f"\nOf the same users' recommendations {np.mean(sizes > 0):.0%} leave the first ten without at most "
        f"five of the past items, {np.mean(sizes == 1):.0%} without one particular item."
    )
    shares = ", ".join(f"{size}: {np.mean(sizes == size):.1%}" for size in range(1, 6))
    verified = sum(line["verified"] for line in lines)
    print(f"by size of the set: {shares}; verified: {verified} of {np.sum(sizes > 0)}")
    print(
        f"search: median {np.median(seconds):.2f} s, 95 % within {np.quantile(seconds, 0.95):.2f} s"
    )


if __name__ == "__main__":
    main()
