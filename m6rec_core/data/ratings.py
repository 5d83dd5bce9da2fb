"""Which values are ratings, and on which scale."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from m6rec_core.config import DataConfig
from m6rec_core.data.database import Database

_USUAL_SCALES = (1.0, 5.0, 10.0, 20.0, 100.0)
_SHARE_ON_SCALE = 0.99  # of the positive values: what lies beyond is a mistake, not a longer scale
_MOST_STEPS_OF_A_SCALE = 21  # 0, 0.5, … 10


@dataclass(frozen=True)
class ValueFacts:
    """What must be known of a column of values; missing values count nowhere.

    - `distinct`: number of distinct values, 22 standing for 'more than 21'
    - `low`, `high`: smallest and largest value; `in_halves`: all are multiples of a half
    - `low_positive`, `positive`: smallest positive value and number of positive values
    - `on_scale`: number of positive values up to 1, 5, 10, 20 and 100
    """

    distinct: int = 0
    low: float = 0.0
    high: float = 0.0
    in_halves: bool = True
    low_positive: float = 0.0
    positive: int = 0
    on_scale: tuple[int, ...] = (0,) * len(_USUAL_SCALES)

    @classmethod
    def of(cls, values: npt.NDArray[np.float64]) -> "ValueFacts":
        """The facts of an array; NaN is missing."""
        present = values[np.isfinite(values)]
        if not len(present):
            return cls()
        positive = present[present > 0]
        return cls(
            distinct=min(len(np.unique(present)), _MOST_STEPS_OF_A_SCALE + 1),
            low=float(present.min()),
            high=float(present.max()),
            in_halves=bool(np.all(present * 2 == np.round(present * 2))),
            low_positive=float(positive.min(initial=np.inf)) if len(positive) else 0.0,
            positive=len(positive),
            on_scale=tuple(int((positive <= top).sum()) for top in _USUAL_SCALES),
        )

    @classmethod
    def of_column(cls, db: Database, table: str, column: str) -> "ValueFacts":
        """The facts of a DOUBLE column of a database."""
        scales = ", ".join(f"count_if({column} > 0 and {column} <= {top})" for top in _USUAL_SCALES)
        low, high, halves, low_positive, positive, *on_scale = db.row(
            f"select min({column}), max({column}), bool_and({column} * 2 = round({column} * 2)), "
            f"min({column}) filter ({column} > 0), count_if({column} > 0), {scales} from {table}"
        )
        if low is None:
            return cls()
        (distinct,) = db.row(
            f"select count(*) from (select distinct {column} from {table} "
            f"where {column} is not null limit {_MOST_STEPS_OF_A_SCALE + 1})"
        )
        return cls(distinct, low, high, halves, low_positive or 0.0, positive, tuple(on_scale))

    def are_ratings(self) -> bool:
        """Whether they look like ratings: more than one, on a scale of few steps of a half up to 10."""
        steps = 2 <= self.distinct <= _MOST_STEPS_OF_A_SCALE
        return steps and self.low >= 0 and self.high <= 10 and self.in_halves

    def rating_scale(self, config: DataConfig) -> tuple[float, float]:
        """Lowest and highest valid rating: as configured, or read off the values.

        Read off, the top is the first of 1, 5, 10, 20, 100 that holds 99 % of the positive values (else
        the largest value), and the bottom is the smallest positive value.
        """
        if has_given_scale(config):
            return config.rating_low, config.rating_high
        if not self.positive:
            return 0.0, 1.0
        shares = [count / self.positive for count in self.on_scale]
        tops = [
            top
            for top, share in zip(_USUAL_SCALES, shares, strict=True)
            if share >= _SHARE_ON_SCALE
        ]
        return self.low_positive, tops[0] if tops else self.high


def are_ratings(values: npt.NDArray[np.float64]) -> bool:
    """Whether values look like ratings: more than one, on a scale of few steps of a half up to 10.

    >>> are_ratings(np.array([1.0, 4.5, 5.0])), are_ratings(np.array([12.0, -1.0, 3.0]))
    (True, False)
    """
    return ValueFacts.of(values).are_ratings()


def has_given_scale(config: DataConfig) -> bool:
    """Whether the configuration names the scale: it alone decides then which ratings are valid."""
    return config.rating_high > config.rating_low
