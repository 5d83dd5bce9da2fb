"""Two runs on the users that both were measured on: differences with intervals, and lists that changed."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core import schema
from m6rec_core.evaluation import per_user
from m6rec_core.evaluation.agreement import overlap, rank_biased_overlap
from m6rec_core.evaluation.bootstrap import paired_interval

Ids = npt.NDArray[np.object_]

OVERLAP, RBO, CAME, WENT = "overlap", "rank-biased overlap", "came", "went"


class RunDifference(NamedTuple):
    """How far a run is above the reference on one metric: mean over the `users` that both have.

    `low` to `high`: 95 % bootstrap interval over users, paired; NaN with fewer than two users.
    """

    metric: str
    reference: float
    value: float
    difference: float
    low: float
    high: float
    users: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def differences(
    reference: pd.DataFrame, other: pd.DataFrame, *, seed: int
) -> tuple[RunDifference, ...]:
    """One per metric that both tables of `per_user.read` have; NaN figures where no user is common."""
    users = reference.index.intersection(other.index)
    found = []
    for metric in per_user.METRICS:
        if metric not in reference or metric not in other:
            continue
        before = reference.loc[users, metric].to_numpy(np.float64)
        after = other.loc[users, metric].to_numpy(np.float64)
        known = ~(np.isnan(before) | np.isnan(after))
        before, after = before[known], after[known]
        first, second = (float(v.mean()) if len(v) else float("nan") for v in (before, after))
        low, high = paired_interval(after, before, seed=seed)
        found.append(
            RunDifference(metric, first, second, second - first, low, high, int(known.sum()))
        )
    return tuple(found)


def changed_lists(reference: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Per common user: overlap and rank-biased overlap of the first ten, items that came and went.

    The most changed first; `came` and `went` are tuples of item ids in the order of their lists.
    """
    users = reference.index.intersection(other.index)
    shape = (len(users), per_user.LISTED)
    before, after = (
        np.array(frame.loc[users, per_user.TOP].tolist(), dtype=object).reshape(shape)
        for frame in (reference, other)
    )
    table = pd.DataFrame(
        {
            OVERLAP: overlap(before, after, empty=""),
            RBO: rank_biased_overlap(before, after, empty=""),
            CAME: _only_in(after, before),
            WENT: _only_in(before, after),
        },
        index=pd.Index(users, name=schema.USER_ID),
    )
    return table.sort_values([RBO, OVERLAP], kind="stable")


def _only_in(one: Ids, other: Ids) -> list[tuple[str, ...]]:
    left = [set(items) | {""} for items in other]
    return [
        tuple(item for item in items if item not in known)
        for items, known in zip(one, left, strict=True)
    ]
