"""Likeness in pictures: the nearest of one item or user, the distribution, a block of the matrix."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from m6rec_core import schema
from m6rec_core.figures import similarity
from m6rec_core.figures.text import thousands
from m6rec_core.ranking.recommender import COLLABORATIVE
from m6rec_core.similarity.item_based import ItemNeighbours
from m6rec_core.similarity.user_based import UserNeighbours
from pages.shared import cached
from pages.shared.panels import picture, quiet, table, tabs

NEAREST, BLOCK = 20, 30


@dataclass(frozen=True, eq=False)
class Near:
    """The neighbours of one item or user; `kept` how many are kept of it, `support` what is in common."""

    info: similarity.Neighbours
    kept: str
    kept_of: str
    support: str


def most_popular(run: Path) -> list[int]:
    """The item rows with the most users."""
    popularity = cached.recommender(run).popularity
    return [int(row) for row in np.argsort(-popularity, kind="stable")[:NEAREST]]


def items_near(run: Path, item_id: str) -> Near:
    """The items most like one item, with the users they share."""
    model, recommender = _item_model(run), cached.recommender(run)
    row, titles = recommender.interactions.items.row_of(item_id), cached.item_titles(run)
    rows, values = model.of(row, NEAREST)
    info = similarity.neighbours_info(
        str(titles[row]),
        [str(title) for title in titles[rows]],
        values,
        support=[model.common_users(row, int(other)) for other in rows],
        most=NEAREST,
    )
    kept = int(np.diff(model.matrix.indptr)[row])
    return Near(info, thousands(kept), f"of {thousands(len(titles))} items", "users in common")


def users_near(run: Path, user_id: str) -> Near:
    """The users most like one user, by number instead of name, with the items they share."""
    model, recommender = _user_model(run), cached.recommender(run)
    history = recommender.histories([user_id])
    rows, values = (array[0] for array in model.neighbours(history))
    kept = rows >= 0
    mine = history.item_row
    others = recommender.histories_of_rows(rows[kept][:NEAREST])
    common = [int(np.isin(others.items_of(place), mine).sum()) for place in range(len(others))]
    info = similarity.neighbours_info(
        f"user {user_id}",
        [f"similar user {number}" for number in range(1, len(common) + 1)],
        values[kept][:NEAREST],
        support=common,
        most=NEAREST,
    )
    users = len(recommender.interactions.users)
    return Near(info, thousands(int(kept.sum())), f"of {thousands(users)} users", "items in common")


def neighbours(near: Near) -> None:
    """One bar per neighbour."""
    picture(
        similarity.neighbours_finding(near.info),
        lambda theme: similarity.neighbours_figure(near.info, theme, support=near.support),
        key="similarity.neighbours",
    )


def details(run: Path, near: Near, *, items: bool) -> None:
    """The table, and of the items the distribution and a block."""
    tabs(
        "similarity.detail",
        {
            "Table": lambda: _table(near, items=items),
            "How the likeness of items is spread": lambda: _spread(run),
            "A block of items": lambda: _block(run),
        },
    )


def _table(near: Near, *, items: bool) -> None:
    shown = pd.DataFrame(
        {
            "Neighbour": near.info.titles,
            "Likeness": near.info.likeness,
            near.support.capitalize(): near.info.support,
        }
    )
    table(shown, key="similarity.table", file_name="neighbours.csv")
    if not items:
        quiet("Other users are shown by a number that means nothing outside this page.")


def _spread(run: Path) -> None:
    likeness = similarity.likeness_info(_item_model(run).matrix.data)
    picture(
        similarity.likeness_finding(likeness),
        lambda theme: similarity.likeness_figure(likeness, theme),
        key="similarity.spread",
    )


def _block(run: Path) -> None:
    rows = np.array(most_popular_block(run))
    titles, total = cached.item_titles(run), len(cached.item_titles(run))
    values = _item_model(run).matrix[rows][:, rows].toarray()
    info = similarity.heat_map_info(values, [str(title) for title in titles[rows]], total=total)
    quiet("The most popular items against each other: row = candidate, column = item of a history.")
    picture(
        similarity.heat_map_finding(info),
        lambda theme: similarity.heat_map_figure(info, theme),
        key="similarity.block",
    )


def most_popular_block(run: Path) -> list[int]:
    """The item rows of the heat map."""
    popularity = cached.recommender(run).popularity
    return [int(row) for row in np.argsort(-popularity, kind="stable")[:BLOCK]]


def _item_model(run: Path) -> ItemNeighbours:
    model = cached.recommender(run).models[COLLABORATIVE[schema.ITEM_CF]]
    assert isinstance(model, ItemNeighbours)
    return model


def _user_model(run: Path) -> UserNeighbours:
    model = cached.recommender(run).models[COLLABORATIVE[schema.USER_CF]]
    assert isinstance(model, UserNeighbours)
    return model
