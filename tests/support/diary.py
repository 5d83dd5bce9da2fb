"""Histories written down entry by entry, for expectations worked by hand or by plain loops."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from m6rec_core.data.histories import Histories


class Entry(NamedTuple):
    """One item of one user; a diary is a list of them, oldest first."""

    item: int
    time: int = 0
    rating: float = float("nan")
    weight: float = 1.0
    is_target: bool = True


Diary = Sequence[Entry]


def histories_from(
    diaries: Sequence[Diary],
    *,
    n_items: int,
    has_time: bool = True,
    user_row: Sequence[int] | None = None,
) -> Histories:
    """One history per diary; the users are those of the training data unless their rows are given."""
    entries = [entry for diary in diaries for entry in diary]
    rows = np.arange(len(diaries)) if user_row is None else user_row
    return Histories(
        indptr=np.cumsum([0, *(len(diary) for diary in diaries)]).astype(np.int64),
        item_row=np.array([entry.item for entry in entries], dtype=np.int32),
        weight=np.array([entry.weight for entry in entries], dtype=np.float32),
        rating=np.array([entry.rating for entry in entries], dtype=np.float32),
        time=np.array([entry.time for entry in entries], dtype=np.int64),
        is_target=np.array([entry.is_target for entry in entries], dtype=bool),
        user_row=np.array(rows, dtype=np.int32),
        n_items=n_items,
        has_time=has_time,
    )


def random_diaries(
    n_users: int, n_items: int, *, length: int, seed: int, rated: float = 0.0
) -> list[list[Entry]]:
    """Diaries of pure chance, on average `length` long; a share `rated` of the entries has a rating.

    Items are equally popular, times rise, half of the weights are 1 and the others 0.2.
    """
    rng = np.random.default_rng(seed)
    diaries = []
    for _ in range(n_users):
        n = int(np.clip(rng.integers(length // 2, length + length // 2 + 1), 0, n_items))
        items, times = rng.permutation(n_items)[:n], np.sort(rng.integers(0, 10_000_000, n))
        diaries.append(
            [
                Entry(
                    int(item),
                    int(time),
                    float(rng.integers(0, 5) / 4) if rng.random() < rated else float("nan"),
                    float(rng.choice([0.2, 1.0])),
                )
                for item, time in zip(items, times, strict=True)
            ]
        )
    return diaries
