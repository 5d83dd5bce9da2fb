"""The way to a new data set: a sample, or files of one's own with their columns mapped."""

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from m6rec_core import schema
from m6rec_core.data.mapping import ROLES, Mapping, guess_mapping, map_table
from m6rec_core.errors import M6RecError
from m6rec_core.figures.text import percent
from m6rec_core.workspace.workspace import Workspace
from pages.shared import choices, jobs, option_fields
from pages.shared.panels import quiet
from pages.shared.preview import Preview, preview

SUFFIXES = ["csv", "tsv", "txt", "dat", "inter", "jsonl", "json", "parquet", "gz"]
MOST_MEGABYTES = 200
SAMPLES = {
    "movielens": (
        "MovieLens",
        "100 004 ratings of 9 066 films by 671 people, with titles and genres. "
        "Research use; licence and citation come with it.",
    ),
    "shop": (
        "Generated shop",
        "Views, carts and purchases with known causes: see whether explanations find them. "
        "Seeded, made here.",
    ),
}
ROLE_WORDS = {
    schema.USER_ID: ("User", "Who did it. Ids are texts: 007 stays 007."),
    schema.ITEM_ID: ("Item", "What it was done with."),
    schema.EVENT: ("Kind of event", "view, cart, purchase … Without it every row is one kind."),
    schema.VALUE: ("Rating or weight", "A rating such as 4.5, or a quantity."),
    schema.TIMESTAMP: ("Time", "Seconds, milliseconds, ISO or dates are recognised."),
}
NO_COLUMN = "(none)"
RAW, MAPPED = "As it is in the file", "As it is understood"


def samples(workspace: Workspace) -> None:
    """One card per sample that comes with the program."""
    st.subheader("Open a sample", anchor=False)
    there = {record.dataset_id for record in workspace.datasets()}
    for place, (name, (title, words)) in zip(st.columns(2), SAMPLES.items(), strict=True):
        with place, st.container(border=True, height="stretch"):
            st.markdown(f"**{title}**")
            st.write(words)
            if f"sample-{name}" in there:
                st.button("Look at it", key=f"uploads.look.{name}", on_click=_look_at, args=(name,))
            elif st.button("Open it", key=f"uploads.sample.{name}", icon=":material/download:"):
                jobs.submit_once(workspace, "sample", {"name": name})
                st.rerun()


def files(workspace: Workspace) -> None:
    """Upload, mapping of the columns with a preview, options of the cleaning, and the start of the work."""
    st.subheader("Upload your own", anchor=False)
    quiet(
        "csv, tsv, '::' or '|' separated text, JSON lines or parquet, also gzipped, up to "
        f"{MOST_MEGABYTES} MB each. Needed: a user and an item per row."
    )
    about, user_file, item_file = st.columns(3)
    events = _uploader(about, "Events", "One row per event: who did what with which item.")
    users = _uploader(user_file, "Users (optional)", "Attributes with one row per user id.")
    items = _uploader(item_file, "Items (optional)", "Attributes with one row per item id: title …")
    if events is None:
        return
    try:
        paths = {
            role: str(_stored(workspace, file))
            for role, file in (("interactions", events), ("users", users), ("items", items))
            if file is not None
        }
        head = _preview(Path(paths["interactions"]))
    except M6RecError as error:
        st.error("This file cannot be used.", icon=":material/error:")
        st.text(str(error))
        return
    mapping = _ask_mapping(head)
    _show_preview(head, mapping)
    name = st.text_input("Name", value=events.name.partition(".")[0], key="uploads.name")
    with st.expander("Cleaning options", icon=":material/tune:"):
        options = option_fields.ask("uploads", ["data"])
    _start(workspace, paths, mapping, options, name)


def _uploader(
    place: "st.delta_generator.DeltaGenerator", label: str, help: str
) -> UploadedFile | None:
    return place.file_uploader(
        label,
        type=SUFFIXES,
        key=f"uploads.{label.partition(' ')[0].lower()}",
        max_upload_size=MOST_MEGABYTES,
        help=help,
    )


def _stored(workspace: Workspace, file: UploadedFile) -> Path:
    """The upload on disk, written once however often the page runs."""
    stored: dict[str, Path] = st.session_state.setdefault("uploads.stored", {})
    if file.file_id not in stored:
        stored[file.file_id] = workspace.save_upload(file.name, file)
    return stored[file.file_id]


@st.cache_data(max_entries=8, show_spinner="Looking at the file …")
def _preview(path: Path) -> Preview:
    return preview(path)


def _ask_mapping(head: Preview) -> Mapping:
    st.subheader("Which column is what", anchor=False)
    columns = list(head.frame.columns)
    guess = guess_mapping(columns, head.frame)
    chosen: dict[str, Any] = {}
    for place, role in zip(st.columns(len(ROLES)), ROLES, strict=True):
        label, help = ROLE_WORDS[role]
        options = [NO_COLUMN, *columns]
        guessed = getattr(guess, role)
        with place:
            column = st.selectbox(
                label,
                options,
                index=options.index(guessed) if guessed else 0,
                key=f"uploads.role.{role}",
                help=help,
            )
            chosen[role] = "" if column == NO_COLUMN else str(column)
            sure = guess.confidence.get(role)
            if chosen[role] != guessed:
                quiet("your choice")
            elif sure is not None:
                quiet(f"guessed, {percent(sure)} sure")
            else:
                quiet("nothing fits")
    return Mapping(**chosen)


def _show_preview(head: Preview, mapping: Mapping) -> None:
    raw, mapped = st.tabs(
        [RAW, MAPPED], default=MAPPED if mapping.user_id and mapping.item_id else RAW
    )
    with raw:
        st.dataframe(head.frame.head(20), hide_index=True, key="uploads.raw")
        if head.rejected:
            quiet(f"{head.rejected} of the first lines cannot be read; the report will list them.")
    with mapped:
        if not (mapping.user_id and mapping.item_id):
            st.warning(
                "Choose a column for the user and one for the item.", icon=":material/warning:"
            )
            return
        understood = map_table(head.as_raw_table(), mapping)
        shown = understood.frame.head(20).copy()
        if schema.TIMESTAMP in shown:
            shown[schema.TIMESTAMP] = pd.to_datetime(shown[schema.TIMESTAMP], unit="s", utc=True)
        st.dataframe(shown, hide_index=True, key="uploads.mapped")
        if len(understood.rejected):
            quiet(
                f"{len(understood.rejected)} of the first {len(head.frame)} rows hold a value or a time "
                "that cannot be read; they would be rejected."
            )


def _start(
    workspace: Workspace,
    paths: dict[str, str],
    mapping: Mapping,
    options: dict[str, object],
    name: str,
) -> None:
    ready = bool(mapping.user_id and mapping.item_id)
    if st.button(
        "Read and clean", type="primary", disabled=not ready, icon=":material/cleaning_services:"
    ):
        config = {f"mapping.{role}": column for role, column in mapping.sources().items()} | options
        payload = {**paths, "config": config, "name": name.strip()}
        jobs.submit_once(workspace, "ingest", payload)
        st.toast("The file is being read; this goes on when the page is closed.")
        st.rerun()


def _look_at(name: str) -> None:
    choices.make(choices.DATASET, f"sample-{name}")
    st.session_state["data.view"] = "Current data set"
