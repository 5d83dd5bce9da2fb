"""The lists of a sample of users, made once per run: who gets an item, and at which rank."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import streamlit as st

from pages.shared import cached

MOST_USERS = 300
LENGTH = 20


@dataclass(frozen=True, eq=False)
class SampledLists:
    """`user_row` (users,) and their lists `item_row` (users, LENGTH), padded with -1; `everybody`: no sample."""

    user_row: npt.NDArray[np.int64]
    item_row: npt.NDArray[np.int32]
    everybody: bool


@st.cache_resource(max_entries=2, show_spinner="Ranking for a sample of users …")
def of_run(run: Path) -> SampledLists:
    """The first 20 places of at most 300 users with a history, drawn with the seed of the run."""
    recommender = cached.recommender(run)
    active = np.flatnonzero(recommender.training.lengths() > 0)
    rng = np.random.default_rng([recommender.config.seed, 90])
    users = np.sort(rng.choice(active, min(MOST_USERS, len(active)), replace=False))
    found = recommender.recommend(recommender.training.take(users), LENGTH)
    return SampledLists(users, found.item_row, len(users) == len(active))
