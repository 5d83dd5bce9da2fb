"""A user's history and list as tables that read at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from m6rec_core import schema
from m6rec_core.data.attributes import CATEGORY, IMAGE, MULTI, NUMBER
from m6rec_core.figures.theme import MODEL_TITLES
from m6rec_core.ranking.cold_start import MEANING
from m6rec_core.ranking.overlap import movements, rbo
from pages.shared import cached
from pages.shared.list_rules import Wish

if TYPE_CHECKING:
    from m6rec_core.data.attributes import AttributeTable
    from m6rec_core.data.histories import Histories
    from m6rec_core.ranking.recommender import Recommender

Rows = npt.NDArray[np.int32]

MOST_HISTORY = 500
MOST_ATTRIBUTES = 6
MOST_LOOKED_BACK = 200  # places of the other list in which a movement is looked for
ROW_PIXELS = 33
MOST_VISIBLE = 20
LONGEST_TITLE = 300  # characters of a title that are sent to the browser
CATEGORY_SEPARATOR = " · "
PICTURES = ("https://", "http://", "data:image/")
COLUMNS = ("Rank", "Moved", "Score", "Picture", "Title", "Hit", "Why", "About", "Users", "Known")
HISTORY_COLUMNS = {
    "Picture": st.column_config.ImageColumn(width=52),
    "Rating": st.column_config.NumberColumn(format="★ %.1f", width=62),
    "Event": st.column_config.TextColumn(width=80),
    "Value": st.column_config.NumberColumn(format="%.4g", width=62),
    "Title": st.column_config.TextColumn(width=150),
    "When": st.column_config.DatetimeColumn(format="YYYY-MM-DD", width=88, help="UTC"),
    "About": st.column_config.TextColumn(width="medium"),
}


@dataclass(frozen=True, eq=False)
class Ranked:
    """A list as it is shown (`table`), as it is exported, and what is said of it."""

    table: pd.DataFrame
    export: pd.DataFrame
    item_row: Rows
    item_ids: tuple[str, ...]
    source: str
    hits: int
    moved_help: str
    overlap: float
    with_reason: int | None


def history(run: Path, histories: "Histories") -> pd.DataFrame:
    """What one user did, newest first, at most 500 items."""
    recommender = cached.recommender(run)
    newest = np.arange(len(histories.item_row))[::-1][:MOST_HISTORY]
    item_row = histories.item_row[newest]
    events = recommender.interactions
    columns: dict[str, Any] = {}
    pictures = _pictures(recommender.items, item_row)
    if pictures is not None:
        columns["Picture"] = pictures
    if events.rating_range is not None:
        low, high = events.rating_range
        columns["Rating"] = (low + histories.rating[newest] * (high - low)).round(2)
    elif int(histories.user_row[0]) >= 0:
        columns |= _last_events(recommender, int(histories.user_row[0]), item_row)
    columns["Title"] = titles(run, item_row)
    if histories.has_time:
        columns["When"] = pd.to_datetime(histories.time[newest], unit="s", utc=True)
    about = _about(recommender.items, item_row)
    if about is not None:
        columns["About"] = about
    return pd.DataFrame(columns)


def ranked(
    run: Path, user_id: str, n: int, *, include_seen: bool, model: str, wish: Wish
) -> Ranked:
    """The list of a user with a bar for the score, movement, hits and reasons.

    Movement is against the same list without the boost when there is one, else against another model.
    """
    recommender = cached.recommender(run)
    found = cached.recommended(run, user_id, n, include_seen=include_seen, model=model, wish=wish)
    kept = found.item_row[0] >= 0
    item_row, score = found.item_row[0][kept], found.score[0][kept]
    other = model if wish.boosts else schema.ITEM_CF if model == schema.SCORER else schema.SCORER
    before = cached.recommended(
        run,
        user_id,
        MOST_LOOKED_BACK,
        include_seen=include_seen,
        model=other,
        wish=wish.without_boost(),
    ).item_row[0]
    table = listed(run, item_row, score)
    is_hit = np.isin(item_row, held_out(run, user_id))
    if is_hit.any():
        table.insert(3, "Hit", np.where(is_hit, "✓ held out", ""))
    with_reason = None
    if model == schema.SCORER and found.source[0] == schema.SCORER:
        reasons = cached.list_reasons(run, user_id, tuple(int(row) for row in item_row))
        table["Why"] = [reason.text for reason in reasons]
        with_reason = sum(reason.holds for reason in reasons)
    table.insert(1, "Moved", moves(before, item_row))
    ids = recommender.interactions.items.ids_of(item_row)
    against = "the list without the boost" if wish.boosts else MODEL_TITLES[other]
    return Ranked(
        table=_arranged(table),
        export=_exported(table, user_id, ids, found.source[0]),
        item_row=item_row,
        item_ids=tuple(map(str, ids)),
        source=MODEL_TITLES.get(found.source[0], found.source[0]),
        hits=int(is_hit.sum()),
        moved_help=f"Places gained ▲ or lost ▼ against {against}; new: not in its first 200.",
        overlap=rbo(before[: len(item_row)].tolist(), item_row.tolist()),
        with_reason=with_reason,
    )


def listed(run: Path, item_row: Rows, score: npt.NDArray[np.float32]) -> pd.DataFrame:
    """Rank, score, title and what is known of each item."""
    recommender = cached.recommender(run)
    columns: dict[str, Any] = {"Rank": np.arange(1, len(item_row) + 1), "Score": score}
    pictures = _pictures(recommender.items, item_row)
    if pictures is not None:
        columns["Picture"] = pictures
    columns["Title"] = titles(run, item_row)
    about = _about(recommender.items, item_row)
    if about is not None:
        columns["About"] = about
    columns["Users"] = recommender.popularity[item_row]
    columns["Known"] = cached.temperatures(run)[item_row]
    return pd.DataFrame(columns)


def list_columns(table: pd.DataFrame, moved_help: str) -> dict[str, Any]:
    """How the columns of a list are drawn."""
    lowest = float(table["Score"].min()) if len(table) else 0.0
    highest = float(table["Score"].max()) if len(table) else 1.0
    known = "; ".join(f"{name}: {words}" for name, words in MEANING.items())
    return {
        "Rank": st.column_config.NumberColumn("#", width=34),
        "Score": st.column_config.ProgressColumn(
            format="%.3g",
            min_value=min(lowest, highest - 1e-6) - 0.1 * (highest - lowest),
            max_value=highest,
            width=96,
            help="Comparable within this list only; the bar begins a little below the last one.",
        ),
        "Moved": st.column_config.TextColumn(width=60, help=moved_help),
        "Picture": st.column_config.ImageColumn(width=52),
        "Title": st.column_config.TextColumn(width=165),
        "Hit": st.column_config.TextColumn(
            width=78, help="The user did this; no model has seen it."
        ),
        "Why": st.column_config.TextColumn(
            width=330, help="Each was checked: without what it names first, the score is lower."
        ),
        "About": st.column_config.TextColumn(width=150),
        "Users": st.column_config.NumberColumn(
            width=58, help="Popularity: training users who have the item."
        ),
        "Known": st.column_config.TextColumn(width=56, help=known),
    }


def moves(before: Sequence[Any] | Rows, now: Sequence[Any] | Rows) -> list[str]:
    """▲ for places gained, ▼ for places lost, = for none, 'new' for what was not there."""
    return [
        "new"
        if gained is None
        else "="
        if not gained
        else f"{'▲' if gained > 0 else '▼'} {abs(gained)}"
        for gained in movements(list(before), list(now))
    ]


def held_out(run: Path, user_id: str) -> Rows:
    """The items of a user that no model has seen; none for an unknown user."""
    events = cached.recommender(run).held_out
    row = cached.recommender(run).interactions.users.row_of(user_id)
    if events is None or row < 0:
        return np.zeros(0, dtype=np.int32)
    first, last = np.searchsorted(events.user_row, [row, row + 1])
    return np.unique(events.item_row[first:last])


def titles(run: Path, item_row: Rows) -> list[str]:
    """What a person calls each item, on one line that no browser chokes on."""
    return [
        " ".join(str(title)[:LONGEST_TITLE].split()) for title in cached.item_titles(run)[item_row]
    ]


def about_item(run: Path, item_row: int) -> str:
    """The attributes of one item in a line, as they stand in the data."""
    items = cached.recommender(run).items
    if items is None:
        return ""
    shown = []
    for column in items.columns_of(MULTI, CATEGORY, NUMBER)[:MOST_ATTRIBUTES]:
        value = items.frame[column].iloc[item_row]
        if pd.notna(value):
            text = f"{value:g}" if items.kinds[column] == NUMBER else str(value)[:LONGEST_TITLE]
            shown.append(f"{column}: {text.replace(schema.MULTI_VALUE_SEPARATOR, ', ')}")
    return " · ".join(shown)


def mean_rating(run: Path, item_row: int) -> float:
    """The mean of the ratings of one item; NaN without any."""
    events = cached.recommender(run).interactions
    values = events.value[events.item_row == item_row]
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def height(rows: int) -> int:
    """Pixels of a table with this many rows, up to where it scrolls."""
    return ROW_PIXELS * (min(max(rows, 1), MOST_VISIBLE) + 1) + 3


def _arranged(table: pd.DataFrame) -> pd.DataFrame:
    """The reason stands beside the title: it is what the list is read for."""
    return table[[column for column in COLUMNS if column in table]]


def _exported(
    table: pd.DataFrame, user_id: str, ids: npt.NDArray[np.object_], source: str
) -> pd.DataFrame:
    plain = table.drop(columns=["Picture"], errors="ignore")
    names = {"Rank": schema.RANK, "Score": schema.SCORE, "Why": "reason", "Users": "users"}
    plain = plain.rename(columns=names)
    plain.insert(0, schema.ITEM_ID, ids)
    plain.insert(0, schema.USER_ID, user_id)
    plain["source"] = source
    return plain


def _last_events(recommender: "Recommender", user_row: int, item_row: Rows) -> dict[str, Any]:
    """The kind and value of the latest event on each item, where they tell anything."""
    events = recommender.interactions
    first, last = np.searchsorted(events.user_row, [user_row, user_row + 1])
    of_item = {int(row): place for place, row in enumerate(events.item_row[first:last], int(first))}
    places = [of_item[int(row)] for row in item_row]
    columns: dict[str, Any] = {}
    if len(events.event_names) > 1:
        columns["Event"] = np.array(events.event_names, dtype=object)[events.event[places]]
    if np.isfinite(events.value[places]).any() and np.ptp(np.nan_to_num(events.value[places])):
        columns["Value"] = events.value[places]
    return columns


def _about(items: "AttributeTable | None", item_row: Rows) -> list[str] | None:
    """The first category-like column of the items, at most three labels each."""
    columns = () if items is None else items.columns_of(MULTI, CATEGORY)
    if items is None or not columns:
        return None
    texts = items.frame[columns[0]].iloc[item_row].fillna("")
    return [
        CATEGORY_SEPARATOR.join(str(text)[:LONGEST_TITLE].split(schema.MULTI_VALUE_SEPARATOR)[:3])
        for text in texts
    ]


def _pictures(items: "AttributeTable | None", item_row: Rows) -> list[str | None] | None:
    """The addresses of the items' pictures; None when no item of these has one."""
    columns = () if items is None else items.columns_of(IMAGE)
    if items is None or not columns:
        return None
    given = [str(text).strip() for text in items.frame[columns[0]].iloc[item_row].fillna("")]
    shown = [text if text.lower().startswith(PICTURES) else None for text in given]
    return shown if any(shown) else None
