"""What a training will take, told before it starts: seconds per step and the most memory, from sizes alone.

The constants come from trials on two cores with up to 30,000 users and 40,000 items and from a training
on the MovieLens sample. Another machine is another speed: `scale_to` corrects it by what trainings really
took.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from m6rec_core.config import Config
from m6rec_core.scorer.cross_fitting import n_rounds

CORRELATED = 3.0  # busy users have popular items: products of both are larger than their means tell
CHOICES = 13  # settings of likeness that are compared where none is given
EXTRA_SLOTS = 40
FEATURES = 40
MODELS = 9
NETWORK_FACTOR = {"mlp": 1.0, "cnn": 2.5, "gru": 4.0, "additive": 4.0}

LIBRARIES_MB = 900.0
BLOCK_MB = 500.0  # score rows of one block of users, and what is made of them


@dataclass(frozen=True)
class Size:
    """How many users, items and events a data set has; `has_time` whether events have timestamps."""

    users: int
    items: int
    events: int
    has_time: bool = True


@dataclass(frozen=True)
class Cost:
    """Seconds of each step, by the names in the summary of a run, and the most memory in megabytes."""

    seconds: Mapping[str, float]
    megabytes: float

    @property
    def total(self) -> float:
        """Seconds of all steps."""
        return sum(self.seconds.values())


def expected_cost(size: Size, config: Config) -> Cost:
    """What a training with this configuration takes on data of this size."""
    lists = _training_lists(size, config)
    rounds = n_rounds(size.users)
    fit, per_user = _fit_seconds(size, config), _seconds_per_list(size, config)
    chosen = CHOICES * 0.1 * fit if config.similarity.measure == "auto" else 0.0
    slots = config.ranking.candidates + EXTRA_SLOTS
    width = sum(int(part) for part in config.scorer.hidden.split(",") if part.strip().isdigit())
    of_kind = NETWORK_FACTOR.get(config.scorer.network, 2.0) * (0.4 + 0.6 * width / 96)
    epoch = 0.3 + 0.9e-6 * lists * slots * of_kind
    seconds = {
        "split": 0.5 + 1e-6 * size.events,
        "learn": 2.0
        + chosen
        + rounds * fit
        + lists * per_user
        + 0.85 * config.scorer.epochs * epoch,
        "refit": 1.0 + fit + 400 * per_user,
        "export": 6.0,
        "evaluate": 0.5
        + (config.split.strategy != "none") * size.users * (per_user + 5e-9 * size.items * MODELS),
        "explain": 4.0 + 2.5e-4 * config.explanation.sample * config.explanation.permutations,
    }
    return Cost(seconds, _megabytes(size, config, lists))


def scale_to(cost: Cost, ratios: Sequence[float]) -> Cost:
    """The cost at the speed of this machine: `ratios` of measured to expected seconds of its trainings.

    The median counts; without any the cost stays as it is.

    >>> scale_to(Cost({"learn": 10.0}, 900.0), [1.5, 2.0, 9.0]).seconds
    {'learn': 20.0}
    """
    if not ratios:
        return cost
    factor = float(np.median(ratios))
    return replace(cost, seconds={step: spent * factor for step, spent in cost.seconds.items()})


def _training_lists(size: Size, config: Config) -> int:
    return min(size.users, config.scorer.training_users) * n_rounds(size.users)


def _fit_seconds(size: Size, config: Config) -> float:
    """All similarities once: products of pairs, selection per row, and a small system per item."""
    on = config.signals
    together = CORRELATED * size.events * (size.events / max(size.users, 1))
    shared = CORRELATED * size.events * (size.events / max(size.items, 1))
    pairs = 1e-9 * together * (1 + on.random_walk + on.order * size.has_time) + 1e-9 * shared
    per_row = 8e-5 * size.items * (1 + 2.5 * on.ridge) + 3e-5 * size.users
    return 0.2 + pairs + per_row + 4e-6 * size.events * (on.spectral + on.factors)


def _seconds_per_list(size: Size, config: Config) -> float:
    return 1e-3 + 2.5e-6 * config.ranking.candidates + 1e-7 * size.items


def _megabytes(size: Size, config: Config, lists: int) -> float:
    slots = config.ranking.candidates + EXTRA_SLOTS
    copies = 2 if n_rounds(size.users) > 1 else 1  # joining the rounds holds both for a moment
    table = copies * lists * slots * FEATURES * 4
    kept = config.similarity.neighbours or 1_000
    models = 8 * (size.items * min(kept, size.items) + size.users * min(500, size.users))
    models += 8 * size.items * 300 + 4 * 512 * (size.users + size.items)
    return LIBRARIES_MB + BLOCK_MB + (table + models + 100 * size.events) / 1e6
