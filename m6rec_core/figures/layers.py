"""What the weights of a network are, and what its units do for one pair."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError
from m6rec_core.explanation.layers import LayerSummary
from m6rec_core.figures.bars import bars_figure
from m6rec_core.figures.bins import Histogram, histogram
from m6rec_core.figures.canvas import axis, figure
from m6rec_core.figures.similarity import histogram_figure
from m6rec_core.figures.text import counted, percent, thousands, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]

MOST_UNITS = 512


class Activations(NamedTuple):
    """One pair in one layer: `value` (units,) beside the population's 5 %, 50 % and 95 % per unit."""

    layer: str
    value: Floats
    low: Floats
    median: Floats
    high: Floats
    total_units: int

    def is_outside(self) -> npt.NDArray[np.bool_]:
        """(units,) whether the pair is outside the band of the population."""
        return np.asarray((self.value < self.low) | (self.value > self.high))


class UnitHealth(NamedTuple):
    """Per layer the share of units (layers,) that are never on (dead), or always at an end (saturated)."""

    layers: tuple[str, ...]
    dead: Floats
    saturated: Floats


def weights_info(weights: npt.ArrayLike) -> Histogram:
    """From the weights of a layer, of any shape."""
    return histogram(weights, bins=60)


def weights_finding(info: Histogram, *, layer: str) -> str:
    """The finding in a sentence."""
    if not info.values:
        return f"'{layer}' has no weights."
    low, high = three(float(info.edges[0])), three(float(info.edges[-1]))
    return f"The {counted(info.values, 'weight')} of '{layer}' lie between {low} and {high}."


def weights_figure(info: Histogram, theme: Theme) -> "Figure":
    """How the weights of a layer are distributed."""
    return histogram_figure(info, theme, axis_title="weight", counts="weights")


def activations_of_summary(summary: LayerSummary, activation: npt.ArrayLike) -> Activations:
    """From a layer's summary and the pair's activations (units,); first 512 units."""
    value = np.asarray(activation, dtype=np.float64)
    if summary.band is None:
        raise ConfigError(f"'{summary.name}' was not recorded. Choose a layer with activations.")
    low, middle, high = (
        np.asarray(end, dtype=np.float64)[:MOST_UNITS]
        for end in (summary.band.low, summary.band.middle, summary.band.high)
    )
    return Activations(summary.name, value[:MOST_UNITS], low, middle, high, len(value))


def activations_finding(info: Activations) -> str:
    """The finding in a sentence."""
    outside = int(info.is_outside().sum())
    units = counted(len(info.value), "unit")
    if not outside:
        return f"All {units} of '{info.layer}' are within the usual band: an ordinary pair here."
    away = np.maximum(info.low - info.value, info.value - info.high)
    return (
        f"{thousands(outside)} of {units} of '{info.layer}' are outside the band of 90 % of all "
        f"pairs, unit {int(np.argmax(away))} the farthest."
    )


def activations_figure(info: Activations, theme: Theme) -> "Figure":
    """A grey band of the population per unit; the pair as dots, diamonds where it is outside."""
    unit, outside = np.arange(len(info.value)), info.is_outside()
    band = {
        "type": "bar",
        "x": unit,
        "y": info.high - info.low,
        "base": info.low,
        "marker": {"color": theme.faded(theme.muted, 0.4)},
        "hoverinfo": "skip",
    }
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": unit,
        "y": info.value,
        "marker": {
            "color": np.where(outside, theme.raises, theme.primary),
            "symbol": np.where(outside, "diamond", "circle"),
            "size": np.where(outside, 9, 6),
        },
        "customdata": np.stack([info.low, info.high], axis=1),
        "hovertemplate": "unit %{x}: %{y:.3~r}<br>90 % of pairs: %{customdata[0]:.3~r} to "
        "%{customdata[1]:.3~r}<extra></extra>",
    }
    cut_short = len(info.value) < info.total_units
    note = f"first {len(info.value)} of {info.total_units} units" if cut_short else ""
    return figure(
        theme,
        [band, dots],
        note=note,
        xaxis=axis(f"unit of {info.layer}", showgrid=False, range=[-1, len(unit)]),
        yaxis=axis("activation (grey: 90 % of pairs)", zeroline=True),
    )


def unit_health_info(
    layers: Sequence[str], dead: npt.ArrayLike, saturated: npt.ArrayLike
) -> UnitHealth:
    """From the names of the layers and their shares of dead and of saturated units (layers,)."""
    return UnitHealth(tuple(layers), np.asarray(dead, float), np.asarray(saturated, float))


def unit_health_of_summaries(summaries: Sequence[LayerSummary]) -> UnitHealth:
    """From the summaries of all layers; those without activations are left out."""
    seen = [one for one in summaries if one.dead is not None and one.saturated is not None]
    return unit_health_info(
        [one.name for one in seen],
        [float(np.mean(one.dead)) for one in seen if one.dead is not None],
        [float(np.mean(one.saturated)) for one in seen if one.saturated is not None],
    )


def unit_health_finding(info: UnitHealth) -> str:
    """The finding in a sentence."""
    if not info.layers or not (info.dead.any() or info.saturated.any()):
        return "Every unit is at work."
    shares = info.dead + info.saturated
    worst = int(np.argmax(shares))
    return (
        f"'{info.layers[worst]}' has the most idle units: {percent(info.dead[worst])} dead, "
        f"{percent(info.saturated[worst])} saturated."
    )


def unit_health_figure(info: UnitHealth, theme: Theme) -> "Figure":
    """Two bars per layer, each named."""
    kinds = (("dead", info.dead, theme.raises), ("saturated", info.saturated, theme.primary))
    rows = [
        (f"{layer}: {kind}", share[at], colour)
        for at, layer in enumerate(info.layers)
        for kind, share, colour in kinds
    ]
    drawn = bars_figure(
        theme,
        [title for title, _, _ in rows],
        np.array([share for _, share, _ in rows]),
        axis_title="share of the layer's units",
        colours=[colour for _, _, colour in rows],
        texts=[percent(share) for _, share, _ in rows],
    )
    return drawn.update_xaxes(tickformat=".0%", range=[0, 1.1])
