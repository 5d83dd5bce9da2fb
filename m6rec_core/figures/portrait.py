"""One user, or one item, in pictures: taste against everybody's, events over time, places in lists."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from m6rec_core.figures.canvas import axis, figure, rows_axis, rows_height
from m6rec_core.figures.text import counted, percent, plain
from m6rec_core.figures.theme import Theme
from m6rec_core.ranking.portrait import Taste

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FEW_MONTHS = 4
MONTH = 31  # days


def taste_finding(taste: Taste, *, whose: str = "this user") -> str:
    """The finding in a sentence."""
    gap = taste.own - taste.everybody
    if not len(gap) or not np.abs(gap).max(initial=0.0):
        return f"In {taste.column}, {whose} is like everybody."
    most = int(np.abs(gap).argmax())
    than = "more" if gap[most] > 0 else "less"
    return (
        f"In {taste.column}, {whose} has {than} '{taste.labels[most]}' than everybody: "
        f"{percent(float(taste.own[most]))} against {percent(float(taste.everybody[most]))}."
    )


def taste_figure(taste: Taste, theme: Theme) -> "Figure":
    """For each label two marks on a line: a diamond for the user, a ring for everybody."""
    rows = list(range(len(taste.labels)))
    lines = {
        "type": "scatter",
        "mode": "lines",
        "x": np.stack([taste.own, taste.everybody, np.full(len(rows), np.nan)], axis=1).ravel(),
        "y": np.repeat(rows, 3),
        "line": {"color": theme.muted, "width": 2},
        "hoverinfo": "skip",
    }
    marks = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": share,
            "y": rows,
            "marker": {"symbol": symbol, "size": 11, "color": colour, "line": {"width": 2}},
            "hovertext": [
                plain(f"{name}: {who} {percent(float(value))}")
                for name, value in zip(taste.labels, share, strict=True)
            ],
            "hoverinfo": "text",
        }
        for share, symbol, colour, who in (
            (taste.everybody, "circle-open", theme.second_text, "everybody"),
            (taste.own, "diamond", theme.primary, "this one"),
        )
    ]
    return figure(
        theme,
        [lines, *marks],
        height=rows_height(len(rows)) + 20,
        note="◆ this one   ○ everybody",
        xaxis=axis("share of the items", from_zero=True, tickformat=".0%"),
        yaxis=rows_axis(taste.labels, length=24),
    )


def months_finding(events: "pd.Series[int]", *, whose: str = "this user") -> str:
    """The finding in a sentence."""
    if not len(events):
        return f"Nothing is known of when {whose} was active."
    first, last = events.index[0], events.index[-1]
    busiest = events.idxmax()
    total = counted(int(events.sum()), "event")
    if len(events) == 1:
        return f"{total}, all in {first:%B %Y}."
    return (
        f"{total} from {first:%B %Y} to {last:%B %Y}, most of them in {busiest:%B %Y} "
        f"({int(events.max()):,})."
    )


def months_figure(events: "pd.Series[int]", theme: Theme) -> "Figure":
    """One bar per calendar month, from zero."""
    bars: dict[str, Any] = {
        "type": "bar",
        "x": events.index.to_numpy(),
        "y": events.to_numpy(),
        "marker": {"color": theme.primary},
        "hovertemplate": "%{x|%B %Y}: %{y:,} events<extra></extra>",
    }
    months = axis("month (UTC)")
    if 0 < len(events) <= FEW_MONTHS:  # the axis would show parts of a second
        room = pd.Timedelta(days=MONTH)
        months |= {"range": [events.index[0] - room, events.index[-1] + room]}
        months |= {"tickvals": list(events.index), "tickformat": "%b %Y"}
        bars["width"] = MONTH / 2 * 86_400_000.0
    return figure(
        theme,
        [bars],
        height=240,
        xaxis=months,
        yaxis=axis("events", from_zero=True, counts=True),
    )


def ranks_finding(ranks: npt.NDArray[np.int64], *, users: int, length: int) -> str:
    """The finding in a sentence; `ranks` (lists that hold the item,) from 1, of `users` that were asked."""
    if not len(ranks):
        return (
            f"It stands in none of the lists of {counted(users, 'user')} (first {length} places)."
        )
    return (
        f"It stands in the lists of {counted(len(ranks), 'user')} of {users:,} that were asked "
        f"({percent(len(ranks) / users)}), most often at rank "
        f"{int(np.bincount(ranks).argmax())}."
    )


def ranks_figure(ranks: npt.NDArray[np.int64], *, length: int, theme: Theme) -> "Figure":
    """How many lists hold the item at each rank."""
    count = np.bincount(ranks, minlength=length + 1)[1:]
    bars: dict[str, Any] = {
        "type": "bar",
        "x": np.arange(1, length + 1),
        "y": count,
        "marker": {"color": theme.primary},
        "hovertemplate": "rank %{x}: %{y:,} lists<extra></extra>",
    }
    return figure(
        theme,
        [bars],
        height=260,
        xaxis=axis("rank in the list", dtick=1),
        yaxis=axis("lists", from_zero=True, counts=True),
    )
