"""Error of the expected rating beside Surprise's SVD++, SVD and kNNBaseline, on the same five folds.

    python benchmarks/rating.py [--data EVENTS] [--folds 5] [--peers svd++,svd,knn]

Without --data the MovieLens sample is taken. Folds are drawn at random by seed. M6-Rec is trained in its
default configuration on the other folds; its expected rating of each pair of the fold is measured.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from surprise import SVD, KNNBaseline, Reader, SVDpp
from surprise import Dataset as Ratings

from m6rec_core import schema
from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset, load_dataset
from m6rec_core.data.samples.movielens import load_movielens
from m6rec_core.pipeline import train
from m6rec_core.ranking.recommender import Recommender

Floats = npt.NDArray[np.float64]

MODELS: dict[str, Callable[[], object]] = {
    "svd++": lambda: SVDpp(random_state=0),
    "svd": lambda: SVD(random_state=0),
    "knn": lambda: KNNBaseline(verbose=False),
    "knn pearson": lambda: KNNBaseline(
        sim_options={"name": "pearson_baseline", "user_based": False}, verbose=False
    ),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument(
        "--data", type=Path, help="a file of ratings; the MovieLens sample if absent"
    )
    options.add_argument("--folds", type=int, default=5)
    options.add_argument("--first", type=int, default=0, help="so many folds are measured; 0: all")
    options.add_argument("--peers", default=",".join(MODELS))
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--set", nargs="*", default=[], help="options of M6-Rec, as key=value")
    options.add_argument("--without-scorer", action="store_true", help="peers alone")
    chosen = options.parse_args()
    dataset = load_dataset(chosen.data) if chosen.data else load_movielens()
    events = dataset.interactions
    if events.rating_range is None:
        raise SystemExit("The events carry no ratings.")
    print(f"{dataset.name}: {events}; ratings {events.rating_range}")
    fold = np.random.default_rng(chosen.seed).permutation(len(events)) % chosen.folds
    names = [name for name in chosen.peers.split(",") if name]
    found: dict[str, list[float]] = {}
    for number in range(chosen.first or chosen.folds):
        for name in names:
            measured(
                found, name, of_peer(name, events.to_frame(), fold == number, events.rating_range)
            )
        if not chosen.without_scorer:
            measured(found, "M6-Rec", of_scorer(dataset, fold == number, chosen))
    print("\nmodel          RMSE    by fold")
    for name, errors in sorted(found.items(), key=lambda line: np.mean(line[1])):
        print(f"{name:<12} {np.mean(errors):7.4f}    {' '.join(f'{x:.4f}' for x in errors)}")


def measured(found: dict[str, list[float]], name: str, error: tuple[float, float]) -> None:
    found.setdefault(name, []).append(error[0])
    print(f"  {name}: {error[0]:.4f} in {error[1]:.0f} s", flush=True)


def of_peer(
    name: str, events: pd.DataFrame, is_test: npt.NDArray[np.bool_], scale: tuple[float, float]
) -> tuple[float, float]:
    """RMSE of a model of the library on the fold, and its seconds."""
    started = time.perf_counter()
    columns = [schema.USER_ID, schema.ITEM_ID, schema.VALUE]
    known = Ratings.load_from_df(events.loc[~is_test, columns], Reader(rating_scale=scale))
    model = MODELS[name]().fit(known.build_full_trainset())
    asked = events.loc[is_test, columns].itertuples(index=False, name=None)
    predicted = [model.predict(user, item).est for user, item, _ in asked]
    return _rmse(np.array(predicted), events.loc[is_test, schema.VALUE]), _since(started)


def of_scorer(
    dataset: Dataset, is_test: npt.NDArray[np.bool_], chosen: argparse.Namespace
) -> tuple[float, float]:
    """RMSE of M6-Rec on the fold, and its seconds."""
    started = time.perf_counter()
    events = dataset.interactions
    config = Config.from_sources(None, [f"seed={chosen.seed}", *chosen.set])
    asked = events.select(is_test).to_frame()
    with tempfile.TemporaryDirectory() as folder:
        train(replace(dataset, interactions=events.select(~is_test)), config, Path(folder))
        predicted = Recommender.load(Path(folder)).expected_ratings(
            asked[schema.USER_ID].tolist(), asked[schema.ITEM_ID].tolist()
        )
    return _rmse(predicted, asked[schema.VALUE]), _since(started)


def _rmse(predicted: npt.ArrayLike, actual: npt.ArrayLike) -> float:
    return float(np.sqrt(np.mean((np.asarray(predicted, float) - np.asarray(actual, float)) ** 2)))


def _since(started: float) -> float:
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
