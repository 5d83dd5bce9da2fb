"""Several models on the same held-out items: values, 95 % intervals and the protocol behind them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.evaluation import metrics
from m6rec_core.evaluation.bootstrap import percentile_ends, resampled_ratios
from m6rec_core.evaluation.measuring import measure

Floats = npt.NDArray[np.float64]

POOL = "full ranking, seen items masked"


class Difference(NamedTuple):
    """How much `model` is above `against`, the best of the others on that metric (paired by user)."""

    metric: str
    model: str
    against: str
    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the 95 % interval leaves out zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, eq=False)
class Comparison:
    """The outcome of an evaluation.

    - `models` names, `metrics` names such as "ndcg@10", "coverage@10", "rmse"
    - `value`, `low`, `high` (models, metrics): means over users and their 95 % interval; NaN where a
      figure is undefined, or has no interval (coverage, Gini: figures of all lists together)
    - `per_user` (users, models, metrics): in the order of `relevant`; NaN for users that are not
      counted and for figures that no single user has
    - `differences` of the scorer against the best other model, one per metric; empty without scorer
    - `user_row` (users,) and `rankings` model → (users, depth): whose lists were measured, and the lists
    """

    protocol: Mapping[str, Any]
    models: tuple[str, ...]
    metrics: tuple[str, ...]
    value: Floats
    low: Floats
    high: Floats
    per_user: Floats
    differences: tuple[Difference, ...]
    user_row: npt.NDArray[np.int32]
    rankings: Mapping[str, npt.NDArray[np.int32]]

    def __post_init__(self) -> None:
        for array in (self.value, self.low, self.high, self.per_user):
            array.setflags(write=False)

    @property
    def n_users(self) -> int:
        """Number of users that are counted."""
        return int(self.protocol["users_counted"])

    def of_users(self, model: str, metric: str) -> Floats:
        """(users,) values of one model on one metric; NaN for users that are not counted."""
        return self.per_user[:, self.models.index(model), self.metrics.index(metric)]

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`: protocol, users, models, differences; NaN becomes None."""
        return {
            "protocol": dict(self.protocol),
            "users": self.n_users,
            "models": {
                model: {metric: self._cell(m, c) for c, metric in enumerate(self.metrics)}
                for m, model in enumerate(self.models)
            },
            "differences": {
                difference.metric: {
                    "model": difference.model,
                    "against": difference.against,
                    **_ends(difference.value, difference.low, difference.high),
                }
                for difference in self.differences
            },
        }

    def _cell(self, model: int, column: int) -> dict[str, float | None]:
        return _ends(self.value[model, column], self.low[model, column], self.high[model, column])


def compare(
    rankings: Mapping[str, npt.NDArray[np.int32]],
    relevant: Histories,
    *,
    ks: Sequence[int],
    n_items: int,
    popularity: npt.ArrayLike,
    seed: int,
    split: str = "held-out items as given",
    predicted_ratings: Mapping[str, npt.ArrayLike] | None = None,
    rating_range: tuple[float, float] = (0.0, 1.0),
    notes: Mapping[str, Any] | None = None,
    resamples: int = 1000,
) -> Comparison:
    """Measures every ranking (users, depth), padded with -1, against the held-out items.

    - `relevant` one history per user, in the order of the rankings: the items to be found. Users
      without any are left out and counted in the protocol.
    - `ks` lengths at which the lists are cut; a list may be shorter only if the catalogue is.
    - `popularity` (n_items,) number of training users of each item
    - `predicted_ratings` model to (entries of `relevant`,) on the scale of `relevant.rating`, [0, 1];
      `rating_range` turns RMSE and MAE into the units of the data.
    - `notes` further lines of the protocol.

    Raises DataError when nothing was held out, or when a ranking does not fit.
    """
    measured = measure(
        rankings,
        relevant,
        ks=ks,
        n_items=n_items,
        popularity=np.asarray(popularity, dtype=np.float64),
        predicted_ratings=predicted_ratings or {},
        rating_span=rating_range[1] - rating_range[0],
    )
    counted = relevant.lengths() > 0
    shape = (len(measured.models), len(measured.metrics))
    numerator = measured.numerator[counted].reshape(counted.sum(), -1)
    denominator = measured.denominator[counted].reshape(counted.sum(), -1)
    replicates = resampled_ratios(numerator, denominator, seed=seed, resamples=resamples)
    replicates = measured.finish(replicates.reshape(-1, *shape))
    with np.errstate(invalid="ignore"):
        value = measured.finish(numerator.sum(axis=0) / denominator.sum(axis=0)).reshape(shape)
        per_user = measured.finish(measured.numerator / measured.denominator)
    low, high = percentile_ends(replicates)
    if counted.sum() < 2:
        low, high = np.full(shape, np.nan), np.full(shape, np.nan)
    value = np.where(np.isnan(measured.of_all_lists), value, measured.of_all_lists)
    return Comparison(
        protocol=_protocol(relevant, counted, measured.metrics, ks, split, resamples, notes or {}),
        models=measured.models,
        metrics=measured.metrics,
        value=value,
        low=low,
        high=high,
        per_user=per_user,
        differences=_differences(measured.models, measured.metrics, value, replicates),
        user_row=relevant.user_row,
        rankings=rankings,
    )


def _differences(
    models: tuple[str, ...], names: tuple[str, ...], value: Floats, replicates: Floats
) -> tuple[Difference, ...]:
    if schema.SCORER not in models:
        return ()
    found = []
    scorer = models.index(schema.SCORER)
    for column, name in enumerate(names):
        better = metrics.METRICS[name.partition("@")[0]].higher_is_better
        others = [m for m in range(len(models)) if m != scorer and not np.isnan(value[m, column])]
        if better is None or not others or np.isnan(value[scorer, column]):
            continue
        best = max(others, key=lambda m: value[m, column] if better else -value[m, column])
        gap = replicates[:, scorer, column] - replicates[:, best, column]
        low, high = percentile_ends(gap[:, None])
        gained = value[scorer, column] - value[best, column]
        found.append(
            Difference(name, models[scorer], models[best], float(gained), low.item(), high.item())
        )
    return tuple(found)


def _protocol(
    relevant: Histories,
    counted: npt.NDArray[np.bool_],
    names: tuple[str, ...],
    ks: Sequence[int],
    split: str,
    resamples: int,
    notes: Mapping[str, Any],
) -> dict[str, Any]:
    families = dict.fromkeys(name.partition("@")[0] for name in names)
    return {
        "split": split,
        "candidates": POOL,
        "k": [int(k) for k in ks],
        "users_counted": int(counted.sum()),
        "users_excluded": int((~counted).sum()),
        "excluded_because": "no held-out item",
        "held_out_items": len(relevant.item_row),
        "interval": f"95 %, percentile bootstrap over users, {resamples} resamples",
        "definitions": {family: metrics.METRICS[family].definition for family in families},
        **notes,
    }


def _ends(value: float, low: float, high: float) -> dict[str, float | None]:
    ends = {"value": value, "low": low, "high": high}
    return {key: float(end) if math.isfinite(end) else None for key, end in ends.items()}
