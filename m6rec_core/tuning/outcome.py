"""What comes out of a tuning: a table of its trials, the best options as a file, and a summary."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from m6rec_core.config import options
from m6rec_core.tuning.record import TrialLine, Tuning

BEST, TABLE = "best.toml", "trials.csv"


def table(tuning: Tuning) -> pd.DataFrame:
    """One row per trial: number, state, figures, the searched options, seconds, note."""
    rows = [
        {"trial": line.number, "state": line.state, "validation_ndcg@10": line.accuracy}
        | {goal: value for goal, value in line.measured.items() if goal != "accuracy"}
        | line.options
        | {"epochs": len(line.curve), "seconds": line.seconds, "note": line.note}
        for line in tuning.lines
    ]
    return pd.DataFrame(rows)


def summary(tuning: Tuning) -> dict[str, Any]:
    """Plain values: the plan, how many trials of each state, the best, the front, the importance."""
    states = [line.state for line in tuning.lines]
    return {
        **tuning.plan.to_dict(),
        "fingerprint": tuning.fingerprint,
        "trials": len(states),
        "states": {state: states.count(state) for state in sorted(set(states))},
        "usual": _told(tuning.lines[0]) if tuning.lines else None,
        "best": None if tuning.best is None else _told(tuning.best),
        "front": [_told(line) for line in tuning.front],
        "importance": tuning.importance,
        "seconds": round(sum(line.seconds for line in tuning.lines), 3),
    }


def write(tuning: Tuning) -> None:
    """Writes the table and the best options beside the trials."""
    table(tuning).to_csv(tuning.folder / TABLE, index=False)
    if tuning.best is not None:
        path: Path = tuning.folder / BEST
        path.write_text(as_toml(tuning.config_of(tuning.best).to_flat()), encoding="utf-8")


def as_toml(flat: dict[str, Any]) -> str:
    """The options that differ from the usual, as a file for `--config`.

    >>> print(as_toml({"seed": 3, "scorer.network": "cnn", "scorer.epochs": 12}))
    seed = 3
    <BLANKLINE>
    [scorer]
    network = "cnn"
    """
    usual = {key: about.default for key, about in options()}
    sections: dict[str, list[str]] = {"": []}
    for key, value in flat.items():
        if value != usual[key]:
            section, _, name = key.rpartition(".")
            sections.setdefault(section, []).append(f"{name} = {json.dumps(value)}")
    blocks = [
        "\n".join(([f"[{section}]"] if section else []) + lines)
        for section, lines in sections.items()
        if lines
    ]
    return "\n\n".join(blocks)


def _told(line: TrialLine) -> dict[str, Any]:
    return {"trial": line.number, "measured": line.measured, "options": line.options}
