"""When two rows are alike: every measure, as a function of what the two have in common.

Rows are what is compared (items, say), features what they are compared by (users). Each measure takes
sums over the features that both rows have, and a few numbers of either row, made once:

    product      overlap / (size · size + shrinkage)                 overlap = Σ gain · x · y
    share        overlap / (size + size - overlap + shrinkage)
    distance     1 / (1 + √(size + size - 2 overlap))                · common / (common + shrinkage)
    correlation  (overlap - offset · offset) / (size · size)         · common / (common + shrinkage)
    centred      (overlap - offset - offset) / (size · size)         · common / (common + shrinkage)
    moments      Pearson's correlation over the common features      · common / (common + shrinkage)

with common = Σ gain, the number of common features where nothing is weighted. Two rows without a common
feature are not compared, whatever a formula would say; undefined likeness (a row that does not vary) and
likeness that is not positive make no neighbours.
"""

from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError
from m6rec_core.similarity.compiled import fixed
from m6rec_core.similarity.lists import Lists, lengths_of, sums_of, sums_over
from m6rec_core.similarity.weighting import Floats, Weighting, weighting_of

Values = npt.NDArray[np.float32]

PRODUCT, SHARE, DISTANCE, CORRELATION, CENTRED, MOMENTS = range(6)
BY_DEGREE = ("degree", "asymmetric_cosine", "conditional", "lift", "rp3beta")
BY_VALUE = ("tanimoto", "euclidean", "adjusted_cosine", "pearson")
MEASURES = ("degree", "cosine", "jaccard", *BY_DEGREE[1:], *BY_VALUE)

NO_VALUES = cast(Values, fixed([], np.float32))


class Exponents(NamedTuple):
    """To which power degrees divide: of a common feature, of the row itself, of the row it is like."""

    common: float
    own: float
    other: float


class Side(NamedTuple):
    """One side of a comparison, read-only (n rows,) float32 each: see the formulas above.

    `factor` multiplies every overlap of the row.
    """

    factor: Values
    size: Values
    offset: Values


def checked_measure(measure: str) -> str:
    """The name of the measure itself; ConfigError when there is no such measure."""
    if measure not in MEASURES:
        raise ConfigError(f"The measure is one of {', '.join(MEASURES)}. Received: {measure!r}.")
    return measure


def exponents_of(measure: str, given: Exponents) -> Exponents:
    """The exponents that make the measure, from those that are given for it.

    - degree: as given
    - asymmetric_cosine: the row itself to 1 - α, the other to α = `given.other`; .5 is the cosine
    - conditional: the share of those who have the other row and have this one too
    - lift: that share against the share among all
    - rp3beta: walks from the other row to this one, steps to α = `given.common`, β = `given.own`
    - others: none
    """
    return {
        "degree": given,
        "asymmetric_cosine": Exponents(0.0, 1.0 - given.other, given.other),
        "conditional": Exponents(0.0, 0.0, 1.0),
        "lift": Exponents(0.0, 1.0, 1.0),
        "rp3beta": Exponents(given.common, given.own, given.common),
    }.get(measure, Exponents(0.0, 0.0, 0.0))


@dataclass(frozen=True, eq=False)
class Ground:
    """What all rows are compared on, read off the rows of the training data once.

    - `gain` (n features,) float32, positive: the weight of a common feature
    - `mean` (n features,) float64: what `adjusted_cosine` takes off a value; else 0
    - `by_value`: whether values are compared, and not only who has what
    """

    measure: str
    weighting: Weighting
    exponents: Exponents
    gain: Values
    mean: Floats
    by_value: bool

    @property
    def formula(self) -> int:
        if self.measure == "adjusted_cosine":
            return CORRELATION if self.by_value else CENTRED
        if self.measure == "pearson":
            return MOMENTS if self.by_value else CORRELATION
        return {"jaccard": SHARE, "tanimoto": SHARE, "euclidean": DISTANCE}.get(
            self.measure, PRODUCT
        )

    def entry_values(self, values: Values, feature: npt.NDArray[np.integer]) -> Values:
        """(entries,) what is compared, of entries with these values at these features; empty if nothing is."""
        if not self.by_value:
            return NO_VALUES
        distance = values - self.mean[feature]
        distance[np.abs(distance) < 1e-6 * np.abs(values)] = 0.0  # rounding is no distance
        return cast(Values, fixed(distance, np.float32))

    def side(self, features_of: Lists, values: Values, *, exponent: float) -> Side:
        """The numbers of rows with these features and `entry_values`."""
        length, weight = lengths_of(features_of), self.weighting.feature_weight**2
        if self.by_value:
            square = sums_over(features_of, weight[features_of.indices] * values**2.0)
        else:
            square = sums_of(features_of, weight)
        factor, offset = self.weighting.row_factor(length), np.zeros(len(length))
        if self.measure in BY_DEGREE:
            size = floored(length) ** exponent
            if self.measure == "lift":  # √n on either side: the share among all n
                size = size / np.sqrt(max(len(weight), 1))
        elif self.measure == "cosine":
            size = factor * np.sqrt(square)
        elif self.measure in ("jaccard", "tanimoto", "euclidean"):
            size = factor**2 * square
        else:  # a correlation is the same whatever its rows are multiplied by
            factor = np.ones(len(length))
            size, offset = self._centring(square, features_of, weight)
        return Side(*(cast(Values, fixed(array, np.float32)) for array in (factor, size, offset)))

    def _centring(
        self, square: Floats, features_of: Lists, weight: Floats
    ) -> tuple[Floats, Floats]:
        if self.by_value:
            return np.sqrt(square), np.zeros(len(square))
        if self.measure == "pearson":
            total = max(float(weight.sum()), 1e-30)
            size = np.sqrt(np.maximum(square * (1.0 - square / total), 0.0))
            return np.where(size < 1e-6 * np.sqrt(square), 0.0, size), square / np.sqrt(total)
        of_row = sums_of(features_of, weight * self.mean)
        of_all = float(weight @ self.mean**2)
        return np.sqrt(np.maximum(square - 2.0 * of_row + of_all, 0.0)), of_row - of_all / 2.0


def ground_of(
    measure: str,
    weighting: str,
    features_of: Lists,
    values: Values,
    *,
    n_features: int,
    exponents: Exponents,
) -> Ground:
    """The ground of the rows of the training data; `values` (entries,), finite.

    Where no value differs from another there is nothing but who has what. Then `pearson` and
    `adjusted_cosine` count an absent feature as 0 and a present one as 1, over all features; otherwise
    `pearson` is over the common features alone, and `adjusted_cosine` the cosine of the distances
    from each feature's mean, 0 where absent (Sarwar et al. 2001, with the norms over whole rows).
    """
    weigher = weighting_of(features_of, weighting, n_features=n_features)
    frequency = np.bincount(features_of.indices, minlength=n_features).astype(np.int64)
    chosen = exponents_of(checked_measure(measure), exponents)
    gain = weigher.feature_weight**2 / floored(frequency) ** chosen.common
    by_value = measure in BY_VALUE and len(values) > 0 and bool(np.ptp(values) > 0)
    mean = np.zeros(n_features)
    if measure == "adjusted_cosine" and by_value:
        total = np.bincount(features_of.indices, weights=values, minlength=n_features)
        mean = total / floored(frequency)
    elif measure == "adjusted_cosine":
        mean = frequency / max(len(features_of.indptr) - 1, 1)
    as_float32 = cast(Values, fixed(gain, np.float32))
    return Ground(measure, weigher, chosen, as_float32, mean, by_value)


def floored(degree: npt.NDArray[np.int64]) -> Floats:
    """Degrees as float64, at least 1, so that empty rows and columns divide nothing by zero."""
    return np.maximum(degree, 1).astype(np.float64)
