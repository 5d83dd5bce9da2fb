"""RecTools and LensKit, which cannot be installed beside the app: run by another environment's Python."""

import json
import subprocess
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from m6rec_core.data.histories import Histories
from peers.peer import Peer, Scores, Settings

SCRIPT = Path(__file__).parent / "outside.py"
LENGTH = 100  # of the lists that come back; only their heads are measured


def peers_of(environment: Path) -> list[Peer]:
    """The models of those of the two libraries that the environment has."""
    python = environment / "bin" / "python"
    found = []
    for library, models in MODELS.items():
        has_it = subprocess.run([python, "-c", f"import {library}"], capture_output=True)
        if has_it.returncode == 0:
            found += [
                Peer(f"{library} {name}", usual, draw, partial(_fit, python, library, name))
                for name, (usual, draw) in models.items()
            ]
    if not found:
        raise SystemExit(f"'{environment}' has neither {' nor '.join(MODELS)}. Install one there.")
    return found


def single_answers(
    environment: Path, known: Histories, users: np.ndarray, *, n: int
) -> dict[str, list[float]]:
    """{model: milliseconds of a list of n items for each of these users (rows), one after the other}."""
    python, found = environment / "bin" / "python", {}
    for name, (settings, _) in MODELS["lenskit"].items():
        with tempfile.TemporaryDirectory() as folder:
            pairs, spent = Path(folder) / "pairs.npz", Path(folder) / "spent.npy"
            np.savez(pairs, user=known.entry_user(), item=known.item_row, asked=users)
            asked = ["lenskit", name, json.dumps(settings), str(pairs), str(spent), str(n)]
            subprocess.run([python, SCRIPT, *asked, "--single"], check=True)
            found[f"lenskit: {name}, one user"] = np.load(spent).tolist()
    return found


def _fit(python: Path, library: str, name: str, known: Histories, settings: Settings) -> Scores:
    with tempfile.TemporaryDirectory() as folder:
        pairs, lists = Path(folder) / "pairs.npz", Path(folder) / "lists.npy"
        np.savez(pairs, user=known.entry_user(), item=known.item_row)
        asked = [library, name, json.dumps(settings), str(pairs), str(lists), str(LENGTH)]
        subprocess.run([python, SCRIPT, *asked], check=True, capture_output=True)
        item_row = np.load(lists)  # (n_users, LENGTH), padded with -1

    def scores(users: np.ndarray) -> np.ndarray:
        dense = np.zeros((len(users), known.n_items), dtype=np.float32)
        rows = item_row[users]
        place, rank = np.nonzero(rows >= 0)
        dense[place, rows[place, rank]] = 1.0 / (1.0 + rank)
        return dense

    return scores


def _log_int(rng: np.random.Generator, low: int, high: int) -> int:
    return int(np.exp(rng.uniform(np.log(low), np.log(high))))


MODELS = {
    "rectools": {
        "EASE": (
            {"regularization": 500.0},
            lambda rng: {"regularization": float(_log_int(rng, 5, 5000))},
        ),
        "TF-IDF": ({"K": 50}, lambda rng: {"K": _log_int(rng, 5, 1000)}),
    },
    "lenskit": {
        "item kNN": (
            {"max_nbrs": 20, "min_sim": 1e-6},
            lambda rng: {"max_nbrs": _log_int(rng, 5, 500), "min_sim": 1e-6},
        ),
        "implicit MF": (
            {"embedding_size": 50, "weight": 40.0},
            lambda rng: {
                "embedding_size": int(rng.choice([16, 32, 64, 128])),
                "weight": float(_log_int(rng, 1, 100)),
            },
        ),
    },
}
