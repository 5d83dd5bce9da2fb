"""The models whose scores become features: which of them a configuration asks for, fitted together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from m6rec_core.config import Config
from m6rec_core.data.attributes import AttributeTable
from m6rec_core.data.histories import Histories
from m6rec_core.progress import Progress
from m6rec_core.scorer.shelf import Shelf, key_of
from m6rec_core.similarity.content import ContentLikeness, describes, fit_content
from m6rec_core.similarity.factors import FactorSettings, ImplicitFactors, fit_factors
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.order import OrderSignals, fit_order
from m6rec_core.similarity.protocol import ScoreModel
from m6rec_core.similarity.random_walk import RandomWalkSettings, fit_random_walk
from m6rec_core.similarity.ridge import fit_ridge
from m6rec_core.similarity.spectral import SpectralFilter, SpectralSettings, fit_spectral
from m6rec_core.similarity.user_based import UserNeighbours, UserSettings, fit_user_neighbours
from m6rec_core.similarity.widening import widened

ITEM_SIDE = ("item_knn", "ridge", "spectral", "random_walk", "order", "content", "learned")
USER_SIDE = ("user_knn", "factors")
VOTERS = ("item_knn", "user_knn", "ridge", "spectral", "order")  # they propose the candidates

CLASSES: Mapping[str, type] = {
    "item_knn": SparseItemModel,
    "user_knn": UserNeighbours,
    "ridge": SparseItemModel,
    "spectral": SpectralFilter,
    "factors": ImplicitFactors,
    "random_walk": SparseItemModel,
    "order": OrderSignals,
    "content": ContentLikeness,
    "learned": SparseItemModel,
}


@dataclass(frozen=True)
class Neighbourhood:
    """The settings of the two collaborative filters, as chosen by the analyst or on validation."""

    item: ItemSettings
    user: UserSettings


def wanted(
    config: Config, *, has_time: bool, items: AttributeTable | None = None
) -> tuple[str, ...]:
    """The models whose scores are features under this configuration; `items`: what is known of them."""
    on = config.signals
    switched = {
        "item_knn": True,
        "user_knn": True,
        "ridge": on.ridge,
        "spectral": on.spectral,
        "factors": on.factors,
        "random_walk": on.random_walk,
        "order": on.order and has_time,
        "content": on.content and items is not None and describes(items),
        "learned": on.learned,
    }
    side = {"item": ITEM_SIDE, "user": USER_SIDE, "both": ITEM_SIDE + USER_SIDE}
    return tuple(name for name in side[config.similarity.basis] if switched[name])


def fit_models(
    training: Histories,
    config: Config,
    neighbourhood: Neighbourhood,
    *,
    items: AttributeTable | None = None,
    progress: Progress,
    shelf: Shelf | None = None,
) -> dict[str, ScoreModel]:
    """Fits the wanted models, and always both collaborative filters: they are the baselines.

    "content" is fitted on the attributes of the `items`, and only where there are any. Items that nobody
    ever had change no other model. What a `shelf` has of these histories and settings is not fitted
    again.
    """
    n_items = training.n_items
    training = training.without_new_items()
    matrix, valued = training.matrix(), training.matrix(training.values())
    makers: dict[str, Callable[[], ScoreModel]] = {
        "item_knn": lambda: fit_item_neighbours(valued, neighbourhood.item),
        "user_knn": lambda: fit_user_neighbours(valued, neighbourhood.user),
        "ridge": lambda: fit_ridge(matrix),
        "spectral": lambda: fit_spectral(matrix, SpectralSettings(seed=config.seed)),
        "factors": lambda: fit_factors(matrix, FactorSettings(seed=config.seed)),
        "random_walk": lambda: fit_random_walk(matrix, RandomWalkSettings()),
        "order": lambda: fit_order(training),
        "learned": lambda: _learned(training, config),
    }
    if items is not None:
        makers["content"] = lambda: fit_content(items)
    chosen = wanted(config, has_time=training.has_time, items=items)
    names = dict.fromkeys(("item_knn", "user_knn", *chosen))
    known = key_of(training) if shelf else None
    fitted: dict[str, ScoreModel] = {}
    for position, name in enumerate(names):
        progress("similarities", position / len(names))
        settings = {"item_knn": neighbourhood.item, "user_knn": neighbourhood.user}.get(name)
        make = makers[name]
        fitted[name] = shelf.get((name, known, config.seed, settings), make) if shelf else make()
    if training.n_items == n_items:
        return fitted
    return {name: widened(model, n_items) for name, model in fitted.items()}


def _learned(training: Histories, config: Config) -> SparseItemModel:
    from m6rec_core.scorer.learned_likeness import fit_learned  # opens Keras: only where it trains

    return fit_learned(training.matrix(), seed=config.seed)
