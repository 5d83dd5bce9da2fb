"""Speed and error of explanations beside shap's explainers: same network, background and rows in one run.

The error is the mean distance from converged Shapley values (many orders of another seed), over the mean
absolute value. Deep and gradient explainers compute something else: they add up, but not to these values.

    python benchmarks/explain.py [--rows 1000] [--features 30] [--background 100] [--rounds 3]
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import shap
import tensorflow as tf
from tensorflow.python.eager import execute as tf_execute

from m6rec_core.config import Config, ScorerConfig
from m6rec_core.data.samples import load_sample
from m6rec_core.delivery.litert import export
from m6rec_core.explanation.attribution import shapley_values
from m6rec_core.explanation.explain import explain_pair
from m6rec_core.explanation.importance import PERMUTATIONS
from m6rec_core.pipeline import train
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.scorer.feature_scale import FeatureScale
from m6rec_core.scorer.features.sequence import CHANNELS, LENGTH
from m6rec_core.scorer.heads import RELEVANCE
from m6rec_core.scorer.light_scorer import LightScorer
from m6rec_core.scorer.networks import SequenceShape, build

KERNEL_ROWS = 5  # of the thousand; its time is the same for each
CONVERGED = 200  # orders per background row
PAIRS = 50


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, usual in (("rows", 1_000), ("features", 30), ("background", 100), ("rounds", 3)):
        options.add_argument(f"--{name}", type=int, default=usual)
    options.add_argument("--run", type=Path, help="run for the time of one recommendation")
    chosen = options.parse_args()
    for network in ("mlp", "cnn", "gru"):
        compare(network, chosen)
    if chosen.run is not None:
        one_recommendation(Recommender.load(chosen.run))
        return
    with tempfile.TemporaryDirectory() as folder:
        train(load_sample("movielens"), Config(), Path(folder))
        one_recommendation(Recommender.load(Path(folder)))


def compare(network: str, chosen: argparse.Namespace) -> None:
    """Prints one line per explainer for a network of random weights, three times their usual size."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    points = rng.normal(size=(chosen.rows + chosen.background, chosen.features)).astype(np.float32)
    rows, background = points[: chosen.rows], points[chosen.rows :]
    config, in_sequence = ScorerConfig(network=network), LENGTH * len(CHANNELS)
    sequence = SequenceShape(chosen.features - in_sequence, LENGTH, len(CHANNELS))
    model = build(
        FeatureScale.of(points), config, sequence=sequence if network in ("cnn", "gru") else None
    )
    model.set_weights([3 * weight for weight in model.get_weights()])
    scores = keras.Model(model.inputs, model.output[RELEVANCE])
    compute = tf.function(lambda x: scores(x, training=False)[:, 0], reduce_retracing=True)
    with tempfile.TemporaryDirectory() as folder:
        export(model, Path(folder), rows[:100])
        light = LightScorer(Path(folder) / "scorer.tflite").scores

    def ours(which: np.ndarray) -> np.ndarray:
        return shapley_values(light, which, background, permutations=PERMUTATIONS, seed=0).values

    def kernel(which: np.ndarray) -> np.ndarray:
        explainer = shap.KernelExplainer(
            lambda x: compute(x.astype(np.float32)).numpy(), background
        )
        return np.asarray(explainer.shap_values(which, silent=True))

    def gradient(which: np.ndarray) -> np.ndarray:
        explainer = shap.GradientExplainer(scores, background)
        return np.asarray(explainer.shap_values(which, rseed=0))[..., 0]

    def deep(which: np.ndarray) -> np.ndarray:
        original = tf_execute.record_gradient  # replaced by the peer, and left so when it fails
        try:
            return np.asarray(shap.DeepExplainer(scores, background).shap_values(which))[..., 0]
        finally:
            tf_execute.record_gradient = original

    few = rows[:KERNEL_ROWS]
    truth = shapley_values(light, few, background, permutations=CONVERGED, seed=7).values
    print(f"{network}: {len(rows)} rows x {chosen.features} features, {len(background)} background")
    best = dict.fromkeys(("ours", "shap Kernel", "shap Gradient", "shap Deep"), np.inf)
    error = dict.fromkeys(best, np.nan)
    for _ in range(chosen.rounds):
        for name, work, given in (
            ("ours", ours, rows),
            ("shap Kernel", kernel, few),
            ("shap Gradient", gradient, rows),
            ("shap Deep", deep, rows),
        ):
            seconds, values = timed(work, given)
            best[name] = min(best[name], seconds * len(rows) / len(given))
            if values is not None:
                error[name] = np.abs(values[: len(few)] - truth).mean() / np.abs(truth).mean()
    for name, seconds in best.items():
        said = f"{seconds:8.2f} s  error {error[name]:6.1%}" if seconds < np.inf else "   fails"
        print(f"  {name:<14}{said}  {seconds / best['ours']:7.1f} x ours", flush=True)


def timed(work: Callable[[np.ndarray], np.ndarray], rows: np.ndarray):
    """Seconds and values; infinity and None where the explainer cannot take this network apart."""
    started = time.perf_counter()
    try:
        values = work(rows)
    except Exception as error:  # whatever the peer raises, it is told, and the others go on
        print(f"  ({type(error).__name__}: {str(error).strip().splitlines()[-1].strip()[:160]})")
        return np.inf, None
    return time.perf_counter() - started, values


def one_recommendation(recommender: Recommender) -> None:
    """Prints how long the contributions of one recommendation take, and the whole explanation."""
    ids = recommender.interactions.users.ids
    rng = np.random.default_rng(0)
    contributions, whole, checked = [], [], []
    for user_row in rng.choice(len(ids), PAIRS, replace=False):
        listed = recommender.recommend(recommender.histories_of_rows([user_row]), 10)
        item_id = str(recommender.interactions.items.ids_of(listed.item_row[0, :1])[0])
        for times, is_checked in ((whole, False), (checked, True)):
            started = time.perf_counter()
            found = explain_pair(recommender, str(ids[user_row]), item_id, checked=is_checked)
            times.append(time.perf_counter() - started)
        contributions.append(found.seconds)
    for name, times in (
        ("contributions", contributions),
        ("with past items and evidence", whole),
        ("with all checks", checked),
    ):
        low, high = np.quantile(times, [0.5, 0.95]) * 1000
        print(f"one recommendation, {name}: median {low:.0f} ms, 95 % within {high:.0f} ms")


if __name__ == "__main__":
    main()
