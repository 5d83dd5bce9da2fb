"""The route that takes files: what it stores, and what it refuses."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.requests import Request
from streamlit import config
from streamlit.runtime import Runtime
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from m6rec_core.workspace.workspace import Workspace
from pages.shared import cached, upload_route

HOST = "127.0.0.1:8501"
TOKEN = generate_xsrf_token_string()
BLOCK = 1 << 16


class OneSession:
    """A server to which one browser is connected."""

    def is_active_session(self, session_id: str) -> bool:
        return session_id == "mine"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The workspace that the route stores into."""
    opened = Workspace(tmp_path / "home")
    monkeypatch.setattr(cached, "workspace", lambda: opened)
    monkeypatch.setattr(Runtime, "instance", OneSession)
    monkeypatch.setattr(
        config, "get_option", {**OPTIONS, "server.allowedHosts": ["127.0.0.1"]}.__getitem__
    )
    return opened


OPTIONS = {
    "server.baseUrlPath": "",
    "server.corsAllowedOrigins": [],
    "server.enableXsrfProtection": True,
}


def put(
    body: Iterator[bytes], *, session: str = "mine", breaks_off: bool = False, **headers: str
) -> tuple[int, dict]:
    """Sends a body block by block, and gives the status and the answer."""
    sent = {
        "host": HOST,
        "origin": f"http://{HOST}",
        "cookie": f"_streamlit_xsrf={TOKEN}",
        "x-xsrftoken": TOKEN,
        "x-file-name": quote("events.csv"),
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    scope = {
        "type": "http",
        "method": "PUT",
        "path": f"/uploads/{session}",
        "path_params": {"session_id": session},
        "query_string": b"",
        "headers": [(name.encode(), text.encode()) for name, text in sent.items()],
    }

    async def receive() -> dict:
        block = next(body, None)
        if block is not None:
            return {"type": "http.request", "body": block, "more_body": True}
        if breaks_off:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    with ThreadPoolExecutor(1) as apart:  # the browser tests may have left a loop in this thread
        request = Request(scope, receive)
        response = apart.submit(asyncio.run, upload_route.receive(request)).result()
    return response.status_code, json.loads(response.body)


def blocks(number: int) -> Iterator[bytes]:
    """So many blocks, none of which is there before it is asked for."""
    return (b"x" * BLOCK for _ in range(number))


def leftovers(workspace: Workspace) -> list[str]:
    return [entry.name for entry in (workspace.home / "inbox").iterdir()]


def test_a_file_is_stored_as_it_was_sent_under_the_name_it_has(workspace):
    status, answer = put(iter([b"user,", b"", b"item\n1,2\n"]), x_file_name=quote("我的 data.csv"))
    (upload,) = workspace.inbox()
    assert (status, answer) == (201, {"upload_id": upload.upload_id, "bytes": 14})
    assert upload.path.read_bytes() == b"user,item\n1,2\n"
    assert upload.name == "我的 data.csv"


def test_a_file_of_just_the_limit_is_taken_and_one_byte_more_is_not(workspace, monkeypatch):
    monkeypatch.setattr(upload_route, "MOST_BYTES", 4 * BLOCK)
    assert put(blocks(4))[0] == 201
    status, answer = put(iter([*blocks(4), b"x"]))
    assert (status, answer) == (413, {"error": upload_route.TOO_LARGE})
    assert len(leftovers(workspace)) == 1


def test_an_endless_body_is_cut_off_at_the_limit(workspace, monkeypatch):
    monkeypatch.setattr(upload_route, "MOST_BYTES", 4 * BLOCK)
    asked = []
    endless = (asked.append(1) or b"x" * BLOCK for _ in iter(int, 1))
    assert put(endless)[0] == 413
    assert len(asked) == 5
    assert leftovers(workspace) == []


def test_a_length_beyond_the_limit_is_refused_before_anything_is_read(workspace):
    def untouched() -> Iterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    assert put(untouched(), content_length=str(201 << 20))[0] == 413


def test_an_upload_that_breaks_off_leaves_nothing(workspace):
    assert put(blocks(3), breaks_off=True)[0] == 400
    assert leftovers(workspace) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"host": "evil.example", "origin": "http://evil.example"}, 403),
        ({"x_xsrftoken": ""}, 403),
        ({"x_xsrftoken": generate_xsrf_token_string()}, 403),
        ({"cookie": ""}, 403),
    ],
)
def test_a_request_from_elsewhere_is_refused(workspace, headers, status):
    assert put(blocks(1), **headers)[0] == status
    assert leftovers(workspace) == []


def test_a_session_that_is_not_open_is_refused(workspace):
    status, answer = put(blocks(1), session="other")
    assert status == 409
    assert "Reload the page" in answer["error"]


def test_a_full_disk_is_said_without_a_path(workspace, monkeypatch):
    def full(name: str, content: object) -> Path:
        raise upload_route.M6RecError(f"'{workspace.home}' could not be written")

    monkeypatch.setattr(workspace, "save_upload", full)
    status, answer = put(blocks(1))
    assert status == 507
    assert str(workspace.home) not in answer["error"]
