"""What an analyst wants of a tuning: how to search, in which parts, towards which goals, how long."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple, Self

from m6rec_core.errors import ConfigError

TPE, NSGA2, RANDOM = "tpe", "nsga2", "random"
SAMPLERS: Final = (TPE, NSGA2, RANDOM)
SIMILARITY, FEATURES, NETWORK = "similarity", "features", "network"
PARTS: Final = (SIMILARITY, FEATURES, NETWORK)
PRUNERS: Final = ("median", "hyperband", "none")
MOST_TRIALS: Final = 1_000
ACCURACY, NOVELTY, LATENCY = "accuracy", "novelty", "latency"


class Goal(NamedTuple):
    """A figure that is sought after: its name in words with the unit, its definition, its good end."""

    title: str
    definition: str
    maximise: bool


GOALS: Final[Mapping[str, Goal]] = {
    ACCURACY: Goal(
        "validation NDCG@10",
        "NDCG@10 of the scorer's order on the items held out of validation users, best epoch",
        True,
    ),
    NOVELTY: Goal(
        "novelty (bits)",
        "mean of -log2(share of users who have the item) over the ten items listed for each "
        "validation user: 1 bit more is half as well known",
        True,
    ),
    LATENCY: Goal(
        "time per list (ms)",
        "median time to describe and score the candidates of one user on this machine, one user at "
        "a time",
        False,
    ),
}


@dataclass(frozen=True)
class Plan:
    """One tuning. ConfigError for what is not known, or does not go together.

    `goals` is `accuracy` alone, or with a second one, to which there is then no single best trial but
    a front. Pruning stops a trial early whose validation falls behind; with two goals it is off,
    because a trial that is less accurate may be the best in the other goal.
    """

    sampler: str = TPE
    trials: int = 30
    parts: tuple[str, ...] = PARTS
    goals: tuple[str, ...] = (ACCURACY,)
    pruning: str = "median"
    seed: int = 0

    def __post_init__(self) -> None:
        _one_of("The sampler", self.sampler, SAMPLERS)
        _one_of("Pruning", self.pruning, PRUNERS)
        for part in self.parts:
            _one_of("A part that is searched", part, PARTS)
        for goal in self.goals:
            _one_of("A goal", goal, tuple(GOALS))
        if not self.parts:
            raise ConfigError(f"Nothing is searched. Name one or more of {', '.join(PARTS)}.")
        if self.goals[:1] != (ACCURACY,) or not 1 <= len(set(self.goals)) == len(self.goals) <= 2:
            raise ConfigError(
                "The goals are accuracy, or accuracy and one of novelty and latency. "
                f"Received: {', '.join(self.goals) or 'none'}."
            )
        if not 1 <= self.trials <= MOST_TRIALS:
            raise ConfigError(f"Trials are between 1 and {MOST_TRIALS:,}. Received: {self.trials}.")
        if self.seed < 0:
            raise ConfigError(f"The seed must be at least 0. Received: {self.seed}.")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The plan that `to_dict` wrote, or that a page asked for."""
        lists = {name: tuple(values[name]) for name in ("parts", "goals") if name in values}
        return cls(**{**values, **lists})

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @property
    def prunes(self) -> bool:
        """Whether trials are stopped early."""
        return self.pruning != "none" and len(self.goals) == 1


def _one_of(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise ConfigError(f"{what} is one of {', '.join(known)}. Received: {given!r}.")
