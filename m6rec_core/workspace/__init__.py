"""Data sets, runs, jobs and uploads on disk: what is acknowledged is kept, what is visible is complete."""

from m6rec_core.workspace.datasets import DatasetRecord
from m6rec_core.workspace.demo import ensure_demo
from m6rec_core.workspace.inbox import Upload
from m6rec_core.workspace.jobs import JobRecord
from m6rec_core.workspace.runs import RunRecord
from m6rec_core.workspace.workspace import Workspace

__all__ = ["DatasetRecord", "JobRecord", "RunRecord", "Upload", "Workspace", "ensure_demo"]
