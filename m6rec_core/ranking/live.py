"""The real-time path: recent events in, a list out, by the features and the network of a trained run."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.ranking.fold_in import Event, events_of, folded_in
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.ranking.scored_lists import EVERYTHING, Rules

MOST_KEPT = 1024  # lists that are remembered


@dataclass(frozen=True, eq=False)
class LiveList:
    """A list for recent events.

    - `item_row` (≤ n,) int32, `item_ids` and `score` (≤ n,) float32, best first
    - `source` the model that ranked it; "popularity" where no event says anything
    - `history` of length 1: what the events came to
    - `unknown_items` ids among the events that the run does not know; they are left out
    """

    item_row: Rows
    item_ids: tuple[str, ...]
    score: npt.NDArray[np.float32]
    source: str
    history: Histories
    unknown_items: tuple[str, ...]


class LiveRecommender:
    """Answers for users of the run and for anybody else, without training.

    Safe to share between threads. The last `most_kept` answers are remembered; equal questions get the
    same object. An event of a new kind of item, user or attribute needs a new training; new events do not.
    """

    def __init__(self, recommender: Recommender, *, most_kept: int = MOST_KEPT) -> None:
        self.recommender = recommender
        self._most_kept = most_kept
        self._kept: OrderedDict[Any, LiveList] = OrderedDict()
        self._lock = threading.Lock()
        self._warm()

    def recommend(
        self,
        events: Sequence[Event],
        n: int = 20,
        *,
        user_id: str = "",
        attributes: Mapping[str, str] | None = None,
        include_seen: bool = False,
        model: str = schema.SCORER,
        rules: Rules = EVERYTHING,
    ) -> LiveList:
        """The n best items for a user with these events, all that is to be counted, oldest first.

        `user_id` says whose events they are, when it is a user of the run: their stored self is then not
        taken for somebody alike, and their stored attributes hold. `attributes` (column → value) stand
        in place of stored ones. Raises DataError for events that the run cannot read.
        """
        told = tuple(sorted((attributes or {}).items()))
        # NaN is unequal to itself: its text is not
        said = tuple((e.item_id, e.event, str(e.value), e.timestamp) for e in events)
        key = (said, n, user_id, told, include_seen, model) if rules is EVERYTHING else None
        kept = self._look_up(key)
        if kept is None:
            kept = self._make(events, n, user_id, told, include_seen, model, rules)
            self._keep(key, kept)
        return kept

    def events_of(self, user_id: str) -> tuple[Event, ...]:
        """The events of a user that the run learned from, oldest first; none for an unknown user."""
        interactions = self.recommender.interactions
        row = interactions.users.row_of(user_id)
        return () if row == schema.NO_ROW else events_of(interactions, row)

    def _make(
        self,
        events: Sequence[Event],
        n: int,
        user_id: str,
        told: tuple[tuple[str, str], ...],
        include_seen: bool,
        model: str,
        rules: Rules,
    ) -> LiveList:
        base = self.recommender
        history, unknown = folded_in(
            base.interactions,
            events,
            user_row=base.interactions.users.row_of(user_id),
            positive_from=base.config.data.positive_from,
        )
        asked = base.for_attributes(dict(told)) if told else base
        found = asked.recommend(history, n, include_seen=include_seen, model=model, rules=rules)
        filled = found.item_row[0] >= 0
        item_row = found.item_row[0][filled]
        return LiveList(
            item_row=item_row,
            item_ids=tuple(map(str, base.interactions.items.ids_of(item_row))),
            score=found.score[0][filled],
            source=found.source[0],
            history=history,
            unknown_items=unknown,
        )

    def _look_up(self, key: Any) -> LiveList | None:
        with self._lock:
            if key is None or key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def _keep(self, key: Any, made: LiveList) -> None:
        if key is None:
            return
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most_kept:
                self._kept.popitem(last=False)

    def _warm(self) -> None:
        """Makes now what would be made by the first question, and only once."""
        with self._lock:
            nobody = Histories.of_items([], n_items=self.recommender.training.n_items)
            self.recommender.recommend(nobody, 1)
