"""What every network must keep on the whole way: trained by the pipeline, repeatable, the same after reading."""

from pathlib import Path

import keras
import numpy as np
import pytest

from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.samples.shop import make_shop
from m6rec_core.pipeline import train
from m6rec_core.ranking.recommender import Recommender

OPTIONS = {
    "seed": 2,
    "signals.spectral": False,
    "signals.factors": False,
    "signals.ridge": False,
    "similarity.measure": "degree",
    "scorer.epochs": 1,
    "scorer.hidden": "8",
    "scorer.heads": "view",
    "ranking.candidates": 20,
    "explanation.background": 10,
    "explanation.permutations": 2,
    "explanation.sample": 10,
}

every_network = pytest.mark.parametrize("network", ["mlp", "cnn", "gru", "additive"])


@pytest.fixture(scope="module")
def tiny_shop() -> Dataset:
    return make_shop(users=50, items=40, seed=4).dataset


def run_of(shop: Dataset, network: str, folder: Path) -> Recommender:
    folder.mkdir()
    train(shop, Config.from_flat(OPTIONS | {"scorer.network": network}), folder)
    return Recommender.load(folder)


@every_network
def test_a_network_is_trained_read_and_repeated(tiny_shop, network, tmp_path):
    first = run_of(tiny_shop, network, tmp_path / "first")
    found = first.recommend(first.training, 10)
    listed = found.item_row >= 0
    assert listed.any(axis=1).all()
    assert np.isfinite(found.score[listed]).all()
    assert np.ptp(found.score[listed]) > 0.01

    again = Recommender.load(tmp_path / "first").recommend(first.training, 10)
    assert again.score.tolist() == found.score.tolist()

    kept = keras.saving.load_model(tmp_path / "first" / "scorer.keras")
    rows = first.population
    for head, served in first.light.heads(rows).items():
        trained = np.asarray(kept(rows, training=False)[head])[:, 0]
        assert served == pytest.approx(trained, abs=1e-4 * max(1.0, float(np.ptp(trained))))

    assert first.about["head_of_event"] == {"view": "event_0"}
    twice = run_of(tiny_shop, network, tmp_path / "second")
    repeated = twice.recommend(twice.training, 10)
    assert repeated.score == pytest.approx(found.score, abs=1e-6, nan_ok=True)
