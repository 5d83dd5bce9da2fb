"""What would drop an item out of the list: the fewest past items, or the smallest change of an attribute."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.explanation.removal import Mask, Outcome, Removals

MOST_REMOVED = 5
POOL = 40  # past items that are tried one by one
BEAM, WIDTH = 4, 12  # sets that are kept from each size, and items that each is tried with


@dataclass(frozen=True, eq=False)
class Removal:
    """A set of past items without which the item is no longer among the `top` best.

    - `entries` of the history, the one that lowers the item most first
    - `rank_before`, `rank_after`: places with and without them; `beyond` stands for 'not on the list'
    - `lists`: how many lists were made to find it; the last of them verified it
    """

    entries: tuple[int, ...]
    top: int
    rank_before: int
    rank_after: int
    beyond: int
    lists: int


def smallest_removal(
    removals: Removals, first: npt.ArrayLike, *, top: int = 10, most: int = MOST_REMOVED
) -> Removal | None:
    """The smallest set of at most `most` past items found to drop the item out of the `top` best.

    `first` (entries,): the entries with the largest values are tried. Every single one of them, then
    sets that grow from the best so far; each set is verified by making the list anew through the
    serving path, and a smaller set always wins. None when there is none, or the item is not listed.
    """
    search = _Search(removals, top)
    before = search.outcome([()])
    if before.rank[0] > top:
        return None
    pool = np.argsort(-np.asarray(first, dtype=np.float64), kind="stable")[:POOL].tolist()
    sets: list[tuple[int, ...]] = [(entry,) for entry in pool]
    by_margin = pool
    for size in range(1, min(most, len(removals)) + 1):
        found = search.outcome(sets)
        order = np.argsort(found.margin, kind="stable")
        best = sets[int(order[0])]
        if found.rank[order[0]] > top:
            after = int(found.rank[order[0]])
            return Removal(best, top, int(before.rank[0]), after, found.beyond, search.lists)
        if size == 1:
            by_margin = [pool[int(place)] for place in np.argsort(found.margin, kind="stable")]
        kept = [sets[int(place)] for place in order[:BEAM]]
        sets = _grown(kept, by_margin[:WIDTH])
        if not sets:
            break
    return None


def _grown(kept: Sequence[tuple[int, ...]], by: Sequence[int]) -> list[tuple[int, ...]]:
    """Every kept set with one more entry, each set once."""
    grown = {
        frozenset((*one, entry)): (*one, entry) for one in kept for entry in by if entry not in one
    }
    return list(grown.values())


class _Search:
    """Counts the lists that are made."""

    def __init__(self, removals: Removals, top: int) -> None:
        self._removals, self._top = removals, top
        self.lists = 0

    def outcome(self, sets: Sequence[tuple[int, ...]]) -> Outcome:
        kept: Mask = np.ones((len(sets), len(self._removals)), dtype=bool)
        for row, entries in enumerate(sets):
            kept[row, list(entries)] = False
        self.lists += len(sets)
        return self._removals.outcome(kept, top=self._top)
