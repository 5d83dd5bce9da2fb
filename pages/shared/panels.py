"""Pieces that pages are built from: figures of merit, a picture with its finding, a table with its export."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import streamlit as st

from m6rec_core.figures.text import cut
from m6rec_core.figures.theme import CONFIG, Theme, theme_named
from pages.shared.exports import download

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_TABLE_ROWS = 1_000
ROW_PIXELS = 36
MOST_OF_A_TITLE = 100  # characters of a name in a heading or a sentence
_NAMED = re.compile(r":(?=[A-Za-z+_])")
_ADDRESS = re.compile(r":(?=//)|www(?=\.)|@(?=[\w-]+\.[a-z])", re.IGNORECASE)
_BLANKS = re.compile(r"[^\S\u2009\u202f\xa0]+")  # all but the spaces that keep numbers whole
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^])")


@dataclass(frozen=True)
class Merit:
    """One of the at most four figures of a page: what it is, its value with unit, what it is held against."""

    label: str
    value: str
    help: str
    beside: str = ""


def theme() -> Theme:
    """The colours of the ground that the analyst looks at."""
    return theme_named("dark" if st.context.theme.type == "dark" else "light")


def answer(*merits: Merit) -> None:
    """The figures that matter, side by side."""
    for place, merit in zip(st.columns(len(merits)), merits, strict=True):
        with place:
            st.metric(
                escaped(merit.label),
                escaped(merit.value),
                delta=escaped(merit.beside) or None,
                delta_color="off",
                delta_arrow="off",
                help=merit.help,
                border=True,
                height="stretch",
            )


def picture(finding: str, draw: "Callable[[Theme], Figure]", *, key: str) -> None:
    """A chart under the sentence that says what it shows."""
    st.markdown(f"**{escaped(finding)}**")
    st.plotly_chart(draw(theme()), theme=None, config=CONFIG, alt=finding, key=key)


def tabs(key: str, views: Mapping[str, Callable[[], None]]) -> None:
    """Tabs of which only the open one is computed; which one that is stands in the address."""
    places = st.tabs(list(views), key=key, on_change="rerun", bind="query-params")
    for place, show in zip(places, views.values(), strict=True):
        if place.open:
            with place:
                show()


def table(
    frame: pd.DataFrame,
    *,
    key: str,
    file_name: str,
    columns: Mapping[str, Any] | None = None,
    height: int | str = "auto",
) -> None:
    """A table of at most 1,000 rows, and its export with all of them; lower than `height` where few are there."""
    if isinstance(height, int) and ROW_PIXELS * (len(frame) + 1) < height:
        height = "content"
    st.dataframe(
        frame.head(MOST_TABLE_ROWS),
        hide_index=True,
        column_config=dict(columns or {}),
        key=key,
        height=height,  # type: ignore[arg-type]
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        download("Download csv", frame, file_name, key=f"{key}.csv")
        if len(frame) > MOST_TABLE_ROWS:
            quiet(f"The first {MOST_TABLE_ROWS:,} of {len(frame):,} rows are shown.")


def behind(
    frame: pd.DataFrame,
    *,
    key: str,
    file_name: str,
    columns: Mapping[str, Any] | None = None,
    title: str = "The numbers",
) -> None:
    """The table behind a chart, folded up."""
    with st.expander(title, icon=":material/table_rows:"):
        table(frame, key=key, file_name=file_name, columns=columns)


def heading(name: str, rest: str = "") -> None:
    """A name from outside as a heading: cut to a line or two, in full when pointed at; then the rest."""
    shown = cut(name, MOST_OF_A_TITLE)
    whole = None if shown == name else escaped(name)
    st.subheader(escaped(f"{shown} {rest}"), anchor=False, help=whole)


def quiet(text: str, *, width: Literal["stretch", "content"] = "stretch") -> None:
    """A line in the second colour, for what explains and does not answer."""
    st.markdown(f":small[:gray[{escaped(text)}]]", width=width)


def escaped(text: str) -> str:
    """Text from outside so that Markdown shows it as it is.

    >>> escaped("*Up* [x](y)")
    '\\\\*Up\\\\* \\\\[x\\\\]\\\\(y\\\\)'
    """
    # names between colons become icons and emoji whatever stands before the colon, but not after it;
    # addresses become links whatever stands before them
    plain = _NAMED.sub(":\u2060", _BLANKS.sub(" ", text).strip())
    plain = _ADDRESS.sub("\\g<0>\u2060", plain)
    return _MARKUP.sub(r"\\\1", plain)


def download_row(*tables: tuple[str, pd.DataFrame, str], key: str) -> None:
    """Downloads side by side: (label, table, file name) each."""
    with st.container(horizontal=True):
        for number, (label, frame, file_name) in enumerate(tables):
            download(label, frame, file_name, key=f"{key}.csv.{number}")
