"""What it costs to take in a large log: a generated csv, beside a bare copy of it to parquet by DuckDB.

    python benchmarks/ingest.py [--rows 20000000] [--rounds 1] [--seed 0] [--folder DIR] [--no-page]

In each round the bare copy and our ingest, a real job of a workspace in its worker process, take turns
on the same file. The ingest understands, converts, cleans, numbers, measures and stores the rows; the
copy only parses and compresses them. Meanwhile the page Data is open in a browser; afterwards the page
Health is opened in a new one. Memory is read from /proc: Linux only.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "benchmarks")]

from upload import Watch, server_of  # noqa: E402

import chromium  # noqa: E402
from m6rec_core.data.health import HEALTH_FILE, Health  # noqa: E402
from m6rec_core.workspace import Workspace  # noqa: E402
from m6rec_core.workspace.jobs import CANCELLED, DONE, JobRecord  # noqa: E402
from running_app import running_app  # noqa: E402
from visit import CALM_LOOKS, FLAGS, LOOK_MILLISECONDS, Visit  # noqa: E402

USERS, ITEMS = 1_000_000, 100_000
KINDS, SHARES = ("view", "cart", "purchase"), (0.8, 0.95)
BLOCK = 1_000_000  # rows that are generated at once
START, SECONDS = 1_700_000_000, 31_536_000
LOOK_SECONDS = 0.05
CANCEL_AT = (0.3, 0.8)  # of the work
GOAL_RATIO, GOAL_WORKER, GOAL_SERVER, GOAL_CANCEL, GOAL_PAGE = 3.0, 3_072, 100, 5.0, 2.0

COPY = (
    'import duckdb, sys, time; c = duckdb.connect(); c.execute("set enable_progress_bar = false"); '
    "start = time.perf_counter(); "
    "c.execute(f\"copy (from read_csv('{sys.argv[1]}')) to '{sys.argv[2]}' (format parquet)\"); "
    "print(time.perf_counter() - start)"
)


def write_events(path: Path, rows: int, *, seed: int) -> None:
    """A log in the order of time: a million users and 100,000 items at most, both with a long tail."""
    rng = np.random.default_rng(seed)
    users = pa.array([f"u{number}" for number in rng.permutation(USERS)])
    items = pa.array([f"i{number}" for number in rng.permutation(ITEMS)])
    kinds = pa.array(KINDS)
    plain = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
    with path.open("wb") as file:
        file.write(b"user_id,item_id,event,value,timestamp\n")
        for start in range(0, rows, BLOCK):
            n = min(BLOCK, rows - start)
            time_of = START + np.sort(rng.integers(start, start + n, n)) * SECONDS // rows
            table = pa.table(
                {
                    "user_id": users.take(pa.array((USERS * rng.random(n) ** 2).astype(np.int32))),
                    "item_id": items.take(pa.array((ITEMS * rng.random(n) ** 3).astype(np.int32))),
                    "event": kinds.take(pa.array(np.searchsorted(SHARES, rng.random(n)))),
                    "value": rng.integers(1, 6, n),
                    "timestamp": time_of,
                }
            )
            pyarrow.csv.write_csv(table, file, plain)


def bare_copy(source: Path, target: Path) -> float:
    """Seconds that DuckDB needs for its own copy to parquet, in a process of its own."""
    command = [sys.executable, "-c", COPY, str(source), str(target)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    target.unlink()
    return float(done.stdout)


@dataclass
class Ingest:
    """One job as it was seen from outside; the gaps are seconds in which its share done did not grow."""

    job: JobRecord
    seconds: float
    worker: float
    longest_gap: float
    longest_without_eta: float
    cancel_seconds: float = 0.0


def height_of(pid: int) -> float:
    """Megabytes that the memory of a process had at its highest; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(line.split()[1]) / 1024


def ingest(workspace: Workspace, source: Path, *, cancel_at: float = 1.0) -> Ingest:
    """Runs a job to its end, or cancels it when so much of its work is done."""
    start = time.perf_counter()
    job = workspace.submit("ingest", {"interactions": str(source)})
    news, gap, silent, asked, height = start, 0.0, 0.0, 0.0, 0.0
    before = job.fraction
    while job.is_open:
        time.sleep(LOOK_SECONDS)
        workspace.tick()
        job, now = workspace.job(job.job_id), time.perf_counter()
        if job.process is not None:
            height = max(height, height_of(job.process.pid))
        if job.fraction > before or not job.is_open:
            gap, news, before = max(gap, now - news), now, job.fraction
        if job.eta_seconds is None and job.is_open:
            silent = now - start
        if job.fraction >= cancel_at and not asked and job.is_open:
            asked = now
            workspace.cancel(job.job_id)
    ended = time.perf_counter()
    return Ingest(job, ended - start, height, gap, silent, ended - asked if asked else 0.0)


def page_seconds(visit: Visit, dataset_id: str) -> float:
    """Seconds until the page Health of a data set rests."""
    start = time.perf_counter()
    visit.open(f"health?data={dataset_id}")
    return time.perf_counter() - start - CALM_LOOKS * LOOK_MILLISECONDS / 1000


def say(what: str, value: float, unit: str, goal: float) -> None:
    print(f"{what:<48}{value:>9,.1f} {unit:<4}(goal: at most {goal:,.1f})", flush=True)


def measured(workspace: Workspace, source: Path, rounds: int) -> str:
    """Lets both take turns and prints a line per measure; gives the id of the last data set."""
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(bare_copy(source, workspace.home / "bare.parquet"))
        ours.append(ingest(workspace, source))
        if ours[-1].job.state != DONE:
            raise RuntimeError(f"the ingest ended as {ours[-1].job.state}: {ours[-1].job.error}")
    least_bare, least = min(bare), min(one.seconds for one in ours)
    print(f"bare copy {least_bare:.1f} s, ingest {least:.1f} s, best of {rounds}")
    say("ingest / bare copy", least / least_bare, "", GOAL_RATIO)
    say("memory of the worker", max(one.worker for one in ours), "MB", GOAL_WORKER)
    gap = max(one.longest_gap for one in ours)
    print(f"{'longest time without progress':<48}{gap:>9,.1f} s")
    print(f"{'an estimate of the time left after':<48}{ours[-1].longest_without_eta:>9,.1f} s")
    for share in CANCEL_AT:
        stopped = ingest(workspace, source, cancel_at=share)
        if stopped.job.state == CANCELLED:
            say(f"cancelled at {share:.0%}, gone after", stopped.cancel_seconds, "s", GOAL_CANCEL)
    dataset_id = str(ours[-1].job.result_id)
    start = time.perf_counter()
    Health.load(workspace.dataset(dataset_id).folder / HEALTH_FILE)
    say("figures of the page Health read in", time.perf_counter() - start, "s", GOAL_PAGE)
    return dataset_id


def with_page(home: Path, source: Path, rounds: int) -> None:
    """Measures beside a server whose page Data is open in a browser, then opens the page Health."""
    with (
        sync_playwright() as playwright,
        running_app(home, with_demo=False) as address,
        playwright.chromium.launch(
            executable_path=chromium.find(), args=[*FLAGS, "--disable-dev-shm-usage"]
        ) as browser,
    ):
        visit = Visit(browser, address)
        for page in ("health", "data"):  # now the server has what its pages need
            visit.open(page)
        server = Watch(server_of(home))
        before = server.now()
        with server.looking():
            dataset_id = measured(Workspace(home), source, rounds)
        say("growth of the server", server.height - before, "MB", GOAL_SERVER)
        visit.close()
        visit = Visit(browser, address)
        say("the page Health rests after", page_seconds(visit, dataset_id), "s", GOAL_PAGE)
        visit.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--folder", type=Path, help="where the file and the workspace lie meanwhile"
    )
    parser.add_argument("--no-page", action="store_true", help="without a server and a browser")
    options = parser.parse_args()
    if not Path("/proc/self/status").exists():
        print("skipped: the memory of a process is read from /proc, which only Linux has")
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        source, home = Path(folder) / "events.csv", Path(folder) / "home"
        write_events(source, options.rows, seed=options.seed)
        print(f"{options.rows:,} rows, {source.stat().st_size / 1e6:,.0f} MB of csv", flush=True)
        if options.no_page:
            measured(Workspace(home), source, options.rounds)
        else:
            with_page(home, source, options.rounds)


if __name__ == "__main__":
    main()
