"""Uploads: names from outside are shown, never followed."""

import hashlib
import io
import os
import time
from pathlib import Path

import pytest

from m6rec_core.errors import RunError
from m6rec_core.workspace import Workspace, inbox


@pytest.mark.parametrize(
    ("name", "file", "shown"),
    [
        ("events.csv", "upload.csv", "events.csv"),
        ("Events.TSV.gz", "upload.tsv.gz", "Events.TSV.gz"),
        ("2024-05-01.csv.zst", "upload.csv.zst", "2024-05-01.csv.zst"),
        ("ml-100k.zip", "upload.zip", "ml-100k.zip"),
        ("../../etc/passwd", "upload", "passwd"),
        ("..\\..\\boot.ini", "upload.ini", "boot.ini"),
        ("a\u202egnp.csv", "upload.csv", "agnp.csv"),
        ("a\x00b\n.csv", "upload.csv", "ab.csv"),
        ("行为数据.parquet", "upload.parquet", "行为数据.parquet"),
        ("x.csv; rm -rf ~", "upload", "x.csv; rm -rf ~"),
        ("", "upload", "upload"),
        ("..", "upload", "upload"),
    ],
)
def test_a_name_becomes_a_fixed_file_and_a_harmless_label(
    tmp_path: Path, name: str, file: str, shown: str
) -> None:
    workspace = Workspace(tmp_path)
    path = workspace.save_upload(name, b"user_id,item_id\n1,2\n")
    assert path.name == file
    assert path.parent.parent == tmp_path / "inbox"
    assert path.read_bytes() == b"user_id,item_id\n1,2\n"
    (upload,) = workspace.inbox()
    assert (upload.path, upload.name, upload.bytes) == (path, shown, 20)


def test_a_long_name_keeps_its_end(tmp_path: Path) -> None:
    path = Workspace(tmp_path).save_upload("x" * 5000 + ".csv", b"")
    assert path.name == "upload.csv"


def test_a_file_object_is_stored_and_the_newest_upload_comes_first(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    first = workspace.save_upload("a.csv", io.BytesIO(b"a"))
    os.utime(first, (1.0, 1.0))
    workspace.save_upload("b.csv", io.BytesIO(b"b"))
    assert [upload.name for upload in workspace.inbox()] == ["b.csv", "a.csv"]


def test_a_file_put_into_the_inbox_by_hand_is_offered(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    (tmp_path / "inbox" / "large.parquet").write_bytes(b"1234")
    (upload,) = workspace.inbox()
    assert (upload.path.name, upload.name, upload.bytes) == ("large.parquet", "large.parquet", 4)
    assert (upload.upload_id, upload.is_by_hand, upload.sha256) == ("large.parquet", True, "")


def test_an_upload_is_known_by_its_folder_and_by_the_sha256_of_its_bytes(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    content = bytes(range(256)) * 10_000  # more than one block
    path = workspace.save_upload("a.csv", io.BytesIO(content))
    (upload,) = workspace.inbox()
    assert (upload.upload_id, upload.is_by_hand) == (path.parent.name, False)
    assert upload.sha256 == hashlib.sha256(content).hexdigest()


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(28, "No space left on device")

    workspace = Workspace(tmp_path)
    with pytest.raises(RunError, match="No space left"):
        workspace.save_upload("a.csv", Broken())
    assert list((tmp_path / "inbox").iterdir()) == []


def test_uploads_go_after_a_week_and_files_put_there_by_hand_stay(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    old = workspace.save_upload("old.csv", b"old").parent
    workspace.save_upload("new.csv", b"new")
    mine = tmp_path / "inbox" / "mine.csv"
    mine.write_bytes(b"mine")
    eight_days_ago = time.time() - 8 * 24 * 3600
    for path in (old, mine):
        os.utime(path, (eight_days_ago, eight_days_ago))
    assert {upload.name for upload in Workspace(tmp_path).inbox()} == {"new.csv", "mine.csv"}


def test_a_name_that_is_all_right_stays() -> None:
    assert inbox.display_name("My data (2).csv") == "My data (2).csv"
