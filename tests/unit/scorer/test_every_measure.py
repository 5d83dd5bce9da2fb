"""Every measure from the option to the features and the evidence behind them."""

import numpy as np
import pytest

from m6rec_core.config import Config
from m6rec_core.data.samples.shop import make_shop
from m6rec_core.progress import silent
from m6rec_core.scorer.cross_fitting import rounds
from m6rec_core.scorer.feature_space import Attributes, FeatureSpace
from m6rec_core.scorer.neighbourhood import choose
from m6rec_core.scorer.signals import fit_models
from m6rec_core.similarity.measures import MEASURES

SHOP = make_shop(users=60, items=40, seed=1).dataset
HISTORIES = SHOP.interactions.histories()
OFF = {f"signals.{name}": False for name in ("ridge", "spectral", "factors", "random_walk")}


@pytest.mark.parametrize("basis", ["item", "user", "both"])
@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_reaches_the_features_and_its_evidence_sums_to_the_scores(measure, basis):
    options = {"similarity.measure": measure, "similarity.basis": basis, **OFF}
    config = Config.from_flat(options)
    cut = next(rounds(HISTORIES, seed=0, count=1))
    neighbourhood, _ = choose(cut, config.similarity, seed=0, progress=silent)
    models = fit_models(HISTORIES, config, neighbourhood, items=SHOP.items, progress=silent)
    space = FeatureSpace(HISTORIES, models, Attributes(SHOP.users, SHOP.items), config)
    some = HISTORIES.take(np.arange(12))
    values = space.values(space.block(some))
    assert np.isfinite(values).all()
    names = [feature.name for feature in space.features]
    assert ("content.z" in names) == (basis != "user")
    for name in ("item_knn", "user_knn"):
        scores = models[name].scores(some)
        assert (scores > 0).any()
        user, item = np.unravel_index(int(np.argmax(scores)), scores.shape)
        parts = models[name].parts(some.take([int(user)]), int(item))
        assert parts.sum() == pytest.approx(scores[user, item], rel=1e-4)
