"""How faithful an order of past items is: what becomes of an item while they go, and while they come."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.canvas import axis, figure
from m6rec_core.figures.text import plain, three
from m6rec_core.figures.theme import DASHES, SYMBOLS, Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]


class Faithful(NamedTuple):
    """`share` (steps,) of the past items; `height` (steps,) per named order, the explained one first.

    `is_deletion`: past items go, and low is good; else they come, and high is good.
    """

    share: Floats
    height: dict[str, Floats]
    is_deletion: bool


def faithful_info(
    share: npt.ArrayLike, height: Mapping[str, npt.ArrayLike], *, is_deletion: bool
) -> Faithful:
    """From the curves of several orders over the same steps."""
    made = {name: np.asarray(values, dtype=np.float64) for name, values in height.items()}
    return Faithful(np.asarray(share, dtype=np.float64), made, is_deletion)


def faithful_finding(info: Faithful) -> str:
    """The finding in a sentence."""
    means = {name: float(values.mean()) for name, values in info.height.items()}
    own, *others = means
    best = (min if info.is_deletion else max)(means, key=lambda name: means[name])
    what = "While past items go" if info.is_deletion else "While past items come"
    rest = ", ".join(f"{name} {three(means[name])}" for name in others)
    verdict = f"{own} is the best order" if best == own else f"{best} does better"
    return (
        f"{what}, the item keeps {three(means[own])} of its share of the list ({rest}): {verdict}."
    )


def faithful_figure(info: Faithful, theme: Theme) -> "Figure":
    """One line per order with its own dash and symbol, named at its end."""
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": plain(name),
            "x": info.share,
            "y": values,
            "line": {"color": theme.category(at), "width": 2.5, "dash": DASHES[at]},
            "marker": {"symbol": SYMBOLS[at], "size": 7, "color": theme.category(at)},
            "hovertemplate": plain(name) + ": %{y:.3~r} at %{x:.0%}<extra></extra>",
        }
        for at, (name, values) in enumerate(info.height.items())
    ]
    gone = "past items taken away" if info.is_deletion else "past items given"
    return figure(
        theme,
        traces,
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        margin={"t": 48},
        xaxis=axis(gone, tickformat=".0%"),
        yaxis=axis("share of the list, whole history = 1", from_zero=True),
    )
