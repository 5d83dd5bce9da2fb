"""One item: its audience, what is like it, who gets it, and its history over time."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from m6rec_core.data.attributes import CATEGORY, MULTI
from m6rec_core.figures import portrait as figures
from m6rec_core.figures.text import counted
from m6rec_core.ranking.portrait import Taste
from m6rec_core.similarity.content import ContentLikeness, fit_content
from m6rec_core.similarity.factors import ImplicitFactors
from m6rec_core.similarity.linear import SparseItemModel
from pages.shared import cached, lists, sampled_lists
from pages.shared.panels import picture, quiet, table

MOST_NEIGHBOURS = 15
MOST_COLUMNS = 4
MOST_LABELS = 8
FEWEST_USERS = 5  # below it nothing is said of an audience: it would be single persons


def users_of(run: Path, item_row: int) -> npt.NDArray[np.int64]:
    """Rows of the training users who have the item."""
    return cached.recommender(run).training.users_with(item_row)


def audience(run: Path, item_row: int) -> None:
    """Who has the item, against all users: by attribute and by how busy they are."""
    recommender = cached.recommender(run)
    users = users_of(run, item_row)
    if len(users) < FEWEST_USERS:
        st.info(
            f"Fewer than {FEWEST_USERS} users have it: of so few nothing is said.",
            icon=":material/info:",
        )
        return
    lengths = recommender.training.lengths()
    middle = float(np.median(lengths[users]))
    st.markdown(
        f"**{counted(len(users), 'user')} have it; half of them have more than {middle:,.0f} items "
        f"(all users: {float(np.median(lengths)):,.0f}).**"
    )
    shown = 0
    for column in (
        [] if recommender.users is None else recommender.users.columns_of(CATEGORY, MULTI)
    ):
        taste = _of_users(run, column, users)
        if taste is not None and shown < MOST_COLUMNS:
            shown += 1
            picture(
                figures.taste_finding(taste, whose="its audience"),
                lambda theme, taste=taste: figures.taste_figure(taste, theme),  # type: ignore[misc]
                key=f"item.audience.{column}",
            )
    if not shown:
        quiet("The data knows no attributes of users to describe the audience by.")


def neighbours(run: Path, item_row: int) -> None:
    """What is like it: by behaviour, by attributes, and by what was learned."""
    found = {
        "By behaviour": _by_behaviour(run, item_row),
        "By attributes": _by_content(run, item_row),
        "As learned (latent factors)": _by_factors(run, item_row),
    }
    places = st.columns(len(found), gap="small")
    for place, (words, (rows, likeness)) in zip(places, found.items(), strict=True):
        with place:
            st.markdown(f"**{words}**")
            if not len(rows):
                quiet("Nothing is known here.")
                continue
            frame = pd.DataFrame(
                {"Likeness": likeness, "Title": lists.titles(run, rows)},
            )
            top = float(frame["Likeness"].max()) or 1.0
            table(
                frame,
                key=f"item.neighbours.{words}",
                file_name="neighbours.csv",
                height=lists.height(len(frame)),
                columns={
                    "Likeness": st.column_config.ProgressColumn(
                        format="%.3g", min_value=0.0, max_value=top, width=110
                    )
                },
            )
    quiet("The scales differ: behaviour as the run measures it, attributes and factors as cosines.")


def listed_for(run: Path, item_row: int) -> None:
    """Who gets it recommended, and at which rank, over a sample of users."""
    sample = sampled_lists.of_run(run)
    users, places = np.nonzero(sample.item_row == item_row)
    ranks = places + 1
    length, asked = sample.item_row.shape[1], len(sample.user_row)
    picture(
        figures.ranks_finding(ranks, users=asked, length=length),
        lambda theme: figures.ranks_figure(ranks, length=length, theme=theme),
        key="item.ranks",
    )
    who = (
        "all users" if sample.everybody else f"a random sample of {asked:,} users, always the same"
    )
    quiet(f"The scorer's lists of {who}; what they know already is not listed.")
    if len(users):
        ids = cached.recommender(run).interactions.users.ids_of(sample.user_row[users])
        order = np.argsort(ranks, kind="stable")
        table(
            pd.DataFrame({"User": [str(one) for one in ids[order]], "Rank": ranks[order]}),
            key="item.listed",
            file_name="listed-for.csv",
            height=260,
        )


def over_time(run: Path, item_row: int) -> None:
    """The events with the item, month by month."""
    events = cached.recommender(run).interactions
    if not events.has_time:
        st.info("The events carry no times.", icon=":material/info:")
        return
    months = by_month(run, item_row)
    if not len(months):
        st.info("No event with it is known.", icon=":material/info:")
        return
    picture(
        figures.months_finding(months, whose="this item"),
        lambda theme: figures.months_figure(months, theme),
        key="item.months",
    )
    table(
        pd.DataFrame({"Month": months.index.strftime("%Y-%m"), "Events": months.to_numpy()}),
        key="item.months_table",
        file_name="events-by-month.csv",
        height=240,
    )


@st.cache_data(max_entries=64, show_spinner=False)
def by_month(run: Path, item_row: int) -> "pd.Series[int]":
    """Events with the item per calendar month."""
    events = cached.recommender(run).interactions
    times = pd.to_datetime(events.timestamp[events.item_row == item_row], unit="s")
    if not len(times):
        return pd.Series(dtype=np.int64, index=pd.DatetimeIndex([]))
    return pd.Series(1, index=times).sort_index().resample("MS").sum()


@st.cache_resource(max_entries=2, show_spinner=False)
def _content(run: Path) -> ContentLikeness | None:
    items = cached.recommender(run).items
    return None if items is None else fit_content(items)


def _by_behaviour(run: Path, item_row: int) -> tuple[lists.Rows, npt.NDArray[np.float32]]:
    model = cached.recommender(run).models["item_knn"]
    if isinstance(model, SparseItemModel):
        return model.of(item_row, MOST_NEIGHBOURS)
    return np.zeros(0, np.int32), np.zeros(0, np.float32)


def _by_content(run: Path, item_row: int) -> tuple[lists.Rows, npt.NDArray[np.float32]]:
    model = _content(run)
    if model is None:
        return np.zeros(0, np.int32), np.zeros(0, np.float32)
    return model.of(item_row, MOST_NEIGHBOURS)


def _by_factors(run: Path, item_row: int) -> tuple[lists.Rows, npt.NDArray[np.float32]]:
    model = cached.recommender(run).models.get("factors")
    if not isinstance(model, ImplicitFactors):
        return np.zeros(0, np.int32), np.zeros(0, np.float32)
    vectors = model.item_vectors
    length = np.linalg.norm(vectors, axis=1)
    if length[item_row] == 0:
        return np.zeros(0, np.int32), np.zeros(0, np.float32)
    alike = (vectors @ vectors[item_row]) / np.maximum(length * length[item_row], 1e-12)
    alike[item_row] = -1.0
    order = np.argsort(-alike, kind="stable")[:MOST_NEIGHBOURS]
    order = order[alike[order] > 0]
    return order.astype(np.int32), alike[order].astype(np.float32)


def _of_users(run: Path, column: str, users: npt.NDArray[np.int64]) -> Taste | None:
    """The labels of a user column, among these users and among all; None without at least two labels."""
    known = cached.recommender(run).users
    if known is None:
        return None
    rows, labels = known.labels(column)
    names, codes = np.unique(labels.astype(str), return_inverse=True)
    if not 2 <= len(names) <= 100:
        return None
    everybody = np.bincount(codes, minlength=len(names)) / len(known)
    own = np.bincount(codes[np.isin(rows, users)], minlength=len(names)) / len(users)
    order = np.argsort(-np.abs(own - everybody), kind="stable")[:MOST_LABELS]
    order = order[np.argsort(-(own - everybody)[order], kind="stable")]
    return Taste(column, tuple(names[order].tolist()), own[order], everybody[order])
