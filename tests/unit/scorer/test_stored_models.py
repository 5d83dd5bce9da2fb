"""Fitted models come back from disk as they were."""

import numpy as np
import pandas as pd
import pytest

from diary import histories_from, random_diaries
from m6rec_core.config import Config
from m6rec_core.data.attributes import attribute_table
from m6rec_core.data.ids import IdMap
from m6rec_core.errors import RunError
from m6rec_core.progress import silent
from m6rec_core.scorer.signals import CLASSES, Neighbourhood, fit_models
from m6rec_core.scorer.stored_models import load_models, save_models
from m6rec_core.similarity.item_based import ItemSettings
from m6rec_core.similarity.user_based import UserSettings

HISTORIES = histories_from(random_diaries(25, 20, length=6, seed=1), n_items=20)
ITEMS = attribute_table(
    pd.DataFrame({"id": [str(row) for row in range(20)], "kind": ["a", "b"] * 10}),
    IdMap.in_given_order([str(row) for row in range(20)]),
    "id",
)


def test_every_kind_of_model_scores_on_after_a_life_on_disk_bit_for_bit(tmp_path):
    usual = Neighbourhood(ItemSettings(), UserSettings(measure="cosine", neighbours=9))
    config = Config.from_flat({"signals.learned": True})
    fitted = fit_models(HISTORIES, config, usual, items=ITEMS, progress=silent)
    save_models(fitted, tmp_path)
    loaded = load_models(tmp_path)
    assert set(loaded) == set(fitted) == set(CLASSES)
    for name, model in fitted.items():
        scores = model.scores(HISTORIES)
        assert np.abs(scores).max() > 0
        assert loaded[name].scores(HISTORIES).tolist() == scores.tolist(), name
        assert loaded[name].name == name


def test_a_folder_without_models_is_no_run(tmp_path):
    with pytest.raises(RunError, match="Train the run again"):
        load_models(tmp_path)
