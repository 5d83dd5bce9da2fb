"""Runs in an environment with RecTools or LensKit: pairs in, lists out. Knows nothing of M6-Rec.

python outside.py LIBRARY MODEL SETTINGS.json-text PAIRS.npz LISTS.npy LENGTH [--single]

With --single, and LensKit alone: the milliseconds of one call for each of the users `asked` in PAIRS.
"""

import json
import sys
import time

import numpy as np
import pandas as pd


def of_rectools(name: str, settings: dict, events: pd.DataFrame, n: int) -> pd.DataFrame:
    from implicit.nearest_neighbours import TFIDFRecommender
    from rectools.dataset import Dataset
    from rectools.models import EASEModel, ImplicitItemKNNWrapperModel

    made = {
        "EASE": lambda: EASEModel(**settings),
        "TF-IDF": lambda: ImplicitItemKNNWrapperModel(TFIDFRecommender(**settings)),
    }
    events = events.assign(weight=1.0, datetime=pd.Timestamp(2020, 1, 1))
    dataset = Dataset.construct(events)
    model = made[name]()
    model.fit(dataset)
    users = events["user_id"].unique()
    return model.recommend(users=users, dataset=dataset, k=n, filter_viewed=True)


def of_lenskit(name: str, settings: dict, events: pd.DataFrame, n: int) -> pd.DataFrame:
    from lenskit.batch import recommend

    pipeline = lenskit_pipeline(name, settings, events)
    return recommend(pipeline, events["user_id"].unique(), n=n, n_jobs=1).to_df()


def single_calls(pipeline: "Pipeline", users: np.ndarray, n: int) -> np.ndarray:  # noqa: F821
    """(users,) milliseconds; the first twenty users are asked before, to be warm."""
    from lenskit import recommend

    spent = []
    for user in [*users[:20].tolist(), *users.tolist()]:
        start = time.perf_counter()
        recommend(pipeline, user, n)
        spent.append(1000 * (time.perf_counter() - start))
    return np.array(spent[min(20, len(users)) :])


def lenskit_pipeline(name: str, settings: dict, events: pd.DataFrame) -> "Pipeline":  # noqa: F821
    from lenskit.als import ImplicitMFScorer
    from lenskit.data import from_interactions_df
    from lenskit.knn import ItemKNNScorer
    from lenskit.pipeline import topn_pipeline

    made = {
        "item kNN": lambda: ItemKNNScorer(feedback="implicit", **settings),
        "implicit MF": lambda: ImplicitMFScorer(**settings),
    }
    data = from_interactions_df(events)
    pipeline = topn_pipeline(made[name]())
    pipeline.train(data)
    return pipeline


def main() -> None:
    library, name, settings, pairs, lists, length, *single = sys.argv[1:]
    with np.load(pairs) as arrays:
        events = pd.DataFrame({"user_id": arrays["user"], "item_id": arrays["item"]})
        asked = arrays["asked"] if single else np.zeros(0, int)
    if single:
        pipeline = lenskit_pipeline(name, json.loads(settings), events)
        np.save(lists, single_calls(pipeline, asked, int(length)))
        return
    models = {"rectools": of_rectools, "lenskit": of_lenskit}
    found = models[library](name, json.loads(settings), events, int(length))
    rows = np.full((int(events["user_id"].max()) + 1, int(length)), -1, dtype=np.int32)
    kept = found[found["rank"] <= int(length)]
    rows[kept["user_id"], kept["rank"] - 1] = kept["item_id"]
    np.save(lists, rows)


if __name__ == "__main__":
    main()
