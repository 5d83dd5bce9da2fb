"""What moves the scores of a whole sample of pairs: mean absolute contributions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.explanation.explainable import Array, Explainable
from m6rec_core.explanation.explainers import explainer_of
from m6rec_core.explanation.trust import ranking_stability
from m6rec_core.scorer.features.feature import Feature

PERMUTATIONS = 1  # orders per background row: the mean over many pairs needs few for each

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Importance:
    """The contributions of a sample of pairs.

    - `features`: the players, one column of `rows` and `values` each
    - `rows` (n, F) the raw values of the explained pairs (see `Cast.shown`), `values` (n, F) their contributions,
      `scores` (n,); `base + values[row].sum() = scores[row]`
    - `additivity_error`: the largest, as a share of the range of the scores
    """

    features: tuple[Feature, ...]
    rows: Values
    base: float
    values: Values
    scores: Values
    additivity_error: float

    def by_feature(self) -> Values:
        """(F,) mean absolute contribution."""
        mean: Values = np.abs(self.values).mean(axis=0)
        return mean

    def by(self, key: Callable[[Feature], str]) -> dict[str, float]:
        """Mean absolute value of the summed contributions of the features with the same key, largest
        first. Features that work against each other cancel within a pair, as they do in its score.
        """
        keys = np.array([key(feature) for feature in self.features], dtype=object)
        found = {
            str(one): float(np.abs(self.values[:, keys == one].sum(axis=1)).mean())
            for one in dict.fromkeys(keys)
        }
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    def by_group(self) -> dict[str, float]:
        """Mean absolute contribution of each group of features, largest first."""
        return self.by(lambda feature: feature.group)

    def group_values(self) -> tuple[tuple[str, ...], Values]:
        """The groups that are there, in the order of `schema.GROUPS`, and (n, groups) contributions."""
        own = np.array([feature.group for feature in self.features], dtype=object)
        groups = tuple(group for group in schema.GROUPS if group in own)
        return groups, np.stack([self.values[:, own == g].sum(axis=1) for g in groups], axis=1)

    def to_json(self) -> dict[str, Any]:
        """Plain values: features and groups, largest first; `sample` holds every pair, its columns in
        the order of the scorer, rounded to five digits.
        """
        importance, mean = self.by_feature(), self.values.mean(axis=0)
        return {
            "pairs": len(self.values),
            "base": self.base,
            "additivity_error": self.additivity_error,
            "features": [
                {
                    "feature": self.features[position].name,
                    "title": self.features[position].title,
                    "group": self.features[position].group,
                    "importance": float(importance[position]),
                    "mean_contribution": float(mean[position]),
                }
                for position in np.argsort(-importance, kind="stable")
            ],
            "groups": self.by_group(),
            "sample": {
                "features": [feature.name for feature in self.features],
                "values": _rounded(self.rows),
                "contributions": _rounded(self.values),
                "scores": _rounded(self.scores),
            },
        }


def importance_of_rows(
    recommender: Explainable,
    rows: Array,
    *,
    background: Array | None = None,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Importance:
    """Explains every row of (n, F) raw features; without a background, against the run's own."""
    explainer = explainer_of(recommender)
    against = recommender.background if background is None else background
    found = explainer.explain(rows, against, permutations=permutations, seed=seed)
    score_range = max(float(np.ptp(found.scores)) if len(rows) else 0.0, 1e-12)
    return Importance(
        features=explainer.cast.features,
        rows=explainer.cast.shown(rows),
        base=found.base,
        values=found.values,
        scores=found.scores,
        additivity_error=float(found.additivity_error().max(initial=0.0) / score_range),
    )


def global_importance(
    recommender: Explainable,
    *,
    sample: int | None = None,
    among: npt.NDArray[np.bool_] | None = None,
    seed: int = 0,
) -> Importance:
    """Explains `sample` random pairs of the recommender's population; None: as many as its
    configuration says, at most all. `among` (rows,) names the pairs of a segment.
    """
    population = recommender.population if among is None else recommender.population[among]
    wanted = recommender.config.explanation.sample if sample is None else sample
    size = min(wanted, len(population))
    chosen = np.random.default_rng(seed).choice(len(population), size, replace=False)
    return importance_of_rows(recommender, population[np.sort(chosen)], seed=seed)


def effect_of_background(
    recommender: Explainable, *, size: int, count: int = 5, pairs: int = 60
) -> dict[str, list[Any]]:
    """One line per background of `size` random pairs: its seed and base, the strongest feature, and how far
    the order of features by mean |SHAP| agrees with that of the run's own background (Spearman).
    """
    population = recommender.population
    rows = population[np.random.default_rng(0).permutation(len(population))[:pairs]]
    own = importance_of_rows(recommender, rows).by_feature()
    lines: dict[str, list[Any]] = {
        name: [] for name in ("Seed", "Rows", "Base", "Strongest feature", "Agreement of the order")
    }
    for seed in range(1, count + 1):
        drawn = np.random.default_rng([seed, 71]).permutation(len(population))[:size]
        found = importance_of_rows(recommender, rows, background=population[drawn], seed=seed)
        mean = found.by_feature()
        strongest = found.features[int(mean.argmax())].title
        said = (seed, len(drawn), found.base, strongest, ranking_stability([own, mean]))
        for name, value in zip(lines, said, strict=True):
            lines[name].append(value)
    return lines


def _rounded(values: npt.NDArray[Any]) -> Any:
    """Nested lists of five significant digits."""
    size = np.where(values == 0, 1.0, np.abs(values.astype(np.float64)))
    step = 10.0 ** (np.floor(np.log10(size)) - 4)
    return np.round(np.round(values / step) * step, 12).tolist()
