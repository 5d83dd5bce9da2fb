"""The folder of a tuning: what was wanted, and one line per finished trial. Nothing else is remembered.

Each line is on the disk before the next trial begins, so that whatever stops a tuning costs at most the
trial under way; the next choice is a function of the lines, so that a tuning that goes on is the one
that was never stopped.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from m6rec_core.config import Config
from m6rec_core.delivery.plain import plain
from m6rec_core.errors import ConfigError, RunError
from m6rec_core.tuning.plan import ACCURACY, GOALS, Plan
from m6rec_core.workspace.artefacts import write_synced

ABOUT, LINES, IMPORTANCE = "tuning.json", "trials.jsonl", "importance.json"
COMPLETE, PRUNED, FAILED = "complete", "pruned", "failed"


@dataclass(frozen=True)
class TrialLine:
    """One finished trial.

    - `number` from 0; trial 0 is the configuration that the tuning started from
    - `state` complete, pruned (its validation fell behind) or failed (`note` says why)
    - `options` the searched options and their values
    - `measured` goal → figure; empty unless complete
    - `curve` validation NDCG@10 after each epoch
    - `chosen`, `marks` the values and the notes of the search itself, as the sampler needs them again
    """

    number: int
    state: str
    options: dict[str, Any]
    measured: dict[str, float]
    curve: tuple[float, ...] = ()
    seconds: float = 0.0
    note: str = ""
    chosen: dict[str, Any] = field(default_factory=dict)
    marks: dict[str, Any] = field(default_factory=dict)

    @property
    def accuracy(self) -> float:
        """Validation NDCG@10, of a pruned trial as far as it came; NaN when it failed."""
        reached = max(self.curve, default=float("nan"))
        return self.measured.get(ACCURACY, reached)


@dataclass(frozen=True)
class Tuning:
    """A tuning as it stands on the disk; `base` holds all options that are not searched."""

    folder: Path
    plan: Plan
    base: Config
    fingerprint: str
    lines: tuple[TrialLine, ...]

    @classmethod
    def open(cls, folder: Path, plan: Plan, base: Config, fingerprint: str) -> Self:
        """Begins a tuning in a new or empty folder, or goes on with the same one that is there.

        Only the number of trials may differ from what was begun; ConfigError names what else does.
        """
        wanted = {"plan": plan.to_dict(), "config": base.to_flat(), "fingerprint": fingerprint}
        if (folder / ABOUT).exists():
            begun = _read(folder)
            _refuse_other(begun, plain(wanted), folder)
        elif folder.exists() and any(folder.iterdir()):
            raise ConfigError(
                f"'{folder}' holds something else than a tuning. Name a new folder for it."
            )
        folder.mkdir(parents=True, exist_ok=True)
        write_synced(folder / ABOUT, json.dumps(plain(wanted), indent=1).encode())
        _drop_torn_line(folder / LINES)
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Reads a tuning; RunError when there is none that this version understands."""
        about = _read(folder)
        try:
            return cls(
                folder=folder,
                plan=Plan.from_dict(about["plan"]),
                base=Config.from_flat(about["config"]),
                fingerprint=about["fingerprint"],
                lines=tuple(_lines(folder / LINES)),
            )
        except (ConfigError, KeyError, TypeError, ValueError) as error:
            raise RunError(
                f"The tuning in '{folder}' is of another version of the program, or damaged: {error}. "
                "Start a new one."
            ) from None

    def with_line(self, line: TrialLine) -> Self:
        """The tuning with one more trial, which is on the disk when this returns."""
        text = json.dumps(plain(asdict(line)), ensure_ascii=False) + "\n"
        with open(self.folder / LINES, "ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        return replace(self, lines=(*self.lines, line))

    @property
    def complete(self) -> tuple[TrialLine, ...]:
        """The trials that were measured to the end."""
        return tuple(line for line in self.lines if line.state == COMPLETE)

    @property
    def best(self) -> TrialLine | None:
        """The most accurate trial, the first of equals; None while none is complete."""
        return max(self.complete, key=lambda line: line.measured[ACCURACY], default=None)

    @property
    def front(self) -> tuple[TrialLine, ...]:
        """The trials that no other beats in every goal, the most accurate first."""
        names = self.plan.goals
        values = np.array([[line.measured[name] for name in names] for line in self.complete])
        if not len(values):
            return ()
        kept = on_front(values, maximise=[GOALS[name].maximise for name in names])
        found = [line for line, is_kept in zip(self.complete, kept, strict=True) if is_kept]
        return tuple(sorted(found, key=lambda line: -line.measured[ACCURACY]))

    @property
    def importance(self) -> dict[str, float]:
        """Share of each option in what tells good trials from others; empty while there are few."""
        path = self.folder / IMPORTANCE
        return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}

    def config_of(self, line: TrialLine) -> Config:
        """All options of a trial: a run trained with them reaches the same validation."""
        return Config.from_flat({**self.base.to_flat(), **line.options})


def on_front(values: npt.NDArray[np.float64], *, maximise: Sequence[bool]) -> npt.NDArray[np.bool_]:
    """(trials,) whether no other trial is as good in every goal and better in one; (trials, goals).

    >>> on_front(np.array([[1.0, 5.0], [2.0, 6.0], [1.0, 7.0]]), maximise=[True, False]).tolist()
    [True, True, False]
    """
    good = values * np.where(maximise, 1.0, -1.0)
    as_good = (good[:, None] >= good[None]).all(axis=2)  # [other, one]
    better = (good[:, None] > good[None]).any(axis=2)
    return np.asarray(~(as_good & better).any(axis=0))


def _read(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / ABOUT).read_text("utf-8"))
    except (OSError, ValueError):
        raise RunError(f"'{folder}' holds no tuning. Check its path, or start one.") from None
    return found


def _refuse_other(begun: Mapping[str, Any], wanted: Mapping[str, Any], folder: Path) -> None:
    usual = Config().to_flat()  # an option that is new since then was as it is usual
    before, now = (
        {**usual, **about["config"], "data": about["fingerprint"]}
        | {"seed of the search" if key == "seed" else key: v for key, v in about["plan"].items()}
        for about in (begun, wanted)
    )
    other = [name for name in now if name != "trials" and now[name] != before.get(name)]
    if other:
        name = other[0]
        raise ConfigError(
            f"The tuning in '{folder}' was begun with another '{name}' ({before.get(name)}, "
            f"now {now[name]}). Go on with the same, or name a new folder."
        )


def _drop_torn_line(path: Path) -> None:
    """A write that was cut off leaves half a line; what comes next must not be glued to it."""
    if path.exists():
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            write_synced(path, whole)


def _lines(path: Path) -> list[TrialLine]:
    """The whole lines of a log that may be written at this moment."""
    if not path.exists():
        return []
    found = []
    for text in path.read_bytes().rpartition(b"\n")[0].splitlines():
        values = json.loads(text)
        curve = tuple(float("nan") if v is None else v for v in values.pop("curve"))
        found.append(TrialLine(**values, curve=curve))
    return found
