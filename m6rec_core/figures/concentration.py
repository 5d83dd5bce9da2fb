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
Ints = npt.NDArray[np.int64]

MOST_STEPS = 400  # points of a curve
TOP_SHARE = 0.1


class LongTail(NamedTuple):
    """How many users or items (`of`: "user" or "item") have at least how many events.

    `events` (points,) rising numbers of events, `owners` (points,) how many have at least that
    many; `median` and `largest` number of events of one owner.
    """

    of: str
    events: Ints
    owners: Ints
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


def long_tail_info(events_per_owner: npt.ArrayLike, *, of: str, points: int = 200) -> LongTail:
    """From the number of events of each user or item (n,); owners without events are left out.

    Of more than `points` distinct numbers some are left out, evenly on the log axis.
    """
    per_owner = np.asarray(events_per_owner, dtype=np.int64)
    per_owner = np.sort(per_owner[per_owner > 0])
    if not len(per_owner):
        return LongTail(of, np.zeros(0, np.int64), np.zeros(0, np.int64), float("nan"), 0)
    events = np.unique(per_owner)
    if len(events) > points:
        wanted = np.geomspace(events[0], events[-1], points)
        places = np.minimum(np.searchsorted(events, wanted), len(events) - 1)
        events = events[np.unique(places)]
    owners = len(per_owner) - np.searchsorted(per_owner, events, side="left")
    return LongTail(of, events, owners, float(np.median(per_owner)), int(per_owner[-1]))


def long_tail_finding(info: LongTail) -> str:
    """The finding in a sentence."""
    if not len(info.events):
        return f"No {info.of} has an event."
    return (
        f"Half of the {info.of}s have at most {counted(round(info.median), 'event')}; "
        f"the busiest has {thousands(info.largest)}."
    )


def long_tail_figure(info: LongTail, theme: Theme) -> "Figure":
    """Points on two log axes: a straight fall is a power law of few with much and many with little."""
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": info.events,
        "y": info.owners,
        "marker": {"color": theme.primary, "size": 7, "opacity": 0.8},
        "hovertemplate": f"at least %{{x:,}} events: %{{y:,}} {info.of}s<extra></extra>",
    }
    return figure(
        theme,
        [trace],
        xaxis=axis("at least so many events", log=True, counts=True),
        yaxis=axis(f"number of {info.of}s", log=True, counts=True),
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
