"""Jobs in processes of their own: what happens when they end well, badly, or not by themselves."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from m6rec_core.errors import RunError
from m6rec_core.workspace import JobRecord, Workspace, processes, runner

Wait = Callable[..., JobRecord]


def is_at_work(job: JobRecord) -> bool:
    return job.state == "running" and job.phase.startswith(("step", "deaf", "to"))


def has_ended(job: JobRecord) -> bool:
    return not job.is_open


def test_a_job_runs_in_a_process_of_its_own_and_is_done(workspace: Workspace, wait: Wait) -> None:
    job = workspace.submit("steps", {"steps": 3, "seconds": 0.0})
    assert job.state == "running"
    done = wait(workspace, job.job_id, has_ended)
    assert (done.state, done.fraction, done.error) == ("done", 1.0, None)
    assert done.result_id == "1 0;1 1;1 2;"
    assert done.eta_seconds is None
    assert done.created <= done.started <= done.ended
    assert not workspace.checkpoint_folder(job.job_id).exists()


def test_jobs_run_one_at_a_time_in_the_order_of_the_queue(workspace: Workspace, wait: Wait) -> None:
    payload = {"steps": 2, "seconds": 0.1}
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: workspace.submit("steps", payload), range(3)))
    assert [job.state for job in workspace.open_jobs()] == ["running", "queued", "queued"]
    order = [job.job_id for job in workspace.open_jobs()]
    jobs = [wait(workspace, job_id, has_ended) for job_id in order]
    assert [job.state for job in jobs] == ["done"] * 3
    assert jobs[0].ended <= jobs[1].started
    assert jobs[1].ended <= jobs[2].started


def test_a_worker_that_ends_starts_the_next_job_when_nobody_looks(workspace: Workspace) -> None:
    workspace.submit("steps", {"steps": 1, "seconds": 0.0})
    second = workspace.submit("steps", {"steps": 1, "seconds": 0.0})
    end = time.monotonic() + 20.0
    while workspace.job(second.job_id).state != "done":
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_mistake_of_the_analyst_is_one_line_without_a_traceback(
    workspace: Workspace, wait: Wait
) -> None:
    job = wait(workspace, workspace.submit("wrong_data", {}).job_id, has_ended)
    assert job.state == "failed"
    assert job.error == "Column 'rating' is missing. Map another one."
    assert job.incident is None
    assert "Traceback" not in workspace.job_log(job.job_id)


def test_a_mistake_of_the_program_has_an_incident_whose_traceback_is_in_the_log(
    workspace: Workspace, wait: Wait
) -> None:
    job = wait(workspace, workspace.submit("broken", {}).job_id, has_ended)
    assert job.state == "failed"
    assert job.incident is not None
    assert f"unexpected error (incident {job.incident})" in (job.error or "")
    log = workspace.job_log(job.job_id)
    assert f"incident {job.incident}" in log
    assert "KeyError: 'nothing here'" in log


def test_an_unknown_kind_fails_with_the_known_ones(workspace: Workspace, wait: Wait) -> None:
    job = wait(workspace, workspace.submit("dance", {}).job_id, has_ended)
    assert job.state == "failed"
    assert "Unknown kind of job 'dance'" in (job.error or "")


def test_the_same_token_twice_makes_one_job(workspace: Workspace) -> None:
    other = Workspace(workspace.home, worker_module="worker_for_tests")
    payload = {"steps": 1, "seconds": 0.0}
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(
                lambda one: one.submit("steps", payload, token="click"), [workspace, other] * 4
            )
        )
    assert len({job.job_id for job in made}) == 1
    assert len(workspace.jobs()) == 1
    workspace.submit("steps", payload, token="another click")
    assert len(workspace.jobs()) == 2


def test_a_killed_job_is_interrupted_and_resumes_from_its_checkpoint(
    workspace: Workspace, wait: Wait
) -> None:
    job_id = workspace.submit("steps", {"steps": 8, "seconds": 0.15}).job_id
    job = wait(workspace, job_id, lambda job: job.phase in ("step 2", "step 3", "step 4"))
    assert job.process is not None
    os.kill(job.process.pid, signal.SIGKILL)
    killed = time.monotonic()
    job = wait(workspace, job_id, has_ended, 10.0)
    assert job.state == "interrupted"
    assert time.monotonic() - killed < 10.0
    assert "Resume" in (job.error or "")
    assert workspace.resume(job_id)
    job = wait(workspace, job_id, has_ended)
    assert (job.state, job.attempt) == ("done", 2)
    steps = [line.split() for line in (job.result_id or "").split(";") if line]
    assert [int(step) for _, step in steps] == list(range(8))
    assert {attempt for attempt, _ in steps} == {"1", "2"}


def test_a_dead_process_is_buried_and_its_number_means_nothing(
    workspace: Workspace, wait: Wait
) -> None:
    job_id = workspace.submit("stubborn", {}).job_id
    process = wait(workspace, job_id, is_at_work).process
    assert process is not None
    assert processes.is_running(process)
    os.kill(process.pid, signal.SIGKILL)
    end = time.monotonic() + 5.0
    while Path(f"/proc/{process.pid}").exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert processes.process_of(process.pid) is None
    assert not processes.is_running(process)


def test_a_job_lives_on_when_the_process_that_started_it_ends(
    workspace: Workspace, wait: Wait
) -> None:
    code = (
        "import sys; from m6rec_core.workspace import Workspace;"
        "w = Workspace(sys.argv[1], worker_module='worker_for_tests');"
        "print(w.submit('steps', {'steps': 4, 'seconds': 0.2}).job_id)"
    )
    root = str(Path(runner.__file__).parents[2])
    paths = os.pathsep.join([root, os.environ["PYTHONPATH"]])
    starter = subprocess.run(
        [sys.executable, "-c", code, str(workspace.home)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    job = wait(workspace, starter.stdout.strip(), has_ended)
    assert job.state == "done"


def test_a_listening_job_is_cancelled_at_once(workspace: Workspace, wait: Wait) -> None:
    job_id = workspace.submit("steps", {"steps": 1000, "seconds": 0.05}).job_id
    wait(workspace, job_id, is_at_work)
    asked = time.monotonic()
    assert workspace.cancel(job_id)
    assert workspace.job(job_id).state in ("cancelling", "cancelled")
    job = wait(workspace, job_id, has_ended, 5.0)
    assert job.state == "cancelled"
    assert time.monotonic() - asked < 2.0
    assert workspace.checkpoint_folder(job_id).exists()


def test_a_deaf_job_is_cancelled_within_five_seconds_even_when_nobody_looks(
    workspace: Workspace, wait: Wait
) -> None:
    job_id = workspace.submit("stubborn", {}).job_id
    process = wait(workspace, job_id, is_at_work).process
    assert process is not None
    asked = time.monotonic()
    assert workspace.cancel(job_id)
    while workspace.job(job_id).state != "cancelled":
        assert time.monotonic() - asked < 5.0
        time.sleep(0.05)
    while processes.is_running(process):
        assert time.monotonic() - asked < 5.0
        time.sleep(0.05)


def test_a_stopped_job_is_killed_when_its_time_to_cancel_is_over(
    workspace: Workspace, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "KILL_SECONDS", 0.5)
    job_id = workspace.submit("stubborn", {}).job_id
    process = wait(workspace, job_id, is_at_work).process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    workspace.cancel(job_id)
    assert wait(workspace, job_id, has_ended, 5.0).state == "cancelled"
    assert not processes.is_running(process)


def test_a_silent_stopped_job_is_interrupted_and_can_write_no_more(
    workspace: Workspace, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = workspace.submit("stubborn", {}).job_id
    process = wait(workspace, job_id, is_at_work).process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    monkeypatch.setattr(runner, "SILENCE_SECONDS", 0.5)
    assert wait(workspace, job_id, has_ended, 5.0).state == "interrupted"
    assert not processes.is_running(process)


def test_a_queued_job_is_cancelled_without_ever_starting(workspace: Workspace, wait: Wait) -> None:
    first = workspace.submit("steps", {"steps": 2, "seconds": 0.2})
    second = workspace.submit("steps", {"steps": 2, "seconds": 0.2})
    assert workspace.cancel(second.job_id)
    assert workspace.job(second.job_id).state == "cancelled"
    wait(workspace, first.job_id, has_ended)
    workspace.tick()
    assert workspace.job(second.job_id).started is None


def test_of_many_who_cancel_or_resume_at_once_one_wins(workspace: Workspace, wait: Wait) -> None:
    tabs = [Workspace(workspace.home, worker_module="worker_for_tests") for _ in range(8)]
    job_id = workspace.submit("steps", {"steps": 1000, "seconds": 0.05}).job_id
    wait(workspace, job_id, is_at_work)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda tab: tab.cancel(job_id), tabs)) == 1
    wait(workspace, job_id, has_ended, 5.0)
    assert not workspace.cancel(job_id)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda tab: tab.resume(job_id), tabs)) == 1
    assert workspace.job(job_id).attempt == 2


def test_a_job_told_to_end_by_the_system_is_interrupted_not_cancelled(
    workspace: Workspace, wait: Wait
) -> None:
    job_id = workspace.submit("steps", {"steps": 1000, "seconds": 0.05}).job_id
    process = wait(workspace, job_id, is_at_work).process
    assert process is not None
    os.kill(process.pid, signal.SIGTERM)
    assert wait(workspace, job_id, has_ended, 5.0).state == "interrupted"


def test_shown_progress_never_falls(workspace: Workspace, wait: Wait) -> None:
    job_id = workspace.submit("zigzag", {}).job_id
    seen: list[float] = []

    def watched(job: JobRecord) -> bool:
        seen.append(job.fraction)
        return has_ended(job)

    wait(workspace, job_id, watched)
    assert seen == sorted(seen)
    assert {0.5, 0.6, 1.0} <= set(seen)
    assert 0.2 not in seen


def test_a_result_committed_before_death_is_adopted_and_its_job_is_done(
    workspace: Workspace, wait: Wait
) -> None:
    job_id = workspace.submit("commit_and_die", {}).job_id
    job = wait(workspace, job_id, has_ended)
    assert (job.state, job.result_id, job.error) == ("done", job_id, None)
    assert workspace.run(job_id).name == "last words"
    assert [path.name for path in (workspace.home / "runs").iterdir()] == [job_id]


def test_a_job_claimed_by_a_process_that_died_before_starting_it_is_given_up(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = workspace.job_table.add("steps", {"steps": 1, "seconds": 0.0})
    assert workspace.job_table.claim_next() is not None
    runner.settle(workspace.job_table)
    assert workspace.job(job.job_id).state == "running"
    monkeypatch.setattr(runner, "SILENCE_SECONDS", 0.0)
    runner.settle(workspace.job_table)
    assert workspace.job(job.job_id).state == "interrupted"


@pytest.mark.parametrize("change", [{"started": "1"}, {"boot_id": "another"}])
def test_a_number_used_again_is_not_the_process_and_is_not_harmed(
    workspace: Workspace, change: dict[str, str]
) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
    try:
        real = processes.process_of(bystander.pid)
        assert real is not None
        job = workspace.job_table.add("steps", {})
        workspace.job_table.claim_next()
        other = processes.Process(**{**vars(real), **change})
        assert workspace.job_table.set_process(job, other)
        assert not runner.is_alive(workspace.job(job.job_id))
        runner.settle(workspace.job_table)
        assert workspace.job(job.job_id).state == "interrupted"
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_worker_does_not_touch_a_job_that_was_not_handed_out(workspace: Workspace) -> None:
    job = workspace.job_table.add("steps", {"steps": 1, "seconds": 0.0})
    ended = subprocess.run(
        [sys.executable, "-m", "worker_for_tests", str(workspace.home), job.job_id],
        env=runner.worker_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "is not to be worked on" in ended.stderr
    assert workspace.job(job.job_id).state == "queued"


def test_a_job_that_is_not_there_is_a_clear_error(workspace: Workspace) -> None:
    with pytest.raises(RunError, match="There is no job 'nobody'"):
        workspace.job("nobody")
    assert not workspace.cancel("nobody")
    assert not workspace.resume("nobody")


def test_a_worker_that_cannot_be_started_fails_the_job_with_a_reason(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(processes, "start", refused)
    job = workspace.submit("steps", {"steps": 1, "seconds": 0.0})
    assert job.state == "failed"
    assert "Resource temporarily unavailable" in (job.error or "")
