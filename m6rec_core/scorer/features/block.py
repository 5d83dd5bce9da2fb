"""Some hundred users at a time: their score rows, their candidates, and the pairs to be described."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.schema import NO_ROW
from m6rec_core.scorer.features.proposing import proposed
from m6rec_core.similarity.compiled import compiled, in_chunks
from m6rec_core.similarity.protocol import LinearModel, PairModel, ScoreModel

Array = npt.NDArray[np.float32]

ALIKE = 1e-6  # scores that differ by less than this share of their mean differ by rounding alone


@dataclass(frozen=True, eq=False)
class Block:
    """The common ground of all features of a block of users.

    - `histories` of the users
    - `scores` {model: (users, n_items)} of the models that know no less than whole rows
    - `candidates` (users, C) int32, padded with -1: what similarity proposes; the yardstick of all
      relative features, also for pairs that are not among them
    - `item_row` (users, slots) int32, padded with -1: the pairs to be described
    - `models` {model: model} all of them
    - `found` {model: (users, C)} what models of which no rows are kept say of the candidates
    """

    histories: Histories
    scores: Mapping[str, Array]
    candidates: Rows
    item_row: Rows
    models: Mapping[str, ScoreModel] = field(default_factory=dict)
    found: Mapping[str, Array] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        histories: Histories,
        models: Mapping[str, ScoreModel],
        *,
        voters: Sequence[str],
        popular: Rows,
        n_candidates: int,
        hide: Histories | None = None,
    ) -> "Block":
        """Scores all items by the voters; the candidates are the best of their blended scores.

        Items of the history, or those of `hide` in its place, are never among them.
        Users of whom similarity knows too little get the most popular items (`popular`, all items in
        falling popularity) up to the number of candidates.
        """
        lines = {
            name: model.linear(histories)
            for name, model in models.items()
            if name in voters and isinstance(model, LinearModel)
        }
        scores = {
            name: model.scores(histories)
            for name, model in models.items()
            if name not in lines and (name in voters or not isinstance(model, PairModel))
        }
        hidden = histories if hide is None else hide
        candidates, found = proposed(
            histories, lines, scores, voters, popular=popular, n=n_candidates, hide=hidden
        )
        return cls(histories, scores, candidates, candidates, models, found)

    def describing(self, item_row: Rows) -> "Block":
        """The same users and yardstick with other pairs, (users, slots)."""
        return replace(self, item_row=item_row)

    def standing(self, model_name: str) -> Array:
        """(users, slots, 2) `standing` of the pairs in the scores of a model."""
        model = self.models.get(model_name)

        def score_at(rows: Rows) -> Array:
            if rows is self.candidates and model_name in self.found:
                return self.found[model_name]
            if model_name not in self.scores and isinstance(model, PairModel):
                return model.scores_at(self.histories, rows)
            return at(self.scores[model_name], rows)

        return standing(score_at, self)

    def whole(self, model_name: str) -> Array:
        """(users, n_items) all scores of a model, made anew where none are kept."""
        kept = self.scores.get(model_name)
        return self.models[model_name].scores(self.histories) if kept is None else kept


def standing(score_at: Callable[[Rows], Array], block: Block) -> Array:
    """(users, slots, 2): sqrt(score / the user's best candidate), and the z-score over the candidates.

    `score_at` gives the scores of a table of pairs. Raw scores do not travel between users and folds of
    different length; these two do. Both are 0 for empty slots and for users whose candidates all score 0,
    z also where they all score alike; z is cut off at ±10.
    """
    if block.item_row is block.candidates:
        own = of_pairs = score_at(block.candidates)
    else:
        n = block.candidates.shape[1]
        both = score_at(np.concatenate([block.candidates, block.item_row], axis=1))
        own, of_pairs = both[:, :n], both[:, n:]
    values = np.zeros((*block.item_row.shape, 2), dtype=np.float32)
    in_chunks(
        lambda start, stop: _standing(
            start, stop, own, block.candidates, of_pairs, block.item_row, values
        ),
        len(values),
        smallest=64,
    )
    return values


def at(scores: Array, item_row: Rows) -> Array:
    """(users, slots) the scores (users, n_items) at a table of pairs; 0 for empty slots."""
    values = np.take_along_axis(scores, np.maximum(item_row, 0).astype(np.int64), axis=1)
    return np.where(item_row == NO_ROW, np.float32(0), values)


def per_item(values: Array, block: Block) -> Array:
    """(users, slots) an item's own value (n_items,) at the pairs."""
    return values[np.maximum(block.item_row, 0)]


def per_user(values: Array, block: Block) -> Array:
    """(users, slots) a user's own value (users,) at the pairs."""
    return np.broadcast_to(values[:, None], block.item_row.shape)


@compiled
def _standing(
    start: int,
    stop: int,
    own: Array,
    candidates: Rows,
    of_pairs: Array,
    item_row: Rows,
    values: Array,
) -> None:
    for user in range(start, stop):
        count, total, squares, best = 0, 0.0, 0.0, 0.0
        for slot in range(candidates.shape[1]):
            if candidates[user, slot] >= 0:
                score = np.float64(own[user, slot])  # squares of 32 bits drown small distances
                count += 1
                total += score
                squares += score * score
                best = max(best, score)
        if count == 0:
            continue
        mean = total / count
        deviation = np.sqrt(max(squares / count - mean * mean, 0.0))
        for slot in range(item_row.shape[1]):
            if item_row[user, slot] < 0:
                continue
            score = np.float64(of_pairs[user, slot])
            if best > 0 and score > 0:
                values[user, slot, 0] = np.sqrt(score / best)
            if deviation > ALIKE * max(abs(mean), 1e-9):
                values[user, slot, 1] = min(max((score - mean) / deviation, -10.0), 10.0)
