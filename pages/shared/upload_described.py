"""How files about users, items and links are understood: their ids, what other columns mean, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from m6rec_core import schema
from m6rec_core.data.table_mapping import ITEMS, USERS, TableMapping, guess_table
from m6rec_core.errors import DataError
from m6rec_core.figures.text import counted, percent
from pages.shared.panels import escaped
from pages.shared.upload_files import TABLES, File
from pages.shared.upload_tables import EVENTS

GUESSED = "(as guessed)"
_IDS: Mapping[str, str] = {USERS: "Ids of users", ITEMS: "Ids of items"}
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


@dataclass(frozen=True)
class Ids:
    """Which column of the files about users and items holds the ids, and whether all can be read so."""

    columns: Mapping[str, str]
    are_clear: bool

    def options(self) -> dict[str, str]:
        """The columns that were chosen, as options of a configuration."""
        return {f"mapping.{table}_id": column for table, column in self.columns.items()}


def ask(files: Sequence[File], before: Mapping[str, str]) -> Ids:
    """One line per file that holds no events; where the ids can be chosen, a box for their column.

    `before`: options of the version before.
    """
    described = [file for file in files if file.table != EVENTS]
    columns: dict[str, str] = {}
    for table in (USERS, ITEMS):
        of_table = [file for file in described if file.table == table]
        if of_table:
            columns[table] = _ask(table, of_table, before.get(f"mapping.{table}_id", ""))
    said = [_say(file, columns.get(file.table, "")) for file in described]  # also after a wrong one
    return Ids({table: column for table, column in columns.items() if column}, all(said))


def _ask(table: str, files: Sequence[File], before: str) -> str:
    """The column of the ids, the same in all files of a kind; empty where the guess holds."""
    first = files[0].preview.columns
    words, place, _ = st.columns([2, 3, 5], vertical_alignment="center")
    words.markdown(f"**{_IDS[table]}**", help="The ids are those of the events.")
    options = [GUESSED, *first]
    chosen = place.selectbox(
        _IDS[table],
        options,
        index=options.index(before) if before in first else 0,
        key=f"uploads.ids.{table}.{files[0].upload.upload_id}",
        label_visibility="collapsed",
        persist_state="session",
    )
    return "" if chosen == GUESSED else str(chosen)


def _say(file: File, id_column: str) -> bool:
    name = f"**{TABLES[file.table]}** · {escaped(file.upload.name)}"
    columns, rows = file.preview.columns, file.preview.frame
    try:
        found = guess_table(columns, rows, file.table, id_column=id_column)
    except DataError as error:
        st.warning(f"{name}: {escaped(str(error))}", icon=":material/warning:")
        return False
    st.markdown(f"{name}  \n:small[:gray[{escaped(words(found, columns))}]]")
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
