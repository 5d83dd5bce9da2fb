"""The first rows of an uploaded file, read in a child process: a hostile file can only hurt that one.

`python -m pages.shared.preview FILE` prints one JSON document. Nothing here imports Streamlit.
"""

import gzip
import json
import re
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from m6rec_core.data.layout import PARQUET, layout_of
from m6rec_core.data.loading import RawTable, read_table, rejected_rows
from m6rec_core.errors import DataError, M6RecError

MOST_ROWS = 200
_HEAD_BYTES = 1 << 19
_MEMORY_BYTES = 4 << 30
_SECONDS = 30
_QUOTED_PATH = re.compile(r"'/[^']*'")
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, eq=False)
class Preview:
    """The first rows of a file as texts, missing cells as None, and how many lines were unreadable."""

    frame: pd.DataFrame
    rejected: int

    def as_raw_table(self) -> RawTable:
        """The rows as the mapping takes them."""
        lines = pd.Series(range(2, len(self.frame) + 2), dtype="int64")
        return RawTable(self.frame, rejected_rows(), lines)


def preview(path: Path) -> Preview:
    """The first rows of a file; DataError says why it cannot be read."""
    command = [sys.executable, "-m", "pages.shared.preview", str(path)]
    try:
        child = subprocess.run(
            command, cwd=_ROOT, capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise DataError(f"The file was not readable within {_SECONDS} seconds.") from None
    try:
        found = json.loads(child.stdout)
    except ValueError:
        raise DataError("The file made its reader fail. Export it once more, as csv.") from None
    if "error" in found:
        raise DataError(found["error"])
    frame = pd.DataFrame(found["rows"], columns=found["columns"], dtype="str")
    return Preview(frame, found["rejected"])


def head_of(path: Path) -> dict[str, object]:
    """What the child prints: columns, rows of texts, number of unreadable lines."""
    with tempfile.TemporaryDirectory() as folder:
        table = read_table(_cut_to_head(path, Path(folder)))
    frame = table.frame.head(MOST_ROWS).astype(object)
    rows = frame.where(frame.notna(), None).to_numpy().tolist()
    return {"columns": list(table.frame.columns), "rows": rows, "rejected": len(table.rejected)}


def _cut_to_head(path: Path, folder: Path) -> Path:
    layout = layout_of(path)
    if layout.kind == PARQUET:
        return _head_of_parquet(path, folder) if not layout.is_gzip else path
    with gzip.open(path) if layout.is_gzip else path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    whole = head if len(head) < _HEAD_BYTES else head[: head.rfind(b"\n") + 1] or head
    target = folder / "head.txt"
    target.write_bytes(whole)
    return target


def _head_of_parquet(path: Path, folder: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    batch = next(pq.ParquetFile(path).iter_batches(batch_size=MOST_ROWS), None)
    if batch is None:
        raise DataError("The file has no rows. Upload a file with at least one event.")
    target = folder / "head.parquet"
    pq.write_table(pa.Table.from_batches([batch]), target)
    return target


def _main(path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    try:
        found = head_of(path)
    except M6RecError as error:
        found = {"error": _QUOTED_PATH.sub("The file", str(error))}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
