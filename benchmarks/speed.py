"""Times and memory of the collaborative filters beside a peer library, on generated data, in one run.

    python benchmarks/speed.py [--scale 1M] [--neighbours 200] [--rounds 3]

For each task the two sides take turns, every time in a process of their own, with the same data, as many
neighbours and as many threads. A line gives the best of either side and their ratio: seconds, seconds of
all cores together (which other work on the machine disturbs less), the peak memory of the process in MB,
and what the task added to what the process held before. Beside it the arithmetic bound: the multiply-adds of the task at the rate of the cores in cache.
"""

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

LIST_LENGTH = 20
BLOCK = 512
THREADS = int(os.environ.get("NUMBA_NUM_THREADS", (os.cpu_count() or 1)))
SCALES = {  # users, items, events
    "100k": (3_000, 4_000, 100_000),
    "1M": (20_000, 10_000, 1_000_000),
    "20M": (200_000, 50_000, 20_000_000),
}
TASKS = ("items", "users", "lists", "blocks")


def long_tailed(n_users: int, n_items: int, n_events: int, *, seed: int) -> sp.csr_matrix:
    """Binary behaviour whose items and users follow power laws; users prefer one of 40 kinds of items."""
    rng = np.random.default_rng(seed)
    popularity = rng.permutation(1.0 / np.arange(10, n_items + 10) ** 0.6)
    activity = rng.permutation(1.0 / np.arange(10, n_users + 10) ** 0.5)
    kind_of_item, kind_of_user = rng.integers(40, size=n_items), rng.integers(40, size=n_users)
    wanted = n_events + n_events // 2  # some pairs come twice, and some are of the wrong kind
    user_row, item_row = _drawn(activity, wanted, rng), _drawn(popularity, wanted, rng)
    is_own_kind = kind_of_item[item_row] == kind_of_user[user_row]
    kept = is_own_kind | (rng.random(wanted) < 0.75)
    pairs = np.unique(user_row[kept].astype(np.int64) * n_items + item_row[kept])
    pairs = np.sort(rng.choice(pairs, size=min(n_events, len(pairs)), replace=False))
    indptr = np.searchsorted(pairs, np.arange(n_users + 1, dtype=np.int64) * n_items)
    shape = (n_users, n_items)
    ones = np.ones(len(pairs), dtype=np.float32)
    return sp.csr_matrix((ones, (pairs % n_items).astype(np.int32), indptr), shape=shape)


def _drawn(
    weight: npt.NDArray[np.float64], size: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    edges = np.cumsum(weight)
    return np.searchsorted(edges, rng.random(size) * edges[-1], side="right")


def multiply_adds(matrix: sp.csr_matrix, task: str, neighbours: int) -> float:
    """How many multiply-adds the task cannot do without."""
    per_user, per_item = np.diff(matrix.indptr), np.bincount(matrix.indices)
    if task == "items":
        return float((per_user.astype(np.float64) ** 2).sum())
    if task == "users":
        return float((per_item.astype(np.float64) ** 2).sum())
    return float(matrix.nnz * neighbours)


def multiply_adds_per_second() -> float:
    """What the allowed threads do together on vectors that stay in the cache."""
    import numba

    from m6rec_core.similarity.compiled import in_chunks

    @numba.njit(nogil=True, fastmath=True)
    def work(a, b, times):  # type: ignore[no-untyped-def]
        total = np.float32(0)
        for _ in range(times):
            for place in range(len(a)):
                total += a[place] * b[place]
        return total

    a, times = np.ones(2048, np.float32), 200_000
    work(a, a, 1)
    start = time.perf_counter()
    in_chunks(lambda start, stop: work(a, a, times), THREADS)
    return len(a) * times * THREADS / (time.perf_counter() - start)


def ours(matrix: sp.csr_matrix, task: str, neighbours: int) -> tuple[Callable[[], object], object]:
    """The work to be timed, and what it needs ready; everything is compiled before."""
    from m6rec_core.data.histories import Histories
    from m6rec_core.ranking.top_n import top_n, top_n_of
    from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
    from m6rec_core.similarity.user_based import UserSettings, fit_user_neighbours

    items = ItemSettings("cosine", neighbours=neighbours)
    users = UserSettings("cosine", neighbours=neighbours, shrinkage=0.0, pool=matrix.shape[0])

    def histories_of(rows: sp.csr_matrix) -> Histories:
        same = rows.nnz  # what is equal everywhere is stored once
        return Histories(
            indptr=rows.indptr.astype(np.int64),
            item_row=rows.indices.astype(np.int32, copy=False),
            weight=np.broadcast_to(np.float32(1), same),
            rating=np.broadcast_to(np.float32(np.nan), same),
            time=np.broadcast_to(np.int64(0), same),
            is_target=np.broadcast_to(np.True_, same),
            user_row=np.arange(rows.shape[0], dtype=np.int32),
            n_items=rows.shape[1],
            has_time=False,
        )

    few = matrix[:40, :500].tocsr()
    model, some = fit_item_neighbours(few, items), histories_of(few)
    top_n(model.scores(some), n=LIST_LENGTH, hide=some)
    top_n_of(model, some, n=LIST_LENGTH, hide=some)
    fit_user_neighbours(few, users).neighbours(some)
    if task == "items":
        return lambda: fit_item_neighbours(matrix, items), None
    histories = histories_of(matrix)
    if task == "users":
        return lambda: fit_user_neighbours(matrix, users).neighbours(histories), None
    fitted = fit_item_neighbours(matrix, items)
    if task == "lists":
        return lambda: top_n_of(fitted, histories, n=LIST_LENGTH, hide=histories), fitted

    def by_blocks() -> None:
        for start in range(0, len(histories), BLOCK):
            block = histories.take(np.arange(start, min(start + BLOCK, len(histories))))
            top_n(fitted.scores(block), n=LIST_LENGTH, hide=block)

    return by_blocks, fitted


def theirs(
    matrix: sp.csr_matrix, task: str, neighbours: int
) -> tuple[Callable[[], object], object]:
    """The same with the peer library."""
    from implicit.nearest_neighbours import CosineRecommender

    def fitted(rows: sp.csr_matrix) -> CosineRecommender:
        model = CosineRecommender(K=neighbours, num_threads=THREADS)
        model.fit(rows, show_progress=False)
        return model

    if task == "items":
        return lambda: fitted(matrix), None
    if task == "users":
        transposed = matrix.T.tocsr()
        return lambda: fitted(transposed), None
    model = fitted(matrix)
    every_user = np.arange(matrix.shape[0])
    return lambda: model.recommend(every_user, matrix, N=LIST_LENGTH), model


SIDES = {"ours": ours, "implicit": theirs}


def one_side(side: str, task: str, file: str, neighbours: int) -> None:
    """Does the task once in this process and prints seconds and the peak of the memory in MB."""
    import warnings

    from threadpoolctl import threadpool_limits

    warnings.simplefilter("ignore")
    with np.load(file) as arrays:
        matrix = sp.csr_matrix(
            (arrays["data"], arrays["indices"], arrays["indptr"]), shape=tuple(arrays["shape"])
        )
    with threadpool_limits(limits=1, user_api="blas"):
        work, _ = SIDES[side](matrix, task, neighbours)
        held = restarted_peak()
        start, busy = time.perf_counter(), time.process_time()
        made = work()
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    del made
    peak = peak_megabytes()
    print(json.dumps({"seconds": seconds, "cpu": busy, "peak": peak, "added": peak - held}))


def peak_megabytes() -> float:
    """The most memory that this process has had; where the system says it, without that of its parent."""
    status = Path("/proc/self/status")
    if status.exists():
        words = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return float(words["VmHWM"].split()[0]) / 1024
    unit = 1024 if sys.platform == "linux" else 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def restarted_peak() -> float:
    """Lets the peak of this process begin anew where the system can, and gives where it stands."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak_megabytes()


def measured(side: str, task: str, file: Path, neighbours: int) -> dict[str, float]:
    """Seconds, seconds of all cores, and peak MB of a fresh process."""
    command = [sys.executable, __file__, "--side", side, "--task", task, "--file", str(file)]
    done = subprocess.run(
        [*command, "--neighbours", str(neighbours)], check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(matrix: sp.csr_matrix, *, tasks: list[str], neighbours: int, rounds: int) -> None:
    """Prints one line per task."""
    words = {
        "items": f"item-item, {neighbours} neighbours",
        "users": f"user-user, {neighbours} neighbours",
        "lists": f"best {LIST_LENGTH} unseen items of all users",
        "blocks": "  the same through blocks of scores",
    }
    rate = multiply_adds_per_second()
    print(f"the cores do {rate / 1e9:.1f} billion multiply-adds a second in cache")
    head = [
        f"{unit}{side}" for unit in ("s ", "cpu ", "MB ", "added ") for side in (*SIDES, "ratio")
    ]
    print(f"{'':<34}" + "".join(f"{word:>14}" for word in (*head, "s bound")), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.npz"
        np.savez(
            file,
            data=matrix.data,
            indices=matrix.indices,
            indptr=matrix.indptr,
            shape=matrix.shape,
        )
        for task in tasks:
            turns = [
                {side: measured(side, task, file, neighbours) for side in SIDES}
                for _ in range(rounds)
            ]
            best = {
                figure: {side: min(turn[side][figure] for turn in turns) for side in SIDES}
                for figure in ("seconds", "cpu", "peak", "added")
            }
            cells = [
                f"{value:>14,.2f}"
                for of_side in best.values()
                for value in (*of_side.values(), of_side["ours"] / of_side["implicit"])
            ]
            bound = multiply_adds(matrix, task, neighbours) / rate
            print(f"{words[task]:<34}{''.join(cells)}{bound:>14.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", choices=SCALES, default="1M", help="events to generate")
    parser.add_argument("--neighbours", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tasks", default=",".join(TASKS), help="which, parted by commas")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        one_side(given.side, given.task, given.file, given.neighbours)
        return
    matrix = long_tailed(*SCALES[given.scale], seed=given.seed)
    shape = f"{matrix.shape[0]:,} users x {matrix.shape[1]:,} items, {matrix.nnz:,} events"
    print(f"{shape}, {THREADS} threads")
    tasks = [task for task in TASKS if task in given.tasks.split(",")]
    compare(matrix, tasks=tasks, neighbours=given.neighbours, rounds=given.rounds)


if __name__ == "__main__":
    main()
