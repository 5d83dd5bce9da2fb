"""Compiles the loops ahead of time: `python -m m6rec_core.warm_up`, once after the installation.

The machine code is kept beside the modules, so that the first training and the first page do not wait.
"""

import numpy as np

from m6rec_core.config import Config
from m6rec_core.data.samples.shop import make_shop
from m6rec_core.explanation.attribution import shapley_values
from m6rec_core.progress import silent
from m6rec_core.ranking.top_n import top_n
from m6rec_core.scorer import fitting
from m6rec_core.scorer.feature_space import Attributes, FeatureSpace
from m6rec_core.scorer.signals import fit_models


def warm_up() -> None:
    """Takes every compiled path once, on a very small shop."""
    config = Config.from_flat({"ranking.candidates": 20})
    dataset = make_shop(users=60, items=40, seed=0).dataset
    histories = dataset.interactions.histories()
    attributes = Attributes(dataset.users, dataset.items)
    neighbourhood, _ = fitting.choose_neighbourhood(histories, config, progress=silent)
    fitting.training_lists(histories, attributes, config, neighbourhood, progress=silent)
    models = fit_models(histories, config, neighbourhood, items=dataset.items, progress=silent)
    space = FeatureSpace(histories, models, attributes, config)
    space.values(space.block(histories.take(np.arange(8))))
    top_n(models["item_knn"].scores(histories), n=5, hide=histories)
    shapley_values(
        lambda rows: rows[:, 0], np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)
    )


if __name__ == "__main__":
    warm_up()
