"""Compressed files: what they are packed with, and their plain bytes under limits."""

import gzip
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from m6rec_core.errors import DataError

GZIP: Final = "gzip"
ZSTD: Final = "zstd"
ZIP: Final = "zip"

_BLOCK = 1 << 20
_FREELY = 64 << 20  # bytes that a file may unpack to, however small it is
_MOST_RATIO = 200
_RESERVE = 512 << 20  # bytes of the disk that stay free
_MAGIC = {b"\x1f\x8b": GZIP, b"\x28\xb5\x2f\xfd": ZSTD, b"PK\x03\x04": ZIP, b"PK\x05\x06": ZIP}
_FOREIGN = (
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (rb"%PDF-", "a PDF document"),
    (rb"SQLite format 3\x00", "an SQLite database"),
    (rb"ARROW1\x00", "an Arrow file"),
    (rb"Obj\x01", "an Avro file"),
    (rb"\x89HDF", "an HDF5 file"),
    (rb"BZh[1-9]1AY&SY", "packed with bzip2"),
    (rb"\xfd7zXZ\x00", "packed with xz"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (rb"Rar!\x1a\x07", "a RAR archive"),
    (rb"\x89PNG", "an image"),
    (rb"\xff\xd8\xff", "an image"),
    (rb".{257}ustar", "a tar archive"),
    (rb"(?i)\s*<(?:!doctype )?html", "a web page"),
)
_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db")


@dataclass(frozen=True)
class Packed:
    """A file and what its bytes are packed with; `member` is the one file in a zip archive."""

    path: Path
    name: str
    compression: str = ""
    member: str = ""

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The plain bytes as a stream; a fault in the packing is raised as `DataError`."""
        with self.path.open("rb") as raw, self._faults(), self._stream(raw) as plain:
            yield plain

    def head(self, size: int) -> bytes:
        """The first bytes of the plain file."""
        with self.opened() as plain:
            return _first(plain, size)

    def unpack(self, target: Path, report: Callable[[float], None]) -> None:
        """Writes the plain bytes into a file.

        Raises `DataError` for a file that unpacks to more than 200 times its size (beyond 64 MB), or to
        more than the disk can hold.
        """
        whole = max(self.path.stat().st_size, 1)
        written = 0
        with (
            self.path.open("rb") as raw,
            self._faults(),
            self._stream(raw) as plain,
            target.open("wb") as out,
        ):
            while block := plain.read(_BLOCK):
                written += len(block)
                taken = raw.tell()
                self._check(written, taken, target)
                out.write(block)
                report(min(taken / whole, 1.0))

    def _check(self, written: int, taken: int, target: Path) -> None:
        if written > _FREELY and written > _MOST_RATIO * taken:
            raise DataError(
                f"'{self.name}' unpacks to more than {_MOST_RATIO} times its size, as no log of events "
                "does. Unpack it yourself if you trust it, and upload the plain file."
            )
        check_disk(target, self.name)

    def _stream(self, raw: IO[bytes]) -> IO[bytes]:
        if self.compression == GZIP:
            return cast("IO[bytes]", gzip.open(raw))
        if self.compression == ZSTD:
            import pyarrow as pa

            stream: IO[bytes] = pa.CompressedInputStream(raw, ZSTD)
            return stream
        if self.compression == ZIP:
            return zipfile.ZipFile(raw).open(self.member)
        return raw

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
            reason = str(error).partition("\n")[0].rstrip(".")
            raise DataError(
                f"'{self.name}' cannot be read: {reason}. Copy or export it again."
            ) from None


def packed(path: Path, name: str) -> Packed:
    """Recognises gzip, zstd and zip by the first bytes, and refuses what is no table.

    Raises `DataError` for a file that is missing, no table, or an archive of not exactly one file.
    """
    if path.is_dir():
        raise DataError(f"'{name}' is a folder, not a file. Name the file in it.")
    try:
        with path.open("rb") as raw:
            start = raw.read(512)
    except FileNotFoundError:
        raise DataError(f"There is no file '{name}'. Check its path.") from None
    except OSError as error:
        raise DataError(f"'{name}' cannot be read: {error.strerror}. Check its rights.") from None
    compression = compression_of(start)
    member = _only_member(path, name) if compression == ZIP else ""
    made = Packed(path, name, compression, member)
    inside = made.head(512) if compression else start
    if compression and compression_of(inside):
        raise DataError(
            f"'{name}' is packed twice: it holds another packed file. Unpack it once and try again."
        )
    _refuse_foreign(inside, name)
    return made


def compression_of(start: bytes) -> str:
    """What a file with these first bytes is packed with, empty when it is not.

    >>> compression_of(gzip.compress(b"user_id"))
    'gzip'
    """
    return next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), "")


def check_disk(target: Path, name: str) -> None:
    """Raises `DataError` when the disk of a temporary file is nearly full."""
    if shutil.disk_usage(target.parent).free < _RESERVE:
        raise DataError(
            f"The disk is too full to unpack or rewrite '{name}': less than {_RESERVE >> 20} MB are "
            "left. Make room, or upload a smaller file."
        )


def _first(stream: IO[bytes], size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _refuse_foreign(start: bytes, name: str) -> None:
    kind = next((kind for magic, kind in _FOREIGN if re.match(magic, start, re.DOTALL)), "")
    if kind:
        raise DataError(
            f"'{name}' is {kind}, not a table. Export the data as csv, JSON lines or parquet."
        )


def _only_member(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, UnicodeDecodeError) as error:
        raise DataError(f"'{name}' cannot be read: {error}. Copy or zip it again.") from None
    names = [entry.filename for entry in entries]
    if "[Content_Types].xml" in names:
        raise DataError(f"'{name}' is an Office document. Save its sheet as csv and upload that.")
    files = [entry for entry in entries if not entry.is_dir() and not _is_junk(entry.filename)]
    if len(files) != 1:
        shown = ", ".join(f"'{entry.filename}'" for entry in files[:5]) or "none"
        more = f" and {len(files) - 5} more" if len(files) > 5 else ""
        raise DataError(
            f"'{name}' holds {len(files)} files ({shown}{more}), not one. Unpack it and upload the "
            "files that are wanted."
        )
    (only,) = files
    if only.flag_bits & 0x1:
        raise DataError(f"'{name}' needs a password. Zip '{only.filename}' without one.")
    return only.filename


def _is_junk(filename: str) -> bool:
    return filename.startswith(_JUNK[0]) or filename.rpartition("/")[2] in _JUNK[1:]
