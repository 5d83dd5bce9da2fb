"""The way of an export to the browser: sent from the disk as it lies there, never held in memory.

`GET exports/{job_id}` for a job whose export is complete.
"""

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from streamlit import config
from streamlit.url_util import make_url_path
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from m6rec_core.errors import RunError
from m6rec_core.workspace import exports

MEDIA = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet"}


def address(job_id: str) -> str:
    """Where the export of a job is fetched from, seen from the root of the host."""
    base = config.get_option("server.baseUrlPath") or ""
    return make_url_path(base, f"exports/{job_id}")


def routes() -> list[Route]:
    """What the server has to know of all this."""
    return [Route(address("{job_id}"), send, methods=["GET"])]


async def send(request: Request) -> Response:
    """The file, under a name that says what it is; 404 when there is none of this job."""
    from pages.shared import cached

    if not is_host_allowed(request.headers.get("Host")):
        return PlainTextResponse("This host is not served.", 403)
    workspace = cached.workspace()
    try:
        job_id = workspace.job(request.path_params["job_id"]).job_id  # a known id, no path
    except RunError:
        return PlainTextResponse("There is no such export.", 404)
    file = exports.file_of(workspace.home, job_id)
    if file is None:
        return PlainTextResponse("There is no such export any more. Make it again.", 404)
    return FileResponse(file, media_type=MEDIA[file.suffix], filename=f"all-{file.name}")
