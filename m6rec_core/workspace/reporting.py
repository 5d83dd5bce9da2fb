"""The worker's side of a job: progress, signs of life, and hearing the request to stop."""

import logging
import os
import threading
import time

from m6rec_core.errors import Cancelled, RunError
from m6rec_core.workspace.jobs import CANCELLED, CANCELLING, JobRecord, Jobs
from m6rec_core.workspace.runner import BEAT_SECONDS, KILL_SECONDS

_LOG = logging.getLogger(__name__)
_BETWEEN_WRITES = 0.4  # seconds; more often nobody looks
_LEAST_MEMORY_SECONDS = 20.0  # after so long, or half of the time so far, the pace counts half


class Pace:
    """Time left, from an exponentially weighted mean of the recent speed.

    >>> pace = Pace(start=0.0)
    >>> pace.seconds_left(0.25, now=10.0)
    30.0
    """

    def __init__(self, *, start: float) -> None:
        self._start, self._fraction, self._time = start, 0.0, start
        self._done, self._spent = 0.0, 0.0

    def seconds_left(self, fraction: float, *, now: float) -> float | None:
        """The estimate after `fraction` of the work is done; None as long as nothing is."""
        elapsed = max(now - self._time, 0.0)
        kept = 0.5 ** (elapsed / max(_LEAST_MEMORY_SECONDS, (now - self._start) / 2))
        self._done = self._done * kept + max(fraction - self._fraction, 0.0)
        self._spent = self._spent * kept + elapsed
        self._fraction, self._time = max(fraction, self._fraction), now
        if self._done <= 0.0:
            return None
        return (1.0 - self._fraction) * self._spent / self._done


class Reporter:
    """The progress callback of a job, and the thread that writes what it hears with a heartbeat.

    A call raises `Cancelled` once the job was asked to stop. When the work does not call within the
    time that is given for stopping, the thread ends the process; so it does when the job was taken
    away from this process.
    """

    def __init__(self, jobs: Jobs, job: JobRecord) -> None:
        self._jobs, self._job = jobs, job
        self._phase, self._fraction = "starting", 0.0
        self._eta: float | None = None
        self._pace = Pace(start=time.monotonic())
        self._stop_asked = False
        self._news, self._end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._live, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begins the heartbeat."""
        self._thread.start()

    def end(self) -> None:
        """Ends the heartbeat; to be called before the job is given its last state."""
        self._end.set()
        self._news.set()
        self._thread.join()

    def request_stop(self) -> None:
        """Lets the next call of the work raise `Cancelled`; safe in a signal handler."""
        self._stop_asked = True

    def __call__(self, phase: str, fraction: float) -> None:
        if self._stop_asked:
            raise Cancelled("The work was cancelled.")
        self._fraction = max(self._fraction, min(fraction, 1.0))
        self._eta = self._pace.seconds_left(self._fraction, now=time.monotonic())
        self._phase = phase
        self._news.set()

    def _live(self) -> None:
        wait = 0.0
        while not self._end.is_set():
            try:
                wait = self._beat()
            except (
                RunError
            ) as error:  # a locked or full index passes; silence is noticed from outside
                _LOG.warning("heartbeat missed: %s", error)
                wait = BEAT_SECONDS
            self._end.wait(min(wait, _BETWEEN_WRITES))
            self._news.wait(max(wait - _BETWEEN_WRITES, 0.0))
            self._news.clear()

    def _beat(self) -> float:
        """Writes the state, obeys what it reads, and gives the seconds until the next beat."""
        if not self._jobs.report(self._job, self._phase, self._fraction, self._eta):
            self._leave("the job was taken away")
        job = self._jobs.get(self._job.job_id)
        if job.state != CANCELLING or job.cancel_asked is None:
            return BEAT_SECONDS
        self._stop_asked = True
        left = job.cancel_asked + KILL_SECONDS - time.monotonic()
        if left <= 0 and self._jobs.finish(self._job, CANCELLED):
            self._leave("the work did not stop when asked")
        return min(max(left, 0.0), BEAT_SECONDS)

    def _leave(self, reason: str) -> None:
        _LOG.warning("ended at once: %s", reason)
        os._exit(1)
