"""A process that commits runs is killed again and again: nothing acknowledged is lost, nothing half is seen."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from m6rec_core.workspace import Workspace, runner

HERE = Path(__file__).parent
FILES, SIZE = 8, 40_000  # what the committer writes into each run


@dataclass
class Damage:
    """What the kills of one writer led to."""

    acknowledged: set[str] = field(default_factory=set)
    seen: int = 0
    half_written: int = 0


def is_complete(folder: Path) -> bool:
    """Looks at the bytes themselves, not at the manifest."""
    files = [folder / f"{number}.bin" for number in range(FILES)]
    return all(
        file.is_file() and file.read_bytes() == bytes([number]) * SIZE
        for number, file in enumerate(files)
    )


def killed_writers(home: Path, kind: str, *, kills: int, rng: random.Random) -> Damage:
    damage = Damage()
    environment = runner.worker_environment()
    for _ in range(kills):
        writer = subprocess.Popen(
            [sys.executable, str(HERE / "committer_for_tests.py"), str(home), kind],
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        assert writer.stdout is not None
        damage.acknowledged.add(writer.stdout.readline().strip())
        time.sleep(rng.uniform(0.0, 0.04))
        os.kill(writer.pid, signal.SIGKILL)
        lines, _ = writer.communicate()
        damage.acknowledged.update(line for line in lines.split("\n")[:-1])
        for run in Workspace(home).runs():
            damage.seen += 1
            damage.half_written += not is_complete(run.folder)
    return damage


def test_sixty_kills_lose_no_acknowledged_run_and_show_no_half_written_one(tmp_path: Path) -> None:
    damage = killed_writers(tmp_path, "safe", kills=60, rng=random.Random(7))
    workspace = Workspace(tmp_path)
    assert len(damage.acknowledged) >= 60
    assert damage.seen > 60
    assert damage.half_written == 0
    assert damage.acknowledged <= {run.run_id for run in workspace.runs()}
    names = [path.name for path in (tmp_path / "runs").iterdir()]
    assert sorted(names) == sorted(run.run_id for run in workspace.runs())
    with sqlite3.connect(tmp_path / "index.sqlite") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_same_kills_catch_a_writer_that_takes_no_care(tmp_path: Path) -> None:
    damage = killed_writers(tmp_path, "naive", kills=15, rng=random.Random(7))
    assert damage.half_written > 0
