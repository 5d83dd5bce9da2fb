"""The columns that describe the last items one by one, and the networks that read them in order."""

import numpy as np
import pytest
import scipy.sparse as sp

from m6rec_core.config import Config, ScorerConfig
from m6rec_core.data.histories import Histories
from m6rec_core.errors import ConfigError
from m6rec_core.explanation.evidence import Witnesses
from m6rec_core.scorer import networks
from m6rec_core.scorer.feature_scale import FeatureScale
from m6rec_core.scorer.feature_space import Attributes, FeatureSpace
from m6rec_core.scorer.features import sequence
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.heads import RELEVANCE
from m6rec_core.scorer.signals import Neighbourhood, fit_models
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.user_based import UserSettings

# users have {0,1}, {0,1}, {0,2}: Jaccard of 0 and 1 is 2/3, of 0 and 2 is 1/3, of 1 and 2 is 0
BEHAVIOUR = sp.csr_matrix(np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1]], dtype=np.float32))


@pytest.fixture
def alike() -> SparseItemModel:
    return fit_item_neighbours(BEHAVIOUR, ItemSettings(measure="jaccard"))


def columns(family: sequence.SequenceFamily, history: Histories, item_row: int) -> dict[str, float]:
    """Name → value for one pair."""
    pair = np.array([[item_row]], dtype=np.int32)
    values = family.values(Block(history, {}, pair, pair))
    return dict(zip((f.name for f in family.features), values[0, 0].tolist(), strict=True))


def test_each_of_the_last_items_has_its_own_likeness_and_weight(alike):
    history = Histories.of_items([2, 1], n_items=3, rating=[0.25, 1.0], time=[1, 2])
    found = columns(sequence.SequenceFamily(alike), history, 0)
    typical = (2 / 3 + 1 / 3) / 2  # the median of the stored likenesses
    assert found["history.01.likeness"] == pytest.approx(np.sqrt((2 / 3) / typical))
    assert found["history.02.likeness"] == pytest.approx(np.sqrt((1 / 3) / typical))
    assert (found["history.01.weight"], found["history.02.weight"]) == (1.0, 0.25)
    assert found["history.03.likeness"] == found["history.03.weight"] == 0.0


def test_columns_run_from_the_oldest_item_to_the_newest(alike):
    names = [feature.name for feature in sequence.SequenceFamily(alike).features]
    assert names[0] == "history.10.likeness"
    assert names[-1] == "history.01.weight"


def test_only_the_last_items_of_a_long_history_are_described():
    n_items = sequence.LENGTH + 3
    chain = sp.csr_matrix(np.ones((4, n_items), dtype=np.float32))
    family = sequence.SequenceFamily(fit_item_neighbours(chain, ItemSettings(measure="jaccard")))
    history = Histories.of_items(
        np.arange(n_items - 1), n_items=n_items, rating=np.arange(n_items - 1) / 100
    )
    found = columns(family, history, n_items - 1)
    weights = [found[sequence.slot_name(rank, "weight")] for rank in range(sequence.LENGTH)]
    newest_first = (np.arange(n_items - 1) / 100)[::-1][: sequence.LENGTH]
    assert weights == pytest.approx(newest_first.tolist())


def test_a_contribution_of_a_column_is_laid_on_its_one_item(alike):
    feature = next(
        f for f in sequence.SequenceFamily(alike).features if f.name == "history.02.likeness"
    )
    history = Histories.of_items([2, 1], n_items=3)
    models = {"item_knn": alike}
    laid = Witnesses(history, 0, models=models, items=None).of(feature, 0.5).history
    assert laid.tolist() == [0.5, 0.0]


def test_a_contribution_of_an_empty_column_is_laid_on_nothing(alike):
    feature = sequence.SequenceFamily(alike).features[0]
    history = Histories.of_items([2, 1], n_items=3)
    found = Witnesses(history, 0, models={"item_knn": alike}, items=None).of(feature, 0.5)
    assert found.history is None


@pytest.mark.parametrize("network", ["cnn", "gru"])
def test_a_sequence_network_hears_the_last_items(network):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(50, 4 + 2 * sequence.LENGTH)).astype(np.float32)
    shape = networks.SequenceShape(4, sequence.LENGTH, 2)
    model = networks.build(FeatureScale.of(rows), ScorerConfig(network=network), sequence=shape)
    changed = rows.copy()
    changed[:, 4:] = rows[:, 4:][:, ::-1]
    straight = model.get_layer("relevance_straight")
    straight.set_weights([np.zeros_like(weight) for weight in straight.get_weights()])
    before, after = (np.asarray(model(x)[RELEVANCE]) for x in (rows, changed))
    assert np.abs(before - after).max() > 1e-3


@pytest.mark.parametrize("network", ["cnn", "gru"])
def test_a_sequence_network_without_likeness_of_items_is_refused(network):
    config = Config.from_flat({"scorer.network": network, "similarity.basis": "user"})
    history = Histories.of_items([0, 1], n_items=3)
    settings = Neighbourhood(ItemSettings(), UserSettings())
    models = fit_models(history, config, settings, progress=lambda phase, fraction: None)
    with pytest.raises(ConfigError, match=r"similarity\.basis"):
        FeatureSpace(history, models, Attributes(), config)


def test_a_sequence_network_without_its_columns_is_refused():
    rows = np.eye(3, dtype=np.float32)
    with pytest.raises(ConfigError, match="mlp or additive"):
        networks.build(FeatureScale.of(rows), ScorerConfig(network="gru"))
