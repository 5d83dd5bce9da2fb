"""Choosing a user and an item: typed, at random or by segment; the search runs here, not in the browser."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from pages.shared import cached, choices

MOST_MATCHES = 20
EVERYBODY, LIGHT, HEAVY = "All", "Light", "Heavy"
QUARTER = 0.25


def choose_user(run: Path, page: str) -> str:
    """The user of the sidebar: the chosen one, or the first of the segment while none was chosen."""
    recommender = cached.recommender(run)
    ids, lengths = recommender.interactions.users.ids, recommender.training.lengths()
    st.markdown("**User**")
    segment = st.segmented_control(
        "Segment",
        [EVERYBODY, LIGHT, HEAVY],
        default=EVERYBODY,
        required=True,
        key=f"{page}.segment",
        bind="query-params",
        help="Light and heavy: the quarter of the users with the fewest and the most items.",
    )
    rows = _segment(lengths, str(segment))
    typed = st.text_input(
        "Find a user",
        type="search",
        live="300ms",
        placeholder="Type an id …",
        key=f"{page}.find_user",
        help="Searches all users; at most 20 matches are listed.",
    )
    listed = matches(cached.user_search(run), typed or "", among=rows)
    chosen = choices.made_choice(choices.USER)
    if chosen not in recommender.interactions.users:
        chosen = ""
    if chosen:
        choices.remember(choices.USER, chosen)
    user = _select(
        "Matches" if typed else "User id",
        [str(ids[row]) for row in listed],
        chosen,
        key=f"{page}.user",
        choice=choices.USER,
    )
    st.button(
        "Random user",
        icon=":material/shuffle:",
        key=f"{page}.random_user",
        on_click=lambda: choices.make(choices.USER, str(ids[random.choice(rows)])),
        help="Any user of the segment.",
    )
    return user


def choose_item(run: Path, page: str, suggested: Sequence[int]) -> str:
    """The item of the sidebar: the chosen one, or the first that is suggested while none was chosen."""
    recommender = cached.recommender(run)
    ids, titles = recommender.interactions.items.ids, cached.item_titles(run)
    st.markdown("**Item**")
    typed = st.text_input(
        "Find an item",
        type="search",
        live="300ms",
        placeholder="Type a title or an id …",
        key=f"{page}.find_item",
        help="Searches all items; at most 20 matches are listed.",
    )
    listed = matches(cached.item_search(run), typed) if typed else list(suggested)[:MOST_MATCHES]
    chosen = choices.made_choice(choices.ITEM)
    if chosen not in recommender.interactions.items:
        chosen = ""
    if chosen:
        choices.remember(choices.ITEM, chosen)
    names = {str(ids[row]): str(titles[row]) for row in listed}
    if chosen:
        names[chosen] = str(titles[recommender.interactions.items.row_of(chosen)])
    return _select(
        "Matches" if typed else "Item",
        [str(ids[row]) for row in listed],
        chosen,
        key=f"{page}.item",
        choice=choices.ITEM,
        names=names,
    )


def matches(
    texts: pa.Array, typed: str, *, among: npt.NDArray[np.int64] | None = None
) -> list[int]:
    """At most 20 rows whose text holds what was typed, exact ones first; all match an empty text.

    >>> matches(pa.array(["417", "41", "7"]), "41")
    [1, 0]
    """
    wanted = typed.strip().lower()
    if not wanted:
        rows = np.arange(len(texts)) if among is None else among
        return [int(row) for row in rows[:MOST_MATCHES]]
    found = np.flatnonzero(np.asarray(pc.match_substring(texts, wanted)))
    if among is not None:
        exact = np.asarray(pc.equal(texts, wanted))
        found = found[np.isin(found, among) | exact[found]]
    lengths = np.asarray(pc.utf8_length(texts.take(pa.array(found))))
    starts = np.asarray(pc.starts_with(texts.take(pa.array(found)), wanted))
    order = np.lexsort((found, lengths, ~starts.astype(bool)))
    return [int(row) for row in found[order][:MOST_MATCHES]]


def _segment(lengths: npt.NDArray[np.int64], segment: str) -> npt.NDArray[np.int64]:
    rows = np.flatnonzero(lengths > 0)
    if segment == LIGHT:
        return rows[lengths[rows] <= np.quantile(lengths[rows], QUARTER)]
    if segment == HEAVY:
        return rows[lengths[rows] >= np.quantile(lengths[rows], 1 - QUARTER)]
    return rows


def _select(
    label: str,
    listed: Sequence[str],
    chosen: str,
    *,
    key: str,
    choice: str,
    names: dict[str, str] | None = None,
) -> str:
    current = chosen or (listed[0] if listed else "")
    options = list(dict.fromkeys([current, *listed]))
    st.session_state[key] = current
    st.selectbox(
        label,
        options,
        format_func=lambda option: (names or {}).get(option, option),
        key=key,
        on_change=lambda: choices.make(choice, st.session_state[key]),
    )
    return current
