"""Looking one user or one item up in the files of a data set."""

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from m6rec_core import schema
from m6rec_core.data.lookup import ITEMS, NEWEST, USERS, Looked
from m6rec_core.errors import DataError
from m6rec_core.figures import health_time
from m6rec_core.figures.text import counted, thousands, three
from pages.shared import cached, choices
from pages.shared.panels import escaped, picture, quiet, table

SIDES = {"One user": USERS, "One item": ITEMS}
CHOICE = {USERS: choices.USER, ITEMS: choices.ITEM}


@st.fragment
def look_up(folder: Path, name: str) -> None:
    """Asks for one user or item, searched for on the server, and shows what the data set knows of it."""
    st.subheader("Look one up", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        side = st.segmented_control(
            "Which",
            list(SIDES),
            default="One user",
            required=True,
            key="health.side",
            bind="query-params",
            label_visibility="collapsed",
        )
        which = SIDES[str(side)]
        one_id = _chosen(folder, which)
    if not one_id:
        quiet("Nothing is looked up yet: type a part of an id, or of a title, and choose a match.")
        return
    try:
        found = cached.looked_up(folder, which, one_id)
    except DataError as error:
        st.error("This one cannot be shown.", icon=":material/error:")
        st.text(str(error))
        return
    _portrait(found, which)
    _months(found, which)
    if which == USERS:
        _newest(found, name)


def _chosen(folder: Path, which: str) -> str:
    typed = st.text_input(
        "Search",
        type="search",
        live="300ms",
        placeholder="Type an id …" if which == USERS else "Type a title or an id …",
        key=f"health.find_{which}",
        label_visibility="collapsed",
        width=260,
    )
    listed = {match.one_id: match.title for match in cached.found_ids(folder, which, typed or "")}
    chosen, key = choices.made_choice(CHOICE[which]), f"health.match_{which}"
    if chosen and chosen not in listed:
        exact = (match for match in cached.found_ids(folder, which, chosen)[:1])
        listed = {match.one_id: match.title for match in exact if match.one_id == chosen} | listed
    st.session_state[key] = chosen if chosen in listed else None
    st.selectbox(
        "Match",
        list(listed),
        format_func=lambda option: _words(option, listed[option]),
        key=key,
        index=None,
        placeholder="Choose a match" if listed else "No match",
        label_visibility="collapsed",
        width=360,
        on_change=lambda: choices.make(CHOICE[which], st.session_state[key] or ""),
    )
    return chosen if chosen in listed else ""


def _words(one_id: str, title: str) -> str:
    return one_id if one_id == title else f"{title} · {one_id}"


def _portrait(found: Looked, which: str) -> None:
    others = counted(found.others, "item" if which == USERS else "user")
    said = [f"{counted(found.events, 'event')} {'on' if which == USERS else 'by'} {others}"]
    if len(found.kinds) > 1:
        said += [
            f"{thousands(number)} {kind}"
            for kind, number in zip(found.kinds, found.events_of_kind, strict=True)
            if number
        ]
    if found.first is not None and found.last is not None:
        said.append(
            f"first {health_time.day(found.first)}, last {health_time.day(found.last)} (UTC)"
        )
    if not np.isnan(found.mean_value):
        said.append(f"mean value {three(found.mean_value)}")
    title = f"User {found.one_id}" if which == USERS else found.title
    st.markdown(f"**{escaped(title)}** · {escaped(' · '.join(said))}")
    known = {column: value for column, value in found.attributes.items() if value is not None}
    if known:
        st.dataframe(
            pd.DataFrame({"Attribute": list(known), "Value": [_shown(v) for v in known.values()]}),
            hide_index=True,
            key=f"health.attributes_{which}",
            column_config={"Attribute": st.column_config.TextColumn(width="small")},
        )
    elif found.attributes:
        quiet("None of its attributes is known.")


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _months(found: Looked, which: str) -> None:
    if len(found.month) < 2:
        return
    picture(
        health_time.months_finding(found.month, found.events_of_month),
        lambda theme: health_time.months_figure(found.month, found.events_of_month, theme),
        key=f"health.months_{which}",
    )


def _newest(found: Looked, name: str) -> None:
    shown = found.newest
    if len(found.kinds) == 1:
        shown = shown.drop(columns=schema.EVENT)
    shown = shown.dropna(axis="columns", how="all")
    if shown.empty or (shown[schema.TITLE] == shown[schema.ITEM_ID]).all():
        shown = shown.drop(columns=schema.TITLE)
    order = "newest" if schema.TIMESTAMP in shown else "last in the file"
    quiet(
        f"The {order} {thousands(min(found.events, NEWEST))} of {counted(found.events, 'event')}."
    )
    table(
        shown,
        key="health.newest",
        file_name=f"{name}-user-{found.one_id}.csv",
        columns={
            schema.TIMESTAMP: st.column_config.DatetimeColumn(
                "timestamp (UTC)", format="YYYY-MM-DD HH:mm", timezone="UTC"
            )
        },
        height=min(38 + 35 * max(len(shown), 1), 420),
    )
