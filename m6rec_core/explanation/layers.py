"""A look inside the network: its weights, its units, and one pair against the population."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

LOW, HIGH = 5.0, 95.0  # percentiles of the population band
DEAD_RANGE = 1e-3  # of the widest range in the layer: a unit that moves less says nothing
NEAR_LIMIT = 0.02  # distance from the limit of a bounded activation that counts as reaching it
SATURATED_SHARE = 0.95  # of the pairs at a limit
LIMITS: Mapping[str, tuple[float, float]] = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}

Values = npt.NDArray[np.floating[Any]]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean, standard deviation and share of zeros of some numbers; NaN where there are none."""

    mean: float
    deviation: float
    zeros: float


@dataclass(frozen=True, eq=False)
class Band:
    """Where the population lies at each unit (units,): its 5 %, 50 % and 95 % points."""

    low: Values
    middle: Values
    high: Values


@dataclass(frozen=True, eq=False)
class LayerSummary:
    """One layer of the network.

    - `weights` all of them together; None for layers without
    - `activations` of all units over the population; None when the layer was not recorded, as are `band`,
      `dead` (units,) bool: never moves, and `saturated` (units,) bool: nearly always at a limit of a
      bounded activation
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    activation: str
    weights: Moments | None
    activations: Moments | None
    band: Band | None
    dead: Mask | None
    saturated: Mask | None


def layer_summaries(
    architecture: Sequence[Mapping[str, Any]],
    weights: Mapping[str, npt.NDArray[Any]],
    population: Mapping[str, npt.NDArray[np.float32]],
) -> tuple[LayerSummary, ...]:
    """Summarises every layer.

    `architecture` lists {name, kind, output_shape, parameters, activation}; `weights` maps
    `layer/weight` to its array; `population` maps a layer to its activations (pairs, units).
    """
    return tuple(
        _summary(layer, weights, population.get(str(layer["name"]))) for layer in architecture
    )


def moments(values: npt.ArrayLike) -> Moments:
    """Of all values of an array, of any shape; infinite ones are left out."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    flat = flat[np.isfinite(flat)]
    if not len(flat):
        return Moments(float("nan"), float("nan"), float("nan"))
    return Moments(float(flat.mean()), float(flat.std()), float((flat == 0).mean()))


def population_band(activations: Values) -> Band:
    """The band of (pairs, units) activations."""
    return Band(*np.percentile(activations, [LOW, 50.0, HIGH], axis=0))


def dead_units(activations: Values) -> Mask:
    """(units,) whether a unit says the same for every pair; all units of a layer that never moves.

    >>> dead_units(np.array([[0.0, 1.0], [0.0, 2.0]])).tolist()
    [True, False]
    """
    spread = np.ptp(activations, axis=0)
    dead: Mask = spread <= DEAD_RANGE * max(float(spread.max(initial=0.0)), 1e-9)
    return dead


def saturated_units(activations: Values, activation: str) -> Mask:
    """(units,) whether a unit of a bounded activation sits at a limit for nearly every pair.

    No unit of an unbounded activation is saturated.
    """
    if activation not in LIMITS:
        return np.zeros(activations.shape[1], dtype=bool)
    low, high = LIMITS[activation]
    at_limit = (activations <= low + NEAR_LIMIT) | (activations >= high - NEAR_LIMIT)
    saturated: Mask = at_limit.mean(axis=0) >= SATURATED_SHARE
    return saturated


def distance_from_band(pair: Values, band: Band) -> Values:
    """(units,) how far a pair's activations (units,) lie from the middle, in half widths of the band.

    Beyond ±1 the pair is outside what 90 % of the pairs show. 0 for a unit that never moves.
    """
    half = np.where(pair >= band.middle, band.high - band.middle, band.middle - band.low)
    whole = 0.5 * (band.high - band.low)
    half = np.where(half > 1e-9, half, whole)
    return np.divide(pair - band.middle, half, out=np.zeros(len(half)), where=half > 1e-9)


def units_that_set_apart(pair: Values, band: Band, *, n: int = 10) -> npt.NDArray[np.int64]:
    """Positions of the at most n units outside the band, the farthest first."""
    distance = np.abs(distance_from_band(pair, band))
    order = np.argsort(-distance, kind="stable")[:n]
    return order[distance[order] > 1.0]


def _summary(
    layer: Mapping[str, Any],
    weights: Mapping[str, npt.NDArray[Any]],
    activations: npt.NDArray[np.float32] | None,
) -> LayerSummary:
    name, activation = str(layer["name"]), str(layer.get("activation") or "")
    own = [np.ravel(values) for key, values in weights.items() if key.startswith(f"{name}/")]
    seen = activations if activations is not None and activations.size else None
    return LayerSummary(
        name=name,
        kind=str(layer["kind"]),
        output_shape=tuple(int(size) for size in layer["output_shape"] if size is not None),
        parameters=int(layer["parameters"]),
        activation=activation,
        weights=moments(np.concatenate(own)) if own else None,
        activations=moments(seen) if seen is not None else None,
        band=population_band(seen) if seen is not None else None,
        dead=dead_units(seen) if seen is not None else None,
        saturated=saturated_units(seen, activation) if seen is not None else None,
    )
