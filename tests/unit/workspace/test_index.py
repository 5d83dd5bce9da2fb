"""The index: what is written is there, what is refused says why, and it can be built again."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m6rec_core.errors import RunError
from m6rec_core.workspace import Workspace
from m6rec_core.workspace.artefacts import committed_folder
from m6rec_core.workspace.index import Index
from m6rec_core.workspace.jobs import Jobs

METRICS = {"scorer": {"ndcg@10": {"value": 0.25, "low": 0.2, "high": 0.3}}}


def commit_run(workspace: Workspace, run_id: str, *, created: float, register: bool = True) -> None:
    record = {
        "run_id": run_id,
        "dataset_id": "d1" if run_id < "m" else "d2",
        "name": run_id,
        "created": created,
        "config": {"seed": 3},
        "metrics": METRICS,
    }
    about = {"record": record, "job_id": ""}
    with committed_folder(workspace.run_catalogue.parent / run_id, about) as folder:
        (folder / "scorer.bin").write_bytes(b"weights")
    if register:
        workspace.run_catalogue.register(run_id)


def test_runs_are_listed_newest_first_with_their_figures(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    commit_run(workspace, "a", created=1.0)
    commit_run(workspace, "z", created=2.0)
    assert [run.run_id for run in workspace.runs()] == ["z", "a"]
    assert [run.run_id for run in workspace.runs("d1")] == ["a"]
    run = workspace.run("a")
    assert (run.config, run.value("ndcg@10"), run.value("recall@20")) == ({"seed": 3}, 0.25, None)
    assert (run.folder / "scorer.bin").read_bytes() == b"weights"


def test_a_name_changes_and_the_folder_does_not(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    commit_run(workspace, "a", created=1.0)
    before = (workspace.run("a").folder / "manifest.json").read_bytes()
    workspace.rename_run("a", "the best")
    run = Workspace(tmp_path).run("a")
    assert run.name == "the best"
    assert (run.folder / "manifest.json").read_bytes() == before
    with pytest.raises(RunError, match="no run 'b'"):
        workspace.rename_run("b", "nothing")


def test_a_deleted_run_is_gone_with_its_files_and_stays_gone(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    commit_run(workspace, "a", created=1.0)
    workspace.delete_run("a")
    assert list((tmp_path / "runs").iterdir()) == []
    assert Workspace(tmp_path).runs() == ()


def test_a_folder_without_a_row_is_adopted_and_a_damaged_one_is_left_unseen(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    commit_run(workspace, "whole", created=1.0, register=False)
    commit_run(workspace, "torn", created=1.0, register=False)
    (tmp_path / "runs" / "torn" / "scorer.bin").write_bytes(b"weightz")
    (tmp_path / "runs" / ".tmp-half").mkdir()
    assert workspace.runs() == ()
    assert [run.run_id for run in Workspace(tmp_path).runs()] == ["whole"]
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["torn", "whole"]


def test_nothing_is_dropped_while_a_job_may_be_writing(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.job_table.add("train", {})
    workspace.job_table.claim_next()
    (tmp_path / "runs" / ".tmp-half").mkdir()
    assert (Workspace(tmp_path).home / "runs" / ".tmp-half").exists()


def test_a_row_whose_folder_is_missing_is_not_shown(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    commit_run(workspace, "a", created=1.0)
    (tmp_path / "runs" / "a").rename(tmp_path / "elsewhere")
    assert workspace.runs() == ()
    with pytest.raises(RunError, match="There is no run 'a'"):
        workspace.run("a")


def test_the_index_is_built_again_from_the_folders(tmp_path: Path) -> None:
    commit_run(Workspace(tmp_path), "a", created=1.0)
    for file in tmp_path.glob("index.sqlite*"):
        file.unlink()
    assert Workspace(tmp_path).run("a").metrics == METRICS


def test_a_moved_workspace_still_finds_its_folders(tmp_path: Path) -> None:
    commit_run(Workspace(tmp_path / "here"), "a", created=1.0)
    (tmp_path / "here").rename(tmp_path / "there")
    assert (Workspace(tmp_path / "there").run("a").folder / "scorer.bin").exists()


def test_a_damaged_or_newer_index_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "index.sqlite").write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(RunError, match="is damaged"):
        Workspace(tmp_path)
    newer = tmp_path / "newer.sqlite"
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(RunError, match="newer version"):
        Index(newer)


def test_a_place_that_cannot_hold_a_workspace_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="M6REC_HOME"):
        Workspace(tmp_path / "file")


def test_commits_are_durable_and_writers_do_not_block_readers(tmp_path: Path) -> None:
    index = Index(tmp_path / "index.sqlite")
    with index.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
    with index.writing() as writer, index.reading() as reader:
        writer.execute("DELETE FROM jobs")
        assert reader.execute("SELECT count(*) FROM jobs").fetchone()[0] == 0


def test_a_transaction_that_raises_changes_nothing(tmp_path: Path) -> None:
    index = Index(tmp_path / "index.sqlite")
    jobs = Jobs(index)
    job = jobs.add("train", {})

    def fail() -> None:
        with index.writing() as connection:
            connection.execute("DELETE FROM jobs")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert jobs.get(job.job_id) == job


# from → to, as it is promised to the analyst; written down here by hand
PROMISED = {
    ("queued", "claim"): "running",
    ("queued", "cancel"): "cancelled",
    ("running", "cancel"): "cancelling",
    ("running", "done"): "done",
    ("cancelling", "done"): "done",
    ("running", "failed"): "failed",
    ("cancelling", "failed"): "failed",
    ("failed", "resume"): "queued",
    ("cancelled", "resume"): "queued",
}
ACTIONS = ("add", "claim", "cancel", "resume", "done", "failed")


def asked(jobs: Jobs, job_id: str, action: str) -> bool:
    if action == "cancel":
        return jobs.cancel(job_id)
    if action == "resume":
        return jobs.resume(job_id)
    return jobs.finish(jobs.get(job_id), action)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 2)), max_size=14))
def test_jobs_change_state_only_as_promised_and_one_is_active_at_most(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, int]]
) -> None:
    jobs = Jobs(Index(tmp_path_factory.mktemp("index") / "index.sqlite"))
    expected: dict[str, str] = {}
    queue: list[str] = []
    for action, which in actions:
        if action == "add":
            job_id = jobs.add("train", {}).job_id
            expected[job_id] = "queued"
            queue.append(job_id)
        elif action == "claim":
            is_busy = any(state in ("running", "cancelling") for state in expected.values())
            claimed = jobs.claim_next()
            assert (claimed is None) == (is_busy or not queue)
            if claimed is not None:
                assert claimed.job_id == queue.pop(0)
                expected[claimed.job_id] = "running"
        elif which < len(expected):
            job_id = list(expected)[which]
            before = expected[job_id]
            assert asked(jobs, job_id, action) == ((before, action) in PROMISED)
            expected[job_id] = PROMISED.get((before, action), before)
            if before == "queued" and action == "cancel":
                queue.remove(job_id)
            if expected[job_id] == "queued" and before != "queued":
                queue.append(job_id)
        assert {job.job_id: job.state for job in jobs.all()} == expected
        assert len(jobs.active()) <= 1


def test_a_word_of_an_earlier_attempt_is_not_heard(tmp_path: Path) -> None:
    jobs = Jobs(Index(tmp_path / "index.sqlite"))
    jobs.add("train", {})
    first = jobs.claim_next()
    assert first is not None
    jobs.finish(first, "interrupted")
    jobs.resume(first.job_id)
    second = jobs.claim_next()
    assert second is not None
    assert not jobs.report(first, "late", 0.9, None)
    assert not jobs.finish(first, "done", result_id="late")
    assert jobs.get(first.job_id).phase == "starting"
    assert jobs.report(second, "fresh", 0.1, 4.0)
