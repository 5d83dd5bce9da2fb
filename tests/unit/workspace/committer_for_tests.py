"""Commits runs until it is killed, and says each one that it has acknowledged: `HOME safe|naive`."""

import json
import sys
import time
import uuid
from pathlib import Path

from m6rec_core.workspace import Workspace
from m6rec_core.workspace.artefacts import committed_folder

FILES, SIZE = 8, 40_000


def record(run_id: str) -> dict[str, object]:
    about = {"run_id": run_id, "dataset_id": "d", "name": run_id, "created": time.time()}
    return {"record": {**about, "config": {}, "metrics": {}}, "job_id": ""}


def fill(folder: Path) -> None:
    for number in range(FILES):
        (folder / f"{number}.bin").write_bytes(bytes([number]) * SIZE)


def commit_safely(workspace: Workspace, run_id: str) -> None:
    with committed_folder(workspace.run_catalogue.parent / run_id, record(run_id)) as folder:
        fill(folder)
    workspace.run_catalogue.register(run_id)


def commit_naively(workspace: Workspace, run_id: str) -> None:
    folder = workspace.run_catalogue.parent / run_id
    folder.mkdir()
    listing = {f"{number}.bin": {"bytes": SIZE, "sha256": "?"} for number in range(FILES)}
    about = {**record(run_id), "format": 1, "files": listing}
    (folder / "manifest.json").write_text(json.dumps(about), encoding="utf-8")
    workspace.run_catalogue.register(run_id)
    fill(folder)


if __name__ == "__main__":
    workspace = Workspace(sys.argv[1])
    commit = {"safe": commit_safely, "naive": commit_naively}[sys.argv[2]]
    while True:
        run_id = uuid.uuid4().hex
        commit(workspace, run_id)
        sys.stdout.write(f"{run_id}\n")
        sys.stdout.flush()
