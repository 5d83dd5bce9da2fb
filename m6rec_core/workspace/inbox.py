"""Uploaded files, before they are read: names from outside never become paths."""

import hashlib
import re
import shutil
import time
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

from m6rec_core.errors import M6RecError
from m6rec_core.workspace.artefacts import committed_folder, read_manifest

_STEM = "upload"
_LONGEST_NAME = 100
_KEPT_SECONDS = 7 * 24 * 3600.0
_BLOCK_BYTES = 1 << 20
_SUFFIXES = re.compile(r"(\.[a-z0-9]{1,12})?(\.(gz|zst|zip))?$")


class Readable(Protocol):
    """What an upload is read from: a file, or the body of a request as it comes in."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, about `size` of them; empty at the end."""


@dataclass(frozen=True)
class Upload:
    """A file that waits in the inbox: `name` is what the analyst called it, `created` Unix seconds UTC.

    `upload_id` is the name of its entry in the inbox; `sha256` that of its bytes, taken while they were
    written, and empty for a file that was put there by hand.
    """

    upload_id: str
    path: Path
    name: str
    bytes: int
    created: float
    sha256: str = ""

    @property
    def is_by_hand(self) -> bool:
        """Whether somebody put the file into the folder, instead of uploading it."""
        return self.path.name == self.upload_id


def save_upload(inbox: Path, name: str, content: bytes | BinaryIO | Readable) -> Path:
    """Stores an upload in a folder of its own, complete or not at all, and gives its path.

    The content is never held as a whole. Of the name only the suffixes (`.csv`, `.tsv.gz`, …) get into
    the path; it is kept for display.
    """
    shown = display_name(name)
    folder = inbox / uuid.uuid4().hex
    source = BytesIO(content) if isinstance(content, bytes) else content
    suffix = _SUFFIXES.search(shown.lower())
    file_name = _STEM + (suffix.group() if suffix else "")
    about = {"name": shown}
    with (
        committed_folder(folder, about) as temporary,
        open(temporary / file_name, "wb") as file,
    ):
        seen = hashlib.sha256()
        for block in _blocks(source):
            seen.update(block)
            file.write(block)
        about["sha256"] = seen.hexdigest()  # the manifest is written when the block ends
    return folder / file_name


def uploads(inbox: Path) -> tuple[Upload, ...]:
    """What is in the inbox, newest first: uploads, and files that were put into it by hand."""
    found = [_upload(entry) for entry in inbox.iterdir() if not entry.name.startswith(".")]
    known = [upload for upload in found if upload is not None]
    return tuple(sorted(known, key=lambda upload: upload.created, reverse=True))


def drop_old(inbox: Path) -> None:
    """Removes uploads and leftovers that are older than a week; files put there by hand stay."""
    for entry in inbox.iterdir():
        try:
            is_old = time.time() - entry.stat().st_mtime > _KEPT_SECONDS
        except FileNotFoundError:
            continue  # an upload that was just finished, or dropped by another process
        if is_old and entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)


def display_name(name: str) -> str:
    """The last part of a file name without control and direction characters; `upload` when nothing is left.

    >>> display_name("../../etc/pass\\x00wd.csv")
    'passwd.csv'
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    visible = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip(" .")
    return visible[-_LONGEST_NAME:] or _STEM


def _blocks(source: BinaryIO | Readable) -> Iterator[bytes]:
    while block := source.read(_BLOCK_BYTES):
        yield block


def _upload(entry: Path) -> Upload | None:
    try:
        path = entry if entry.is_file() else next(entry.glob(f"{_STEM}*"), None)
        if path is None:
            return None
        manifest = {} if path == entry else read_manifest(entry)
        about = path.stat()
    except (FileNotFoundError, M6RecError):
        return None  # it was removed while we looked, or is no upload
    name, sha256 = str(manifest.get("name", path.name)), str(manifest.get("sha256", ""))
    return Upload(entry.name, path, display_name(name), about.st_size, about.st_mtime, sha256)
