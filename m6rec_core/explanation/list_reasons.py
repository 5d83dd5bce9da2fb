"""One line per item of a list that says why it is there; what a line names was taken away, and the score fell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.explanation.evidence import FEWEST_USERS
from m6rec_core.explanation.words import list_of_titles, shortened
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.scorer.features.block import Block
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.user_based import UserNeighbours

MOST_TITLES: Final = 2
MOST_CLAUSES: Final = 2
ASKED_PER_ITEM: Final = 3  # past items most like a listed one whose removal is tried
MOST_REMOVED: Final = 24  # past items whose removal is tried for one list
NOTHING: Final = "nothing speaks for it more than for an average pair"

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Reason:
    """Why one item is listed.

    - `text` in plain words
    - `past_item_ids` the items of the history that it names
    - `drop` by how much the score falls without what is named first; 0 when nothing is named
    """

    text: str
    past_item_ids: tuple[str, ...]
    drop: float

    @property
    def holds(self) -> bool:
        """Whether it names something without which the score falls."""
        return self.drop > 0


@dataclass(frozen=True)
class _Clause:
    text: str
    drop: float
    past_item_ids: tuple[str, ...] = ()


def list_reasons(
    recommender: Recommender, history: Histories, item_row: Rows
) -> tuple[Reason, ...]:
    """A reason for each item (n,) of the list of one user, whose `history` has length 1.

    Four kinds of evidence are taken away, one at a time, and the item is scored again:

    - past items that are neighbours of it: the history without them
    - similar users who have it: the features as if none of them had it
    - a match of attributes: the feature as if the item suited the user no more than usual
    - the item's own popularity, recency, rating or number: as that of an average pair

    Only what lowers the score by its absence is named, at most two kinds, in this order. An item that
    nobody has yet is scored by others like it in attributes, and its reason says so.
    """
    wanted = np.asarray(item_row, dtype=np.int32)[None, :]
    if not wanted.size:
        return ()
    block = recommender.space.block(history)
    features = recommender.values(block, wanted)[0]
    found = _Features(recommender, block, features)
    clauses: list[list[_Clause]] = [[] for _ in range(len(features))]
    for kind in (
        _past_items(recommender, history, wanted, found.scores),
        _similar_users(recommender, history, wanted, found),
        _matches(recommender, wanted, found),
        _own_merits(recommender, wanted, found),
    ):
        for place, clause in kind:
            clauses[place].append(clause)
    reasons = (_reason(one[:MOST_CLAUSES]) for one in clauses)
    return tuple(
        _said_of_new(recommender, reason, int(item))
        for reason, item in zip(reasons, wanted[0], strict=True)
    )


@dataclass(frozen=True)
class ReasonShare:
    """How many recommendations of a sample of users carry a reason that holds."""

    users: int
    recommendations: int
    with_reason: int

    @property
    def share(self) -> float:
        """In [0, 1]; NaN without recommendations."""
        if not self.recommendations:
            return float("nan")
        return self.with_reason / self.recommendations


def reason_share(
    recommender: Recommender, *, most_users: int = 60, n: int = 10, seed: int = 0
) -> ReasonShare:
    """Over the first n places of a sample of users with a history."""
    rng = np.random.default_rng([seed, 80])
    active = np.flatnonzero(recommender.training.lengths() > 0)
    chosen = rng.choice(active, min(most_users, len(active)), replace=False)
    histories = recommender.histories_of_rows(np.sort(chosen))
    lists = recommender.recommend(histories, n).item_row
    total = held = 0
    for place, listed in enumerate(lists):
        history = histories.take(np.array([place]))
        reasons = list_reasons(recommender, history, listed[listed >= 0])
        total += len(reasons)
        held += sum(reason.holds for reason in reasons)
    return ReasonShare(len(chosen), total, held)


class _Features:
    """The features (n, F) of a list, and what the score becomes when some of them are changed."""

    def __init__(
        self, recommender: Recommender, block: Block, values: npt.NDArray[np.float32]
    ) -> None:
        self._recommender, self.block, self.values = recommender, block, values
        self.scores = recommender.score_features(values).astype(np.float64)

    def drop(self, changes: dict[int, npt.ArrayLike]) -> Values:
        """(n,) how far each score falls when the columns get these values."""
        changed = self.values.copy()
        for column, value in changes.items():
            changed[:, column] = value
        return np.asarray(self.scores - self._recommender.score_features(changed))

    def columns(self, *, group: str = "", signal: str = "") -> list[int]:
        """The columns of a group, or from a signal."""
        return [
            column
            for column, feature in enumerate(self._recommender.features)
            if (not group or feature.group == group) and (not signal or feature.signal == signal)
        ]

    def best_drop(self, columns: Sequence[int], usual: Sequence[float]) -> tuple[Values, Rows]:
        """(n,) the largest fall that a single column makes when it gets its usual value, and which it is."""
        drops = np.stack([self.drop({c: u}) for c, u in zip(columns, usual, strict=True)])
        best = drops.argmax(axis=0)
        return drops[best, np.arange(drops.shape[1])], np.asarray(columns, dtype=np.int32)[best]


def _said_of_new(recommender: Recommender, reason: Reason, item_row: int) -> Reason:
    warm = recommender.warm_items
    place = int(warm.place_of[item_row])
    if place < 0:
        return reason
    rows = warm.stand_in[place][warm.share[place] > 0][:MOST_TITLES]
    like = list_of_titles([shortened(str(title)) for title in recommender.titles[rows]])
    words = f"nobody has it yet: scored as {like}, which its attributes are most like"
    text = f"{words}; {reason.text}" if reason.holds else words
    return replace(reason, text=text)


def _reason(clauses: Sequence[_Clause]) -> Reason:
    if not clauses:
        return Reason(NOTHING, (), 0.0)
    named = tuple(one for clause in clauses for one in clause.past_item_ids)
    return Reason("; ".join(clause.text for clause in clauses), named, clauses[0].drop)


def _past_items(
    recommender: Recommender, history: Histories, wanted: Rows, scores: Values
) -> Iterator[tuple[int, _Clause]]:
    model = recommender.models.get("item_knn")
    if not isinstance(model, SparseItemModel) or not len(history.item_row):
        return
    parts = np.stack([model.parts(history, int(item)) for item in wanted[0]])  # (n, entries)
    nearest = np.argsort(-parts, axis=1, kind="stable")[:, :ASKED_PER_ITEM]
    supports = np.take_along_axis(parts, nearest, axis=1) > 0
    tried = list(dict.fromkeys(nearest.T[supports.T].tolist()))[:MOST_REMOVED]
    if not tried:
        return
    drops = scores - _without(recommender, history, tried, wanted)  # (tried, n)
    disliked = _disliked(history)
    for place in range(len(scores)):
        own = [t for t, entry in enumerate(tried) if entry in nearest[place][supports[place]]]
        own = [t for t in own if drops[t, place] > 0]
        own.sort(key=lambda t: (disliked[tried[t]], -drops[t, place]))
        if own:
            entries = [tried[t] for t in own[:MOST_TITLES]]
            yield place, _clause_of_past(recommender, history, entries, drops[own[0], place])


def _disliked(history: Histories) -> npt.NDArray[np.bool_]:
    """(entries,) rated below the user's own mean: named only where nothing better is there to name."""
    rated = np.isfinite(history.rating)
    usual = history.rating[rated].mean() if rated.any() else 0.0
    return np.asarray(rated & (history.rating < usual))


def _without(
    recommender: Recommender, history: Histories, tried: Sequence[int], wanted: Rows
) -> Values:
    """(tried, n) the scores when one entry of the history is left out."""
    kept = np.ones((len(tried), len(history.item_row)), dtype=bool)
    kept[np.arange(len(tried)), tried] = False
    versions = history.take(np.zeros(len(tried), dtype=np.int64)).keep(kept.ravel())
    features = recommender.pair_features(versions, np.repeat(wanted, len(tried), axis=0))
    flat = recommender.score_features(features.reshape(-1, features.shape[2]))
    return flat.reshape(len(tried), -1).astype(np.float64)


def _clause_of_past(
    recommender: Recommender, history: Histories, entries: Sequence[int], drop: float
) -> _Clause:
    rows = history.item_row[list(entries)]
    titles = [shortened(str(title)) for title in recommender.titles[rows]]
    scale = recommender.interactions.rating_range
    if scale is not None:
        ratings = scale[0] + history.rating[list(entries)] * (scale[1] - scale[0])
        titles = [
            title if np.isnan(rating) else f"{title} (rated {rating:g})"
            for title, rating in zip(titles, ratings.round(2), strict=True)
        ]
    ids = tuple(map(str, recommender.interactions.items.ids_of(rows)))
    return _Clause(f"like {list_of_titles(titles)}", float(drop), ids)


def _similar_users(
    recommender: Recommender, history: Histories, wanted: Rows, found: _Features
) -> Iterator[tuple[int, _Clause]]:
    model = recommender.models.get("user_knn")
    columns = found.columns(signal="user_knn")
    if not isinstance(model, UserNeighbours) or not columns:
        return
    neighbours = model.neighbours(history)[0][0]
    have = recommender.training.take(neighbours[neighbours >= 0])
    count = np.bincount(have.item_row, minlength=have.n_items)[wanted[0]]
    nobody = _score_of_nothing(found.block.scores["user_knn"][0], found.block.candidates[0])
    names = [recommender.features[column].name for column in columns]
    drops = found.drop(
        {c: nobody if n.endswith(".z") else 0.0 for c, n in zip(columns, names, strict=True)}
    )
    for place in np.flatnonzero((count >= FEWEST_USERS) & (drops > 0)):
        yield int(place), _Clause(f"{count[place]} similar users have it", float(drops[place]))


def _score_of_nothing(scores: npt.NDArray[np.float32], candidates: Rows) -> float:
    """Where a score of 0 stands among the user's candidates, in standard deviations."""
    usual = scores[candidates[candidates >= 0]].astype(np.float64)
    spread = float(usual.std()) if len(usual) else 0.0
    return float(np.clip(-usual.mean() / spread, -10, 10)) if spread > 0 else 0.0


def _matches(
    recommender: Recommender, wanted: Rows, found: _Features
) -> Iterator[tuple[int, _Clause]]:
    columns = found.columns(group=schema.MATCH)
    if not columns:
        return
    features = recommender.features
    middle = np.median(recommender.background, axis=0)
    # distances and cosines have no zero that means "as usual"; the logarithm of a lift has
    usual = [
        float(middle[c]) if features[c].name.startswith(("fit.", "theme.")) else 0.0
        for c in columns
    ]
    drops, best = found.best_drop(columns, usual)
    for place in np.flatnonzero(drops > 0):
        feature, item = features[best[place]], int(wanted[0, place])
        words = f"fits the user: {feature.title}"
        if feature.name.startswith("taste.") and recommender.items is not None:
            labels = str(recommender.items.frame[feature.signal].iloc[item])
            shown = shortened(", ".join(labels.split(schema.MULTI_VALUE_SEPARATOR)))
            words = f"fits the taste in {feature.signal}: {shown}"
        yield int(place), _Clause(words, float(drops[place]))


def _own_merits(
    recommender: Recommender, wanted: Rows, found: _Features
) -> Iterator[tuple[int, _Clause]]:
    columns = found.columns(group=schema.ITEM)
    if not columns:
        return
    middle = np.median(recommender.background, axis=0)
    drops, best = found.best_drop(columns, [float(middle[column]) for column in columns])
    for place in np.flatnonzero(drops > 0):
        feature = recommender.features[best[place]]
        words = f"the item itself: {feature.title}"
        if feature.name == "item.popularity":
            users = int(recommender.popularity[wanted[0, place]])
            words = (
                f"widely known: {users:,} users have it"
                if users
                else "nobody had it yet, but items like it are widely known"
            )
        yield int(place), _Clause(words, float(drops[place]))
