"""Runs the command line as a user does: in a process of its own, reading what it prints."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

TINY = (
    "scorer.epochs=2",
    "scorer.hidden=8",
    "ranking.candidates=30",
    "similarity.measure=degree",
    "explanation.background=20",
    "explanation.permutations=4",
    "explanation.sample=20",
)


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def error_lines(self) -> list[str]:
        """The lines on standard error that say something."""
        return [line for line in self.err.splitlines() if line.strip()]


def run(*words: object, seconds: int = 300) -> Outcome:
    """Runs `python -m m6rec_core` with these words."""
    done = subprocess.run(
        [sys.executable, "-m", "m6rec_core", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def train(
    interactions: Path, run_folder: Path, *words: object, settings: tuple[str, ...] = ()
) -> Outcome:
    """Trains as small as it goes; `settings` come after the small ones and win."""
    options = [*TINY, *settings]
    return run(
        *("train", "--interactions", interactions, "--run", run_folder),
        *(word for option in options for word in ("--set", option)),
        *words,
    )
