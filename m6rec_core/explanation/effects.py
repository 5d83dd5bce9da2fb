"""What each past item does to a recommendation: measured by taking it away, and by giving it alone."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.explanation.removal import Removals, only_each, without_each

MOST_MEASURED = 64  # entries of a history
LEAST_SHARE = 1e-6  # of a list: stands for an item that is not on it

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Effects:
    """The effect of each entry of a history on one item, (entries,) each.

    - `laid`: what the contributions to the score lay on the entry
    - `taken`: fall of the logarithm of the item's share of the list when the entry is taken away
    - `alone`: rise of it, over no history at all, when there is nothing but the entry
    - `rank_without` int64: the item's place in the list without the entry; 0 where not measured

    Entries beyond `MOST_MEASURED` are not measured and hold 0.
    """

    laid: Values
    taken: Values
    alone: Values
    rank_without: npt.NDArray[np.int64]

    @property
    def strength(self) -> Values:
        """(entries,) mean of the three, each in its own standard deviations: the order that holds.

        `laid` knows the network, `taken` the whole list, `alone` what other past items would replace.
        """
        parts = [
            (one - one.mean()) / max(float(one.std()), 1e-12) for one in self._parts() if len(one)
        ]
        return np.mean(parts, axis=0) if parts else np.zeros(0)

    @property
    def supporting(self) -> Values:
        """(entries,) how strongly an entry speaks for the item, above 0; 0 where it does not."""
        strength = self.strength
        above: Values = strength - strength.min(initial=0.0) + 1e-9
        return np.where(self.laid > 0, above, 0.0)

    def _parts(self) -> tuple[Values, Values, Values]:
        return self.laid, self.taken, self.alone


def history_effects(removals: Removals, laid: npt.ArrayLike) -> Effects:
    """Makes the list for the history without each entry and with each alone; `laid` (entries,)."""
    given = np.asarray(laid, dtype=np.float64)
    entries = len(removals)
    taken, alone = np.zeros(entries), np.zeros(entries)
    rank = np.zeros(entries, dtype=np.int64)
    chosen = np.argsort(-given, kind="stable")[:MOST_MEASURED]
    n = len(chosen)
    if n:
        whole_and_empty = np.stack([np.ones(entries, bool), np.zeros(entries, bool)])
        kept = [whole_and_empty, without_each(entries)[chosen], only_each(entries)[chosen]]
        found = removals.outcome(np.concatenate(kept))
        level = np.log(np.maximum(found.share, LEAST_SHARE))
        taken[chosen] = level[0] - level[2 : 2 + n]
        alone[chosen] = level[2 + n :] - level[1]
        rank[chosen] = found.rank[2 : 2 + n]
    return Effects(given, taken, alone, rank)
