"""From a cut of the histories to training lists: candidates, extra items, features, marks."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.progress import Progress
from m6rec_core.schema import NO_ROW
from m6rec_core.scorer.cross_fitting import Round
from m6rec_core.scorer.feature_space import FeatureSpace
from m6rec_core.scorer.training_lists import CANDIDATE, EXTRA, PADDING, TrainingLists

MISSED = 8  # slots for held-out items that similarity did not propose
RANDOM = 32  # slots for random items: they teach the scorer the whole range of pairs
VALIDATION_SHARE = 0.1
FEWEST_USERS = 10  # with fewer, none is kept from the gradient


def build_lists(
    cut: Round,
    space: FeatureSpace,
    users: npt.NDArray[np.int64],
    *,
    is_validation: npt.NDArray[np.bool_],
    seed: int,
    progress: Progress,
    further: Sequence[str] = (),
    by_popularity: bool = False,
) -> TrainingLists:
    """One list for each of these users (positions in the histories), which must have held-out items.

    `is_validation` (users,) marks the lists that are kept from the gradient, `further` names kinds of
    events that are predicted along. With `by_popularity` the random items are drawn in proportion to
    their users instead of evenly.
    """
    rng = np.random.default_rng([seed, 30])
    draw = _draw(cut.known, by_popularity=by_popularity)
    acts: list[npt.NDArray[np.int32]] = []
    size = space.users_per_block()
    parts: list[_Slots] = []
    features = []
    for start in range(0, len(users), size):
        progress("features of the training lists", start / max(len(users), 1))
        chosen = users[start : start + size]
        block = space.block(cut.known.take(chosen))
        known, held_out = cut.known.take(chosen), cut.held_out.take(chosen)
        slots = _slots(block.candidates, known, held_out, draw(rng, len(chosen)))
        if further:
            done = (held_out, cut.meanwhile.take(chosen))
            acts.append(_acts(done, slots.item_row, further))
        parts.append(slots)
        features.append(space.values(block, slots.item_row))
    whole = _Slots(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    return TrainingLists(
        features=np.concatenate(features),
        is_positive=whole.is_positive,
        kind=whole.kind,
        rating=whole.rating,
        n_positive=cut.held_out.lengths()[users].astype(np.int32),
        user_row=users.astype(np.int32),
        item_row=whole.item_row,
        is_validation=is_validation,
        names=np.array([feature.name for feature in space.features]),
        further=np.array(further, dtype="U"),
        acts=np.concatenate(acts) if acts else np.zeros((0, 0), dtype=np.int32),
    )


def join(lists: Sequence[TrainingLists]) -> TrainingLists:
    """The lists of several rounds, one after the other."""
    if len(lists) == 1:
        return lists[0]
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in lists])
        for field in fields(TrainingLists)
    }
    return TrainingLists(**{**columns, "names": lists[0].names, "further": lists[0].further})


def choose_users(
    held_out: Histories, *, most: int, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Positions of at most `most` users with something to find, and which of them validate.

    About a tenth validates; nobody where there are fewer than ten users, for all of them are needed.
    """
    rng = np.random.default_rng([seed, 40])
    validates = rng.random(len(held_out)) < VALIDATION_SHARE
    users = np.flatnonzero(held_out.lengths() > 0)
    if len(users) > most:
        users = np.sort(rng.choice(users, most, replace=False))
    if len(users) < FEWEST_USERS:
        validates[:] = False
    elif not validates[users].any():
        validates[users[::FEWEST_USERS]] = True
    return users, validates[users]


class _Slots(NamedTuple):
    item_row: Rows
    kind: npt.NDArray[np.int8]
    is_positive: npt.NDArray[np.bool_]
    rating: npt.NDArray[np.float32]


def _slots(candidates: Rows, known: Histories, held_out: Histories, drawn: Rows) -> _Slots:
    positive = held_out.matrix()
    missed = _missed(candidates, held_out)
    taken = _at(positive, drawn) > 0
    taken |= _at(known.matrix(), drawn) > 0
    drawn[taken] = NO_ROW
    item_row = np.concatenate([candidates, missed, drawn], axis=1)
    kind = np.full(item_row.shape, EXTRA, dtype=np.int8)
    kind[:, : candidates.shape[1]] = CANDIDATE
    kind[item_row == NO_ROW] = PADDING
    is_positive = (_at(positive, item_row) > 0) & (item_row != NO_ROW)
    return _Slots(item_row, kind, is_positive, _ratings(held_out, item_row, is_positive))


def _draw(known: Histories, *, by_popularity: bool) -> Callable[[np.random.Generator, int], Rows]:
    """Draws (users, RANDOM) item rows: each item alike, or in proportion to the users who have it."""
    if by_popularity and len(known.item_row):
        events = known.item_row

        def draw(rng: np.random.Generator, n_users: int) -> Rows:
            return events[rng.integers(0, len(events), (n_users, RANDOM))]
    else:

        def draw(rng: np.random.Generator, n_users: int) -> Rows:
            # nobody could choose what is new: it is no example of what is not wanted
            had = known.n_items - known.n_new_items
            return rng.integers(0, had, (n_users, RANDOM)).astype(np.int32)

    return draw


def _acts(
    done: Sequence[Histories], item_row: Rows, further: Sequence[str]
) -> npt.NDArray[np.int32]:
    """(users, slots) int32: bit h is set where an event of the kind `further[h]` was done."""
    acts = np.zeros(item_row.shape, dtype=np.int32)
    for histories in done:
        at = [histories.kind_names.index(kind) for kind in further]
        for head, kind in enumerate(at):
            was_done = histories.keep((histories.kinds >> kind) & 1 == 1).matrix()
            acts |= ((_at(was_done, item_row) > 0) & (item_row != NO_ROW)).astype(np.int32) << head
    return acts


def _missed(candidates: Rows, held_out: Histories) -> Rows:
    """(users, MISSED) held-out items that are not candidates, the earliest first, padded with -1."""
    missed = np.full((len(candidates), MISSED), NO_ROW, dtype=np.int32)
    for user in range(len(candidates)):
        items = held_out.items_of(user)
        left = items[~np.isin(items, candidates[user])][:MISSED]
        missed[user, : len(left)] = left
    return missed


def _at(matrix: sp.csr_matrix, item_row: Rows) -> npt.NDArray[np.float32]:
    users = np.repeat(np.arange(len(item_row)), item_row.shape[1])
    found = matrix[users, np.maximum(item_row, 0).ravel()]
    return np.asarray(found, dtype=np.float32).reshape(item_row.shape)


def _ratings(
    held_out: Histories, item_row: Rows, is_positive: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    table = held_out.matrix()
    by_item = held_out.rating[np.lexsort((held_out.item_row, held_out.entry_user()))]
    # +2 keeps ratings of 0 apart from pairs that are not stored
    stored = np.nan_to_num(by_item + 2.0, nan=0.0).astype(np.float32)
    table = sp.csr_matrix((stored, table.indices, table.indptr), shape=table.shape)
    values = _at(table, item_row)
    return np.where(is_positive & (values > 0), values - 2.0, np.nan).astype(np.float32)
