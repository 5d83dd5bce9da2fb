"""What one unit of a layer follows, how a layer's activations spread, and how far its weights move."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.bars import bars_figure
from m6rec_core.figures.bins import Histogram, histogram
from m6rec_core.figures.canvas import axis, direct_label, figure
from m6rec_core.figures.similarity import histogram_figure
from m6rec_core.figures.text import counted, percent, signed, three
from m6rec_core.figures.theme import DASHES, SYMBOLS, Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]

MOST_LINES = 7


class Followed(NamedTuple):
    """The features that a unit follows, the most closely followed first; `agreement` (n,) in [-1, 1]."""

    unit: str
    titles: tuple[str, ...]
    agreement: Floats


class Movement(NamedTuple):
    """How far the weights of each layer moved in each epoch, `share` (layers, epochs) of their length.

    The layers that moved most in the last epoch come first; `total` layers in all.
    """

    layers: tuple[str, ...]
    epoch: npt.NDArray[np.int64]
    share: Floats
    total: int


def followed_info(
    unit: str, titles: Sequence[str], agreement: npt.ArrayLike, *, most: int = 10
) -> Followed:
    """From the rank correlation with every feature (F,); those that are not defined are left out."""
    values = np.asarray(agreement, dtype=np.float64)
    order = np.argsort(-np.abs(np.nan_to_num(values)), kind="stable")
    kept = [int(at) for at in order if np.isfinite(values[at])][:most]
    return Followed(unit, tuple(titles[at] for at in kept), values[kept])


def followed_finding(info: Followed) -> str:
    """The finding in a sentence."""
    if not info.titles:
        return f"{info.unit} says the same for every pair: it follows nothing."
    best = float(info.agreement[0])
    way = "rises" if best > 0 else "falls"
    return f"{info.unit} {way} with '{info.titles[0]}' (rank correlation {signed(best)})."


def followed_figure(info: Followed, theme: Theme) -> "Figure":
    """One bar per feature, to the right where the unit rises with it."""
    drawn = bars_figure(
        theme,
        info.titles,
        info.agreement,
        axis_title="rank correlation (Spearman)",
        colours=[theme.by_sign(float(value)) for value in info.agreement],
        texts=[signed(float(value)) for value in info.agreement],
    )
    return drawn.update_xaxes(range=[-1.3, 1.3], tickvals=[-1, -0.5, 0, 0.5, 1])


def spread_info(activations: npt.ArrayLike) -> Histogram:
    """From the activations of a layer (pairs, units)."""
    return histogram(activations, bins=60)


def spread_finding(info: Histogram, *, layer: str) -> str:
    """The finding in a sentence."""
    if not info.values:
        return f"'{layer}' was not recorded."
    low, high = three(float(info.edges[0])), three(float(info.edges[-1]))
    median = three(info.median)
    return (
        f"The activations of '{layer}' lie between {low} and {high}, half of them below {median}."
    )


def spread_figure(info: Histogram, theme: Theme) -> "Figure":
    """How the activations of a layer are distributed over the population and its units."""
    return histogram_figure(info, theme, axis_title="activation", counts="values")


def movement_info(lines: Sequence[Mapping[str, Any]]) -> Movement:
    """From the lines of `learning.jsonl`; runs that did not record it have no layers."""
    known = [line for line in lines if line.get("movement")]
    layers = list(known[-1]["movement"]) if known else []
    share = np.array([[_number(line["movement"].get(layer)) for line in known] for layer in layers])
    share = share.reshape(len(layers), len(known))
    last = share[:, -1] if known else np.zeros(0)
    kept = [int(at) for at in np.argsort(-np.nan_to_num(last), kind="stable")][:MOST_LINES]
    epochs = np.array([int(line["epoch"]) for line in known], dtype=np.int64)
    return Movement(tuple(layers[at] for at in kept), epochs, share[kept], len(layers))


def movement_finding(info: Movement) -> str:
    """The finding in a sentence."""
    if not info.layers:
        return "This run did not record how its weights changed from epoch to epoch."
    last = float(info.share[0, -1])
    if np.nanmax(info.share, initial=0.0) == 0:
        return "No weight has moved: the network was not trained."
    return (
        f"In the last of {counted(len(info.epoch), 'epoch')} '{info.layers[0]}' still moved most, by "
        f"{percent(last)} of the length of its weights."
    )


def movement_figure(info: Movement, theme: Theme) -> "Figure":
    """One line per layer, named at its end."""
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": info.epoch,
            "y": share,
            "line": {"color": theme.category(at), "dash": DASHES[at], "width": 2},
            "marker": {"symbol": SYMBOLS[at], "size": 7},
            "hovertemplate": "epoch %{x}: %{y:.2~%}<extra></extra>",
        }
        for at, share in enumerate(info.share)
    ]
    top = float(np.nanmax(info.share, initial=0.0)) or 1.0
    names = [
        direct_label(
            theme,
            layer,
            x=1.01,
            y=place,
            xref="paper",
            yref="y",
            xanchor="left",
            colour=theme.category(at),
        )
        for at, (layer, place) in enumerate(
            zip(info.layers, _spread(info.share[:, -1:].ravel(), 0.07 * top), strict=True)
        )
    ]
    left_out = info.total > len(info.layers)
    last = int(info.epoch.max(initial=1))
    return figure(
        theme,
        traces,
        height=380,
        note=f"{len(info.layers)} of {info.total} layers" if left_out else "",
        annotations=names,
        margin={"r": 190},
        xaxis=axis("epoch", dtick=max(1, last // 12), range=[0.5, max(last, 2) + 0.5]),
        yaxis=axis("change of the weights in the epoch", from_zero=True, tickformat=".0%"),
    )


def _spread(values: Floats, apart: float) -> Floats:
    """Heights of labels, in the order of the values, moved up until none stands on another."""
    places = np.nan_to_num(values).astype(np.float64)
    order = np.argsort(places, kind="stable")
    for below, above in pairwise(order):
        places[above] = max(places[above], places[below] + apart)
    return places


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")
