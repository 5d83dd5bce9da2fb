"""One folder that holds everything: data sets, runs, jobs and uploads."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from m6rec_core.errors import RunError
from m6rec_core.workspace import inbox, runner
from m6rec_core.workspace.datasets import DatasetRecord, dataset_catalogue
from m6rec_core.workspace.inbox import Upload
from m6rec_core.workspace.index import Index
from m6rec_core.workspace.jobs import JobRecord, Jobs, has_active, settle_adopted
from m6rec_core.workspace.runs import RunRecord, run_catalogue

_MOST_LOG_BYTES = 200_000


class Workspace:
    """Opens (or makes) a workspace folder; safe to share between threads and to open in many processes.

    Opening recovers from whatever happened: leftovers of dead writers go, complete artefacts that the
    index does not know are adopted, jobs whose process died become `interrupted`. It starts no job.
    """

    def __init__(self, home: Path | str, *, worker_module: str = runner.WORKER_MODULE) -> None:
        self.home = Path(home).expanduser().resolve()
        self._inbox = self.home / "inbox"
        try:
            for folder in (self._inbox, self.home / "jobs"):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"The workspace '{self.home}' cannot be made: {error.strerror}. "
                "Set M6REC_HOME to a folder that can be written."
            ) from error
        self._index, self._worker_module = Index(self.home / "index.sqlite"), worker_module
        self.job_table = Jobs(self._index)
        self.dataset_catalogue = dataset_catalogue(self._index, self.home)
        self.run_catalogue = run_catalogue(self._index, self.home)
        inbox.drop_old(self._inbox)
        runner.settle(self.job_table)
        self._recover()

    def __repr__(self) -> str:
        return f"Workspace({str(self.home)!r})"

    # Data sets

    def datasets(self) -> tuple[DatasetRecord, ...]:
        """All data sets, newest first."""
        return self.dataset_catalogue.all()

    def dataset(self, dataset_id: str) -> DatasetRecord:
        """One data set; RunError when there is none of this id."""
        return self.dataset_catalogue.get(dataset_id)

    def rename_dataset(self, dataset_id: str, name: str) -> None:
        """Gives a data set another name; RunError when there is no such data set."""
        self.dataset_catalogue.change(dataset_id, "name", name)

    def delete_dataset(self, dataset_id: str) -> None:
        """Removes a data set and its tunings for good; its runs stay, they hold all they need."""
        self.dataset_catalogue.delete(dataset_id)
        shutil.rmtree(self.home / "tunings" / dataset_id, ignore_errors=True)

    # Runs

    def runs(self, dataset_id: str | None = None) -> tuple[RunRecord, ...]:
        """All runs, or those of one data set, newest first."""
        every = self.run_catalogue.all()
        return tuple(run for run in every if dataset_id in (None, run.dataset_id))

    def run(self, run_id: str) -> RunRecord:
        """One run; RunError when there is none of this id."""
        return self.run_catalogue.get(run_id)

    def rename_run(self, run_id: str, name: str) -> None:
        """Gives a run another name; RunError when there is no such run."""
        self.run_catalogue.change(run_id, "name", name)

    def delete_run(self, run_id: str) -> None:
        """Removes a run for good; RunError when there is no such run."""
        self.run_catalogue.delete(run_id)

    # Tunings

    def tuning_folder(self, dataset_id: str, tuning_id: str) -> Path:
        """Where a tuning of a data set keeps its trials; they stay when the job is cancelled or dies."""
        return self.home / "tunings" / dataset_id / tuning_id

    def tuning_folders(self, dataset_id: str) -> tuple[Path, ...]:
        """The tunings of a data set that were begun, newest first: their names are ids of jobs."""
        parent = self.home / "tunings" / dataset_id
        return tuple(sorted(parent.iterdir(), reverse=True)) if parent.is_dir() else ()

    # Jobs

    def submit(self, kind: str, payload: Mapping[str, Any], *, token: str = "") -> JobRecord:
        """Queues a job and starts it if it is its turn; the same token twice gives the first job.

        Kinds and payloads (see `m6rec_core.worker`):

        - `ingest`: `interactions` (path), `users`, `items` (paths), `config` (flat options), `name`
        - `sample`: `name`
        - `likeness`: `run_id`, `side`, `settings`, `key` (see `studies`)
        - `train`: `dataset_id`, or `sample` (made first if need be); `config` (flat options), `name`
        - `tune`: `dataset_id`, `config` (flat options), `plan` (see `tuning.plan`), and `tuning_id` to go
          on with a tuning that is done
        - `lists`: `run_id`, `n`, `model`, `include_seen`, `format` (parquet or csv)
        """
        job = self.job_table.add(kind, payload, token=token)
        self.tick()
        return self.job_table.get(job.job_id)

    def job(self, job_id: str) -> JobRecord:
        """One job as it stands; RunError when there is none of this id."""
        return self.job_table.get(job_id)

    def jobs(self, *, limit: int = 100) -> tuple[JobRecord, ...]:
        """The jobs, newest first."""
        return self.job_table.all(limit=limit)

    def open_jobs(self) -> tuple[JobRecord, ...]:
        """The job that is worked on, then the queue in its order."""
        return self.job_table.open()

    def cancel(self, job_id: str) -> bool:
        """Stops a job within five seconds; False when it has ended, or was cancelled, before."""
        return runner.ask_to_stop(self.job_table, job_id)

    def resume(self, job_id: str) -> bool:
        """Queues an interrupted, failed or cancelled job again; it goes on from its checkpoint.

        False when it is in no such state (any more).
        """
        resumed = self.job_table.resume(job_id)
        self.tick()
        return resumed

    def job_log(self, job_id: str) -> str:
        """What the worker of a job wrote, the last part of it; empty when it wrote nothing."""
        log = runner.job_folder(self.home, self.job_table.get(job_id).job_id) / runner.LOG
        if not log.exists():
            return ""
        with open(log, "rb") as file:
            file.seek(max(log.stat().st_size - _MOST_LOG_BYTES, 0))
            return file.read().decode("utf-8", errors="replace")

    def checkpoint_folder(self, job_id: str) -> Path:
        """Where the work of a job keeps what it needs to go on after an interruption."""
        return runner.job_folder(self.home, job_id) / runner.CHECKPOINT

    def tick(self) -> None:
        """Finds dead jobs, ends those that do not stop, and starts the next of the queue.

        Whoever shows the state of jobs calls it before each look; it is cheap when nothing has happened.
        """
        if runner.settle(self.job_table):
            self._recover()
        runner.start_next(self.job_table, self.home, self._worker_module)

    # Uploads

    def save_upload(self, name: str, content: bytes | BinaryIO) -> Path:
        """Stores an uploaded file, complete or not at all, and gives its path; the name is for display only."""
        return inbox.save_upload(self._inbox, name, content)

    def inbox(self) -> tuple[Upload, ...]:
        """The uploaded files, and those that were put into the folder `inbox` by hand, newest first."""
        return inbox.uploads(self._inbox)

    def _recover(self) -> None:
        with self._index.writing() as connection:
            if has_active(connection):
                return
            for catalogue in (self.dataset_catalogue, self.run_catalogue):
                settle_adopted(connection, catalogue.recover(connection))
