"""How unevenly events fall on users and items: long tails and the curve of concentration."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.data.health.record import Concentration, Spread
from m6rec_core.figures.canvas import axis, direct_label, figure
from m6rec_core.figures.text import counted, percent, thousands, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Ints = npt.NDArray[np.int64]


class LongTail(NamedTuple):
    """How many users or items (`of`: "user" or "item") have at least how many events.

    `events` (points,) rising numbers of events from 1 on, `owners` (points,) how many have at least that
    many; `median` and `largest` number of events of one owner.
    """

    of: str
    events: Ints
    owners: Ints
    median: float
    largest: int


def long_tail_info(spread: Spread, *, of: str) -> LongTail:
    """From the spread over users or items; owners without events are left out of the points."""
    owners = np.cumsum(spread.count[::-1])[::-1]
    there = spread.value > 0
    return LongTail(of, spread.value[there], owners[there], spread.median, spread.largest)


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


def lorenz_finding(info: Concentration) -> str:
    """The finding in a sentence."""
    if np.isnan(info.gini):
        return "There are no events to divide among the items."
    return (
        f"The most popular tenth of the items takes {percent(info.top_tenth)} of all events, "
        f"the ten most popular items {percent(info.top_ten_items)} (Gini {three(info.gini)})."
    )


def lorenz_figure(info: Concentration, theme: Theme) -> "Figure":
    """The curve of concentration under the diagonal of equality."""
    hover = "%{x:.1%} of the items take %{y:.1%} of the events<extra></extra>"
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
        theme,
        "all items alike",
        x=0.5,
        y=0.5,
        colour=theme.second_text,
        xanchor="right",
        yanchor="bottom",
        xshift=-6,
    )
    return figure(
        theme,
        [curve, equal],
        xaxis=axis("share of items, least popular first", tickformat=".0%", range=[0, 1]),
        yaxis=axis("share of events", tickformat=".0%", range=[0, 1.02]),
        annotations=[name],
    )
