"""How files about users, items and links are understood: their ids, what other columns mean, and how sure that is."""

from collections.abc import Mapping, Sequence

import streamlit as st

from m6rec_core import schema
from m6rec_core.data.table_mapping import TableMapping, guess_table
from m6rec_core.errors import DataError
from m6rec_core.figures.text import counted, percent
from pages.shared.panels import escaped
from pages.shared.upload_files import TABLES, File
from pages.shared.upload_tables import EVENTS

_WORDS: Mapping[str, str] = {
    schema.USER_ID: "user",
    schema.ITEM_ID: "item",
    schema.FRIEND_ID: "friend",
    schema.WEIGHT: "weight",
    schema.TITLE: "title",
    schema.TEXT: "text",
    schema.CATEGORY: "category",
    schema.IMAGE_URL: "address of an image",
}


def show(files: Sequence[File]) -> bool:
    """One line per file that holds no events; gives whether all of them can be read so."""
    described = [file for file in files if file.table != EVENTS]
    said = [_say(file) for file in described]  # every one, also after one that cannot be read
    return all(said)


def _say(file: File) -> bool:
    name = f"**{TABLES[file.table]}** · {escaped(file.upload.name)}"
    try:
        found = guess_table(file.preview.columns, file.preview.frame, file.table)
    except DataError as error:
        st.warning(f"{name}: {escaped(str(error))}", icon=":material/warning:")
        return False
    st.markdown(f"{name}  \n:small[:gray[{escaped(words(found, file.preview.columns))}]]")
    return True


def words(found: TableMapping, columns: Sequence[str]) -> str:
    """Which column is what, and what becomes of the others.

    >>> table = TableMapping("items", "movieId", {"title": "name"}, {"item_id": 1.0, "title": 0.9}, {"item_id": "known"})
    >>> words(table, ["movieId", "name", "year"])
    'item: movieId (100 % sure: known) · title: name (90 % sure) · 1 more column describes them'
    """
    parts = []
    for role, column in found.sources().items():
        reason = found.reason.get(role, "")
        sure = f"{percent(found.confidence[role])} sure" + (f": {reason}" if reason else "")
        parts.append(f"{_WORDS.get(role, role)}: {column} ({sure})")
    more = len(set(columns) - set(found.sources().values()))
    if more:
        parts.append(f"{counted(more, 'more column describes', 'more columns describe')} them")
    return " · ".join(parts)
