"""The SQLite index of a workspace: what is there, and where each job stands."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from m6rec_core.errors import RunError

VERSION = 2
_BUSY_SECONDS = 10.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS datasets (
    dataset_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created REAL NOT NULL,
    fingerprint TEXT NOT NULL,
    events INTEGER NOT NULL,
    users INTEGER NOT NULL,
    items INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    parent TEXT NOT NULL DEFAULT '',
    source_sha256 TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS runs (
    run_id TEXT PRIMARY KEY,
    dataset_id TEXT NOT NULL,
    name TEXT NOT NULL,
    created REAL NOT NULL,
    config TEXT NOT NULL,
    metrics TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS jobs (
    job_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    token TEXT UNIQUE,
    state TEXT NOT NULL,
    place INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 1,
    phase TEXT NOT NULL DEFAULT '',
    fraction REAL NOT NULL DEFAULT 0,
    eta_seconds REAL,
    error TEXT,
    incident TEXT,
    result_id TEXT,
    created REAL NOT NULL,
    started REAL,
    ended REAL,
    heartbeat REAL,
    beat REAL,
    cancel_asked REAL,
    pid INTEGER,
    process_started TEXT,
    boot_id TEXT
);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, place);
"""
_FROM_1_TO_2 = """
ALTER TABLE datasets ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE datasets ADD COLUMN parent TEXT NOT NULL DEFAULT '';
ALTER TABLE datasets ADD COLUMN source_sha256 TEXT NOT NULL DEFAULT '';
"""


class Index:
    """Opens one connection per use: safe from any thread and any process.

    Commits are durable (write-ahead log, synchronous=FULL) and writers wait for one another.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise RunError(
                    f"'{path}' was written by a newer version of this program. "
                    "Update the program, or choose another workspace folder."
                )
            if version < VERSION:
                connection.executescript(_SCHEMA)
                if version == 1:
                    connection.executescript(_FROM_1_TO_2)
                connection.execute(f"PRAGMA user_version={VERSION}")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the index per statement."""
        with self._connection() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is committed when the block ends, nothing of it when it raises."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous=FULL")
            yield connection
        except sqlite3.OperationalError as error:
            raise RunError(
                f"The index '{self._path}' cannot be used now: {error}. "
                "See that the disk has room and can be written, then try again."
            ) from error
        except sqlite3.DatabaseError as error:
            raise RunError(
                f"The index '{self._path}' is damaged: {error}. Move the file away: "
                "it is built again from the folders beside it."
            ) from error
        finally:
            connection.close()
