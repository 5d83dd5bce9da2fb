"""Overlaps between any few items, computed when asked for: G[j, k] = Σ over users with j and k of their weight.

Popular items overlap with everything and take most of the work, so the overlaps among the most popular ones
are counted once and kept. Their number is limited: memory does not grow with items × items.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.schema import NO_ROW
from m6rec_core.similarity.compiled import compiled, fixed, in_chunks
from m6rec_core.similarity.lists import Lists, inverted, lengths_of

MOST_POPULAR = 4096  # items whose overlaps are kept: 64 MB

_END = -1  # of a chain of links


class Overlaps(NamedTuple):
    """What is needed to find G between any items.

    - `users_of`: for each item its users; `user_weight` (n_users,) float64
    - `popular_row` (n_items,) int32: row of an item in `popular`; -1 for the others
    - `popular` (p, p) float32: overlaps among the popular items
    """

    users_of: Lists
    user_weight: npt.NDArray[np.float64]
    popular_row: npt.NDArray[np.int32]
    popular: npt.NDArray[np.float32]


def overlaps_of(
    items_of: Lists,
    user_weight: npt.NDArray[np.float64],
    *,
    n_items: int,
    most_popular: int = MOST_POPULAR,
) -> Overlaps:
    """Prepares the overlaps of items from the items of each user.

    >>> items_of = Lists(np.array([0, 2, 4]), np.array([0, 1, 0, 2], dtype=np.int32))
    >>> overlaps_of(items_of, np.array([1.0, 0.5]), n_items=3, most_popular=2).popular.tolist()
    [[1.5, 1.0], [1.0, 1.0]]
    """
    users_of = inverted(items_of, n=n_items)
    chosen = np.argsort(-lengths_of(users_of), kind="stable")[:most_popular]
    popular_row = np.full(n_items, NO_ROW, dtype=np.int32)
    popular_row[chosen] = np.arange(len(chosen))
    popular = np.zeros((len(chosen), len(chosen)), dtype=np.float32)
    weight = fixed(user_weight, np.float64)
    items, users = _fixed(items_of), _fixed(users_of)
    in_chunks(
        lambda start, stop: _count_popular(
            *(start, stop, items, users, weight, chosen, popular_row, popular)
        ),
        len(chosen),
    )
    return Overlaps(users, weight, fixed(popular_row, np.int32), fixed(popular, np.float32))


def _fixed(lists: Lists) -> Lists:
    return Lists(fixed(lists.indptr, np.int64), fixed(lists.indices, np.int32))


@compiled
def _count_popular(
    start: int,
    stop: int,
    items_of: Lists,
    users_of: Lists,
    user_weight: npt.NDArray[np.float64],
    chosen: npt.NDArray[np.int64],
    popular_row: npt.NDArray[np.int32],
    popular: npt.NDArray[np.float32],
) -> None:
    total = np.empty(len(chosen) + 1)  # one place more, for the items that are not popular: row -1
    for row in range(start, stop):
        total[:] = 0.0
        item = chosen[row]
        for entry in range(users_of.indptr[item], users_of.indptr[item + 1]):
            user = users_of.indices[entry]
            for place in range(items_of.indptr[user], items_of.indptr[user + 1]):
                total[popular_row[items_of.indices[place]]] += user_weight[user]
        for other in range(len(chosen)):
            popular[row, other] = total[other]


@compiled
def gram_of(
    chosen: npt.NDArray[np.int32], overlaps: Overlaps, newest: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """(n, n) the upper triangle of G between the chosen items.

    `newest` (n_users,) is working memory, all -1 before and after.
    """
    n = len(chosen)
    gram = np.zeros((n, n))
    n_rare = 0
    for place in range(n):
        row = overlaps.popular_row[chosen[place]]
        n_rare += row == NO_ROW
        for other in range(place, n):
            other_row = overlaps.popular_row[chosen[other]]
            if row != NO_ROW and other_row != NO_ROW:
                gram[place, other] = overlaps.popular[row, other_row]
    if n_rare:
        _add_rare(chosen, overlaps, newest, gram)
    return gram


@compiled
def _add_rare(
    chosen: npt.NDArray[np.int32],
    overlaps: Overlaps,
    newest: npt.NDArray[np.int64],
    gram: npt.NDArray[np.float64],
) -> None:
    """Adds the overlaps of which one side is not popular.

    Each user met keeps a chain of the chosen items met so far, and `newest` its last link. The chains are
    begun by the popular items; each rare one then walks the chains of its users.
    """
    users_of, indptr = overlaps.users_of.indices, overlaps.users_of.indptr
    n_links = 0
    for item in chosen:
        n_links += indptr[item + 1] - indptr[item]
    link_place = np.empty(n_links, dtype=np.int32)
    link_before = np.empty(n_links, dtype=np.int64)
    link = 0
    for walks in (False, True):
        for place in range(len(chosen)):
            item = chosen[place]
            if (overlaps.popular_row[item] == NO_ROW) != walks:
                continue
            for user in users_of[indptr[item] : indptr[item + 1]]:
                link_place[link], link_before[link] = place, newest[user]
                newest[user] = link
                walker = link if walks else _END
                while walker != _END:
                    other = link_place[walker]
                    gram[min(place, other), max(place, other)] += overlaps.user_weight[user]
                    walker = link_before[walker]
                link += 1
    for item in chosen:
        for user in users_of[indptr[item] : indptr[item + 1]]:
            newest[user] = _END
