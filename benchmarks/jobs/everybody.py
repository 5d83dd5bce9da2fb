"""Everybody's lists of a run, written as the job writes them, killed once on the way, and checked.

    python benchmarks/jobs/everybody.py RUN [--length 20]

A process writes the lists part by part; when half of the parts are there it is killed (SIGKILL), and another
one goes on. Printed are users a second over both, the seconds, the largest peak of memory of the two,
and what is wrong with the file: nothing, if every user has a list of distinct items with ranks from 1 on.
"""

import argparse
import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

LOOK_EVERY = 0.5  # seconds


def write(run: Path, folder: Path, length: int) -> None:
    """What the process does that is killed, and the one after it."""
    from m6rec_core.ranking.all_lists import Wanted, write_all_lists
    from m6rec_core.ranking.recommender import Recommender

    recommender = Recommender.load(run)
    write_all_lists(recommender, Wanted(n=length), folder / "lists.parquet", parts=folder / "parts")


def killed_and_resumed(run: Path, *, length: int) -> None:
    """Writes the lists in two processes and prints what it took and what came of it."""
    n_users = pq.read_metadata(run / "users.parquet").num_rows
    n_items = pq.read_metadata(run / "items.parquet").num_rows
    with tempfile.TemporaryDirectory(dir=run.parent) as name:
        folder = Path(name)
        start = time.perf_counter()
        first, peak = _run(run, folder, length, until=_parts_of(n_users) // 2)
        kept = len(list((folder / "parts").glob("*.parquet")))
        second, peak_after = _run(run, folder, length, until=None)
        spent = time.perf_counter() - start
        if second != 0:
            raise SystemExit(f"The process that went on ended with {second}.")
        wrong = faults(folder / "lists.parquet", n_users, min(length, n_items))
    how = f"killed with {kept} parts written" if first == -signal.SIGKILL else "not killed"
    print(
        f"everybody's top {length}: {n_users / spent:,.0f} users a second, {spent:,.0f} s for "
        f"{n_users:,} users, peak {max(peak, peak_after):,.0f} MB, {how}: "
        f"{'; '.join(wrong) or 'no gaps, no duplicates'}",
        flush=True,
    )


def faults(file: Path, n_users: int, length: int) -> list[str]:
    """Sentences about users without a whole list, and about items or ranks that come twice."""
    table = pq.read_table(file, columns=["user_id", "item_id", "rank"])
    of_user = table.group_by("user_id").aggregate(
        [
            ("item_id", "count_distinct"),
            ("rank", "count_distinct"),
            ("rank", "max"),
            ("rank", "count"),
        ]
    )
    found = []
    if len(of_user) != n_users:
        found.append(f"{len(of_user):,} of {n_users:,} users have lists")
    for column, what in (
        ("item_id_count_distinct", "distinct items"),
        ("rank_count_distinct", "distinct ranks"),
        ("rank_max", "as their last rank"),
        ("rank_count", "rows"),
    ):
        other = pc.sum(pc.not_equal(of_user[column], length)).as_py() or 0
        if other:
            found.append(f"{other:,} users have not {length} {what}")
    return found


def _parts_of(n_users: int) -> int:
    from m6rec_core.ranking.all_lists import USERS_PER_PART

    return -(-n_users // USERS_PER_PART)


def _run(run: Path, folder: Path, length: int, *, until: int | None) -> tuple[int, float]:
    """Exit code and peak MB of a process that writes; killed once `until` parts are there."""
    asked = [sys.executable, __file__, str(run), "--length", str(length), "--write", str(folder)]
    process, peak = subprocess.Popen(asked), 0.0
    while process.poll() is None:
        peak = max(peak, _peak_megabytes(process.pid))
        if until is not None and len(list((folder / "parts").glob("*.parquet"))) >= until:
            process.kill()
        time.sleep(LOOK_EVERY)
    return process.returncode, peak


def _peak_megabytes(pid: int) -> float:
    """The largest resident memory so far; what the system counts at the end includes the parent's."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) * 1024 / 1e6
    return 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--length", type=int, default=20)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        write(given.run, given.write, given.length)
    else:
        killed_and_resumed(given.run, length=given.length)


if __name__ == "__main__":
    main()
