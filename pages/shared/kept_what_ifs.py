"""Several what-ifs kept in the address, and their lists beside each other."""

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from m6rec_core.errors import DataError
from m6rec_core.figures.text import three
from m6rec_core.ranking.overlap import rbo
from pages.shared import lists, what_if_views
from pages.shared.panels import quiet, table
from pages.shared.what_ifs import WhatIf, unfolded

KEPT = "what_if.kept"
MOST_KEPT = 6
NAMES = "ABCDEF"


def kept() -> list[WhatIf]:
    """The what-ifs that were kept, as they stand in the address; damaged ones are left out."""
    found = []
    for text in st.query_params.get_all(KEPT)[:MOST_KEPT]:
        try:
            found.append(unfolded(text))
        except DataError:
            continue
    return found


def keep(states: list[WhatIf]) -> None:
    """Puts the kept what-ifs into the address."""
    st.query_params[KEPT] = [state.folded() for state in states]


def compare(run: Path, n: int) -> None:
    """The lists of the kept what-ifs beside each other, against the first of them."""
    states = kept()
    if not states:
        quiet("Keep a what-if to compare it with the next; the address carries all of them.")
        return
    found = [what_if_views.answered(run, state, n) for state in states]
    first = found[0].item_row.tolist()
    columns: dict[str, list[Any]] = {"#": list(range(1, n + 1))}
    for place, (state, one) in enumerate(zip(states, found, strict=True)):
        marks = lists.moves(first, one.item_row.tolist())
        named = [
            title if place == 0 else f"{mark:<5} {title}"
            for mark, title in zip(marks, lists.titles(run, one.item_row), strict=True)
        ]
        columns[f"{NAMES[place]}: {words(state)}"] = named + [""] * (n - len(named))
    agreed = ", ".join(
        f"{NAMES[place]} {three(rbo(first, one.item_row.tolist()))}"
        for place, one in enumerate(found[1:], start=1)
    )
    if agreed:
        st.markdown(f"**How far they agree with A (RBO, 1 is equal): {agreed}.**")
    table(
        pd.DataFrame(columns),
        key="what_if.compare",
        file_name="what-ifs.csv",
        height=lists.height(n),
    )
    with st.container(horizontal=True):
        for place, state in enumerate(states):
            if st.button(f"Open {NAMES[place]}", key=f"what_if.open.{place}"):
                what_if_views.become(state)
                if state.user_id:
                    st.query_params["user"] = state.user_id
                st.rerun()
        if st.button("Forget all", key="what_if.forget", type="tertiary"):
            del st.query_params[KEPT]
            st.rerun()


def words(state: WhatIf) -> str:
    """A what-if in a few words."""
    who = f"user {state.user_id[:20]}" if state.user_id else "nobody"
    said = [
        f"−{len(state.removed)}" if state.removed else "",
        f"+{len(state.given)}" if state.given else "",
        *(f"{column}={value}" for column, value in state.attributes),
    ]
    return " ".join([who, *filter(None, said)])
