"""Choosing a user and an item: typed, at random or by segment; the search runs here, not in the browser."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from m6rec_core.data.ids import IdMap
from pages.shared import cached, choices
from pages.shared.panels import escaped

MOST_MATCHES = 20
EVERYBODY = "All"
SEGMENTS = {
    "New": "no history, or a first event in the latest tenth of the time that the data covers",
    "Light": "the quarter of the users with the fewest items",
    "Heavy": "the quarter with the most items",
    "Niche": "the third whose items are known to the fewest",
    "Mainstream": "the third whose items are known to the most",
    "Best served": "the quarter with the highest NDCG@10 in the evaluation, above 0",
    "Worst served": "nothing of what was held out stands in the first ten",
}
UNKNOWN = {
    choices.USER: "Who is unknown gets the most popular items.",
    choices.ITEM: "An unknown item is on no list.",
}
QUARTER = 0.25
LATEST = 0.1
NDCG = "ndcg@10"


def choose_user(run: Path, page: str) -> str:
    """The user of the sidebar: the chosen one, or the first of the segment while none was chosen."""
    recommender = cached.recommender(run)
    ids, parts = recommender.interactions.users.ids, segments(run)
    st.markdown("**User**")
    segment = st.selectbox(
        "Segment",
        list(parts),
        key=f"{page}.segment",
        bind="query-params",
        help="; ".join(f"{name}: {SEGMENTS[name]}" for name in parts if name != EVERYBODY),
    )
    rows = parts[str(segment)]
    typed = st.text_input(
        "Find a user",
        type="search",
        live="300ms",
        placeholder="Type an id …",
        key=f"{page}.find_user",
        help="Searches all users; at most 20 matches are listed.",
    )
    listed = matches(cached.user_search(run), typed or "", among=rows)
    chosen = _known(choices.USER, recommender.interactions.users)
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
    chosen = _known(choices.ITEM, recommender.interactions.items)
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


def _known(choice: str, ids: IdMap) -> str:
    """The choice where this run knows it; else empty, and the sidebar says so."""
    chosen = choices.made_choice(choice)
    if not chosen or chosen in ids:
        return chosen
    st.warning(
        f"This run does not know the {choice} '{escaped(chosen[:40])}'; another one is shown. "
        f"{UNKNOWN[choice]}",
        icon=":material/warning:",
    )
    return ""


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


@st.cache_resource(max_entries=2, show_spinner=False)
def segments(run: Path) -> dict[str, npt.NDArray[np.int64]]:
    """Name → user rows of every segment that anybody is in; all users with a history first."""
    recommender = cached.recommender(run)
    training = recommender.training
    lengths = training.lengths()
    rows = np.flatnonzero(lengths > 0)
    few, many = np.quantile(lengths[rows], [QUARTER, 1 - QUARTER])
    audience = cached.audience(run)[rows]
    low, high = np.quantile(audience, [1 / 3, 2 / 3])
    found = {
        EVERYBODY: rows,
        "New": _new_users(run),
        "Light": rows[lengths[rows] <= few],
        "Heavy": rows[lengths[rows] >= many],
        "Niche": rows[audience <= low],
        "Mainstream": rows[audience >= high],
    } | _by_service(run)
    return {name: found[name] for name in (EVERYBODY, *SEGMENTS) if len(found.get(name, ()))}


def _new_users(run: Path) -> npt.NDArray[np.int64]:
    training = cached.recommender(run).training
    lengths = training.lengths()
    is_new = lengths == 0
    if training.has_time and len(training.time):
        span = training.time.min(), training.time.max()
        since = span[1] - LATEST * (span[1] - span[0])
        first = training.time[np.minimum(training.indptr[:-1], len(training.time) - 1)]
        is_new |= first >= since
    return np.flatnonzero(is_new)


def _by_service(run: Path) -> dict[str, npt.NDArray[np.int64]]:
    """Who is served best and worst, where the run kept it."""
    kept = cached.per_user(run)
    if kept is None or NDCG not in kept:
        return {}
    users = cached.recommender(run).interactions.users
    user_row = users.rows_of(kept.index.to_numpy()).astype(np.int64)
    ndcg = kept[NDCG].to_numpy()
    least = max(float(np.quantile(ndcg, 1 - QUARTER)), 1e-9) if len(ndcg) else 1.0
    return {"Best served": user_row[ndcg >= least], "Worst served": user_row[ndcg == 0]}


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
