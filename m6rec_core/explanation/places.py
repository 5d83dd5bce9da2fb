"""Where users, items and pairs lie in what a layer makes of them: one vector each, for a map."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import Rows
from m6rec_core.errors import ConfigError
from m6rec_core.explanation.explainable import Explainable
from m6rec_core.schema import NO_ROW

USERS, ITEMS, PAIRS = "users", "items", "pairs"
REFERENCES = 24  # users that each item is held against, and the other way round
MOST = {USERS: 600, ITEMS: 1_500, PAIRS: 2_000}
STRATA = 10

Array = npt.NDArray[np.float32]


class Layered(Protocol):
    """A network that tells what each of its layers makes of (rows, F) raw features."""

    def activations(self, features: Array) -> dict[str, Array]: ...


class Mapped(Explainable, Protocol):
    """What a map asks of a recommender beyond an explanation."""

    @property
    def training(self) -> Histories: ...

    @property
    def explaining(self) -> Any: ...

    def histories_of_rows(self, user_row: npt.ArrayLike) -> Histories: ...


@dataclass(frozen=True, eq=False)
class Places:
    """One vector per point.

    - `vectors` (n, units) float32; `score` (n,) mean score of the pairs behind each point
    - `user_row`, `item_row` (n,) int32; -1 where a point stands for all of the references
    - `total` points that there are in all, of which n were drawn
    - `references` users, or items, that each vector is the mean over; 0 for single pairs
    """

    vectors: Array
    score: Array
    user_row: Rows
    item_row: Rows
    total: int
    references: int


def places(
    recommender: Mapped, network: Layered, what: str, layer: str, *, seed: int = 0
) -> Places:
    """The vectors of users, items or pairs in a layer.

    A pair's vector is the layer's output for it. An item's is the mean over some reference users, a
    user's that over reference items; references and points are drawn evenly from tenths of activity and
    of popularity, so that the long tail is seen and not only what is popular.
    """
    if what == PAIRS:
        return _of_population(recommender, network, layer)
    if what not in (USERS, ITEMS):
        raise ConfigError(f"A map shows users, items or pairs. Received: {what!r}.")
    rng = np.random.default_rng([seed, 61])
    activity = recommender.training.lengths()
    most_users, most_items = (
        (MOST[USERS], REFERENCES) if what == USERS else (REFERENCES, MOST[ITEMS])
    )
    users = stratified(activity, most_users, rng=rng)
    items = stratified(recommender.popularity, most_items, rng=rng)
    vectors, score = _grid(recommender, network, layer, users, items)
    over = 1 if what == USERS else 0
    known = activity if what == USERS else recommender.popularity
    none = np.full(len(users if what == USERS else items), NO_ROW, np.int32)
    return Places(
        vectors=vectors.mean(axis=over),
        score=score.mean(axis=over),
        user_row=users.astype(np.int32) if what == USERS else none,
        item_row=items.astype(np.int32) if what == ITEMS else none,
        total=int((known > 0).sum()),
        references=len(items) if what == USERS else len(users),
    )


def stratified(
    weight: npt.NDArray[Any], most: int, *, rng: np.random.Generator, strata: int = STRATA
) -> npt.NDArray[np.int64]:
    """Rising rows of at most `most` of those with a positive weight, as many from each tenth by weight.

    >>> stratified(np.arange(100), 10, rng=np.random.default_rng(0)).size
    10
    """
    known = np.flatnonzero(weight > 0)
    if len(known) <= most:
        return known
    order = known[np.argsort(weight[known], kind="stable")]
    shares = np.diff(np.linspace(0, most, strata + 1).round().astype(int))
    drawn = [
        rng.choice(stratum, share, replace=False)
        for stratum, share in zip(np.array_split(order, strata), shares, strict=True)
    ]
    return np.sort(np.concatenate(drawn))


def nearest(vectors: Array, point: int, *, n: int = 10) -> npt.NDArray[np.int64]:
    """Positions of the n vectors nearest one of them (Euclidean, over all units), the nearest first.

    >>> nearest(np.array([[0.0], [5.0], [1.0]], np.float32), 0, n=2).tolist()
    [2, 1]
    """
    distance = ((vectors.astype(np.float64) - vectors[point]) ** 2).sum(axis=1)
    distance[point] = np.inf
    return np.argsort(distance, kind="stable")[: min(n, len(vectors) - 1)]


def _of_population(recommender: Mapped, network: Layered, layer: str) -> Places:
    known = recommender.explaining
    rows = np.arange(min(len(recommender.population), MOST[PAIRS]))
    features = recommender.population[rows]
    return Places(
        vectors=_layer(network, layer, features),
        score=recommender.score_features(features),
        user_row=known["population_user_row"][rows],
        item_row=known["population_item_row"][rows],
        total=len(recommender.population),
        references=0,
    )


def _grid(
    recommender: Mapped,
    network: Layered,
    layer: str,
    users: npt.NDArray[np.int64],
    items: npt.NDArray[np.int64],
) -> tuple[Array, Array]:
    """(users, items, units) vectors and (users, items) scores of every pair of the two."""
    histories = recommender.histories_of_rows(users)
    wanted = np.broadcast_to(items.astype(np.int32), (len(users), len(items)))
    features = recommender.pair_features(histories, np.ascontiguousarray(wanted))
    flat = features.reshape(-1, features.shape[2])
    shape = (len(users), len(items))
    score = recommender.score_features(flat).reshape(shape)
    return _layer(network, layer, flat).reshape(*shape, -1), score


def _layer(network: Layered, layer: str, features: Array) -> Array:
    found = network.activations(features)
    if layer not in found:
        raise ConfigError(f"The network has no layer '{layer}'. It has: {', '.join(found)}.")
    return found[layer]
