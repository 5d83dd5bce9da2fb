"""The process that does one job: `python -m m6rec_core.worker HOME JOB_ID`, started by the workspace."""

import errno
import os
import secrets
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from m6rec_core.config import Config
from m6rec_core.errors import Cancelled, ConfigError, M6RecError
from m6rec_core.progress import Progress, within
from m6rec_core.workspace import Workspace, exports
from m6rec_core.workspace.artefacts import MANIFEST, committed_folder
from m6rec_core.workspace.jobs import CANCELLED, CANCELLING, DONE, FAILED, INTERRUPTED, JobRecord
from m6rec_core.workspace.limits import confined
from m6rec_core.workspace.processes import this_process
from m6rec_core.workspace.reporting import Reporter
from m6rec_core.workspace.results import run_name, store_dataset, store_run
from m6rec_core.workspace.runner import WORKER_MODULE
from m6rec_core.workspace.source_files import SourceFile, kept_sources

TABLES = ("interactions", "users", "items", "links")
_NICENESS = 5  # the pages stay quick while a job computes


@dataclass(frozen=True)
class Work:
    """What a kind of job gets: where to put its result, what is wanted, and whom to tell."""

    workspace: Workspace
    job: JobRecord
    progress: Progress

    @property
    def checkpoint(self) -> Path:
        """A folder that lasts over interruptions of the job."""
        folder = self.workspace.checkpoint_folder(self.job.job_id)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


Kind = Callable[[Work], str]  # gives the id of the result


def ingest(work: Work) -> str:
    """Reads and cleans files into a data set, or into a new version of one with its files and more."""
    from m6rec_core.data.dataset import load_dataset

    payload, workspace = work.job.payload, work.workspace
    parent = workspace.dataset(payload["parent"]) if payload.get("parent") else None
    files = [*(kept_sources(parent.folder) if parent else ()), *_given_files(workspace, payload)]
    of_table = {table: [f.path for f in files if f.table == table] for table in TABLES}
    if not of_table["interactions"]:
        raise ConfigError("There is no file with events. Upload one, and say that it holds events.")
    with confined(file.path for file in files):
        dataset = load_dataset(
            of_table["interactions"],
            users=of_table["users"],
            items=of_table["items"],
            links=of_table["links"],
            config=Config.from_flat(payload.get("config") or {}),
            name=payload.get("name") or files[0].name.partition(".")[0],
            names={file.path: file.name for file in files},
            progress=within(work.progress, 0.0, 0.8),
        )
    job_id = work.job.job_id
    return store_dataset(
        workspace,
        dataset,
        job_id,
        job_id=job_id,
        files=files,
        parent=parent,
        progress=within(work.progress, 0.8, 1.0),
    )


def sample(work: Work) -> str:
    """Makes one of the samples that come with the program."""
    return _sample(work, work.job.payload["name"], work.progress)


def train(work: Work) -> str:
    """Trains a run on a data set, or on a sample that is made first."""
    work.progress("opening the libraries", 0.0)
    from m6rec_core import pipeline
    from m6rec_core.data.dataset import Dataset

    payload, workspace = work.job.payload, work.workspace
    config = Config.from_flat(payload.get("config") or {})
    progress = work.progress
    if "sample" in payload:
        dataset_id = _sample(work, payload["sample"], within(progress, 0.0, 0.05))
        progress = within(progress, 0.05, 1.0)
    else:
        dataset_id = payload["dataset_id"]
    record = workspace.dataset(dataset_id)
    dataset = Dataset.load(record.folder)
    name = payload.get("name") or run_name(config)
    with store_run(workspace, record, config, name, job_id=work.job.job_id) as folder:
        pipeline.train(dataset, config, folder, progress=progress, checkpoint=work.checkpoint)
    return work.job.job_id


def likeness(work: Work) -> str:
    """Measures on validation what K and shrinkage do to the likeness of a run."""
    from m6rec_core.data.dataset import Dataset
    from m6rec_core.scorer.cross_fitting import way_of
    from m6rec_core.scorer.likeness_study import settings_of, study
    from m6rec_core.workspace.studies import keep_study

    payload = work.job.payload
    run, side = work.workspace.run(payload["run_id"]), payload["side"]
    config = Config.from_dict(run.config)
    found = study(
        Dataset.load(run.folder).interactions.histories(),
        side,
        settings_of(side, payload["settings"]),
        seed=config.seed,
        way=way_of(config),
        progress=work.progress,
    )
    keep_study(work.workspace.home, payload["key"], found.to_json())
    return str(payload["key"])


def tune(work: Work) -> str:
    """Searches options on a data set; its folder keeps every finished trial, whatever happens."""
    work.progress("opening the libraries", 0.0)
    from m6rec_core.data.dataset import Dataset
    from m6rec_core.tuning import study
    from m6rec_core.tuning.plan import Plan

    payload, workspace = work.job.payload, work.workspace
    tuning_id = payload.get("tuning_id") or work.job.job_id
    config = Config.from_flat(payload.get("config") or {})
    plan = Plan.from_dict(payload.get("plan") or {})
    dataset = Dataset.load(workspace.dataset(payload["dataset_id"]).folder)
    folder = workspace.tuning_folder(payload["dataset_id"], tuning_id)
    study.tune(dataset, plan, config, folder, progress=work.progress)
    return str(tuning_id)


def lists(work: Work) -> str:
    """Writes everybody's lists by a run into `exports/JOB_ID`; goes on where it was interrupted."""
    from m6rec_core.ranking.all_lists import Wanted, write_all_lists
    from m6rec_core.ranking.recommender import Recommender

    payload, job_id = work.job.payload, work.job.job_id
    target = exports.folder_of(work.workspace.home, job_id)
    if not (target / MANIFEST).is_file():
        wanted = Wanted(
            n=int(payload.get("n", 20)),
            model=payload.get("model", "scorer"),
            include_seen=bool(payload.get("include_seen", False)),
        )
        name = exports.file_name(payload.get("format", "parquet"))
        exports.make_room(work.workspace.home)
        work.progress("opening the run", 0.0)
        recommender = Recommender.load(work.workspace.run(payload["run_id"]).folder)
        with committed_folder(target) as folder:
            write_all_lists(
                recommender,
                wanted,
                folder / name,
                parts=work.checkpoint,
                progress=within(work.progress, 0.02, 1.0),
            )
    return job_id


KINDS: Mapping[str, Kind] = {
    "ingest": ingest,
    "sample": sample,
    "train": train,
    "tune": tune,
    "lists": lists,
    "likeness": likeness,
}


def main(
    home: str, job_id: str, *, kinds: Mapping[str, Kind] = KINDS, module: str = WORKER_MODULE
) -> int:
    """Does a job that the workspace has handed out, says how it ended, and hands on to the next one."""
    workspace = Workspace(home, worker_module=module)
    jobs = workspace.job_table
    job = jobs.get(job_id)
    if not jobs.set_process(job, this_process()):
        print(f"Job '{job_id}' is not to be worked on: it is {job.state}.", file=sys.stderr)
        return 2
    os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    reporter = Reporter(jobs, job)
    signal.signal(signal.SIGTERM, lambda *_: reporter.request_stop())
    reporter.start()
    outcome = _outcome(Work(workspace, job, reporter), kinds)
    reporter.end()
    jobs.finish(job, **outcome)
    if outcome["state"] == DONE:
        shutil.rmtree(workspace.checkpoint_folder(job_id), ignore_errors=True)
    workspace.tick()
    return 0


def _outcome(work: Work, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    try:
        if work.job.kind not in kinds:
            raise ConfigError(f"Unknown kind of job '{work.job.kind}': one of {', '.join(kinds)}.")
        return {"state": DONE, "result_id": kinds[work.job.kind](work)}
    except Cancelled:
        if work.workspace.job(work.job.job_id).state == CANCELLING:
            return {"state": CANCELLED}
        return {
            "state": INTERRUPTED,
            "error": "The process was told to end. Resume the job to go on.",
        }
    except M6RecError as error:
        return {"state": FAILED, "error": _one_line(error)}
    except MemoryError:
        reason = "The memory was not enough. Use fewer candidates, or a smaller part of the data."
        return {"state": FAILED, "error": reason}
    except Exception as error:
        return _unexpected(error)


def _unexpected(error: Exception) -> dict[str, Any]:
    incident = secrets.token_hex(4)
    print(f"incident {incident}", file=sys.stderr)
    traceback.print_exc()
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        reason = "The disk is full. Free some room and resume the job."
    else:
        reason = f"There was an unexpected error (incident {incident}). The log of the job has the details."
    return {"state": FAILED, "error": reason, "incident": incident}


def _one_line(error: M6RecError) -> str:
    return " ".join(str(error).split())


def _given_files(workspace: Workspace, payload: Mapping[str, Any]) -> list[SourceFile]:
    names = {upload.path: upload.name for upload in workspace.inbox()}
    found = []
    for table in TABLES:
        given = payload.get(table) or []
        for path in map(Path, [given] if isinstance(given, str) else given):
            found.append(SourceFile(table, path, names.get(path, path.name)))
    return found


def _sample(work: Work, name: str, progress: Progress) -> str:
    dataset_id = f"sample-{name}"
    if dataset_id in work.workspace.dataset_catalogue:
        return dataset_id
    from m6rec_core.data.samples import load_sample

    progress("making the sample", 0.1)
    dataset = load_sample(name)
    progress("storing", 0.8)
    return store_dataset(work.workspace, dataset, dataset_id, job_id=work.job.job_id)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m m6rec_core.worker HOME JOB_ID (the workspace starts it)")
    sys.exit(main(*sys.argv[1:]))
