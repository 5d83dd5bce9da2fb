"""What stands around a list: models side by side, two items apart, cold start, everybody's lists."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from m6rec_core import schema
from m6rec_core.figures import contributions
from m6rec_core.figures.text import counted, percent, signed, three
from m6rec_core.ranking.overlap import rbo
from pages.shared import cached, explained, lists
from pages.shared.list_rules import Wish
from pages.shared.panels import picture, quiet, table

if TYPE_CHECKING:
    from m6rec_core.explanation.versus import Versus

MOST_FEATURES = 12


def source_words(ranked: lists.Ranked, model: str) -> str:
    """Under the source of a list: its length, or why it is not by the model that was asked for."""
    if model != schema.POPULARITY and ranked.source == lists.MODEL_TITLES[schema.POPULARITY]:
        return "no history: nothing to compare"
    return counted(len(ranked.table), "item")


def reason_words(run: Path, ranked: lists.Ranked) -> str:
    """How many reasons of the list hold, and how many do over a sample; nothing for other models."""
    if ranked.with_reason is None:
        return "Scores are comparable within this list only."
    words = (
        f"{ranked.with_reason} of {len(ranked.item_ids)} carry a reason that was checked: without what "
        "it names first, the score is lower."
    )
    sampled = cached.document(run, "reasons.json")
    if sampled and sampled["recommendations"]:
        share = sampled["with_reason"] / sampled["recommendations"]
        words += (
            f" So do {percent(share)} of {sampled['recommendations']:,} recommendations "
            f"to a sample of {sampled['users']:,} users of this run."
        )
    return words


def hidden_columns(page: str) -> list[str]:
    """The columns that the analyst does not want to see; the choice stands in the address."""
    with st.popover("Columns", icon=":material/view_column:", width="content"):
        chosen = st.multiselect(
            "Hide",
            [column for column in lists.COLUMNS if column not in ("Rank", "Title")],
            key=f"{page}.hidden",
            bind="query-params",
            placeholder="none",
            help="A click on the head of a column sorts by it.",
        )
    return list(chosen)


def side_by_side(
    run: Path,
    user_id: str,
    n: int,
    models: Mapping[str, str],
    *,
    include_seen: bool,
    wish: Wish,
) -> None:
    """One column per model, each item with its movement against the scorer, and how far the lists agree."""
    rows = {}
    for words, model in models.items():
        found = cached.recommended(
            run, user_id, n, include_seen=include_seen, model=model, wish=wish
        )
        rows[words] = found.item_row[0][found.item_row[0] >= 0]
    first, *others = rows
    longest = max(len(one) for one in rows.values())
    columns = {"#": list(range(1, longest + 1))}
    for words, item_row in rows.items():
        marks = lists.moves(rows[first], item_row)
        named = [
            title if words == first else f"{mark:<5} {title}"
            for mark, title in zip(marks, lists.titles(run, item_row), strict=True)
        ]
        columns[words] = named + [""] * (longest - len(named))
    agreed = ", ".join(
        f"{words.lower()} {three(rbo(rows[first].tolist(), rows[words].tolist()))}"
        for words in others
    )
    st.markdown(f"**How far the other lists agree with the scorer's (RBO, 1 is equal): {agreed}.**")
    table(
        pd.DataFrame(columns),
        key="recommendations.side",
        file_name=f"side-by-side-{user_id}.csv",
        height=lists.height(longest),
    )
    quiet(
        "▲ places gained, ▼ lost against the scorer's list; new: not in it. Rank-biased overlap (RBO) "
        "gives the first places most weight: the first ten carry 86 %."
    )


def a_above_b(run: Path, user_id: str, ranked: lists.Ranked) -> None:
    """Two items of the list: the difference of their scores, split into contributions."""
    history = cached.recommender(run).histories([user_id])
    if len(ranked.item_row) < 2 or not len(history.item_row):
        st.info("Two items that the scorer has ranked are needed.", icon=":material/info:")
        return
    titles = lists.titles(run, ranked.item_row)
    a, b = _picked(ranked, titles)
    found = explained.versus(run, user_id, int(ranked.item_row[a]), int(ranked.item_row[b]))
    gap = found.score - found.other_score
    order = np.argsort(-np.abs(found.contributions), kind="stable")
    order = order[found.contributions[order] != 0]
    shown = order[:MOST_FEATURES]
    info = contributions.Parts(
        titles=tuple(found.features[place].title for place in shown),
        values=found.contributions[shown],
        total=gap,
        left_out=len(order) - len(shown),
    )
    strongest = max(found.by_group().items(), key=lambda one: abs(one[1]), default=("–", 0.0))
    picture(
        f"'{titles[a]}' scores {three(found.score)}, '{titles[b]}' {three(found.other_score)}: of the "
        f"difference {signed(gap)}, {signed(strongest[1])} is {strongest[0]}.",
        lambda theme: contributions.parts_figure(info, theme),
        key="recommendations.a_above_b",
    )
    _table_of(found, order, user_id)


def _picked(ranked: lists.Ranked, titles: list[str]) -> tuple[int, int]:
    """Places of the two items that are held against each other, from 0."""
    place_of = {item_id: place for place, item_id in enumerate(ranked.item_ids)}
    chosen = []
    for place, (column, name) in enumerate(zip(st.columns(2), ("A", "B"), strict=True)):
        item_id = column.selectbox(
            name,
            list(place_of),
            index=place,
            format_func=lambda one: f"{place_of[one] + 1}. {titles[place_of[one]]}",
            key=f"recommendations.{name.lower()}",
            bind="query-params",
        )
        chosen.append(place_of[str(item_id)])
    return chosen[0], chosen[1]


def _table_of(found: "Versus", order: npt.NDArray[np.int64], user_id: str) -> None:
    rows = pd.DataFrame(
        {
            "Feature": [found.features[place].title for place in order],
            "Group": [found.features[place].group for place in order],
            "A": found.values[order],
            "B": found.other_values[order],
            "Part of the difference": found.contributions[order],
        }
    )
    table(
        rows,
        key="recommendations.difference",
        file_name=f"a-above-b-{user_id}.csv",
        columns={"Part of the difference": st.column_config.NumberColumn(format="%+.4f")},
        height=280,
    )
    quiet(
        "Shapley values of A's features against B's: what is equal in both adds nothing, and the parts "
        f"sum to the difference (error {three(found.additivity_error)})."
    )
