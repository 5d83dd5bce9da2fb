"""Jobs and their states. Each change of state is one statement that names the old state: of two askers one wins."""

import json
import secrets
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from m6rec_core.errors import RunError
from m6rec_core.workspace.index import Index
from m6rec_core.workspace.processes import Process, boot_id

QUEUED: Final = "queued"
RUNNING: Final = "running"
CANCELLING: Final = "cancelling"
DONE: Final = "done"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
INTERRUPTED: Final = "interrupted"
ACTIVE: Final = (RUNNING, CANCELLING)
RESUMABLE: Final = (FAILED, CANCELLED, INTERRUPTED)

_ACTIVE = "state IN ('running', 'cancelling')"
_LAST_PLACE = "(SELECT coalesce(max(place), 0) + 1 FROM jobs)"
_RESUMABLE = "state IN ('failed', 'cancelled', 'interrupted')"


@dataclass(frozen=True)
class JobRecord:
    """One piece of work.

    `created`, `started`, `ended` and `heartbeat` are Unix seconds UTC; `fraction` is the share done in
    [0, 1]; `eta_seconds` the time left, None while it cannot be told; `error` one line for the analyst;
    `incident` names the traceback in the log of the job. `beat` and `cancel_asked` are seconds of a clock
    that only runs while the machine does, to be compared within one boot.
    """

    job_id: str
    kind: str
    payload: dict[str, Any]
    state: str
    phase: str
    fraction: float
    eta_seconds: float | None
    heartbeat: float | None
    error: str | None
    incident: str | None
    result_id: str | None
    attempt: int
    created: float
    started: float | None
    ended: float | None
    beat: float | None = None
    cancel_asked: float | None = None
    process: Process | None = None
    boot_id: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether a process works on it."""
        return self.state in ACTIVE

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being worked on."""
        return self.state == QUEUED or self.is_active

    @property
    def is_resumable(self) -> bool:
        """Whether it ended without a result and can go back to the queue."""
        return self.state in RESUMABLE


class Jobs:
    """The table of jobs of one workspace."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def add(self, kind: str, payload: Mapping[str, Any], *, token: str = "") -> JobRecord:
        """Puts a job at the end of the queue; with a token that was used before: gives that job."""
        job_id = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"
        with self._index.writing() as connection:
            if token:
                known = _one(connection, "token = ?", token)
                if known is not None:
                    return known
            connection.execute(
                "INSERT INTO jobs (job_id, kind, payload, token, state, place, created) "
                f"VALUES (?, ?, ?, ?, '{QUEUED}', {_LAST_PLACE}, ?)",
                (job_id, kind, json.dumps(dict(payload)), token or None, time.time()),
            )
        return self.get(job_id)

    def get(self, job_id: str) -> JobRecord:
        """One job; RunError when there is none of this id."""
        with self._index.reading() as connection:
            found = _one(connection, "job_id = ?", job_id)
        if found is None:
            raise RunError(f"There is no job '{job_id}' in this workspace.")
        return found

    def all(self, *, limit: int = 100) -> tuple[JobRecord, ...]:
        """The jobs, newest first."""
        return self._select("1 ORDER BY created DESC, place DESC LIMIT ?", limit)

    def open(self) -> tuple[JobRecord, ...]:
        """The job that is worked on, then the queue in its order."""
        return self._select(f"{_ACTIVE} OR state = '{QUEUED}' ORDER BY state = '{QUEUED}', place")

    def active(self) -> tuple[JobRecord, ...]:
        """The jobs that say a process works on them: at most one."""
        return self._select(f"{_ACTIVE} ORDER BY place")

    def claim_next(self) -> JobRecord | None:
        """Takes the first of the queue to be started; None when there is none or another is active."""
        with self._index.writing() as connection:
            if has_active(connection):
                return None
            job = _one(connection, f"state = '{QUEUED}' ORDER BY place")
            if job is None:
                return None
            connection.execute(
                f"UPDATE jobs SET state = '{RUNNING}', phase = 'starting', started = ?, heartbeat = ?, "
                "beat = ?, boot_id = ? WHERE job_id = ?",
                (time.time(), time.time(), time.monotonic(), boot_id(), job.job_id),
            )
        return self.get(job.job_id)

    def set_process(self, job: JobRecord, process: Process) -> bool:
        """Says which process works on the job; False when it is not to be worked on (any more)."""
        return self._update(
            "pid = ?, process_started = ?, boot_id = ?, heartbeat = ?, beat = ?",
            f"job_id = ? AND attempt = ? AND {_ACTIVE} AND (pid IS NULL OR pid = ?)",
            *(process.pid, process.started, process.boot_id, time.time(), time.monotonic()),
            *(job.job_id, job.attempt, process.pid),
        )

    def report(self, job: JobRecord, phase: str, fraction: float, eta: float | None) -> bool:
        """A sign of life of the worker; False when this attempt is not active (any more)."""
        return self._update(
            "phase = ?, fraction = max(fraction, ?), eta_seconds = ?, heartbeat = ?, beat = ?",
            f"job_id = ? AND attempt = ? AND {_ACTIVE}",
            *(phase, fraction, eta, time.time(), time.monotonic(), job.job_id, job.attempt),
        )

    def finish(
        self,
        job: JobRecord,
        state: str,
        *,
        result_id: str | None = None,
        error: str | None = None,
        incident: str | None = None,
    ) -> bool:
        """Ends an attempt; False when it was not active (any more)."""
        return self._update(
            "state = ?, result_id = ?, error = ?, incident = ?, ended = ?, eta_seconds = NULL, "
            "fraction = CASE WHEN ? = 'done' THEN 1 ELSE fraction END, pid = NULL",
            f"job_id = ? AND attempt = ? AND {_ACTIVE}",
            *(state, result_id, error, incident, time.time(), state, job.job_id, job.attempt),
        )

    def cancel(self, job_id: str) -> bool:
        """Takes a job from the queue, or asks its worker to stop; False when it was neither."""
        if self._update(
            f"state = '{CANCELLED}', ended = ?",
            f"job_id = ? AND state = '{QUEUED}'",
            *(time.time(), job_id),
        ):
            return True
        return self._update(
            f"state = '{CANCELLING}', cancel_asked = ?",
            f"job_id = ? AND state = '{RUNNING}'",
            *(time.monotonic(), job_id),
        )

    def resume(self, job_id: str) -> bool:
        """Puts a job that ended without a result at the end of the queue; False when it is no such job."""
        return self._update(
            f"state = '{QUEUED}', attempt = attempt + 1, place = {_LAST_PLACE}, phase = '', "
            "fraction = 0, eta_seconds = NULL, error = NULL, incident = NULL, started = NULL, "
            "ended = NULL, cancel_asked = NULL, pid = NULL",
            f"job_id = ? AND {_RESUMABLE}",
            job_id,
        )

    def _select(self, condition: str, *values: Any) -> tuple[JobRecord, ...]:
        with self._index.reading() as connection:
            rows = connection.execute(f"SELECT * FROM jobs WHERE {condition}", values).fetchall()
        return tuple(_read(row) for row in rows)

    def _update(self, changes: str, condition: str, *values: Any) -> bool:
        with self._index.writing() as connection:
            cursor = connection.execute(f"UPDATE jobs SET {changes} WHERE {condition}", values)
            return cursor.rowcount == 1


def has_active(connection: sqlite3.Connection) -> bool:
    """Whether some process may be writing an artefact."""
    return _one(connection, _ACTIVE) is not None


def settle_adopted(connection: sqlite3.Connection, adopted: Mapping[str, str]) -> None:
    """Jobs that died between the commit of their result and their last word are done."""
    for job_id, result_id in adopted.items():
        connection.execute(
            f"UPDATE jobs SET state = '{DONE}', fraction = 1, error = NULL, result_id = ? "
            f"WHERE job_id = ? AND {_RESUMABLE}",
            (result_id, job_id),
        )


def _one(connection: sqlite3.Connection, condition: str, *values: Any) -> JobRecord | None:
    row = connection.execute(f"SELECT * FROM jobs WHERE {condition} LIMIT 1", values).fetchone()
    return None if row is None else _read(row)


def _read(row: sqlite3.Row) -> JobRecord:
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118
    pid, started = values.pop("pid"), values.pop("process_started")
    del values["token"], values["place"]
    process = None if pid is None else Process(pid, started, values["boot_id"])
    return JobRecord(**{**values, "payload": json.loads(values["payload"])}, process=process)
