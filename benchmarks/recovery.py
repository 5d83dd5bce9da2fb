"""Do explanations find the truth of the generated shop? Trains on it and holds both against each other.

Every user's events from the last visit with a planted purchase on are kept from training. Then
- the planted weights are compared with what the scores owe to each driver, over random pairs of any user
  and any item (Spearman correlation over the drivers, decoys included): with its whole effect, told in
  the order of causes, and beside it with the mean absolute contributions of the features that show it;
- for the held-back planted purchases it is counted how often the planted past item has the greatest
  strength of the whole history.

    python benchmarks/recovery.py [--users 4000] [--items 400] [--pairs 300] [--seeds 0,1,2]
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from m6rec_core import schema
from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset
from m6rec_core.data.samples.shop import Shop, make_shop
from m6rec_core.explanation.explain import PairExplanation, explain_pair
from m6rec_core.explanation.planted import recovered
from m6rec_core.pipeline import train
from m6rec_core.ranking.recommender import Recommender


class Found(NamedTuple):
    """Of one shop: Spearman correlations, and the share of planted past items that come first."""

    whole: float
    direct: float
    first: float


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, usual in (("users", 4_000), ("items", 400), ("pairs", 300)):
        options.add_argument(f"--{name}", type=int, default=usual)
    options.add_argument("--seeds", default="0,1,2", help="seeds of the shops, parted by commas")
    chosen = options.parse_args()
    found = [of_shop(int(seed), chosen) for seed in chosen.seeds.split(",")]
    print(f"over {len(found)} shops")
    for title, values in zip(
        ("Spearman, whole effect", "Spearman, mean |SHAP|", "planted item first"),
        zip(*found, strict=True),
        strict=True,
    ):
        print(f"{title:<24} mean {np.mean(values):.3f}   worst {min(values):.3f}")


def of_shop(seed: int, chosen: argparse.Namespace) -> Found:
    shop = make_shop(users=chosen.users, items=chosen.items, seed=seed)
    dataset, planted = without_last_planted_visit(shop)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        train(dataset, Config.from_flat({"seed": seed}), Path(folder))
        seconds = time.perf_counter() - started
        print(f"seed {seed}: trained on {dataset.interactions} in {seconds:.0f} s")
        recommender = Recommender.load(Path(folder))
        whole, direct = tell_drivers(recommender, seed)
        sample = planted.sample(min(chosen.pairs, len(planted)), random_state=0)
        return Found(whole, direct, tell_planted(recommender, sample))


def without_last_planted_visit(shop: Shop) -> tuple[Dataset, pd.DataFrame]:
    """The shop before each user's last planted purchase and all that touched its item, and those."""
    planted = shop.truth.planted.sort_values(schema.TIMESTAMP, kind="stable")
    last = planted.groupby(schema.USER_ID, sort=False).tail(1)
    events = shop.dataset.interactions.to_frame()
    limit = last.set_index(schema.USER_ID)[schema.TIMESTAMP]
    item = last.set_index(schema.USER_ID)[schema.ITEM_ID]
    users = events[schema.USER_ID]
    before = ~(events[schema.TIMESTAMP] >= users.map(limit))  # users without a planted one keep all
    kept = before & (events[schema.ITEM_ID] != users.map(item))
    made = Dataset.from_frames(
        events[kept],
        users=with_ids(shop.dataset.users, schema.USER_ID),
        items=with_ids(shop.dataset.items, schema.ITEM_ID),
        name="shop",
    )
    return made, last


def with_ids(table, column: str) -> pd.DataFrame:
    return table.frame.assign(**{column: table.ids.ids})


def tell_drivers(recommender: Recommender, seed: int) -> tuple[float, float]:
    found = recovered(recommender, seed=seed)
    print(f"{'driver':<12} planted  whole effect  mean |SHAP|")
    for line in zip(found.drivers, found.planted, found.whole, found.direct, strict=True):
        print("{:<12} {:7.2f}  {:12.3f}  {:11.3f}".format(*line))
    print(f"Spearman correlation: {found.spearman:.3f}, of mean |SHAP| {found.direct_spearman:.3f}")
    return found.spearman, found.direct_spearman


def tell_planted(recommender: Recommender, planted: pd.DataFrame) -> float:
    started = time.perf_counter()
    explained: list[PairExplanation] = []
    for row in planted.itertuples():
        explained.append(explain_pair(recommender, row.user_id, row.item_id, checked=False))
    seconds = (time.perf_counter() - started) / len(explained)
    first = [
        bool(one.history) and one.history[0].item_id == past
        for one, past in zip(explained, planted["past_item_id"], strict=True)
    ]
    ranks = [one.rank or 1_000 for one in explained]
    worst = max(one.trust.additivity_error for one in explained)
    print(f"planted past item first in the history: {np.mean(first):.1%} of {len(first)} pairs")
    print(f"planted item on the list of 20: {np.mean(np.array(ranks) <= 20):.1%}")
    print(
        f"{seconds * 1000:.0f} ms per explanation; largest additivity error {worst:.1e}", flush=True
    )
    return float(np.mean(first))


if __name__ == "__main__":
    main()
