"""Times of the collaborative filters beside a peer library, on generated data, as ratios of one run.

    python benchmarks/speed.py [--users 6000] [--items 3700] [--events 200000] [--rounds 3]

Each line is the best of some rounds, in which ours and theirs take turns on the same machine. A ratio
below 1 means that ours is faster. Both sides use the cosine, as many neighbours and as many threads.
"""

import argparse
import os
import time
from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from implicit.nearest_neighbours import CosineRecommender
from threadpoolctl import threadpool_limits

from m6rec_core.data.histories import Histories
from m6rec_core.ranking.top_n import top_n, top_n_of
from m6rec_core.similarity.item_based import ItemNeighbours, ItemSettings, fit_item_neighbours
from m6rec_core.similarity.user_based import UserSettings, fit_user_neighbours

LIST_LENGTH = 20
BLOCK = 512
THREADS = int(os.environ.get("NUMBA_NUM_THREADS", (os.cpu_count() or 1)))


def long_tailed(n_users: int, n_items: int, n_events: int, *, seed: int) -> sp.csr_matrix:
    """Binary behaviour whose items and users follow power laws; users prefer one of 40 kinds of items."""
    rng = np.random.default_rng(seed)
    popularity = rng.permutation(1.0 / np.arange(10, n_items + 10) ** 0.8)
    activity = rng.permutation(1.0 / np.arange(10, n_users + 10) ** 0.5)
    kind_of_item, kind_of_user = rng.integers(40, size=n_items), rng.integers(40, size=n_users)
    wanted = n_events + n_events // 3  # some pairs come twice
    user_row = rng.choice(n_users, size=wanted, p=activity / activity.sum())
    item_row = rng.choice(n_items, size=wanted, p=popularity / popularity.sum())
    is_own_kind = kind_of_item[item_row] == kind_of_user[user_row]
    kept = is_own_kind | (rng.random(wanted) < 0.7)
    pairs = np.unique(user_row[kept].astype(np.int64) * n_items + item_row[kept])
    pairs = np.sort(rng.choice(pairs, size=min(n_events, len(pairs)), replace=False))
    ones = np.ones(len(pairs), dtype=np.float32)
    return sp.csr_matrix((ones, (pairs // n_items, pairs % n_items)), shape=(n_users, n_items))


def histories_of(matrix: sp.csr_matrix) -> Histories:
    """One history per user row, in the order of the columns."""
    n, entries = matrix.shape[0], matrix.nnz
    return Histories(
        indptr=matrix.indptr.astype(np.int64),
        item_row=matrix.indices.astype(np.int32),
        weight=np.ones(entries, dtype=np.float32),
        rating=np.full(entries, np.nan, dtype=np.float32),
        time=np.zeros(entries, dtype=np.int64),
        is_target=np.ones(entries, dtype=bool),
        user_row=np.arange(n, dtype=np.int32),
        n_items=matrix.shape[1],
        has_time=False,
    )


def peer_of(matrix: sp.csr_matrix, neighbours: int) -> CosineRecommender:
    """The peer's cosine model of the columns of the matrix."""
    model = CosineRecommender(K=neighbours, num_threads=THREADS)
    model.fit(matrix, show_progress=False)
    return model


def lists_of_all(model: ItemNeighbours, histories: Histories) -> None:
    """Scores all users block by block and takes the best unseen items of each."""
    for start in range(0, len(histories), BLOCK):
        block = histories.take(np.arange(start, min(start + BLOCK, len(histories))))
        top_n(model.scores(block), n=LIST_LENGTH, hide=block)


def compare(
    name: str, ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> None:
    """Prints the best times of both and their ratio."""
    best_ours, best_theirs = np.inf, np.inf
    for _ in range(rounds):
        best_ours = min(best_ours, _seconds(ours))
        best_theirs = min(best_theirs, _seconds(theirs))
    ratio = best_ours / best_theirs
    print(f"{name:<34}{best_ours:>9.3f} s{best_theirs:>9.3f} s{ratio:>8.2f}", flush=True)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(matrix: sp.csr_matrix, *, neighbours: int, rounds: int) -> None:
    """Prints one line per task."""
    histories, transposed = histories_of(matrix), sp.csr_matrix(matrix.T)
    users, every_user = matrix.shape[0], np.arange(matrix.shape[0])
    item_settings = ItemSettings("cosine", neighbours=neighbours)
    user_settings = UserSettings("cosine", neighbours=neighbours, shrinkage=0.0)
    model, peer = fit_item_neighbours(matrix, item_settings), peer_of(matrix, neighbours)
    few = histories.take(np.arange(min(users, 50)))
    lists_of_all(model, few)  # compiles what the first calls compile
    top_n_of(model, few, n=LIST_LENGTH, hide=few)
    fit_user_neighbours(matrix, user_settings).neighbours(few)
    print(f"{'':<34}{'ours':>11}{'implicit':>11}{'ratio':>8}")
    compare(
        f"item-item, {neighbours} neighbours",
        lambda: fit_item_neighbours(matrix, item_settings),
        lambda: peer_of(matrix, neighbours),
        rounds,
    )
    compare(
        f"user-user, {neighbours} neighbours",
        lambda: fit_user_neighbours(matrix, user_settings).neighbours(histories),
        lambda: peer_of(transposed, neighbours),
        rounds,
    )
    compare(
        f"best {LIST_LENGTH} unseen items of all users",
        lambda: top_n_of(model, histories, n=LIST_LENGTH, hide=histories),
        lambda: peer.recommend(every_user, matrix, N=LIST_LENGTH),
        rounds,
    )
    compare(
        "  the same through blocks of scores",
        lambda: lists_of_all(model, histories),
        lambda: peer.recommend(every_user, matrix, N=LIST_LENGTH),
        rounds,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=6000)
    parser.add_argument("--items", type=int, default=3700)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--neighbours", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    matrix = long_tailed(options.users, options.items, options.events, seed=options.seed)
    shape = f"{matrix.shape[0]:,} users x {matrix.shape[1]:,} items, {matrix.nnz:,} events"
    print(f"{shape}, {THREADS} threads")
    with threadpool_limits(limits=1, user_api="blas"):
        run(matrix, neighbours=options.neighbours, rounds=options.rounds)


if __name__ == "__main__":
    main()
