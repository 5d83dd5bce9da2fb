"""The files that a data set was made from, kept beside it so that it can be cleaned again or added to."""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = "sources"
_LIST = "sources.json"
_SUFFIXES = 2  # of a name such as log.csv.gz


@dataclass(frozen=True)
class SourceFile:
    """One file: its `table` ("interactions", "users", "items" or "links"), and what the analyst calls it."""

    table: str
    path: Path
    name: str


def fingerprint_of(files: Sequence[SourceFile]) -> str:
    """SHA-256 over the tables and the contents of the files, in any order; empty without files."""
    if not files:
        return ""
    lines = sorted(f"{file.table} {_sha256(file.path)}" for file in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def keep_sources(files: Sequence[SourceFile], folder: Path) -> None:
    """Puts the files into a data set's folder: as links where they are never written again, else as copies."""
    if not files:
        return
    target = folder / FOLDER
    target.mkdir()
    listed = []
    for number, file in enumerate(files):
        kept = f"{number:04}{''.join(file.path.suffixes[-_SUFFIXES:])}"
        _link_or_copy(file.path, target / kept)
        listed.append({"table": file.table, "file": kept, "name": file.name})
    (target / _LIST).write_text(json.dumps(listed, indent=2), encoding="utf-8")


def kept_sources(folder: Path) -> tuple[SourceFile, ...]:
    """The files that `keep_sources` put into a data set's folder; none for a sample."""
    path = folder / FOLDER / _LIST
    if not path.exists():
        return ()
    listed = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        SourceFile(one["table"], folder / FOLDER / one["file"], one["name"]) for one in listed
    )


def _link_or_copy(source: Path, target: Path) -> None:
    is_ours = source.parent.name != "inbox"  # what was put into the inbox by hand may change
    if is_ours:
        try:
            os.link(source, target)
            return
        except OSError:
            pass  # another file system
    shutil.copyfile(source, target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
