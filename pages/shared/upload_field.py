"""The field that takes files from the browser, several at once, and says which ones have arrived."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared import upload_route
from pages.shared.places import ASSETS

HINT = (
    "csv, tsv, '::' or '|' separated text, JSON lines or parquet, also as gzip, zstd or zip. Several at "
    f"once, up to {upload_route.MOST_MEGABYTES} MB each."
)


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


_field = st.components.v2.component(
    "m6rec_upload", html=_asset("upload.html"), css=_asset("upload.css"), js=_asset("upload.js")
)
_TAKEN = "uploads.receipts"


def new_uploads(key: str) -> list[str]:
    """Draws the field; gives the ids of the uploads that arrived since the page last asked, each once."""
    context = get_script_run_ctx()
    found = _field(
        key=key,
        data={
            "address": upload_route.address(context.session_id if context else ""),
            "most_bytes": upload_route.MOST_BYTES,
            "too_large": upload_route.TOO_LARGE,
            "hint": HINT,
        },
        default={"stored": []},
        on_stored_change=lambda: None,
    )
    taken: set[str] = st.session_state.setdefault(_TAKEN, set())
    arrived = [one for one in found.stored or [] if str(one["receipt"]) not in taken]
    taken.update(str(one["receipt"]) for one in arrived)
    return [str(one["upload_id"]) for one in arrived]
