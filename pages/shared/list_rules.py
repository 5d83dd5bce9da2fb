"""What an analyst asks of a list beside the ranking: filters, a list of exclusions, a boost."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

from m6rec_core.data.attributes import CATEGORY, MULTI, NUMBER
from m6rec_core.ranking.scored_lists import EVERYTHING, Rules
from pages.shared import cached

if TYPE_CHECKING:
    from m6rec_core.data.attributes import AttributeTable

MOST_LABELS = 200  # per column, the most frequent ones
AND = ": "  # between column and label in an option


@dataclass(frozen=True)
class Wish:
    """Filters and a boost as plain values; labels are `column: label`, NaN ends are open."""

    labels: tuple[str, ...] = ()
    number: str = ""
    low: float | None = None
    high: float | None = None
    least_users: int = 0
    most_users: int = 0
    excluded: tuple[str, ...] = ()
    boosted: str = ""
    strength: float = 0.0

    @property
    def boosts(self) -> bool:
        """Whether a label is lifted."""
        return bool(self.boosted) and self.strength != 0

    def without_boost(self) -> "Wish":
        """The same filters alone: what the effect of the boost is held against."""
        return Wish(
            *(self.labels, self.number, self.low, self.high),
            *(self.least_users, self.most_users, self.excluded),
        )


NOTHING = Wish()


def ask(run: Path, page: str) -> Wish:
    """The popover with the rules; every one of them stands in the address."""
    items = cached.recommender(run).items
    options = label_options(run)
    with st.popover("Filters and boost", icon=":material/tune:", width="content"):
        labels = _many("Only with one of", options, f"{page}.only") if options else []
        number, low, high = _number(items, page)
        least, most = st.columns(2)
        fewest = least.number_input(
            "Least users",
            min_value=0,
            value=0,
            key=f"{page}.least_users",
            bind="query-params",
            help="Only items that at least so many training users have.",
        )
        largest = most.number_input(
            "Most users",
            min_value=0,
            value=0,
            key=f"{page}.most_users",
            bind="query-params",
            help="Only items that at most so many training users have; 0: no limit.",
        )
        excluded = st.text_input(
            "Never these items",
            key=f"{page}.excluded",
            bind="query-params",
            placeholder="ids, parted by spaces or commas",
        )
        boosted, strength = _boost(options, page)
    return Wish(
        labels=tuple(labels),
        number=number,
        low=low,
        high=high,
        least_users=int(fewest or 0),
        most_users=int(largest or 0),
        excluded=tuple(sorted(set((excluded or "").replace(",", " ").split()))),
        boosted=boosted,
        strength=strength,
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def rules_of(run: Path, wish: Wish | None) -> Rules:
    """The wish as arrays over the items of the run."""
    if wish is None or wish == NOTHING:
        return EVERYTHING
    recommender = cached.recommender(run)
    popularity = recommender.popularity
    allowed = np.ones(len(popularity), dtype=bool)
    if wish.labels:
        allowed &= np.any([_carries(run, label) for label in wish.labels], axis=0)
    if wish.number and recommender.items is not None:
        numbers = recommender.items.numbers(wish.number)
        with np.errstate(invalid="ignore"):
            allowed &= (numbers >= wish.low) if wish.low is not None else True
            allowed &= (numbers <= wish.high) if wish.high is not None else True
    allowed &= popularity >= wish.least_users
    if wish.most_users:
        allowed &= popularity <= wish.most_users
    rows = recommender.interactions.items.rows_of(wish.excluded)
    allowed[rows[rows >= 0]] = False
    boost = None
    if wish.boosts:
        boost = (_carries(run, wish.boosted) * wish.strength).astype(np.float32)
    return Rules(None if allowed.all() else allowed, boost)


@st.cache_data(max_entries=4, show_spinner=False)
def label_options(run: Path) -> list[str]:
    """`column: label` of every column of labels, the most frequent labels of each first."""
    items = cached.recommender(run).items
    if items is None:
        return []
    found = []
    for column in items.columns_of(MULTI, CATEGORY):
        _, labels = items.labels(column)
        names, count = np.unique(labels.astype(str), return_counts=True)
        order = np.argsort(-count, kind="stable")[:MOST_LABELS]
        found += [f"{column}{AND}{names[place]}" for place in order]
    return found


@st.cache_resource(max_entries=64, show_spinner=False)
def _carries(run: Path, option: str) -> npt.NDArray[np.bool_]:
    """(n_items,) whether an item carries a label; no item carries one that the data does not have."""
    items = cached.recommender(run).items
    column, _, label = option.partition(AND)
    carries = np.zeros(cached.recommender(run).training.n_items, dtype=bool)
    if items is not None and items.kinds.get(column) in (MULTI, CATEGORY):
        rows, labels = items.labels(column)
        carries[rows[labels == label]] = True
    return carries


def _many(title: str, options: list[str], key: str) -> list[str]:
    return st.multiselect(title, options, key=key, bind="query-params", placeholder="any label")


def _number(items: "AttributeTable | None", page: str) -> tuple[str, float | None, float | None]:
    columns = () if items is None else items.columns_of(NUMBER)
    if not columns:
        return "", None, None
    which, low, high = st.columns(3)
    number = which.selectbox("Number", ["–", *columns], key=f"{page}.number", bind="query-params")
    if number == "–":
        return "", None, None
    start = low.number_input("from", value=None, key=f"{page}.from", bind="query-params")
    end = high.number_input("to", value=None, key=f"{page}.to", bind="query-params")
    return str(number), start, end


def _boost(options: list[str], page: str) -> tuple[str, float]:
    if not options:
        return "", 0.0
    boosted = st.selectbox("Boost", ["–", *options], key=f"{page}.boost", bind="query-params")
    if boosted == "–":
        return "", 0.0
    strength = st.slider(
        "by",
        min_value=-3.0,
        max_value=3.0,
        value=1.0,
        step=0.25,
        key=f"{page}.strength",
        bind="query-params",
        help="Added to the score, in standard deviations of the user's candidates.",
    )
    return str(boosted), float(strength)
