"""Times of answering for one user, on a generated run of many users and items, beside a peer library.

    python benchmarks/serving.py [--scale 3M|20M] [--run DIR] [--ask 200] [--peers-env VENV]

The run is trained first (that is the long part) into DIR, or taken from there when DIR holds one; at 20M
with the usual configuration. Each line gives the median and the 95th percentile in milliseconds over the
asked users, each asked once, warm. `--peers-env VENV` adds LensKit, which cannot be installed beside the
app. The last lines say how far fold-in is from the trained run, and how fast everybody's lists are
written by a process that is killed once (jobs/everybody.py).
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import speed
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import CosineRecommender
from jobs import everybody
from peers import isolated
from speed import THREADS, long_tailed
from threadpoolctl import threadpool_limits

from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.histories import Histories
from m6rec_core.ranking.live import LiveRecommender
from m6rec_core.ranking.recommender import Recommender
from pages.shared import cached, list_rules, lists, people, portrait_views

LIST_LENGTH = 20
SCALES = {"3M": (100_000, 50_000, 3_000_000), **speed.SCALES}  # users, items, events
OPTIONS = {
    "3M": {
        "similarity.measure": "cosine",
        "ranking.candidates": 300,
        "scorer.training_users": 5000,
        "scorer.epochs": 4,
    },
    "20M": {},
}
TYPED = ("u", "u1", "u12", "u123", "9", "u9999", "thing", "thing 4", "kind", "number 77")


def generated(users: int, items: int, events: int) -> Dataset:
    """Events with times, items with title, category and price, users with an age band."""
    rng = np.random.default_rng(1)
    pairs = long_tailed(users, items, events, seed=0).tocoo()
    behaviour = pd.DataFrame(
        {
            "user_id": np.char.add("u", pairs.row.astype(str)),
            "item_id": np.char.add("i", pairs.col.astype(str)),
            "timestamp": rng.integers(1_600_000_000, 1_650_000_000, pairs.nnz),
        }
    )
    catalogue = pd.DataFrame(
        {
            "item_id": [f"i{n}" for n in range(items)],
            "title": [f"Thing number {n}" for n in range(items)],
            "category": [f"kind {kind}" for kind in rng.integers(0, 40, items)],
            "price": rng.gamma(2, 20, items).round(2).astype(str),
        }
    )
    people_table = pd.DataFrame(
        {
            "user_id": [f"u{n}" for n in range(users)],
            "age_band": rng.choice(["young", "middle", "old"], users),
        }
    )
    return Dataset.from_frames(behaviour, users=people_table, items=catalogue, name="generated")


def trained(options: argparse.Namespace, folder: Path) -> Path:
    """The run of the folder; trained when there is none."""
    if (folder / "summary.json").is_file():
        return folder
    from m6rec_core.pipeline import train

    scale = SCALES[options.scale]
    shape = (options.users or scale[0], options.items or scale[1], options.events or scale[2])
    config = Config.from_flat({"split.strategy": "leave_last_out", **OPTIONS[options.scale]})
    folder.mkdir(parents=True, exist_ok=True)
    summary = train(generated(*shape), config, folder)
    spent = {step: f"{seconds:,.0f} s" for step, seconds in summary["seconds"].items()}
    print(f"trained: {spent}, peak {summary['peak_megabytes']:,.0f} MB", flush=True)
    return folder


def timed(name: str, ask: Callable[[object], object], questions: Iterable[object]) -> None:
    """Prints the median and the 95th percentile of single answers."""
    spent = []
    for question in questions:
        start = time.perf_counter()
        ask(question)
        spent.append(1000 * (time.perf_counter() - start))
    tell(name, spent)


def tell(name: str, spent: Sequence[float]) -> None:
    """Prints the median and the 95th percentile of milliseconds."""
    middle, slow = np.quantile(spent, [0.5, 0.95])
    print(f"{name:<52}{middle:>9.1f} ms{slow:>9.1f} ms", flush=True)


def whole_page(run: Path, user_id: str) -> None:
    """What the server computes for one user's page: history, list with reasons, portrait."""
    histories = cached.recommender(run).histories([user_id])
    lists.history(run, histories)
    lists.ranked(run, user_id, 10, include_seen=False, model="scorer", wish=list_rules.NOTHING)
    portrait_views.standing(run, user_id)
    portrait_views.of_user(run, user_id)


def single_answers(run: Path, users: list[str]) -> None:
    """Ours: lists, what-ifs, searches and the page."""
    recommender = Recommender.load(run)
    live = LiveRecommender(recommender, most_kept=0)
    first, rest = users[:20], users[20:]
    for user_id in first:
        recommender.recommend(recommender.histories([user_id]), LIST_LENGTH)
        whole_page(run, user_id)
    timed(
        f"recommend, one user, {recommender.config.ranking.candidates} candidates",
        lambda one: recommender.recommend(recommender.histories([str(one)]), LIST_LENGTH),
        rest,
    )
    timed(
        "what-if: one event less, re-ranked",
        lambda one: live.recommend(
            live.events_of(str(one))[:-1], LIST_LENGTH, user_id=str(one), attributes={}
        ),
        rest,
    )
    timed(
        "search users as typed",
        lambda t: people.matches(cached.user_search(run), str(t)),
        TYPED * 5,
    )
    timed(
        "search items as typed",
        lambda t: people.matches(cached.item_search(run), str(t)),
        TYPED * 5,
    )
    timed("page of one user, server work", lambda one: whole_page(run, str(one)), rest)
    worst = 0.0
    for user_id in users:
        stored = recommender.recommend(recommender.histories([user_id]), LIST_LENGTH)
        typed = live.recommend(live.events_of(user_id), LIST_LENGTH, user_id=user_id)
        if typed.item_row.tolist() != [row for row in stored.item_row[0] if row >= 0]:
            print(f"fold-in: another list for {user_id}")
        worst = max(worst, float(np.abs(typed.score - stored.score[0][: len(typed.score)]).max()))
    print(f"fold-in against the trained run, {len(users)} users: largest difference {worst:.1e}")


def outside_answers(environment: Path, training: Histories, asked: np.ndarray) -> None:
    """LensKit's call for one user, in an environment of its own, on the same behaviour."""
    for name, spent in isolated.single_answers(environment, training, asked, n=LIST_LENGTH).items():
        tell(name, spent)


def peer_answers(run: Path, users: list[str]) -> None:
    """The peer's single-user calls on the same behaviour: neighbours, and factors with a fold-in."""
    recommender = Recommender.load(run)
    matrix = recommender.training.matrix()
    rows = recommender.interactions.users.rows_of(users).tolist()
    cosine = CosineRecommender(K=200, num_threads=THREADS)
    cosine.fit(matrix, show_progress=False)
    factors = AlternatingLeastSquares(factors=64, iterations=2, num_threads=THREADS)
    factors.fit(matrix, show_progress=False)
    timed(
        "implicit: cosine neighbours, one user",
        lambda row: cosine.recommend(row, matrix[row], N=LIST_LENGTH),
        rows,
    )
    timed(
        "implicit: factors, one user folded in",
        lambda row: factors.recommend(row, matrix[row], N=LIST_LENGTH, recalculate_user=True),
        rows,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", choices=("3M", "20M"), default="3M", help="events to generate")
    parser.add_argument("--users", type=int, help="in place of those of the scale")
    parser.add_argument("--items", type=int, help="likewise")
    parser.add_argument("--events", type=int, help="likewise")
    parser.add_argument("--run", type=Path)
    parser.add_argument("--ask", type=int, default=200)
    parser.add_argument("--peers-env", type=Path, help="environment with LensKit")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, threadpool_limits(limits=THREADS):
        run = trained(options, options.run or Path(temporary) / "run")
        recommender = Recommender.load(run)
        known = np.flatnonzero(recommender.training.lengths() > 0)
        asked = np.random.default_rng(0).choice(known, min(options.ask, len(known)), replace=False)
        users = [str(one) for one in recommender.interactions.users.ids_of(asked)]
        print(f"{recommender.interactions!r}, {THREADS} threads{'':<8}{'p50':>9}{'p95':>12}")
        single_answers(run, users)
        peer_answers(run, users)
        if options.peers_env:
            outside_answers(options.peers_env, recommender.training, asked)
        del recommender
        everybody.killed_and_resumed(run.resolve(), length=LIST_LENGTH)


if __name__ == "__main__":
    main()
