"""Tables that a job wrote for the analyst to take away: one folder per job, the oldest make room."""

import shutil
from pathlib import Path
from typing import Final

from m6rec_core.errors import ConfigError
from m6rec_core.workspace.artefacts import MANIFEST, drop_temporaries

FORMATS: Final = ("parquet", "csv")
MOST_KEPT: Final = 10


def folder_of(home: Path, job_id: str) -> Path:
    """Where the export of a job lies, once it is complete."""
    return home / "exports" / job_id


def file_name(format_: str) -> str:
    """What the file of an export is called.

    >>> file_name("csv")
    'lists.csv'
    """
    if format_ not in FORMATS:
        raise ConfigError(f"An export is {' or '.join(FORMATS)}. Received: '{format_}'.")
    return f"lists.{format_}"


def file_of(home: Path, job_id: str) -> Path | None:
    """The file of a complete export; None when there is none (any more)."""
    folder = folder_of(home, job_id)
    if not (folder / MANIFEST).is_file():
        return None
    return next((folder / file_name(f) for f in FORMATS if (folder / file_name(f)).is_file()), None)


def make_room(home: Path) -> None:
    """Removes what interrupted writers left, and the oldest exports beyond the last few."""
    parent = home / "exports"
    parent.mkdir(parents=True, exist_ok=True)
    drop_temporaries(parent)
    kept = sorted((f for f in parent.iterdir() if f.is_dir()), key=lambda f: f.stat().st_mtime)
    for folder in kept[: -MOST_KEPT + 1]:
        shutil.rmtree(folder, ignore_errors=True)
