"""A trained run against held-out events, beside the baselines that are always there."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import IdMap
from m6rec_core.data.interactions import Interactions
from m6rec_core.errors import DataError
from m6rec_core.evaluation.comparison import Comparison, compare
from m6rec_core.progress import Progress, silent, within
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.schema import NO_ROW


def evaluate(
    recommender: Recommender,
    held_out: Histories,
    *,
    ks: tuple[int, ...] = (10, 20),
    split: str = "held-out items as given",
    notes: dict[str, Any] | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Ranks the whole catalogue for every user with held-out items, by each model.

    `held_out` holds the items to be found; its `user_row` names the training users (-1: unknown, who
    get the popularity list). Where the items carry ratings, the expected rating is measured as well.
    """
    wanted = held_out.take(np.flatnonzero(held_out.lengths() > 0))
    known = recommender.histories_of_rows(wanted.user_row)
    depth = min(max(ks), recommender.training.n_items)
    rankings: dict[str, npt.NDArray[np.int32]] = {}
    for position, model in enumerate(schema.MODELS):
        tell = within(progress, position / len(schema.MODELS), (position + 1) / len(schema.MODELS))
        tell(f"evaluating {model}", 0.0)
        rankings[model] = recommender.recommend(known, depth, model=model).item_row
    return compare(
        rankings,
        wanted,
        ks=ks,
        n_items=recommender.training.n_items,
        popularity=recommender.popularity,
        seed=recommender.config.seed,
        split=split,
        predicted_ratings=_predicted(recommender, wanted),
        rating_range=recommender.interactions.rating_range or (0.0, 1.0),
        notes=notes,
    )


def evaluate_table(
    recommender: Recommender, test: pd.DataFrame, *, ks: tuple[int, ...]
) -> Comparison:
    """Measures a run on a table of held-out events (`user_id`, `item_id` and what else is there).

    Events of another kind than the one that is predicted are left out, as are items that the run does
    not know and pairs that it has learned from; the protocol counts them. Users that it does not know
    stay and get the popularity list.
    """
    events = recommender.interactions
    target = events.event_names[events.target]
    of_kind = np.ones(len(test), dtype=bool)
    if schema.EVENT in test.columns and (test[schema.EVENT] == target).any():
        of_kind = (test[schema.EVENT] == target).to_numpy()
    item_row = events.items.rows_of(test[schema.ITEM_ID])
    kept = test[of_kind & (item_row >= 0)]
    if kept.empty:
        raise DataError(
            "The test table holds no event with an item that the run knows. "
            "Check that its ids are those of the training data."
        )
    unknown = sorted(set(kept[schema.USER_ID]) - set(events.users.ids))
    users = IdMap.in_given_order([*events.users.ids, *unknown])
    wanted = Interactions.from_frame(
        kept.drop(columns=[schema.EVENT, schema.TIMESTAMP], errors="ignore"),
        users=users,
        items=events.items,
        rating_range=events.rating_range,
    )
    held_out, seen = held_out_histories(wanted, recommender.training)
    rows = np.where(np.arange(len(users)) < len(events.users), np.arange(len(users)), NO_ROW)
    notes = {
        "left_out_as_seen": seen,
        "left_out_as_unknown_items": int((of_kind & (item_row < 0)).sum()),
        "left_out_as_other_events": int((~of_kind).sum()),
        "unknown_users": len(unknown),
    }
    return evaluate(recommender, held_out.for_users(rows), ks=ks, notes=notes)


def held_out_histories(test: Interactions, training: Histories) -> tuple[Histories, int]:
    """The items to be found for every training user, and how many pairs were left out as seen before."""
    found = test.histories()
    width = training.n_items
    seen = np.isin(
        found.entry_user() * width + found.item_row,
        training.entry_user() * width + training.item_row,
    )
    return found.keep(~seen), int(seen.sum())


def _predicted(
    recommender: Recommender, wanted: Histories
) -> dict[str, npt.NDArray[np.float32]] | None:
    scale = recommender.interactions.rating_range
    if scale is None or not np.isfinite(wanted.rating).any():
        return None
    events = recommender.interactions
    users = wanted.user_row[wanted.entry_user()]
    user_ids = np.where(users >= 0, events.users.ids_of(np.maximum(users, 0)), "")
    expected = recommender.expected_ratings(
        user_ids.tolist(), events.items.ids_of(wanted.item_row).tolist()
    )
    if expected is None:
        return None
    low, high = scale
    return {schema.SCORER: ((expected - low) / max(high - low, 1e-9)).astype(np.float32)}
