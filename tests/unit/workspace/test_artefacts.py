"""Artefact folders: complete and proven, or not there."""

import errno
import hashlib
import json
import os
from pathlib import Path

import pytest

from m6rec_core.errors import RunError
from m6rec_core.workspace import artefacts
from m6rec_core.workspace.artefacts import committed_folder, verify, write_manifest


def commit(target: Path) -> None:
    with committed_folder(target, {"name": "first"}) as folder:
        (folder / "models").mkdir()
        (folder / "a.txt").write_bytes(b"hello")
        (folder / "models" / "b.bin").write_bytes(b"\x00" * 10)


def commit_half(target: Path, error: Exception) -> None:
    with committed_folder(target) as folder:
        (folder / "a.txt").write_text("half")
        raise error


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_committed_folder_holds_its_files_and_their_checksums(tmp_path: Path) -> None:
    commit(tmp_path / "run")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    # sha256 of "hello", a published test value
    hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert manifest["files"]["a.txt"] == {"bytes": 5, "sha256": hello}
    assert manifest["files"]["models/b.bin"]["sha256"] == hashlib.sha256(b"\x00" * 10).hexdigest()
    assert set(manifest["files"]) == {"a.txt", "models/b.bin"}
    assert manifest["name"] == "first"
    assert verify(tmp_path / "run") == manifest
    assert names_in(tmp_path) == ["run"]


def test_nothing_is_visible_before_the_block_ends(tmp_path: Path) -> None:
    with committed_folder(tmp_path / "run") as folder:
        (folder / "a.txt").write_text("half")
        assert not (tmp_path / "run").exists()
        assert folder.parent == tmp_path


def test_a_block_that_raises_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        commit_half(tmp_path / "run", ZeroDivisionError())
    assert names_in(tmp_path) == []


def test_an_empty_target_is_taken_and_a_full_one_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    commit(tmp_path / "empty")
    verify(tmp_path / "empty")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="exists and is not empty"):
        commit(tmp_path / "full")
    assert names_in(tmp_path / "full") == ["mine.txt"]


def test_committed_folders_nest(tmp_path: Path) -> None:
    with committed_folder(tmp_path / "run", {"outer": 1}) as outer:
        commit(outer)
    assert verify(tmp_path / "run")["outer"] == 1
    assert verify(tmp_path / "run")["name"] == "first"
    assert names_in(tmp_path) == ["run"]


def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="cannot be made"):
        commit(tmp_path / "file" / "run")


def test_what_a_manifest_said_stays_when_it_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    write_manifest(tmp_path, {"record": {"events": 3}})
    (tmp_path / "b.txt").write_text("b")
    assert write_manifest(tmp_path)["record"] == {"events": 3}
    assert set(verify(tmp_path)["files"]) == {"a.txt", "b.txt"}


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda run: (run / "a.txt").write_bytes(b"hellp"), "checksum differs"),
        (lambda run: (run / "a.txt").write_bytes(b"hello!"), "checksum differs"),
        (lambda run: (run / "a.txt").unlink(), "lacks the file 'a.txt'"),
        (lambda run: (run / "manifest.json").unlink(), "has no manifest.json"),
        (lambda run: (run / "manifest.json").write_text("{"), "is damaged"),
        (lambda run: (run / "manifest.json").write_text("[1]"), "is damaged"),
    ],
)
def test_damage_is_found(tmp_path: Path, damage, message: str) -> None:  # type: ignore[no-untyped-def]
    commit(tmp_path / "run")
    damage(tmp_path / "run")
    with pytest.raises(RunError, match=message):
        verify(tmp_path / "run")


class FailingCalls:
    """Lets the n-th call that opens, syncs or renames fail, counting from 0."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, fail_at: int, code: int) -> None:
        self.count, self.fail_at, self.code = 0, fail_at, code
        for name in ("fsync", "rename", "replace", "open"):
            monkeypatch.setattr(artefacts.os, name, self.wrapped(getattr(os, name)))
        monkeypatch.setattr(artefacts, "open", self.wrapped(open), raising=False)

    def wrapped(self, call):  # type: ignore[no-untyped-def]
        def guarded(*args, **kwargs):  # type: ignore[no-untyped-def]
            self.count += 1
            if self.count - 1 == self.fail_at:
                raise OSError(self.code, os.strerror(self.code))
            return call(*args, **kwargs)

        return guarded


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_at_any_call_leaves_all_or_nothing(tmp_path: Path, code: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        calls = FailingCalls(patch, fail_at=-1, code=code)
        commit(tmp_path / "counted")
    assert calls.count >= 10
    complete = 0
    for fail_at in range(calls.count):
        home = tmp_path / f"at-{fail_at}"
        with pytest.MonkeyPatch.context() as patch:
            FailingCalls(patch, fail_at=fail_at, code=code)
            with pytest.raises(RunError, match="could not be written"):
                commit(home / "run")
        # only the sync of the parent comes after the rename: the whole may then be there
        assert names_in(home) in ([], ["run"])
        if (home / "run").exists():
            verify(home / "run")
            complete += 1
    assert complete == 2  # opening and syncing the parent


def test_a_full_disk_while_the_block_writes_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="No space left"):
        commit_half(tmp_path / "run", OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert names_in(tmp_path) == []


def test_every_file_is_synced_before_the_rename_and_the_parent_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    opened: dict[int, str] = {}
    really_open, really_sync, really_rename = os.open, os.fsync, os.rename

    def watched_open(path, *args, **kwargs):  # type: ignore[no-untyped-def]
        descriptor = really_open(path, *args, **kwargs)
        opened[descriptor] = os.path.basename(path)
        return descriptor

    def watched_sync(descriptor: int) -> None:
        events.append(opened.get(descriptor, "?"))
        really_sync(descriptor)

    def watched_rename(*args) -> None:  # type: ignore[no-untyped-def]
        events.append("rename")
        really_rename(*args)

    monkeypatch.setattr(artefacts.os, "open", watched_open)
    monkeypatch.setattr(artefacts.os, "fsync", watched_sync)
    monkeypatch.setattr(artefacts.os, "rename", watched_rename)
    commit(tmp_path / "run")
    renamed = events.index("rename")
    assert {"a.txt", "b.bin", "manifest.json", "models"} <= set(events[:renamed])
    assert events[renamed + 1 :] == [tmp_path.name]
