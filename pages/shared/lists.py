"""A user's history and list as tables that read at a glance."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from m6rec_core import schema
from m6rec_core.figures.text import three
from m6rec_core.figures.theme import MODEL_TITLES
from pages.shared import cached

if TYPE_CHECKING:
    from m6rec_core.data.attributes import AttributeTable
    from m6rec_core.ranking.recommender import Recommender

MOST_HISTORY = 500
ROW_PIXELS = 33
MOST_VISIBLE = 20
CATEGORY_SEPARATOR = " · "
HISTORY_COLUMNS = {
    "Rating": st.column_config.NumberColumn(format="★ %.1f", width=62),
    "Title": st.column_config.TextColumn(width=150),
    "When": st.column_config.DatetimeColumn(format="YYYY-MM-DD", width=88, help="UTC"),
    "About": st.column_config.TextColumn(width="medium"),
}


@dataclass(frozen=True)
class Portrait:
    """One user in a few figures; `audience` is the mean number of users of the items of the history."""

    items: int
    busier_than: float
    taste: str
    audience: str
    held_out: int


@dataclass(frozen=True, eq=False)
class Ranked:
    """A list as it is shown (`table`), as it is exported, and what is said of it."""

    table: pd.DataFrame
    export: pd.DataFrame
    item_ids: tuple[str, ...]
    source: str
    hits: int
    lowest: float
    highest: float
    moved_help: str
    note: str


def portrait(run: Path, user_id: str) -> Portrait:
    """Activity, taste and held-out items of a user."""
    recommender = cached.recommender(run)
    lengths, audience = recommender.training.lengths(), _audience(run)
    row = recommender.interactions.users.row_of(user_id)
    thirds = np.nanquantile(audience, [1 / 3, 2 / 3])
    taste = ("niche", "middle", "mainstream")[int((audience[row] > thirds).sum())]
    return Portrait(
        items=int(lengths[row]),
        busier_than=float((lengths < lengths[row]).mean()),
        taste=taste,
        audience=three(float(audience[row])),
        held_out=len(_held_out(recommender, row)),
    )


def history(run: Path, user_id: str) -> pd.DataFrame:
    """What the user did, newest first, at most 500 items."""
    recommender = cached.recommender(run)
    found = recommender.histories([user_id])
    newest = np.arange(len(found.item_row))[::-1][:MOST_HISTORY]
    item_row = found.item_row[newest]
    columns: dict[str, Any] = {}
    if recommender.interactions.rating_range is not None:
        low, high = recommender.interactions.rating_range
        columns["Rating"] = (low + found.rating[newest] * (high - low)).round(2)
    columns["Title"] = cached.item_titles(run)[item_row]
    if found.has_time:
        columns["When"] = pd.to_datetime(found.time[newest], unit="s", utc=True)
    about = _about(recommender.items, item_row)
    if about is not None:
        columns["About"] = about
    return pd.DataFrame(columns)


def ranked(run: Path, user_id: str, n: int, *, include_seen: bool, model: str) -> Ranked:
    """The list of a user with a bar for the score, movement against another model, hits and reasons."""
    recommender = cached.recommender(run)
    found = cached.recommended(run, user_id, n, include_seen=include_seen, model=model)
    kept = found.item_row[0] >= 0
    item_row, score = found.item_row[0][kept], found.score[0][kept]
    ids = recommender.interactions.items.ids_of(item_row)
    row = recommender.interactions.users.row_of(user_id)
    is_hit = np.isin(item_row, _held_out(recommender, row))
    other = schema.ITEM_CF if model == schema.SCORER else schema.SCORER
    place = pd.DataFrame(
        {
            "Rank": np.arange(1, len(item_row) + 1),
            "Score": score,
            "Title": cached.item_titles(run)[item_row],
        }
    )
    if is_hit.any():
        place["Hit"] = np.where(is_hit, "✓ held out", "")
    if model == schema.SCORER and found.source[0] == schema.SCORER:
        place["Why"] = cached.list_reasons(run, user_id, tuple(int(r) for r in item_row))
    place["Moved"] = _moves(run, user_id, item_row, include_seen=include_seen, other=other)
    about = _about(recommender.items, item_row)
    if about is not None:
        place["About"] = about
    export = place.copy()
    export[schema.USER_ID], export[schema.ITEM_ID] = user_id, ids
    return Ranked(
        table=place,
        export=export,
        item_ids=tuple(str(one) for one in ids),
        source=MODEL_TITLES.get(found.source[0], found.source[0]),
        hits=int(is_hit.sum()),
        lowest=float(score.min(initial=0.0)),
        highest=float(score.max(initial=1e-9)),
        moved_help=f"Places gained ▲ or lost ▼ against {MODEL_TITLES[other]}; new: not in its first 200.",
        note=f"Click a row to see why. {_score_words(model)}",
    )


def list_columns(ranked: Ranked) -> dict[str, Any]:
    """How the columns of a list are drawn."""
    return {
        "Rank": st.column_config.NumberColumn("#", width=34),
        "Score": st.column_config.ProgressColumn(
            format="%.3g", min_value=ranked.lowest, max_value=ranked.highest, width=110
        ),
        "Title": st.column_config.TextColumn(width=165),
        "Hit": st.column_config.TextColumn(
            width=78, help="The user did this; no model has seen it."
        ),
        "Why": st.column_config.TextColumn(width=265),
        "Moved": st.column_config.TextColumn(width=62, help=ranked.moved_help),
        "About": st.column_config.TextColumn(width="medium"),
    }


def height(rows: int) -> int:
    """Pixels of a table with this many rows, up to where it scrolls."""
    return ROW_PIXELS * (min(rows, MOST_VISIBLE) + 1) + 3


def _moves(
    run: Path, user_id: str, item_row: npt.NDArray[np.int32], *, include_seen: bool, other: str
) -> list[str]:
    found = cached.recommended(run, user_id, 200, include_seen=include_seen, model=other)
    places = {int(row): place for place, row in enumerate(found.item_row[0]) if row >= 0}
    return [_move(places.get(int(row)), place) for place, row in enumerate(item_row)]


def _move(before: int | None, now: int) -> str:
    if before is None:
        return "new"
    gained = before - now
    return "=" if not gained else f"▲ {gained}" if gained > 0 else f"▼ {-gained}"


def _score_words(model: str) -> str:
    if model == schema.SCORER:
        return "Scores are preferences on the log-odds scale, comparable within one user; not probabilities."
    return "Scores are comparable within this list only."


def _about(items: "AttributeTable | None", item_row: npt.NDArray[np.int32]) -> list[str] | None:
    """The first category-like column of the items, at most three labels each."""
    if items is None:
        return None
    columns = items.columns_of("multi", "category")
    if not columns:
        return None
    texts = items.texts(columns[0])[item_row]
    return [
        CATEGORY_SEPARATOR.join(str(text).split(schema.MULTI_VALUE_SEPARATOR)[:3]) for text in texts
    ]


def _held_out(recommender: "Recommender", user_row: int) -> npt.NDArray[np.int32]:
    events = recommender.held_out
    if events is None:
        return np.zeros(0, dtype=np.int32)
    return np.unique(events.item_row[events.user_row == user_row])


@st.cache_resource(max_entries=2, show_spinner=False)
def _audience(run: Path) -> npt.NDArray[np.float64]:
    """(n_users,) mean number of users of the items of each history; NaN for an empty one."""
    recommender = cached.recommender(run)
    training = recommender.training
    lengths = training.lengths()
    total = np.bincount(
        training.entry_user(),
        weights=recommender.popularity[training.item_row],
        minlength=len(training),
    )
    return np.where(lengths > 0, total / np.maximum(lengths, 1), np.nan)
