"""What an analyst must know of a network before its explanations are read, in whole sentences."""

import json

import numpy as np

from m6rec_core.explanation.explainable import Explainable

LEAST_RANGE = 1e-6  # of the scores over the population: below, all pairs score alike


def warnings_of(recommender: Explainable) -> tuple[str, ...]:
    """One sentence for each thing that makes explanations of this run empty; none for a sound network."""
    found = []
    scores = np.asarray(recommender.score_features(recommender.population), dtype=np.float64)
    if len(scores) and np.ptp(scores) < LEAST_RANGE:
        found.append(
            "The network gives every pair the same score: its units are dead, so nothing a feature "
            "says reaches the score, and all contributions are 0. Train again, with a lower "
            "scorer.learning_rate."
        )
    elif not _has_learned(recommender):
        found.append(
            "The network has not learned: its loss did not fall. Contributions show what its random "
            "first weights do, not what the data say. Train it for more epochs."
        )
    constant = constant_features(recommender)
    if constant:
        shown = ", ".join(f"'{title}'" for title in constant[:4])
        more = f" and {len(constant) - 4} more" if len(constant) > 4 else ""
        verb = "is" if len(constant) == 1 else "are"
        found.append(
            f"{shown}{more} {verb} the same for every pair: no score can differ by it, and its "
            "contribution is 0 everywhere."
        )
    return tuple(found)


def constant_features(recommender: Explainable) -> tuple[str, ...]:
    """Titles of the features that do not vary over the population."""
    spread = np.ptp(recommender.population, axis=0)
    return tuple(f.title for f, one in zip(recommender.features, spread, strict=True) if one == 0)


def _has_learned(recommender: Explainable) -> bool:
    """Whether the loss fell; True where no curve was kept, or one epoch says nothing yet."""
    if recommender.folder is None or not (recommender.folder / "learning.jsonl").is_file():
        return True
    text = (recommender.folder / "learning.jsonl").read_text(encoding="utf-8")
    losses = [float(json.loads(line)["loss"]) for line in text.splitlines()]
    return bool(losses) and (len(losses) == 1 or min(losses[1:]) < losses[0])
