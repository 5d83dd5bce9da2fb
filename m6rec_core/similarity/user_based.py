"""User-based collaborative filtering: what the users most like this one have."""

import dataclasses
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from m6rec_core.data.histories import Histories
from m6rec_core.schema import NO_ROW, Rows
from m6rec_core.similarity.comparing import Comparison
from m6rec_core.similarity.compiled import compiled, fixed, in_chunks
from m6rec_core.similarity.kernels import most_alike_in_order
from m6rec_core.similarity.linear import check_catalogue
from m6rec_core.similarity.lists import (
    Lists,
    inverted,
    inverted_values,
    lengths_of,
    lists_of,
)
from m6rec_core.similarity.measures import (
    BY_VALUE,
    NO_VALUES,
    Exponents,
    Ground,
    Side,
    floored,
    ground_of,
)
from m6rec_core.similarity.protocol import Arrays

Floats = npt.NDArray[np.float32]

DEGREE_POWER = 1.5
POOL_SEED = 50


@dataclass(frozen=True)
class UserSettings:
    """How users are compared.

    - `measure`: one of `measures.MEASURES`
    - `item_exponent`, `user_exponent`, `neighbour_exponent`: of the measures by degree, as
      `measures.exponents_of` says: of the item in common, of the user, of the one they are like
    - `power` of the likeness; 0: the usual one, 1.5 for degree, else 1
    - `popularity_exponent`: how much popular items count less in a score; of "degree" alone
    - `pool`: where more users than this have items, so many of them, always the same ones, stand for all:
      without it the time for all users grows with the square of their number
    """

    measure: str = "degree"
    weighting: str = "none"
    neighbours: int = 500
    shrinkage: float = 4.0
    item_exponent: float = 0.4
    neighbour_exponent: float = 0.8
    power: float = 0.0
    popularity_exponent: float = 0.2
    user_exponent: float = 0.0
    pool: int = 50_000


@dataclass(frozen=True, eq=False)
class UserNeighbours:
    """score(history, i) = weight of i · Σ of the likeness of those neighbours of the history who have i.

    The neighbours of a history are found through the inverted lists when they are asked for, so
    nothing of size users × users exists, and users typed in have neighbours like all others.

    - `items_of`: for each user of the pool the rows of the items, rising
    - `n_items`: number of items of the catalogue
    - `settings`: how users are compared
    - `user_row` (pool,) int32: the user of the training data behind each of them, rising
    - `values`: the value of each place of `items_of`, float32; empty where the measure takes none
    """

    items_of: Lists
    n_items: int
    settings: UserSettings
    user_row: Rows
    values: Floats = field(default_factory=lambda: NO_VALUES)
    name: str = field(default="user_knn", kw_only=True)
    _is_everybody: bool = field(init=False, repr=False)
    _users_of: Lists = field(init=False, repr=False)
    _ground: Ground = field(init=False, repr=False)
    _users: Side = field(init=False, repr=False)
    _user_values: Floats = field(init=False, repr=False)
    _item_weight: Floats = field(init=False, repr=False)
    _latest: threading.local = field(init=False, repr=False, default_factory=threading.local)

    def __post_init__(self) -> None:
        settings = self.settings
        users_of = inverted(self.items_of, n=self.n_items)
        ground = ground_of(
            settings.measure,
            settings.weighting,
            self.items_of,
            self.values,
            n_features=self.n_items,
            exponents=Exponents(
                settings.item_exponent, settings.user_exponent, settings.neighbour_exponent
            ),
        )
        of_users = ground.entry_values(self.values, self.items_of.indices)
        popularity = settings.popularity_exponent if settings.measure == "degree" else 0.0
        for attribute, value in (
            ("_is_everybody", np.array_equal(self.user_row, np.arange(len(self.user_row)))),
            ("_users_of", users_of),
            ("_ground", ground),
            ("_users", ground.side(self.items_of, of_users, exponent=ground.exponents.other)),
            ("_user_values", inverted_values(self.items_of, of_users)),
            ("_item_weight", fixed(floored(lengths_of(users_of)) ** -popularity, np.float32)),
        ):
            object.__setattr__(self, attribute, value)

    def neighbours(self, histories: Histories) -> tuple[Rows, Floats]:
        """(n users, K) user rows, most alike first, and their likeness; padded with -1 and 0.

        A user of the training data (`user_row` not -1) is never a neighbour of their own.
        """
        place, alike = self._nearest(histories)
        if not self._is_everybody:
            place = np.where(place >= 0, self.user_row[place], np.int32(NO_ROW))
        return place, alike

    def _nearest(self, histories: Histories) -> tuple[Rows, Floats]:
        """`neighbours` by their places in the pool; asked again for the same histories, the same arrays."""
        latest = getattr(self._latest, "found", None)
        if latest is None or latest[0] is not histories:
            latest = histories, self._look_for_nearest(histories)
            self._latest.found = (
                latest  # scores, and then the support behind them, ask for the same
            )
        return cast("tuple[Rows, Floats]", latest[1])

    def _look_for_nearest(self, histories: Histories) -> tuple[Rows, Floats]:
        check_catalogue(histories, self.n_items)
        ground, items = self._ground, lists_of(histories)
        given = histories.values() if ground.by_value else NO_VALUES
        values = ground.entry_values(given, items.indices)
        comparison = Comparison(
            features_of=items,
            columns_with=self._users_of,
            gain=ground.gain,
            rows=ground.side(items, values, exponent=ground.exponents.own),
            columns=self._users,
            shrinkage=np.float32(self.settings.shrinkage),
            formula=ground.formula,
            self_column=self._places_of(histories.user_row),
            row_values=values,
            column_values=self._user_values,
        )
        n = min(self.settings.neighbours, len(self._users.size))
        place, alike = most_alike_in_order(comparison, k=n)
        usual = DEGREE_POWER if self.settings.measure == "degree" else 1.0
        alike **= np.float32(self.settings.power or usual)
        return cast(Rows, fixed(place, np.int32)), cast(Floats, fixed(alike, np.float32))

    def _places_of(self, user_row: Rows) -> Rows:
        """(n,) the place of each user in the pool; -1 outside."""
        if not len(self.user_row):
            return np.full(len(user_row), NO_ROW, dtype=np.int32)
        place = np.minimum(np.searchsorted(self.user_row, user_row), len(self.user_row) - 1)
        found = np.where(self.user_row[place] == user_row, place, NO_ROW)
        return cast(Rows, fixed(found, np.int32))

    def scores(self, histories: Histories) -> Floats:
        """(n users, n items) dense; 0 where no neighbour has the item."""
        place, alike = self._nearest(histories)
        scores = np.zeros((len(histories), self.n_items), dtype=np.float32)
        in_chunks(
            lambda start, stop: _add_neighbours(
                start, stop, place, alike, self.items_of, self._item_weight, scores
            ),
            len(histories),
            smallest=4,
        )
        return scores

    def user_parts(self, history: Histories, item_row: int) -> tuple[Rows, Floats]:
        """(rows, contributions) of the neighbours of one user who have the item, most alike first.

        The contributions sum to `scores(history)[0, item_row]`.
        """
        place, contribution = self._supporters(history, item_row)
        return self.user_row[place], contribution

    def _supporters(self, history: Histories, item_row: int) -> tuple[Rows, Floats]:
        """`user_parts` by places in the pool."""
        place, alike = (padded[0] for padded in self._nearest(history))
        start, stop = self._users_of.indptr[item_row], self._users_of.indptr[item_row + 1]
        has_item = np.isin(place, self._users_of.indices[start:stop])
        return place[has_item], alike[has_item] * self._item_weight[item_row]

    def parts(self, history: Histories, item_row: int) -> Floats:
        """(entries,) what each entry of the history of one user adds to the score of the item.

        The contribution of a neighbour is split over the items in common, in proportion to what they
        add to the overlap; hence the parts sum to the score.
        """
        parts = np.zeros(len(history.item_row))
        for place, contribution in zip(*self._supporters(history, item_row), strict=True):
            start, stop = self.items_of.indptr[place], self.items_of.indptr[place + 1]
            in_common = np.isin(history.item_row, self.items_of.indices[start:stop])
            share = self._ground.gain[history.item_row] * in_common
            parts += contribution * share / share.sum()
        return parts.astype(np.float32)

    def to_arrays(self) -> Arrays:
        """The behaviour of the users of the pool and the settings as plain arrays."""
        return {
            "name": np.array(self.name),
            "settings": np.array(json.dumps(dataclasses.asdict(self.settings))),
            "items_indptr": self.items_of.indptr,
            "items_indices": self.items_of.indices,
            "items_values": self.values,
            "user_row": self.user_row,
            "n_items": np.array(self.n_items, dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The model that `to_arrays` described; its scores are equal bit for bit."""
        items_of = Lists(
            fixed(arrays["items_indptr"], np.int64), fixed(arrays["items_indices"], np.int32)
        )
        settings = UserSettings(**json.loads(str(arrays["settings"])))
        if "user_row" not in arrays and settings.measure != "degree":
            settings = dataclasses.replace(settings, power=1.0)  # stored before others had a power
        user_row = arrays.get("user_row", np.arange(len(items_of.indptr) - 1))
        values = arrays.get("items_values", NO_VALUES)
        return cls(
            items_of,
            int(arrays["n_items"]),
            settings,
            fixed(user_row, np.int32),
            fixed(values, np.float32),
            name=str(arrays["name"]),
        )


def fit_user_neighbours(matrix: sp.csr_matrix, settings: UserSettings) -> UserNeighbours:
    """Prepares the comparison of histories with all users, (n_users, n_items) with a value at every pair.

    With d the degrees (at least 1), the measure "degree" is

        s(u, v) = [ Σ over items i of both of d_i^-item_exponent
                    / (d_u^user_exponent d_v^neighbour_exponent + shrinkage) ]^power

    and item i then weighs d_i^-popularity_exponent. All others are as `measures` defines them, with the
    shrinkage given there, to the power, and all items weigh 1. The `neighbours` most alike count.

    >>> behaviour = sp.csr_matrix(np.array([[1, 1, 0], [1, 1, 1]], dtype=np.float32))
    >>> model = fit_user_neighbours(behaviour, UserSettings(measure="jaccard", shrinkage=0.0))
    >>> model.scores(Histories.of_items([0, 1, 2], n_items=3)).round(2)
    array([[1.67, 1.67, 1.  ]], dtype=float32)
    """
    user_row = _pool(matrix, settings.pool)
    pooled = matrix if len(user_row) == matrix.shape[0] else matrix[user_row]
    pooled = pooled if pooled.has_sorted_indices else pooled.sorted_indices()
    values = fixed(pooled.data, np.float32) if settings.measure in BY_VALUE else NO_VALUES
    return UserNeighbours(lists_of(pooled), int(matrix.shape[1]), settings, user_row, values)


def _pool(matrix: sp.csr_matrix, most: int) -> Rows:
    """(pool,) user rows, rising: all, or `most` of those who have items."""
    active = np.flatnonzero(np.diff(matrix.indptr) > 0)
    if len(active) <= most:
        return cast(Rows, fixed(np.arange(matrix.shape[0]), np.int32))
    drawn = np.random.default_rng(POOL_SEED).choice(active, most, replace=False)
    return cast(Rows, fixed(np.sort(drawn), np.int32))


@compiled
def _add_neighbours(
    start: int,
    stop: int,
    user_row: Rows,
    alike: Floats,
    items_of: Lists,
    item_weight: Floats,
    scores: Floats,
) -> None:
    for row in range(start, stop):
        total = scores[row]
        for rank in range(user_row.shape[1]):
            other = user_row[row, rank]
            if other < 0:
                break
            for place in range(items_of.indptr[other], items_of.indptr[other + 1]):
                total[items_of.indices[place]] += alike[row, rank]
        for item in range(len(item_weight)):
            total[item] *= item_weight[item]
