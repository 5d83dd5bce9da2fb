"""What every network must keep on the whole way: trained by the pipeline, repeatable, the same after reading."""

import keras
import numpy as np
import pytest

from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.samples.shop import make_shop
from m6rec_core.pipeline import train
from m6rec_core.progress import silent
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.scorer.scoring import scoring
from m6rec_core.scorer.training import fit
from m6rec_core.scorer.training_lists import TrainingLists

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


@every_network
def test_a_network_is_trained_read_and_repeated(tiny_shop, network, tmp_path):
    folder, checkpoint = tmp_path / "run", tmp_path / "checkpoint"
    folder.mkdir()
    checkpoint.mkdir()
    config = Config.from_flat(OPTIONS | {"scorer.network": network})
    train(tiny_shop, config, folder, checkpoint=checkpoint)
    run = Recommender.load(folder)
    found = run.recommend(run.training, 10)
    listed = found.item_row >= 0
    assert listed.any(axis=1).all()
    assert np.isfinite(found.score[listed]).all()
    assert np.ptp(found.score[listed]) > 0.01
    assert run.about["head_of_event"] == {"view": "event_0"}

    again = Recommender.load(folder).recommend(run.training, 10)
    assert again.score.tolist() == found.score.tolist()

    kept = keras.saving.load_model(folder / "scorer.keras")
    trained = {name: np.array(values)[:, 0] for name, values in kept(run.population).items()}
    for head, served in run.light.heads(run.population).items():
        assert served == pytest.approx(
            trained[head], abs=1e-4 * max(1.0, float(np.ptp(trained[head])))
        )

    (path,) = checkpoint.glob("*/lists.npz")
    with np.load(path) as arrays:
        lists = TrainingLists(**{name: arrays[name] for name in arrays.files})
    repeated = fit(lists, config.scorer, seed=config.seed, progress=silent).model
    assert scoring(repeated)(run.population) == pytest.approx(trained["relevance"], abs=1e-6)
