"""Which way of taking a score apart is right for which network."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from m6rec_core.explanation.attribution import Attribution, Values, exact_shapley, shapley_values
from m6rec_core.explanation.explainable import Array, Explainable
from m6rec_core.explanation.players import Cast, cast_of
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.scorer.light_scorer import LightLayers

ADDITIVE = "additive"
CURVE_POINTS = 101
CURVES = "relevance_contributions"  # the layer whose sum is the score of an additive network


class Explainer(Protocol):
    """Takes the scores of rows apart, against background rows, over the players of a cast."""

    @property
    def cast(self) -> Cast: ...

    @property
    def method(self) -> str:
        """How it is done, in words."""
        ...

    def explain(
        self, rows: Array, background: Array, *, permutations: int, seed: int
    ) -> Attribution:
        """Values (rows, players) of (rows, F) raw features against a (B, F) background."""
        ...


def explainer_of(recommender: Explainable) -> Explainer:
    """An additive network is read; of any other few players are computed exactly, many are sampled."""
    if recommender.folder is not None and _is_additive(recommender.about):
        return Curves(recommender, _layers(recommender.folder))
    return Coalitions(recommender)


@dataclass(frozen=True, eq=False)
class Coalitions:
    """Shapley values of the served network, whatever it looks like inside."""

    recommender: Explainable

    @property
    def cast(self) -> Cast:
        return cast_of(self.recommender.features)

    @property
    def method(self) -> str:
        return "Shapley values of the served network, over orders of the features"

    def explain(
        self, rows: Array, background: Array, *, permutations: int, seed: int
    ) -> Attribution:
        """Exact where all coalitions cost no more than the orders asked for."""
        predict, columns = self.recommender.score_features, self.cast.columns
        if 2 ** len(columns) <= 2 * permutations * len(columns):
            return exact_shapley(predict, rows, background, columns)
        return shapley_values(
            predict, rows, background, permutations=permutations, seed=seed, players=columns
        )


@dataclass(frozen=True, eq=False)
class Curves:
    """An additive network: what a feature adds is the height of its own curve, and nothing else.

    Its Shapley value is that height over the mean height of the background, with no sampling at all.
    """

    recommender: Explainable
    layers: LightLayers

    @property
    def cast(self) -> Cast:
        return cast_of(self.recommender.features)

    @property
    def method(self) -> str:
        return "read off the curves of the additive network, exact"

    def heights(self, rows: Array) -> Values:
        """(rows, F) what each column adds to the score."""
        return self.layers.activations(rows)[CURVES].astype(np.float64)

    def explain(
        self, rows: Array, background: Array, *, permutations: int, seed: int
    ) -> Attribution:
        """Neither orders nor seed matter here."""
        member = np.zeros((rows.shape[1], len(self.cast.columns)))
        for player, columns in enumerate(self.cast.columns):
            member[list(columns), player] = 1.0
        usual = self.heights(background).mean(axis=0)
        values = (self.heights(rows) - usual) @ member
        score = self.recommender.score_features
        return Attribution(
            base=float(np.asarray(score(background), dtype=np.float64).mean()),
            values=values,
            scores=np.asarray(score(rows), dtype=np.float64),
            standard_error=np.zeros_like(values),
        )


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve of an additive network.

    `height` (points,) over the mean of the background at each `value` (points,), rising; `data` (rows,):
    the feature's values over the population.
    """

    feature: Feature
    value: Values
    height: Values
    data: Values


def curves_of(recommender: Explainable) -> tuple[Curve, ...] | None:
    """The curve of every column of an additive network over the range of the data; None for any other."""
    explainer = explainer_of(recommender)
    if not isinstance(explainer, Curves):
        return None
    population = recommender.population
    ends = np.quantile(population, [0.0, 1.0], axis=0)  # (2, F)
    grid = np.linspace(ends[0], ends[1], CURVE_POINTS).astype(np.float32)
    height = explainer.heights(grid) - explainer.heights(recommender.background).mean(axis=0)
    return tuple(
        Curve(
            feature,
            grid[:, at].astype(np.float64),
            height[:, at],
            population[:, at].astype(np.float64),
        )
        for at, feature in enumerate(recommender.features)
    )


def _is_additive(about: Mapping[str, Any]) -> bool:
    named = {layer["name"] for layer in about.get("architecture", ())}
    return about.get("network") == ADDITIVE and CURVES in named


@lru_cache(maxsize=4)
def _layers(folder: Path) -> LightLayers:
    return LightLayers(folder / "layers.tflite")
