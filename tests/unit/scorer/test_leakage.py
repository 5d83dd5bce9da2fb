"""On pure chance nothing may tell a held-out item from any other; a leak tells them all.

The same check is run on lists whose similarities have seen the whole histories: there it must strike.
"""

import numpy as np
import pytest

from diary import histories_from, random_diaries
from m6rec_core.config import Config
from m6rec_core.data.histories import Histories
from m6rec_core.progress import silent
from m6rec_core.scorer import cross_fitting, fitting
from m6rec_core.scorer.feature_space import Attributes, FeatureSpace
from m6rec_core.scorer.gap import ks_distance
from m6rec_core.scorer.signals import Neighbourhood, fit_models
from m6rec_core.scorer.training_lists import EXTRA, TrainingLists
from m6rec_core.similarity.item_based import ItemSettings
from m6rec_core.similarity.user_based import UserSettings

N_USERS, N_ITEMS = 220, 80
USUAL = Neighbourhood(ItemSettings(), UserSettings())
CONFIG = Config.from_flat({"ranking.candidates": 30})
SIGNALS = ("ridge", "spectral", "factors", "random_walk", "order")
WITHOUT_SIGNALS = Config.from_flat({f"signals.{name}": False for name in SIGNALS})
TRUSTED, STRUCK = 0.06, 0.15  # distances from 1/2, where nothing can be told


def behaviour(*, has_time: bool) -> Histories:
    diaries = random_diaries(N_USERS, N_ITEMS, length=10, seed=6, rated=1.0)
    return histories_from(diaries, n_items=N_ITEMS, has_time=has_time)


def lists_of(histories: Histories, config: Config = CONFIG) -> TrainingLists:
    """Of two rounds: later ones have a future of their own to hide."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cross_fitting, "MOST_ROUNDS", 2)
        return fitting.training_lists(histories, Attributes(), config, USUAL, progress=silent)


def leaking(histories: Histories, patch: pytest.MonkeyPatch) -> TrainingLists:
    """Lists made as ever, but with similarities fitted on everything instead of the known part."""
    patch.setattr(
        fitting,
        "fit_models",
        lambda known, config, settings, *, progress, **more: fit_models(
            histories, config, settings, progress=progress, **more
        ),
    )
    return lists_of(histories)


def tells(lists: TrainingLists, name: str) -> float:
    """Chance that the feature is larger for a held-out item than for a random one of the list, less 1/2."""
    column = lists.features[:, :, lists.column(name)]
    chances = []
    for values, positive, kind in zip(column, lists.is_positive, lists.kind, strict=True):
        found, other = values[positive][:, None], values[(kind == EXTRA) & ~positive]
        chances.append(((found > other) + 0.5 * (found == other)).mean(axis=1))
    return float(np.concatenate(chances).mean()) - 0.5


@pytest.fixture(scope="module", params=[True, False], ids=["by time", "without times"])
def histories(request) -> Histories:
    return behaviour(has_time=request.param)


@pytest.fixture(scope="module")
def honest(histories) -> TrainingLists:
    return lists_of(histories)


@pytest.fixture(scope="module")
def leaked(histories) -> TrainingLists:
    with pytest.MonkeyPatch.context() as patch:
        return leaking(histories, patch)


def test_no_feature_tells_held_out_items_from_random_ones(honest):
    found = {str(name): tells(honest, name) for name in honest.names}
    assert {name: value for name, value in found.items() if abs(value) > TRUSTED} == {}


@pytest.mark.parametrize("signal", ["item_knn", "ridge", "random_walk", "spectral", "factors"])
def test_the_check_sees_similarities_that_know_what_is_to_be_found(leaked, signal):
    assert tells(leaked, f"{signal}.z") > STRUCK


def test_the_check_sees_every_kind_of_evidence_from_the_future(leaked):
    assert tells(leaked, "support.best_item") > STRUCK
    if "order.z" in leaked.names:
        assert tells(leaked, "order.z") > STRUCK


def test_a_leak_moves_the_features_of_held_out_items_and_of_no_others(honest, leaked):
    def distance(marked: bool) -> float:
        z = honest.column("item_knn.z")
        first, second = (
            part.features[(part.is_positive == marked) & (marked | (part.kind == EXTRA))][:, z]
            for part in (honest, leaked)
        )
        return ks_distance(first, second)

    assert distance(True) > 0.3
    assert distance(False) < 0.2


def knows_ratings(lists: TrainingLists) -> float:
    """Correlation of the held-out ratings with what the item's other ratings say."""
    rated = np.isfinite(lists.rating)
    said = lists.features[:, :, lists.column("rating.item_mean")]
    return float(np.corrcoef(said[rated], lists.rating[rated])[0, 1])


def test_ratings_of_chance_cannot_be_told_unless_they_were_seen(histories, honest, monkeypatch):
    monkeypatch.setattr(
        fitting,
        "FeatureSpace",
        lambda known, models, attributes, config: FeatureSpace(
            histories, models, attributes, config
        ),
    )
    assert abs(knows_ratings(honest)) < 0.08
    assert knows_ratings(lists_of(histories, WITHOUT_SIGNALS)) > 0.14
