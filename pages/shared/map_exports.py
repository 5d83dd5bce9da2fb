"""The points of a map for other tools: vectors and labels as two tab-separated files."""

import io

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from m6rec_core.formulas import defused
from pages.shared.panels import quiet


def vectors_tsv(vectors: npt.NDArray[np.float32]) -> bytes:
    """One line per point, its numbers parted by tabs, no header.

    >>> vectors_tsv(np.array([[0.5, 2.0]], np.float32))
    b'0.5\\t2\\n'
    """
    text = io.StringIO()
    np.savetxt(text, vectors, fmt="%.7g", delimiter="\t")
    return text.getvalue().encode()


def metadata_tsv(points: pd.DataFrame) -> bytes:
    """A header and one line per point; tabs and line breaks within a text become spaces, and what a
    spreadsheet would run as a formula gets a leading apostrophe.

    >>> metadata_tsv(pd.DataFrame({"title": ["a\\tb", "=1+1"], "year": [1999.0, -1.0]}))
    b"title\\tyear\\na b\\t1999.0\\n'=1+1\\t-1.0\\n"
    """
    lines = ["\t".join(_cell(name) for name in points.columns)]
    lines += ["\t".join(_cell(value) for value in row) for row in points.itertuples(index=False)]
    return ("\n".join(lines) + "\n").encode()


def for_projector(vectors: npt.NDArray[np.float32], points: pd.DataFrame, *, name: str) -> None:
    """Two downloads that TensorBoard's embedding projector opens."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, make, content in (
            ("Vectors", vectors_tsv, vectors),
            ("Labels", metadata_tsv, points),
        ):
            st.download_button(
                label,
                data=lambda make=make, content=content: make(content),  # type: ignore[misc]
                file_name=f"{name}-{'vectors' if label == 'Vectors' else 'metadata'}.tsv",
                mime="text/tab-separated-values",
                key=f"map.projector.{label}",
                icon=":material/download:",
                on_click="ignore",
            )
        quiet("Both together open in TensorBoard's embedding projector.")


def _cell(value: object) -> str:
    return defused(" ".join(str(value).split()))
