"""Which column is what: the guess with its reason, and the analyst's word over it."""

from collections.abc import Mapping as Words
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from m6rec_core import schema
from m6rec_core.data.aliases import SESSION
from m6rec_core.data.mapping import (
    ITEM_ATTRIBUTES,
    NO_COLUMN,
    USER_ATTRIBUTES,
    Mapping,
    guess_mapping,
)
from m6rec_core.figures.text import percent
from m6rec_core.workspace import memory
from pages.shared.panels import quiet
from pages.shared.upload_files import File

PAGE = "uploads"
NONE = ""
ROLE_WORDS: Words[str, tuple[str, str]] = {
    schema.USER_ID: ("User", "Who did it. Ids are texts: 007 stays 007."),
    schema.ITEM_ID: ("Item", "What it was done with."),
    schema.EVENT: ("Kind of event", "view, cart, purchase … Without it every row is one kind."),
    schema.VALUE: ("Rating or amount", "A rating such as 4.5, or a quantity."),
    schema.TIMESTAMP: ("Time", "Seconds, milliseconds, ISO or dates are recognised."),
    SESSION: ("Session", "Stands in for the user where there is none."),
}
ATTRIBUTE_WORDS: Words[str, tuple[str, str]] = {
    USER_ATTRIBUTES: ("Columns that describe the user", "Such as country or age group."),
    ITEM_ATTRIBUTES: ("Columns that describe the item", "Such as title, category or price."),
}


@dataclass(frozen=True)
class Choice:
    """The mapping of the events as it was chosen, and as it was guessed.

    `problem` says in plain words why the events cannot be read so.
    """

    mapping: Mapping = field(default_factory=Mapping)
    guess: Mapping = field(default_factory=Mapping)
    problem: str = ""

    def options(self) -> dict[str, str]:
        """The choice as options of a configuration."""
        return self.mapping.to_words()

    def corrections(self) -> dict[str, str]:
        """What was chosen otherwise than it was guessed."""
        guessed = self.guess.to_words()
        return {key: name for key, name in self.options().items() if name != guessed[key]}


def ask(home: Path, events: Sequence[File], before: Words[str, str]) -> Choice:
    """Asks for the column of each role of the events; the guess comes from the first file of them.

    `before`: options of the version before, which go before what is remembered for this header.
    """
    st.subheader("Which column is what", anchor=False)
    preview = events[0].preview
    guess = guess_mapping(preview.columns, preview.frame)
    recalled = memory.recall(home, preview.columns) | {
        key: name for key, name in before.items() if key.startswith("mapping.")
    }
    start = Mapping.from_words(guess.to_words() | recalled)
    header = f"{events[0].upload.upload_id}.{len(preview.columns)}"
    chosen = {
        role: _ask_role(role, preview.columns, start, guess, recalled, header)
        for role in ROLE_WORDS
    }
    attributes = {}
    for place, role in zip(st.columns(2), ATTRIBUTE_WORDS, strict=True):
        with place:
            attributes[role] = _ask_attributes(role, preview.columns, start, header)
    mapping = Mapping(**chosen, **attributes)
    return Choice(mapping, guess, _problem(mapping, events))


def _ask_role(
    role: str,
    columns: Sequence[str],
    start: Mapping,
    guess: Mapping,
    recalled: Words[str, str],
    header: str,
) -> str:
    label, help = ROLE_WORDS[role]
    words, place, why = st.columns([2, 3, 5], vertical_alignment="center")
    words.markdown(f"**{label}**", help=help)
    options = [NONE, *columns]
    usual = getattr(start, role)
    column = place.selectbox(
        label,
        options,
        index=options.index(usual) if usual in columns else 0,
        format_func=lambda name: name or "(none)",
        key=f"{PAGE}.role.{role}.{header}",
        label_visibility="collapsed",
        persist_state="session",
    )
    with why:
        if recalled.get(f"mapping.{role}", "") == (column or NO_COLUMN):
            quiet("as you chose last time")
        elif column != getattr(guess, role):
            quiet("your choice")
        elif not column:
            stands_in = role == schema.USER_ID and guess.session
            quiet("no column fits; the session stands in" if stands_in else "no column fits")
        else:
            quiet(f"{percent(guess.confidence[role])} sure: {guess.reason[role]}")
    return str(column)


def _ask_attributes(
    role: str, columns: Sequence[str], start: Mapping, header: str
) -> tuple[str, ...]:
    label, help = ATTRIBUTE_WORDS[role]
    return tuple(
        st.multiselect(
            label,
            columns,
            default=[column for column in getattr(start, role) if column in columns],
            key=f"{PAGE}.role.{role}.{header}",
            help=help,
            placeholder="none",
            persist_state="session",
        )
    )


def _problem(mapping: Mapping, events: Sequence[File]) -> str:
    if not mapping.who or not mapping.item_id:
        return "Choose a column for the item, and one for the user or the session."
    if mapping.who == mapping.item_id:
        return f"'{mapping.who}' cannot be both the user and the item. Choose another column."
    wanted = {*mapping.sources().values(), *mapping.user_attributes, *mapping.item_attributes}
    for file in events:
        lacking = sorted(wanted - set(file.preview.columns))
        if lacking:
            shown = ", ".join(f"'{column}'" for column in lacking[:5])
            return (
                f"'{file.upload.name}' has no column {shown}. Say above what it holds instead of events, "
                "or leave it out and make a data set of its own from it."
            )
    return ""
