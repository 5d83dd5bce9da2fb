"""Tables that leave the app: csv that a spreadsheet cannot be made to execute."""

import io
from collections.abc import Callable

import pandas as pd
import streamlit as st

from m6rec_core.formulas import defused


def sanitised_csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 csv with a byte order mark; texts that a spreadsheet would run get a leading apostrophe.

    Numbers keep their sign, also when they stand in a text column.

    >>> sanitised_csv(pd.DataFrame({"item_id": ["=1+1", "-5", "Alien"]})).decode("utf-8-sig").split()
    ['item_id', "'=1+1", '-5', 'Alien']
    """
    safe = pd.DataFrame({defused(str(name)): _column(frame[name]) for name in frame.columns})
    text = io.StringIO()
    safe.to_csv(text, index=False, lineterminator="\n")
    return text.getvalue().encode("utf-8-sig")


def download(
    label: str, content: pd.DataFrame | Callable[[], bytes], file_name: str, *, key: str
) -> None:
    """A button that makes the csv, of a table or by a function, only when it is pressed."""
    st.download_button(
        label,
        data=content if callable(content) else lambda: sanitised_csv(content),
        file_name=file_name,
        mime="text/csv",
        key=key,
        icon=":material/download:",
        on_click="ignore",
        help="csv, UTF-8; cells that a spreadsheet would run as a formula start with an apostrophe",
    )


def _column(column: "pd.Series") -> "pd.Series":
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    return column.map(lambda cell: defused(cell) if isinstance(cell, str) else cell)
