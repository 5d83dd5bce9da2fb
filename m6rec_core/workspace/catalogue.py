"""Artefact folders of one kind and their rows in the index."""

import json
import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

from m6rec_core.errors import RunError
from m6rec_core.workspace.artefacts import (
    MANIFEST,
    TEMPORARY_PREFIX,
    drop_temporaries,
    read_manifest,
    sync_folder,
    verify,
)
from m6rec_core.workspace.index import Index

Record = TypeVar("Record")


class Catalogue(Generic[Record]):
    """The data sets, or the runs, of a workspace.

    Each artefact is a folder `parent/<id>` whose manifest carries its row under `record` and the job
    that made it under `job_id`; so the rows can always be built again from the folders.
    """

    def __init__(
        self,
        index: Index,
        parent: Path,
        *,
        table: str,
        key: str,
        read: Callable[[sqlite3.Row, Path], Record],
    ) -> None:
        parent.mkdir(parents=True, exist_ok=True)
        self.parent = parent
        self._index, self._table, self._key, self._read = index, table, key, read

    def all(self) -> tuple[Record, ...]:
        """All artefacts, newest first."""
        with self._index.reading() as connection:
            rows = connection.execute(
                f"SELECT * FROM {self._table} ORDER BY created DESC, {self._key} DESC"
            ).fetchall()
        folders = [(row, self.parent / row[self._key]) for row in rows]
        return tuple(self._read(row, folder) for row, folder in folders if _is_there(folder))

    def get(self, artefact_id: str) -> Record:
        """One artefact; RunError when there is none of this id."""
        with self._index.reading() as connection:
            row = self._row(connection, artefact_id)
        if row is None or not _is_there(self.parent / artefact_id):
            word = self._table.removesuffix("s")
            raise RunError(
                f"There is no {word} '{artefact_id}' in this workspace. Choose another one."
            )
        return self._read(row, self.parent / artefact_id)

    def __contains__(self, artefact_id: str) -> bool:
        with self._index.reading() as connection:
            known = self._row(connection, artefact_id) is not None
        return known and _is_there(self.parent / artefact_id)

    def register(self, artefact_id: str) -> None:
        """Makes the row of a committed folder from its manifest; a row that is there stays as it is."""
        with self._index.writing() as connection:
            self._insert(connection, read_manifest(self.parent / artefact_id))

    def change(self, artefact_id: str, column: str, value: Any) -> None:
        """Sets one column; RunError when there is no such artefact."""
        self.get(artefact_id)
        with self._index.writing() as connection:
            connection.execute(
                f"UPDATE {self._table} SET {column} = ? WHERE {self._key} = ?", (value, artefact_id)
            )

    def delete(self, artefact_id: str) -> None:
        """Removes folder and row for good; RunError when there is no such artefact."""
        self.get(artefact_id)
        grave = self.parent / f"{TEMPORARY_PREFIX}{uuid.uuid4().hex}"
        os.rename(self.parent / artefact_id, grave)  # from here on it is gone, also after a crash
        sync_folder(self.parent)
        with self._index.writing() as connection:
            connection.execute(f"DELETE FROM {self._table} WHERE {self._key} = ?", (artefact_id,))
        shutil.rmtree(grave, ignore_errors=True)  # what is left goes at the next recovery

    def recover(self, connection: sqlite3.Connection) -> dict[str, str]:
        """Drops leftovers, adopts complete folders without a row; gives job id → adopted artefact id.

        Only for a moment when no job writes. A folder that does not verify is left alone, unseen.
        """
        drop_temporaries(self.parent)
        adopted = {}
        for folder in sorted(self.parent.iterdir()):
            if self._row(connection, folder.name) is None and _is_there(folder):
                manifest = _sound_manifest(folder)
                if manifest is not None and self._insert(connection, manifest) == folder.name:
                    adopted[str(manifest.get("job_id", ""))] = folder.name
        return adopted

    def _row(self, connection: sqlite3.Connection, artefact_id: str) -> sqlite3.Row | None:
        found: sqlite3.Row | None = connection.execute(
            f"SELECT * FROM {self._table} WHERE {self._key} = ?", (artefact_id,)
        ).fetchone()
        return found

    def _insert(self, connection: sqlite3.Connection, manifest: dict[str, Any]) -> str:
        record: dict[str, Any] = manifest["record"]
        columns = [row["name"] for row in connection.execute(f"PRAGMA table_info({self._table})")]
        values = {name: _plain(record[name]) for name in columns if name in record}
        connection.execute(
            f"INSERT OR IGNORE INTO {self._table} ({', '.join(values)}) "
            f"VALUES ({', '.join('?' * len(values))})",
            tuple(values.values()),
        )
        return str(record[self._key])


def _is_there(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def _sound_manifest(folder: Path) -> dict[str, Any] | None:
    try:
        manifest = verify(folder)
    except RunError:
        return None
    return manifest if "record" in manifest else None


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value
