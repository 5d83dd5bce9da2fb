"""How unevenly events fall on users and items: long tails and the curve of concentration."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.canvas import axis, direct_label, figure
from m6rec_core.figures.text import counted, percent, thousands, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]

MOST_STEPS = 400  # points of a curve
TOP_SHARE = 0.1


class LongTail(NamedTuple):
    """How many users or items (`of`: "user" or "item") have how many events.

    `events` (points,) rising numbers of events, `owners` (points,) how many have exactly (few) or
    about (many, then a mean over a stretch) that number; `median` events of one owner.
    """

    of: str
    events: Floats
    owners: Floats
    median: float
    largest: int


class Lorenz(NamedTuple):
    """Share of all events (points,) that the least popular share of items (points,) takes.

    `gini` 0: all items alike, near 1: a few take all; `top_share`: what the top tenth takes.
    """

    items: Floats
    events: Floats
    gini: float
    top_share: float


def long_tail_info(events_per_owner: npt.ArrayLike, *, of: str, points: int = 60) -> LongTail:
    """From the number of events of each user or item (n,); owners without events are left out.

    Up to `points` distinct numbers stand as they are; more are averaged over stretches that grow
    with the number, as is usual on log axes.
    """
    per_owner = np.asarray(events_per_owner, dtype=np.int64)
    per_owner = per_owner[per_owner > 0]
    if not len(per_owner):
        return LongTail(of, np.zeros(0), np.zeros(0), float("nan"), 0)
    events, owners = np.unique(per_owner, return_counts=True)
    median, largest = float(np.median(per_owner)), int(events[-1])
    if len(events) <= points:
        return LongTail(of, events.astype(np.float64), owners.astype(np.float64), median, largest)
    edges = np.unique(np.floor(np.geomspace(1, largest + 1, points + 1)))
    edges[-1] = largest + 1
    number, _ = np.histogram(per_owner, bins=edges)
    whole = np.diff(edges)  # how many whole numbers a stretch holds
    centre = np.sqrt(edges[:-1] * (edges[1:] - 1))
    filled = number > 0
    return LongTail(of, centre[filled], (number / whole)[filled], median, largest)


def long_tail_finding(info: LongTail) -> str:
    """The finding in a sentence."""
    if not len(info.events):
        return f"No {info.of} has an event."
    return (
        f"Half of the {info.of}s have at most {counted(round(info.median), 'event')}; "
        f"the busiest has {thousands(info.largest)}."
    )


def long_tail_figure(info: LongTail, theme: Theme) -> "Figure":
    """Points on two log axes: a straight fall is a power law."""
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": info.events,
        "y": info.owners,
        "marker": {"color": theme.primary, "size": 7, "opacity": 0.8},
        "hovertemplate": f"%{{x:,.0f}} events: %{{y:,.3~r}} {info.of}s<extra></extra>",
    }
    return figure(
        theme,
        [trace],
        xaxis=axis(f"events of one {info.of}", log=True),
        yaxis=axis(f"number of {info.of}s", log=True),
    )


def lorenz_info(events_per_item: npt.ArrayLike) -> Lorenz:
    """From the number of events of each item (n,); Gini and shares are NaN without events."""
    counts = np.sort(np.asarray(events_per_item, dtype=np.float64))
    n, total = len(counts), counts.sum()
    if not total:
        return Lorenz(np.array([0.0, 1.0]), np.array([0.0, 1.0]), float("nan"), float("nan"))
    taken = np.concatenate(([0.0], np.cumsum(counts))) / total  # (n + 1,)
    gini = 1.0 - float((taken[1:] + taken[:-1]).sum()) / n
    top = max(1, round(n * TOP_SHARE))
    steps = np.unique(np.linspace(0, n, min(n, MOST_STEPS) + 1).round().astype(np.int64))
    return Lorenz(steps / n, taken[steps], gini, float(1.0 - taken[n - top]))


def lorenz_finding(info: Lorenz) -> str:
    """The finding in a sentence."""
    if np.isnan(info.gini):
        return "There are no events to divide among the items."
    return (
        f"The most popular tenth of the items takes {percent(info.top_share)} of all events "
        f"(Gini {three(info.gini)})."
    )


def lorenz_figure(info: Lorenz, theme: Theme) -> "Figure":
    """The curve of concentration under the diagonal of equality."""
    hover = "%{x:.0%} of the items take %{y:.0%} of the events<extra></extra>"
    curve = {
        "type": "scatter",
        "x": info.items,
        "y": info.events,
        "mode": "lines",
        "fill": "tozeroy",
        "fillcolor": theme.faded(theme.primary, 0.15),
        "line": {"color": theme.primary, "width": 2.5},
        "hovertemplate": hover,
    }
    equal = {
        "type": "scatter",
        "x": [0, 1],
        "y": [0, 1],
        "mode": "lines",
        "line": {"color": theme.muted, "dash": "dash"},
        "hoverinfo": "skip",
    }
    name = direct_label(
        theme, "all items alike", x=0.5, y=0.5, colour=theme.second_text, textangle=0, xshift=-62
    )
    return figure(
        theme,
        [curve, equal],
        xaxis=axis("share of items, least popular first", tickformat=".0%", range=[0, 1]),
        yaxis=axis("share of events", tickformat=".0%", range=[0, 1.02]),
        annotations=[name],
    )
