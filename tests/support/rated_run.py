"""A small data set with ratings and times in which taste decides, and a run trained on it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset

N_USERS, N_ITEMS = 70, 40
OPTIONS = {
    "seed": 5,
    "split.strategy": "leave_last_out",
    "similarity.measure": "degree",
    "signals.spectral": False,
    "signals.factors": False,
    "scorer.epochs": 4,
    "scorer.patience": 4,
    "scorer.hidden": "6",
    "ranking.candidates": 15,
    "explanation.background": 10,
    "explanation.permutations": 2,
    "explanation.sample": 10,
}


def rated_dataset() -> Dataset:
    """Users of even number mostly watch items of even number, and rate them 4 or 5, all others 1 or 2."""
    rng = np.random.default_rng(0)
    rows = []
    for user in range(N_USERS):
        likes = np.arange(N_ITEMS) % 2 == user % 2
        chance = np.where(likes, 6.0, 1.0)
        watched = rng.choice(N_ITEMS, rng.integers(6, 12), replace=False, p=chance / chance.sum())
        start = int(rng.integers(0, 10_000_000))
        for place, item in enumerate(watched):
            rating = rng.integers(4, 6) if likes[item] else rng.integers(1, 3)
            rows.append((f"u{user}", f"i{item}", float(rating), start + place * 40_000))
    events = pd.DataFrame(rows, columns=["user_id", "item_id", "value", "timestamp"])
    genres = [("war", "comedy")[item % 2] for item in range(N_ITEMS)]
    items = pd.DataFrame({"item_id": [f"i{n}" for n in range(N_ITEMS)], "genre": genres})
    cities = [("Rome", "Oslo", "Bern")[user % 3] for user in range(N_USERS)]
    users = pd.DataFrame({"user_id": [f"u{n}" for n in range(N_USERS)], "city": cities})
    return Dataset.from_frames(events, users=users, items=items, name="rated")


def train_rated_run(folder: Path) -> None:
    """Trains into `folder/run`; `folder/told.json` holds the (phase, fraction) pairs that were told."""
    from m6rec_core.pipeline import train  # slow: only where a run is needed

    told: list[tuple[str, float]] = []
    (folder / "run").mkdir(parents=True)
    train(
        rated_dataset(),
        Config.from_flat(OPTIONS),
        folder / "run",
        progress=lambda phase, fraction: told.append((phase, fraction)),
    )
    (folder / "told.json").write_text(json.dumps(told))
