"""Columns of the events that describe the item or the user: their value hangs on the id alone."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core import schema
from m6rec_core.data.aliases import ALIASES, SESSION, plain_name, word_set, words_of
from m6rec_core.data.column_values import ColumnValues

LEAST_SHARE = 0.95
LEAST_ROWS = 20
LOOKED_AT = 20_000  # rows
_LEAST_GAIN = 0.5
_MOST_COLUMNS = 200
_MOST_ALIKE = 0.8  # distinct values per user from which a column names the user, or one visit
_FEW_USERS = 10
# One visit or purchase, not a person: with few rows per user such columns seem to hang on the user
_OF_ONE_VISIT = word_set(
    "transaction transactionid order orderid invoice invoiceno invoicenumber basket basketid receipt",
    "session sessionid visit visitid impression impressionid request requestid checkout cart ip price",
)
_NEVER = frozenset(ALIASES[schema.TIMESTAMP]) | frozenset(ALIASES[SESSION])
_NEVER_OF_USERS = frozenset(ALIASES[schema.EVENT]) | frozenset(ALIASES[schema.VALUE])


def describing_columns(
    sample: pd.DataFrame, columns: Sequence[str], user: str, item: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of these columns those that describe the user, and those that describe the item.

    A column describes the one that it hangs on (`hold_of`) more, in doubt the item. A column with a
    time, or with a value of its own for each visit or user, describes no user. Only the first 200
    columns and `LOOKED_AT` rows are looked at.
    """
    head = sample.head(LOOKED_AT)
    present = [column for column in columns if column in head and plain_name(column) not in _NEVER]
    items = _codes(head[item]) if item in head else None
    users = _codes(head[user]) if user in head else None
    of_user, of_item = [], []
    for column in present[:_MOST_COLUMNS]:
        values = _codes(head[column])
        by_item = 0.0 if items is None else hold_of(items, values)
        by_user = 0.0 if users is None else hold_of(users, values)
        if by_item and by_item >= by_user:
            of_item.append(column)
        elif users is not None and by_user and _may_describe(column, head[column], users, values):
            of_user.append(column)
    return tuple(of_user), tuple(of_item)


def hold_of(ids: npt.NDArray[np.int64], values: npt.NDArray[np.int64]) -> float:
    """How surely an id tells the value: `share_determined`, or 0 when that proves nothing.

    It proves something in `LEAST_ROWS` rows and more, from `LEAST_SHARE` on, and when at least half of
    the rows that the overall most frequent value gets wrong are right by the id.
    """
    share, rows = share_determined(ids, values)
    if rows < LEAST_ROWS or share < LEAST_SHARE:
        return 0.0
    counts = np.bincount(values[(ids >= 0) & (values >= 0)])
    by_chance = counts.max() / counts.sum()
    is_better = by_chance < 1 and (share - by_chance) >= _LEAST_GAIN * (1 - by_chance)
    return share if is_better else 0.0


def share_determined(
    ids: npt.NDArray[np.int64], values: npt.NDArray[np.int64]
) -> tuple[float, int]:
    """Share of the rows that agree with the most frequent value of their id, and the number of rows.

    Only ids with two rows and more are looked at; -1, in ids and values, is missing. NaN without rows.

    >>> share_determined(np.array([0, 0, 0, 1, 2, 2]), np.array([5, 5, 6, 7, 8, -1]))
    (0.6666666666666666, 3)
    """
    known = (ids >= 0) & (values >= 0)
    ids, values = ids[known], values[known]
    pairs, rows = np.unique(np.stack([ids, values]), axis=1, return_counts=True)
    per_id = np.bincount(pairs[0], weights=rows).astype(np.int64)
    most = np.zeros(len(per_id), dtype=np.int64)
    np.maximum.at(most, pairs[0], rows)
    repeated = per_id >= 2
    n = int(per_id[repeated].sum())
    return (float(most[repeated].sum() / n) if n else float("nan")), n


def _may_describe(
    column: str, cells: pd.Series, users: npt.NDArray[np.int64], values: npt.NDArray[np.int64]
) -> bool:
    if plain_name(column) in _NEVER_OF_USERS:
        return False
    if not _OF_ONE_VISIT.isdisjoint((plain_name(column), *words_of(column))):
        return False
    count = len(np.unique(users[(users >= 0) & (values >= 0)]))
    names_each = count >= _FEW_USERS and int(values.max()) + 1 >= _MOST_ALIKE * count
    return not names_each and not ColumnValues.of(cells).are_times


def _codes(cells: pd.Series) -> npt.NDArray[np.int64]:
    """(n,) one number per distinct text; -1 for a missing or blank one."""
    texts = cells.astype("str").str.strip()
    codes, _ = pd.factorize(texts.where(texts != ""))
    return codes.astype(np.int64)
