"""Measurements that a page asked for, kept by what they depend on: data, split, seed and settings."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from m6rec_core.workspace.artefacts import write_synced
from m6rec_core.workspace.runs import RunRecord

DECIDES = ("data.", "split.", "mapping.", "seed")  # the options that training events depend on


def study_key(run: RunRecord, fingerprint: str, side: str, settings: Mapping[str, Any]) -> str:
    """The name of a study: equal for runs that learned from the same events with the same settings."""
    options = {key: value for key, value in run.config.items() if key.startswith(DECIDES)}
    text = json.dumps([fingerprint, options, side, dict(settings)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def read_study(home: Path, key: str) -> dict[str, Any] | None:
    """The study of this key; None while there is none."""
    path = _path(home, key)
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def keep_study(home: Path, key: str, study: Mapping[str, Any]) -> None:
    """Stores a study, whole or not at all."""
    path = _path(home, key)
    path.parent.mkdir(exist_ok=True)
    write_synced(path, json.dumps(dict(study)).encode())


def _path(home: Path, key: str) -> Path:
    return home / "studies" / f"{key}.json"
