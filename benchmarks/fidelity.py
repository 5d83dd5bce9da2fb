"""How faithful explanations by past items are, ours beside others, and how few past items decide a list.

For each user one recommendation (a random one of the first five) is explained by every explainer as an
order of the past items. Past items are then taken away, or given, in that order in ten equal steps, and
the list is made anew through the serving path at each step:

- POS@5: share of the deletion steps at which the item is still among the five best (low is good)
- DEL, INS: the item's share of its list, over its share with the whole history, while past items go
  (low is good), or come (high is good)

An item that was taken away cannot come back as a recommendation. LIME and the Kernel explainer get as
many versions of the history as ours needs. Then for a random one of the first ten: the smallest set of
at most five past items without which it is no longer among the ten, verified by making the list anew.

    python benchmarks/fidelity.py [--run DIR] [--users 500] [--longest 150] [--seed 0]
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import shap

from m6rec_core.config import Config
from m6rec_core.data.samples import load_sample
from m6rec_core.evaluation.bootstrap import interval
from m6rec_core.explanation.counterfactual import smallest_removal
from m6rec_core.explanation.explain import explain_pair
from m6rec_core.explanation.fidelity import fidelity_curves, likeness_order, random_orders
from m6rec_core.explanation.removal import Removals
from m6rec_core.ranking.recommender import Recommender

LIME_WIDTH, LIME_RIDGE = 0.25, 1.0  # as usual for texts and tables of presence

Values = np.ndarray
Order = Callable[[Removals, int], Values]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--run", type=Path, help="run directory; without it MovieLens is trained")
    for name, usual in (("users", 500), ("longest", 150), ("seed", 0)):
        options.add_argument(f"--{name}", type=int, default=usual)
    chosen = options.parse_args()
    if chosen.run is not None:
        measure(Recommender.load(chosen.run), chosen)
        return
    from m6rec_core.pipeline import train  # TensorFlow only where it is needed

    with tempfile.TemporaryDirectory() as folder:
        config = Config.from_flat({"split.strategy": "leave_last_out"})
        train(load_sample("movielens"), config, Path(folder))
        measure(Recommender.load(Path(folder)), chosen)


def measure(recommender: Recommender, chosen: argparse.Namespace) -> None:
    lengths = recommender.training.lengths()
    able = np.flatnonzero((lengths >= 5) & (lengths <= chosen.longest))
    rng = np.random.default_rng(chosen.seed)
    users = rng.permutation(able)[: chosen.users]
    found: dict[str, list[list[float]]] = {name: [] for name in explainers(recommender)}
    sets: list[tuple[int, float]] = []
    for user in users:
        history = recommender.histories_of_rows([user])
        listed = recommender.recommend(history, 10).item_row[0]
        removals = Removals(recommender, history, int(listed[rng.integers(5)]))
        for name, order in explainers(recommender).items():
            curves = fidelity_curves(removals, order(removals, int(user)))
            found[name].append([curves.still_among(5), curves.deletion, curves.insertion])
        other = Removals(recommender, history, int(listed[rng.integers(10)]))
        first = ours(recommender, other)
        started = time.perf_counter()
        removal = smallest_removal(other, first)
        size = 0 if removal is None else len(removal.entries)
        sets.append((size, time.perf_counter() - started))
    tell(found, sets)


def explainers(recommender: Recommender) -> Mapping[str, Order]:
    """Each gives (entries,) values for the past items; the larger, the more they speak for the item."""
    return {
        "ours": lambda removals, user: ours(recommender, removals),
        "LIME": lime,
        "shap Kernel": kernel,
        "Jaccard": lambda removals, user: likeness_order(
            recommender.training, removals, jaccard=True
        ),
        "cosine CF": lambda removals, user: likeness_order(recommender.training, removals),
        "random": lambda removals, user: random_orders(len(removals), count=1, seed=user)[0],
    }


def ours(recommender: Recommender, removals: Removals) -> Values:
    """The strength of each past item, as it stands in an explanation."""
    events = recommender.interactions
    user_id = str(events.users.ids_of(removals.history.user_row)[0])
    item_id = str(events.items.ids_of([removals.item_row])[0])
    explained = explain_pair(recommender, user_id, item_id, checked=False)
    strength = {past.item_id: past.strength for past in explained.history}
    return np.array([strength[str(one)] for one in events.items.ids_of(removals.history.item_row)])


def versions_of(removals: Removals) -> int:
    return 2 * len(removals) + 2


def lime(removals: Removals, user: int) -> Values:
    """LIME on presence: random versions, weighted by their nearness, and a ridge regression."""
    entries, n = len(removals), versions_of(removals)
    rng = np.random.default_rng([user, 1])
    kept = np.ones((n, entries), dtype=bool)
    for row in range(1, n):
        kept[row, rng.choice(entries, rng.integers(1, entries + 1), replace=False)] = False
    distance = 1.0 - np.sqrt(kept.mean(axis=1))  # cosine distance to the whole history
    weight = np.exp(-(distance**2) / LIME_WIDTH**2)
    scores = removals.scores(kept)
    centred = kept - np.average(kept, axis=0, weights=weight)
    target = scores - np.average(scores, weights=weight)
    gram = centred.T @ (weight[:, None] * centred) + LIME_RIDGE * np.eye(entries)
    return np.linalg.solve(gram, centred.T @ (weight * target))


def kernel(removals: Removals, user: int) -> Values:
    """shap's KernelExplainer on presence, against the empty history."""
    np.random.seed(user % 2**32)  # the explainer draws from the global generator
    entries = len(removals)
    explainer = shap.KernelExplainer(
        lambda kept: removals.scores(np.asarray(kept) > 0.5), np.zeros((1, entries))
    )
    found = explainer.shap_values(
        np.ones((1, entries)), nsamples=versions_of(removals), silent=True
    )
    return np.asarray(found)[0].reshape(-1)


def tell(found: Mapping[str, list[list[float]]], sets: list[tuple[int, float]]) -> None:
    print(f"{len(sets)} users\n{'':<12}{'POS@5 ↓':>22}{'DEL ↓':>22}{'INS ↑':>22}")
    for name, figures in found.items():
        cells = ""
        for column in np.array(figures).T:
            value, (low, high) = column.mean(), interval(column, seed=0)
            cells += f"{value:>8.3f} [{low:.3f}, {high:.3f}]"
        print(f"{name:<12}{cells}")
    sizes, seconds = np.array(sets).T
    shares = ", ".join(f"{k}: {np.mean(sizes == k):.0%}" for k in range(1, 6))
    print(f"dropped out of the ten by at most five past items: {np.mean(sizes > 0):.1%} ({shares})")
    print(f"median {np.median(seconds):.2f} s, 95 % within {np.quantile(seconds, 0.95):.2f} s")


if __name__ == "__main__":
    main()
