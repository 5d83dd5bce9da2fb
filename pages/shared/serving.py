"""What happens once per server, before the first browser comes, and when a page fails."""

import logging
import secrets
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pyarrow
import streamlit as st
from starlette.routing import Route
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.pages_manager import PagesManager

from m6rec_core.errors import M6RecError
from m6rec_core.workspace.workspace import Workspace
from pages.shared import export_route, upload_route

WARM_AFTER_SECONDS = 2.0  # the first page comes first
LOG = logging.getLogger("m6rec.pages")


def routes() -> list[Route]:
    """What the server answers beside the pages."""
    return [*upload_route.routes(), *export_route.routes()]


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Opens the workspace, so that the sample is there and the demo run trains, and warms the imports."""
    # a folder named pages switches on the old discovery of pages until app.py has run once: the first
    # browser that comes by a deep link would be told that its page does not exist
    PagesManager.uses_pages_directory = False
    _ignore_timers_of_left_pages()
    # the usual pool keeps what it once held; a server that opens runs now and then wants it back
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())
    from pages.shared import cached

    threading.Thread(target=_warm, args=(cached.workspace(),), daemon=True).start()
    yield


def _ignore_timers_of_left_pages() -> None:
    """Drops the polls of a page that the browser is just leaving.

    Streamlit would run them after the new page, under the old page's name: the browser then clears the
    new page and fails.
    """
    ask = AppSession.request_rerun

    def request_rerun(session: AppSession, client_state: ClientState | None) -> None:
        shown = session._pages_manager.current_page_script_hash
        is_poll = client_state is not None and client_state.is_auto_rerun
        if is_poll and shown and client_state.page_script_hash != shown:
            return
        ask(session, client_state)

    AppSession.request_rerun = request_rerun


def _warm(workspace: Workspace) -> None:
    """Opens the newest run once, so that the first page that needs it does not wait for it."""
    from pages.shared import cached

    time.sleep(WARM_AFTER_SECONDS)
    for run in workspace.runs()[:1]:
        try:
            recommender = cached.recommender(run.folder)
            user_id = str(recommender.interactions.users.ids[0])
            cached.recommended(run.folder, user_id, 10, include_seen=False, model="scorer")
        except M6RecError as error:
            LOG.warning("the run %s cannot be opened: %s", run.run_id, error)


def show_script_error(error: Exception) -> bool:
    """Says what went wrong in one line; the traceback goes to the log of the server under an incident."""
    if isinstance(error, M6RecError):
        st.error("This page cannot be shown.", icon=":material/error:")
        st.text(str(error))
        return True
    incident = secrets.token_hex(4)
    LOG.error("incident %s", incident, exc_info=error)
    st.error(f"This page met an unexpected error (incident {incident}).", icon=":material/error:")
    st.text("The log of the server has the details. Reload the page, or choose another run.")
    return True
