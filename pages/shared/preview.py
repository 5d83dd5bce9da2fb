"""The first rows of uploaded files, read in a child process: a hostile file can only hurt that one.

`python -m pages.shared.preview` takes the files as one JSON document and prints one JSON line for each
as it is read. Nothing here imports Streamlit.
"""

import json
import logging
import re
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from m6rec_core.config import Config
from m6rec_core.data.reading.source import opened
from m6rec_core.errors import M6RecError

MOST_ROWS = 200
_MOST_CELLS = 20_000
_FEWEST_ROWS = 5
_MEMORY_BYTES = 4 << 30
_FILE_BYTES = 4 << 30
_SECONDS, _SECONDS_PER_FILE = 20, 2
_QUOTED_PATH = re.compile(r"'/[^']*'")
_ROOT = Path(__file__).resolve().parents[2]
LOG = logging.getLogger("m6rec.pages")


@dataclass(frozen=True, eq=False)
class Preview:
    """The first rows of a file as texts, missing cells as None, and how the file was read.

    `error` says in plain words why it cannot be read; then there is no row.
    """

    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    kind: str = ""
    compression: str = ""
    encoding: str = ""
    delimiter: str = ""
    has_header: bool = True
    error: str = ""

    @property
    def columns(self) -> list[str]:
        return [str(column) for column in self.frame.columns]


def previews(
    files: Sequence[tuple[Path, str]], reading: Mapping[str, str] | None = None
) -> list[Preview]:
    """The first rows of each file, given by its path and its name; `reading`: options of `reading.*`."""
    found: list[Preview] = []
    while len(found) < len(files):  # a file that breaks its reader costs the others one more child
        found += _by_a_child(files[len(found) :], reading or {})
    return found


def _by_a_child(files: Sequence[tuple[Path, str]], reading: Mapping[str, str]) -> list[Preview]:
    wanted = {"files": [[str(path), name] for path, name in files], "reading": dict(reading)}
    seconds = _SECONDS + _SECONDS_PER_FILE * len(files)
    try:
        child = subprocess.run(
            [sys.executable, "-m", "pages.shared.preview"],
            input=json.dumps(wanted).encode(),
            cwd=_ROOT,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        output, trouble = child.stdout, "made its reader fail. Export it once more, as csv."
        if child.returncode:
            LOG.warning("the reader of a preview failed: %s", child.stderr[-2000:].decode())
    except subprocess.TimeoutExpired as late:
        output, trouble = late.stdout or b"", f"was not readable within {seconds} seconds."
    done = [_from_json(json.loads(line)) for line in output.splitlines(True) if line[-1:] == b"\n"]
    if len(done) < len(files):
        done.append(Preview(error=f"'{files[len(done)][1]}' {trouble}"))
    return done


def _from_json(found: Mapping[str, Any]) -> Preview:
    if "error" in found:
        return Preview(error=found["error"])
    frame = pd.DataFrame(found["rows"], columns=found["columns"], dtype="str")
    return Preview(frame, **found["layout"])


def head_of(path: Path, name: str, reading: Mapping[str, str]) -> dict[str, Any]:
    """What the child prints of one file: columns, rows of texts, how it was read; or an error."""
    config = Config.from_flat({f"reading.{key}": value for key, value in reading.items()}).reading
    try:
        with opened(path, config, name=name) as source:
            layout = source.layout
            most = max(_FEWEST_ROWS, min(MOST_ROWS, _MOST_CELLS // max(len(layout.columns), 1)))
            frame = source.head(most).astype(object)
    except M6RecError as error:
        return {"error": _QUOTED_PATH.sub("The file", str(error))}
    except MemoryError:
        return {"error": f"'{name}' needs more memory than a preview may take. Split the file."}
    facts = ("kind", "compression", "encoding", "delimiter", "has_header")
    return {
        "columns": [str(column) for column in frame.columns],
        "rows": frame.where(frame.notna(), None).to_numpy().tolist(),
        "layout": {fact: getattr(layout, fact) for fact in facts},
    }


def _main() -> None:
    wanted = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
    for path, name in wanted["files"]:
        sys.stdout.write(json.dumps(head_of(Path(path), name, wanted["reading"])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
