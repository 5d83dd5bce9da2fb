"""Folders that are either complete and proven by checksums, or not there at all."""

import errno
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from m6rec_core.errors import RunError

MANIFEST = "manifest.json"
TEMPORARY_PREFIX = ".tmp-"
_FORMAT = 1
_DISK_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)


@contextmanager
def committed_folder(target: Path, extra: Mapping[str, Any] | None = None) -> Iterator[Path]:
    """Gives a temporary folder beside `target` that becomes `target` when the block ends well.

    On the way out every file is synced, a manifest with SHA-256 of each file is written (`extra` goes
    into it, beside what a manifest written in the block already said), and one rename makes the whole
    visible. When the block raises, nothing is left. `target` may be an empty folder; RunError when it
    holds something, or when the disk fails.
    """
    temporary = _temporary_beside(target)
    try:
        yield temporary
        write_manifest(temporary, extra)
        _sync_tree(temporary)
        os.rename(temporary, target)
        sync_folder(target.parent)
    except OSError as error:
        if error.errno not in _DISK_TROUBLE:
            raise
        raise RunError(
            f"'{target}' could not be written: {error.strerror}. "
            "Nothing of it was kept; free or mend the disk and try again."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_manifest(folder: Path, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Writes and returns the list of all files of the folder with their size and SHA-256.

    The keys of `extra`, and those that an earlier manifest of this folder had, stand beside `files`.
    """
    path = folder / MANIFEST
    earlier = _read(path) if path.exists() else {}
    manifest = {**earlier, **(extra or {}), "format": _FORMAT, "files": _listing(folder)}
    write_synced(path, json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n")
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest alone, without a look at the files; RunError when there is none."""
    path = folder / MANIFEST
    if not path.is_file():
        raise RunError(
            f"'{folder}' has no {MANIFEST}: it is no finished run. Check the path, or train it again."
        )
    return _read(path)


def verify(folder: Path) -> dict[str, Any]:
    """The manifest of a folder whose files are all there and unchanged; RunError names the first that is not."""
    manifest = read_manifest(folder)
    for name, about in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise RunError(
                f"'{folder}' lacks the file '{name}'. Restore it, or train the run again."
            )
        if path.stat().st_size != about["bytes"] or _sha256(path) != about["sha256"]:
            raise RunError(
                f"'{path}' is not the file that was written: its checksum differs. "
                "Restore it, or train the run again."
            )
    return manifest


def write_synced(path: Path, content: bytes) -> None:
    """Replaces a file in one step: after a crash it holds the old or the new content, never a mixture."""
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{path.name}-{uuid.uuid4().hex}")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder survive a power loss."""
    _sync(folder)


def drop_temporaries(folder: Path) -> int:
    """Removes what interrupted writers left beside the artefacts; returns how many there were."""
    leftovers = [path for path in folder.iterdir() if path.name.startswith(TEMPORARY_PREFIX)]
    for path in leftovers:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)  # another process may be at the same work
        else:
            path.unlink(missing_ok=True)
    return len(leftovers)


def _temporary_beside(target: Path) -> Path:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RunError(f"'{target}' exists and is not empty. Choose another folder or remove it.")
    temporary = target.with_name(f"{TEMPORARY_PREFIX}{target.name}-{uuid.uuid4().hex}")
    try:
        temporary.mkdir(parents=True)
    except OSError as error:
        raise RunError(
            f"'{target}' cannot be made: {error.strerror}. Choose a folder that can be written."
        ) from error
    return temporary


def _read(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError):
        manifest = None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise RunError(f"'{path}' is damaged: it is no manifest. Train the run again.")
    return manifest


def _listing(folder: Path) -> dict[str, dict[str, Any]]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    files = [path for path in files if path != folder / MANIFEST]
    with ThreadPoolExecutor() as pool:  # hashing lets other threads run
        hashes = list(pool.map(_sha256, files))
    return {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256}
        for path, sha256 in zip(files, hashes, strict=True)
    }


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_tree(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        for name in names:
            _sync(Path(parent) / name)
        _sync(Path(parent))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
