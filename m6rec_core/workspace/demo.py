"""Something to look at from the first start on: the sample and a run trained on it."""

from m6rec_core.workspace.workspace import Workspace

SAMPLE = "movielens"
OPTIONS = {"split.strategy": "leave_last_out"}


def ensure_demo(workspace: Workspace) -> None:
    """Queues the sample and a demo run in an empty workspace, once in its life however often it is asked."""
    if workspace.datasets() or workspace.runs() or workspace.open_jobs():
        return
    workspace.submit("sample", {"name": SAMPLE}, token="demo sample")
    run = {"sample": SAMPLE, "config": OPTIONS, "name": "Demo run"}
    workspace.submit("train", run, token="demo run")
