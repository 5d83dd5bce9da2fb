"""The controls and tables of the page What if."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from m6rec_core.data.attributes import CATEGORY, NUMBER
from m6rec_core.errors import DataError
from m6rec_core.ranking.fold_in import events_of
from m6rec_core.ranking.live import LiveList
from pages.shared import cached, lists, people
from pages.shared.panels import escaped, quiet
from pages.shared.what_ifs import WhatIf, unfolded

STATE = "what_if.state"
MOST_EDITED = 200
MOST_COLUMNS = 6
MOST_VALUES = 100
STORED = "as it is"


def current(user_id: str) -> WhatIf:
    """The what-if of the address, when it is about this user; else the user as they are stored."""
    given = st.query_params.get(STATE, "")
    if given:
        try:
            found = unfolded(given)
        except DataError as error:
            st.warning(escaped(str(error)), icon=":material/link_off:")
            return WhatIf(user_id)
        if found.user_id == user_id:
            return found
    return WhatIf(user_id)


def become(state: WhatIf) -> None:
    """Puts a what-if into the address: the next run of the page shows it."""
    if state.is_changed:
        st.query_params[STATE] = state.folded()
    elif STATE in st.query_params:
        del st.query_params[STATE]


def answered(
    run: Path, state: WhatIf, n: int, *, include_seen: bool = False, model: str = "scorer"
) -> LiveList:
    """The list for a what-if."""
    live = cached.live(run)
    return live.recommend(
        state.events(live.events_of(state.user_id)),
        n,
        user_id=state.user_id,
        attributes=dict(state.attributes),
        include_seen=include_seen,
        model=model,
    )


def edit_history(run: Path, state: WhatIf, shown: LiveList) -> None:
    """The history as a table whose cells change it: keep or not, another rating, another event."""
    recommender = cached.recommender(run)
    events, history = recommender.interactions, shown.history
    newest = np.arange(len(history.item_row))[::-1][:MOST_EDITED]
    item_row = history.item_row[newest]
    ids = [str(one) for one in events.items.ids_of(item_row)]
    columns: dict[str, Any] = {"Keep": [True] * len(ids)}
    if events.rating_range is not None:
        low, high = events.rating_range
        columns["Rating"] = (low + history.rating[newest] * (high - low)).round(2)
    elif len(events.event_names) > 1:
        columns["Event"] = _kinds(run, state, ids)
    columns["Title"] = lists.titles(run, item_row)
    before = pd.DataFrame(columns)
    after = st.data_editor(
        before,
        hide_index=True,
        key=f"what_if.history.{hash(state)}",
        disabled=["Title"],
        height=lists.height(min(len(ids), 12)),
        column_config=_editor_columns(run),
    )
    changed = state
    for place, item_id in enumerate(ids):
        if not bool(after["Keep"].iloc[place]):
            changed = changed.remove(item_id)
            continue
        for column in ("Rating", "Event"):
            if column in before and not _equal(
                before[column].iloc[place], after[column].iloc[place]
            ):
                new = after[column].iloc[place]
                rating = float(new) if column == "Rating" and pd.notna(new) else None
                changed = changed.give(item_id, str(new) if column == "Event" else "", rating)
    if changed != state:
        become(changed)
        st.rerun()
    if len(history.item_row) > MOST_EDITED:
        quiet(f"The newest {MOST_EDITED} of {len(history.item_row):,} items can be edited here.")


def add_item(run: Path, state: WhatIf) -> None:
    """Search an item, say what was done with it, and put it at the end of the history."""
    recommender = cached.recommender(run)
    events, titles = recommender.interactions, cached.item_titles(run)
    typed = st.text_input(
        "Add an item",
        type="search",
        live="300ms",
        placeholder="Type a title or an id …",
        key="what_if.find",
        help="Searches all items; at most 20 matches are listed.",
    )
    rows = (
        people.matches(cached.item_search(run), typed)
        if typed
        else [int(row) for row in recommender.space.popular[: people.MOST_MATCHES]]
    )
    names = {
        str(one): str(titles[row])[: lists.LONGEST_TITLE]
        for one, row in zip(events.items.ids_of(rows), rows, strict=True)
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        item_id = st.selectbox(
            "Item", list(names), format_func=lambda one: names.get(one, one), key="what_if.item"
        )
        event, value = _what_was_done(run)
        if st.button("Add", icon=":material/add:", key="what_if.add", disabled=item_id is None):
            become(state.give(str(item_id), event, value))
            st.rerun()


def tell_attributes(run: Path, state: WhatIf) -> None:
    """The person's attributes, those of the stored user or told ones."""
    columns = _attribute_values(run)
    if not columns:
        quiet("The data knows no attributes of users.")
        return
    recommender, told = cached.recommender(run), dict(state.attributes)
    row = recommender.interactions.users.row_of(state.user_id)
    for column, values in columns.items():
        stored = "not told"
        if row >= 0 and recommender.users is not None:
            stored = str(recommender.users.frame[column].iloc[row])
        key = f"what_if.attribute.{column}.{hash(state)}"
        if values is None:
            number = st.number_input(
                f"{column} (stored: {stored})",
                value=float(told[column]) if column in told else None,
                key=key,
            )
            new = None if number is None else f"{number:g}"
        else:
            options = [STORED, *values]
            now = told.get(column, STORED)
            chosen = st.selectbox(
                f"{column} (stored: {stored})",
                options,
                index=options.index(now) if now in options else 0,
                key=key,
            )
            new = None if chosen == STORED else str(chosen)
        if new != told.get(column):
            become(state.tell(column, new))
            st.rerun()


def reasons(run: Path, state: WhatIf, shown: LiveList) -> list[str]:
    """Why each item of the list is there."""
    from m6rec_core.explanation.list_reasons import list_reasons

    recommender = cached.recommender(run)
    if shown.source != "scorer":
        return ["the list is by popularity"] * len(shown.item_row)
    asked = recommender.for_attributes(dict(state.attributes)) if state.attributes else recommender
    return [reason.text for reason in list_reasons(asked, shown.history, shown.item_row)]


def _what_was_done(run: Path) -> tuple[str, float | None]:
    events = cached.recommender(run).interactions
    if events.rating_range is not None:
        low, high = events.rating_range
        value = st.number_input(
            "Rating",
            min_value=float(low),
            max_value=float(high),
            value=float(high),
            step=0.5,
            key="what_if.rating",
            width=110,
        )
        return "", None if value is None else float(value)
    if len(events.event_names) > 1:
        names = _good_kinds(run)
        return str(st.selectbox("Event", names, key="what_if.kind", width=140)), None
    return "", None


def _good_kinds(run: Path) -> list[str]:
    """The kinds of events, the strongest first."""
    events = cached.recommender(run).interactions
    order = np.argsort(-events.event_weights, kind="stable")
    return [events.event_names[kind] for kind in order]


def _kinds(run: Path, state: WhatIf, ids: list[str]) -> list[str]:
    """The strongest kind of event on each item."""
    events = cached.recommender(run).interactions
    row = events.users.row_of(state.user_id)
    stored = events_of(events, row) if row >= 0 else ()
    rank = {name: place for place, name in enumerate(_good_kinds(run))}
    best: dict[str, str] = {}
    for event in state.events(stored):
        kind = event.event or events.event_names[events.target]
        if event.item_id not in best or rank[kind] < rank[best[event.item_id]]:
            best[event.item_id] = kind
    return [best[one] for one in ids]


def _editor_columns(run: Path) -> dict[str, Any]:
    events = cached.recommender(run).interactions
    columns: dict[str, Any] = {
        "Keep": st.column_config.CheckboxColumn(width=72, help="Untick to take the item out."),
        "Title": st.column_config.TextColumn(width=210),
    }
    if events.rating_range is not None:
        low, high = events.rating_range
        columns["Rating"] = st.column_config.NumberColumn(
            format="★ %.1f", width=88, min_value=float(low), max_value=float(high), step=0.5
        )
    else:
        columns["Event"] = st.column_config.SelectboxColumn(
            width=110, options=_good_kinds(run), required=True
        )
    return columns


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other) or (pd.isna(one) and pd.isna(other))


@st.cache_data(max_entries=4, show_spinner=False)
def _attribute_values(run: Path) -> dict[str, list[str] | None]:
    """Column → its values, or None for a number, of the user attributes that a feature reads."""
    recommender = cached.recommender(run)
    read = {
        feature.signal
        for feature in recommender.features
        if feature.name.startswith(("crowd.", "own.user."))
    }
    if recommender.users is None:
        return {}
    found: dict[str, list[str] | None] = {}
    for column in recommender.users.columns_of(CATEGORY, NUMBER):
        if column in read:
            values = None
            if recommender.users.kinds[column] == CATEGORY:
                texts = np.unique(recommender.users.texts(column).astype(str))
                values = [str(text) for text in texts if text][:MOST_VALUES]
            found[column] = values
    return dict(list(found.items())[:MOST_COLUMNS])
