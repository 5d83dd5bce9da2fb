"""Likeness in pictures: the nearest of one item or user, the distribution, a block of the matrix."""

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from m6rec_core.figures import similarity
from m6rec_core.similarity.ordering import cluster_order
from pages.shared import cached, similarity_models
from pages.shared.panels import picture, quiet, table
from pages.shared.similarity_models import ITEM, NEAREST, Near

POPULAR, AROUND = "The most popular", "Around the one above"
SIZES = (20, 40, 60, 100, 200)
IN_COMMON = {ITEM: "users in common", similarity_models.USER: "items in common"}


def most_popular(run: Path, n: int = NEAREST) -> list[int]:
    """The item rows with the most users."""
    popularity = cached.recommender(run).popularity
    return [int(row) for row in np.argsort(-popularity, kind="stable")[:n]]


def neighbours(near: Near, side: str) -> None:
    """One bar per neighbour."""
    info = similarity.neighbours_info(
        near.of, near.title, near.likeness, support=near.common, most=NEAREST
    )
    picture(
        similarity.neighbours_finding(info),
        lambda theme: similarity.neighbours_figure(info, theme, support=IN_COMMON[side]),
        key="similarity.neighbours",
    )


def neighbours_table(near: Near, side: str) -> None:
    """The neighbours with what stands behind each likeness."""
    columns = {
        "Neighbour": near.title,
        "Likeness": near.likeness,
        IN_COMMON[side].capitalize(): near.common,
    }
    if side != ITEM:
        columns["Of them, for example"] = near.shared
    table(pd.DataFrame(columns), key="similarity.table", file_name="neighbours.csv")
    if side != ITEM:
        quiet("Other users are shown by a number that means nothing outside this page.")


def spread(run: Path, side: str) -> None:
    """How the likeness of all neighbours is spread."""
    values, whose = similarity_models.spread(run, side)
    info = similarity.likeness_info(values)
    quiet(f"The neighbours that are kept of {whose}.")
    picture(
        similarity.likeness_finding(info),
        lambda theme: similarity.likeness_figure(info, theme),
        key="similarity.spread",
    )
    shown = pd.DataFrame({"From": info.edges[:-1], "To": info.edges[1:], "Pairs": info.number})
    table(shown, key="similarity.spread_table", file_name="likeness.csv", height=200)


def block(run: Path, side: str, near: Near, one_row: int) -> None:
    """A heat map of a chosen block, clusters together."""
    which, size = _asked()
    rows = _block_rows(run, side, near, one_row, which, size)
    values = similarity_models.block(run, side, rows)
    order = cluster_order(values)
    rows, values = [rows[at] for at in order], values[np.ix_(order, order)]
    values[values == 0] = np.nan  # not among those kept: left empty
    titles, total = _names(run, side, rows, one_row)
    info = similarity.heat_map_info(values, titles, total=total)
    quiet(
        "Row: whose neighbour; column: the neighbour; empty: not among those kept. Alike stand together."
    )
    picture(
        similarity.heat_map_finding(info),
        lambda theme: similarity.heat_map_figure(info, theme),
        key="similarity.block",
    )
    shown = pd.DataFrame(info.values, columns=list(info.titles))
    shown.insert(0, "Row", info.titles)
    table(shown, key="similarity.block_table", file_name="block.csv", height=200)


def _asked() -> tuple[str, int]:
    first, second = st.columns([3, 2], vertical_alignment="bottom")
    which = first.segmented_control(
        "Which block",
        [POPULAR, AROUND],
        default=POPULAR,
        required=True,
        key="similarity.block_of",
        bind="query-params",
        help="The most popular items (users: the most active), or the neighbours of the one above.",
    )
    size = second.segmented_control(
        "Rows",
        [str(size) for size in SIZES],
        default="40",
        required=True,
        key="similarity.block_size",
        bind="query-params",
    )
    return str(which), int(str(size))


def _block_rows(run: Path, side: str, near: Near, one_row: int, which: str, size: int) -> list[int]:
    training = cached.recommender(run).training
    if which == POPULAR and side == ITEM:
        return most_popular(run, size)
    if which == POPULAR:
        return [int(row) for row in np.argsort(-training.lengths(), kind="stable")[:size]]
    model = similarity_models.of_run(run, side)
    if side == ITEM:
        found = model.of(one_row, size - 1)[0]  # type: ignore[union-attr]
    else:
        found = model.neighbours(training.take([one_row]))[0][0]  # type: ignore[union-attr]
        found = found[found >= 0][: size - 1]
    return [one_row, *(int(row) for row in found)]


def _names(run: Path, side: str, rows: list[int], one_row: int) -> tuple[list[str], int]:
    if side == ITEM:
        titles = cached.item_titles(run)
        return [str(titles[row]) for row in rows], len(titles)
    users = len(cached.recommender(run).interactions.users)
    names = [
        "the user above" if row == one_row else f"user no. {at}" for at, row in enumerate(rows, 1)
    ]
    return names, users
