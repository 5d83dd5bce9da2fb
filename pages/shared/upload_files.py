"""The files of the data set that is to be made: which ones they are, and what each of them holds."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from m6rec_core.figures.text import counted
from m6rec_core.workspace import memory
from m6rec_core.workspace.datasets import DatasetRecord
from m6rec_core.workspace.inbox import Upload
from m6rec_core.workspace.source_files import SourceFile
from m6rec_core.workspace.workspace import Workspace
from pages.shared import upload_field
from pages.shared.choices import when
from pages.shared.panels import escaped, quiet
from pages.shared.preview import Preview, previews
from pages.shared.upload_tables import EVENTS, ITEMS, LINKS, USERS, table_of

TABLES: Mapping[str, str] = {EVENTS: "Events", USERS: "Users", ITEMS: "Items", LINKS: "Links"}
TABLE_HELP = (
    "Events: one row per event, who did what with which item. Users, Items: one row per id, with what "
    "describes it. Links: pairs of users who follow, trust or befriend one another."
)
_CHOSEN = "uploads.files"
_HEADS = "uploads.heads"
_MOST_HEADS = 64
_MOST_NAMES = 8
KINDS = {"delimited": "text", "jsonl": "JSON lines"}
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", "::": "double colon"}


@dataclass(frozen=True, eq=False)
class File:
    """One file with its first rows and the table that it is a part of.

    `is_kept`: it belongs to the version before and is not given anew.
    """

    upload: Upload
    preview: Preview
    table: str
    is_kept: bool = False


def take_in(workspace: Workspace) -> None:
    """The field for uploads, and the files that were put into the inbox folder by hand."""
    for upload_id in upload_field.new_uploads("uploads.field"):
        _add(upload_id)
    by_hand = [upload for upload in workspace.inbox() if upload.is_by_hand]
    with st.expander(
        f"Larger files: the inbox folder ({len(by_hand)})",
        key="uploads.inbox",
        icon=":material/folder_open:",
    ):
        quiet(
            "Copy files of any size into the folder 'inbox' of the workspace on the server; they are "
            "listed here and read where they are."
        )
        for upload in by_hand:
            name, button = st.columns([5, 1], vertical_alignment="center")
            name.markdown(
                f"{escaped(upload.name)} :small[:gray[{size(upload.bytes)} · {when(upload.created)}]]"
            )
            is_in = upload.upload_id in chosen_ids()
            if button.button(
                "In use" if is_in else "Use",
                key=f"uploads.use.{upload.upload_id}",
                disabled=is_in,
                width="stretch",
            ):
                _add(upload.upload_id)
                st.rerun()


def chosen_ids() -> list[str]:
    """The uploads that were chosen, in the order of their coming."""
    return list(st.session_state.get(_CHOSEN, ()))


def forget() -> None:
    """Begins anew, without any file."""
    st.session_state[_CHOSEN] = []


def chosen(
    workspace: Workspace, reading: Mapping[str, str], kept: Sequence[SourceFile] = ()
) -> list[File]:
    """Shows the chosen files, one line each, and gives those that can be read with their tables.

    `kept`: the files of the version before, which come first.
    """
    there = {upload.upload_id: upload for upload in workspace.inbox()}
    given = [there[one] for one in chosen_ids() if one in there]
    uploads = [*map(_kept_upload, kept), *given]
    if not uploads:
        return []
    tables = {source.path: source.table for source in kept}
    names: dict[str, str] = {}
    found = []
    with st.container(border=True):
        for upload, head in zip(uploads, _heads(uploads, reading), strict=True):
            if upload.path in tables:
                _about(upload, head, st.container())
                quiet(f"{TABLES[tables[upload.path]]} of the version before")
                found.append(File(upload, head, tables[upload.path], is_kept=True))
                continue
            table = _line(upload, head, memory.recall(workspace.home, head.columns))
            if upload.sha256 and upload.sha256 in names:
                st.warning(
                    f"'{escaped(upload.name)}' has the same content as "
                    f"'{escaped(names[upload.sha256])}': it is not read a second time.",
                    icon=":material/content_copy:",
                )
            elif not head.error:
                found.append(File(upload, head, table))
            names.setdefault(upload.sha256 or upload.upload_id, upload.name)
    return found


def same_files(workspace: Workspace, files: Sequence[File]) -> DatasetRecord | None:
    """The data set that was made of just these files; None also where a file was never hashed."""
    if not files or not all(file.upload.sha256 for file in files):
        return None
    own = combined_sha256((file.table, file.upload.sha256) for file in files)
    return next((one for one in workspace.datasets() if one.source_sha256 == own), None)


def combined_sha256(files: Iterable[tuple[str, str]]) -> str:
    """The fingerprint of a data set's files, from the table and the SHA-256 of each.

    It is that of `source_files.fingerprint_of`, without another look at the files.
    """
    lines = sorted(f"{table} {sha256}" for table, sha256 in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def size(number: int) -> str:
    """Bytes in the unit that suits them.

    >>> size(800), size(3_400_000), size(5 << 30)
    ('1 kB', '3.2 MB', '5.0 GB')
    """
    if number < 1 << 20:
        return f"{max(1, round(number / 1024))} kB"
    if number < 1 << 30:
        return f"{number / (1 << 20):.1f} MB"
    return f"{number / (1 << 30):.1f} GB"


def how_read(head: Preview) -> str:
    """How a file was read, on one line."""
    parts = [KINDS.get(head.kind, head.kind), head.compression]
    if head.delimiter:
        parts.append(f"{SEPARATORS.get(head.delimiter, head.delimiter)} between cells")
        parts.append("names in the first line" if head.has_header else "no header line")
    if head.kind in KINDS:
        parts.append(head.encoding)
    return ", ".join(part for part in parts if part)


def _add(upload_id: str) -> None:
    if upload_id not in chosen_ids():
        st.session_state[_CHOSEN] = [*chosen_ids(), upload_id]


def _remove(upload_id: str) -> None:
    st.session_state[_CHOSEN] = [one for one in chosen_ids() if one != upload_id]


def _heads(uploads: list[Upload], reading: Mapping[str, str]) -> list[Preview]:
    kept: dict[tuple[object, ...], Preview] = st.session_state.setdefault(_HEADS, {})
    how = tuple(sorted(reading.items()))
    keys = [(upload.path, upload.created, upload.bytes, how) for upload in uploads]
    missing = [upload for upload, key in zip(uploads, keys, strict=True) if key not in kept]
    if missing:
        with st.spinner(f"Looking at {counted(len(missing), 'file')} …"):
            found = previews([(upload.path, upload.name) for upload in missing], reading)
        unseen = [key for key in keys if key not in kept]
        kept.update(zip(unseen, found, strict=True))
        for key in list(kept)[: max(len(kept) - max(_MOST_HEADS, len(keys)), 0)]:
            del kept[key]
    return [kept[key] for key in keys]


def _about(upload: Upload, head: Preview, place: DeltaGenerator) -> None:
    title = f":material/draft: **{escaped(upload.name)}** :small[:gray[{size(upload.bytes)}]]"
    how = "" if head.error else f"{how_read(head)} · {_names(head.columns)}"
    place.markdown(f"{title}  \n:small[:gray[{escaped(how)}]]" if how else title)


def _line(upload: Upload, head: Preview, recalled: Mapping[str, str]) -> str:
    about, table, button = st.columns([11, 7, 3], vertical_alignment="center")
    _about(upload, head, about)
    button.button(
        "Leave out",
        key=f"uploads.remove.{upload.upload_id}",
        icon=":material/close:",
        type="tertiary",
        on_click=_remove,
        args=(upload.upload_id,),
    )
    if head.error:
        st.error(f"{escaped(head.error)} It is left out.", icon=":material/error:")
        return ""
    with table:
        return str(
            st.segmented_control(
                f"What '{upload.name}' holds",
                list(TABLES),
                format_func=lambda name: TABLES[name],
                default=_guess(upload.name, head, recalled),
                required=True,
                key=f"uploads.table.{upload.upload_id}",
                persist_state="session",
                label_visibility="collapsed",
                help=TABLE_HELP,
            )
        )


def _kept_upload(source: SourceFile) -> Upload:
    about = source.path.stat()
    kept_id = f"{source.path.parent.parent.name}.{source.path.name}"
    return Upload(kept_id, source.path, source.name, about.st_size, about.st_mtime)


def _guess(name: str, head: Preview, recalled: Mapping[str, str]) -> str:
    table = recalled.get("table") or table_of(head.columns, head.frame, name)
    return table if table in TABLES else EVENTS


def _names(columns: list[str]) -> str:
    shown = ", ".join(columns[:_MOST_NAMES])
    more = len(columns) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
