"""The way of a file from the browser into the inbox: written to disk as it comes, never held in memory.

`PUT uploads/{session}` with the bytes as body and the name, percent-encoded, in the header X-File-Name.
It asks for what Streamlit's own upload asks for (an open session, the cookie against forged requests),
and for a host and an origin that are known.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote, urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from streamlit import config
from streamlit.runtime import Runtime
from streamlit.url_util import make_url_path
from streamlit.web.server.server_util import is_allowed_origin, is_xsrf_enabled
from streamlit.web.server.starlette.starlette_app_utils import validate_xsrf_token
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from m6rec_core.errors import M6RecError

MOST_MEGABYTES = 200
MOST_BYTES = MOST_MEGABYTES << 20
_SPARE_BYTES = 256 << 20  # what is left free on the disk
_AT_ONCE = 4
_IDLE_SECONDS = 60.0
_WRITERS = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="upload")
TOO_LARGE = (
    f"The file is larger than {MOST_MEGABYTES} MB. Put it into the inbox folder of the workspace, "
    "or compress it (gzip, zstd or zip)."
)


class Refused(Exception):
    """A request that is not answered with a stored file: the status, and why in plain words."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def address(session_id: str) -> str:
    """Where the files of a session are sent to, seen from the root of the host."""
    base = config.get_option("server.baseUrlPath") or ""
    return make_url_path(base, f"uploads/{session_id}")


def routes() -> list[Route]:
    """What the server has to know of all this."""
    return [Route(address("{session_id}"), receive, methods=["PUT"])]


async def receive(request: Request) -> Response:
    """Stores the body, complete or not at all, and answers with the id of the upload."""
    from pages.shared import cached

    name = unquote(request.headers.get("X-File-Name", ""))
    try:
        _check_sender(request)
        workspace = cached.workspace()
        _check_room(request, shutil.disk_usage(workspace.home).free)
        loop = asyncio.get_running_loop()
        body = _Body(request, loop)
        path = await loop.run_in_executor(_WRITERS, workspace.save_upload, name, body)
    except Refused as refused:
        return JSONResponse({"error": str(refused)}, refused.status)
    except ClientDisconnect:
        return JSONResponse({"error": "The upload was broken off."}, 400)
    except TimeoutError:
        reason = f"Nothing came for {_IDLE_SECONDS:.0f} seconds: the upload was given up."
        return JSONResponse({"error": reason}, 408)
    except M6RecError:  # its text names a folder of the server
        reason = "The server could not store the file. See that its disk has room and try again."
        return JSONResponse({"error": reason}, 507)
    return JSONResponse({"upload_id": path.parent.name, "bytes": body.bytes}, 201)


class _Body:
    """The body of a request as a file that another thread reads; it never gives more than is allowed."""

    def __init__(self, request: Request, loop: asyncio.AbstractEventLoop) -> None:
        self.bytes = 0
        self._stream: AsyncIterator[bytes] = request.stream()
        self._loop = loop

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes as they came; empty at the end."""
        coming = asyncio.run_coroutine_threadsafe(self._next(), self._loop)
        block = coming.result(_IDLE_SECONDS)
        self.bytes += len(block)
        if self.bytes > MOST_BYTES:
            raise Refused(413, TOO_LARGE)
        return block

    async def _next(self) -> bytes:
        async for block in self._stream:
            if block:
                return block
        return b""


def _check_sender(request: Request) -> None:
    host, origin = request.headers.get("Host"), request.headers.get("Origin")
    is_own = origin is None or urlsplit(origin).netloc == host or is_allowed_origin(origin)
    if not is_host_allowed(host) or not is_own:
        raise Refused(403, "This address of the app takes no files. Open it by its own name.")
    token, cookie = request.headers.get("X-Xsrftoken"), request.cookies.get(XSRF_COOKIE_NAME)
    if is_xsrf_enabled() and not validate_xsrf_token(token, cookie):
        raise Refused(403, "The browser's cookie of this app is missing. Reload the page.")
    if not Runtime.instance().is_active_session(request.path_params["session_id"]):
        raise Refused(409, "The connection of this page has ended. Reload the page.")


def _check_room(request: Request, free_bytes: int) -> None:
    announced = request.headers.get("Content-Length", "0")
    coming = int(announced) if announced.isdecimal() else 0
    if coming > MOST_BYTES:
        raise Refused(413, TOO_LARGE)
    if coming + _SPARE_BYTES > free_bytes:
        raise Refused(507, "The disk of the server is full. Free some room and try again.")
