"""The curves of an additive network: what a feature adds at each of its values, and where the data lie."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.bins import Histogram, histogram
from m6rec_core.figures.canvas import axis, figure
from m6rec_core.figures.text import signed, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]
CURVE_HEIGHT = 380


class Curve(NamedTuple):
    """`height` (points,) over the average pair at each `value` (points,) of a feature; `density` of the data."""

    title: str
    unit: str
    value: Floats
    height: Floats
    density: Histogram


def curve_info(
    value: npt.ArrayLike, height: npt.ArrayLike, data: npt.ArrayLike, *, title: str, unit: str = ""
) -> Curve:
    """From a curve at rising values, and the feature's values in the data."""
    return Curve(
        title,
        unit,
        np.asarray(value, dtype=np.float64),
        np.asarray(height, dtype=np.float64),
        histogram(data, bins=40),
    )


def curve_finding(info: Curve) -> str:
    """The finding in a sentence."""
    if not len(info.height) or np.ptp(info.height) < 1e-9:
        return f"'{info.title}' adds the same to every pair: its curve is flat."
    top, low = int(np.argmax(info.height)), int(np.argmin(info.height))
    return (
        f"'{info.title}' adds most at {three(info.value[top])} ({signed(info.height[top])}) and least "
        f"at {three(info.value[low])} ({signed(info.height[low])}); half of the data lie below "
        f"{three(info.density.median)}."
    )


def curve_figure(info: Curve, theme: Theme) -> "Figure":
    """The curve above, and below it, on the same axis, how many pairs have each value."""
    curve = {
        "type": "scatter",
        "mode": "lines",
        "x": info.value,
        "y": info.height,
        "line": {"color": theme.primary, "width": 2.5},
        "hovertemplate": "at %{x:.3~r}: %{y:+.3~r}<extra></extra>",
    }
    density = {
        "type": "bar",
        "x": (info.density.edges[1:] + info.density.edges[:-1]) / 2,
        "y": info.density.number,
        "width": np.diff(info.density.edges),
        "marker": {"color": theme.muted},
        "yaxis": "y2",
        "hovertemplate": "%{y:,} pairs<extra></extra>",
    }
    title = f"{info.title} ({info.unit})" if info.unit else info.title
    return figure(
        theme,
        [curve, density],
        height=CURVE_HEIGHT,
        xaxis=axis(title, anchor="y2"),
        yaxis=axis("added to the score", zeroline=True, domain=[0.32, 1.0]),
        yaxis2=axis("pairs", from_zero=True, counts=True, domain=[0.0, 0.22], anchor="x", nticks=3),
    )
