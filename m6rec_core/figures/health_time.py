"""Events over time, over the week, and how the latest differ from the rest."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from m6rec_core.data.health.drift import Change
from m6rec_core.data.health.record import Activity, Drift
from m6rec_core.figures.bars import bar_trace
from m6rec_core.figures.canvas import axis, direct_label, figure, rows_axis, rows_height
from m6rec_core.figures.text import counted, percent
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Ints = npt.NDArray[np.int64]
Months = npt.NDArray[np.datetime64]

PART_OF_A_CHARACTER = 0.0085  # of the width of the plot, of a text in it
MOST_PART = 0.7
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def stretch(info: Activity) -> str:
    """What one point of the activity stands for: "day", "week" or "n weeks"."""
    if info.days == 1:
        return "day"
    return "week" if info.days == 7 else f"{info.days // 7} weeks"


def activity_finding(info: Activity) -> str:
    """The finding in a sentence."""
    busiest = int(np.argmax(info.events))
    unit, number = stretch(info), counted(int(info.events[busiest]), "event")
    if len(info.events) == 1:
        return f"All events are of one {unit}, {day(info.first)}."
    since = "is" if info.days == 1 else "begins on"
    return (
        f"The events run from {day(info.first)} to {day(info.last)}; the busiest {unit} {since} "
        f"{day(int(info.start[busiest]))} with {number}."
    )


def activity_figure(info: Activity, theme: Theme) -> "Figure":
    """Number of events over time."""
    line = {
        "type": "scatter",
        "mode": "lines" if len(info.events) > 2 else "lines+markers",
        "x": info.start.astype("datetime64[s]"),
        "y": info.events,
        "fill": "tozeroy",
        "fillcolor": theme.faded(theme.primary, 0.15),
        "line": {"color": theme.primary, "width": 1.5},
        "hovertemplate": "%{x|%d %b %Y}: %{y:,} events<extra></extra>",
    }
    return figure(
        theme,
        [line],
        height=300,
        xaxis=axis("time (UTC)"),
        yaxis=axis(f"events per {stretch(info)}", from_zero=True, counts=True),
    )


def week_finding(info: Activity) -> str:
    """The finding in a sentence."""
    if np.array_equal(np.flatnonzero(info.week.sum(axis=0)), [0]):
        return "All events stand at midnight: the times are dates without hours."
    place = int(np.argmax(info.week))
    hour, share = place % 24, info.week.flat[place] / info.week.sum()
    return (
        f"The busiest hour of the week is {DAYS[place // 24]} {hour}–{hour + 1} h UTC "
        f"({percent(float(share))} of all events; even would be {percent(1 / 168)})."
    )


def week_figure(info: Activity, theme: Theme) -> "Figure":
    """Hours of the day across, days of the week down, from few events to many."""
    hover = [
        [
            f"{name} {hour}–{hour + 1} h UTC: {counted(int(number), 'event')}"
            for hour, number in enumerate(row)
        ]
        for name, row in zip(DAYS, info.week, strict=True)
    ]
    trace = {
        "type": "heatmap",
        "x": list(range(24)),
        "y": list(range(7)),
        "z": info.week,
        "zmin": 0,
        "colorscale": list(theme.sequence),
        "hovertext": hover,
        "hoverinfo": "text",
        "xgap": 1,
        "ygap": 1,
        "colorbar": {
            "title": {"text": "events", "side": "right"},
            "outlinewidth": 0,
            "thickness": 12,
        },
    }
    hours = axis("hour of the day (UTC)", tickvals=list(range(0, 24, 3)), showgrid=False)
    return figure(theme, [trace], height=300, xaxis=hours, yaxis=rows_axis(DAYS))


def drift_finding(changes: Sequence[Change], drift: Drift) -> str:
    """The finding in a sentence."""
    large = [change.words for change in changes if change.is_large]
    since = f"The last tenth of the events (since {day(drift.since)})"
    if not large:
        return f"{since} is like the rest: no measure passes its limit."
    return f"{since} differs from the rest: {'; '.join(large)}."


def drift_figure(changes: Sequence[Change], theme: Theme) -> "Figure":
    """How far each measure moved, as a multiple of its limit."""
    held = np.array([np.nan_to_num(change.size) / change.limit for change in changes])
    texts = [change.words for change in changes]
    bars = bar_trace(
        held,
        colours=[theme.raises if change.is_large else theme.primary for change in changes],
        texts=["" for _ in texts],
        hovers=[f"{change.words} (limit: {change.allowed})" for change in changes],
    )
    ends = np.maximum(held, 1.0)  # beyond the line, which no text may cross
    labels = [
        direct_label(theme, text, x=end, y=row, xanchor="left", xshift=6)
        for row, (text, end) in enumerate(zip(texts, ends, strict=True))
    ]
    corner = {"yref": "paper", "yanchor": "bottom", "colour": theme.second_text}
    labels.append(direct_label(theme, "limit", x=1, y=1, **corner))
    drawn = figure(
        theme,
        [bars],
        height=rows_height(len(changes)) + 16,
        xaxis=axis(
            "change as a multiple of its limit",
            from_zero=True,
            range=[0, _reach(ends, texts)],
        ),
        yaxis=rows_axis([change.name for change in changes]),
        annotations=labels,
    )
    drawn.add_vline(x=1, line={"color": theme.second_text, "dash": "dash", "width": 1.5})
    drawn.update_layout(margin={"t": 32})
    return drawn


def _reach(ends: npt.NDArray[np.float64], texts: Sequence[str]) -> float:
    """How far the axis goes, so that each text beyond its bar has room on a page of usual width."""
    wide = np.array([min(PART_OF_A_CHARACTER * len(text), MOST_PART) for text in texts])
    return float((ends / (1.0 - wide)).max(initial=1.2))


def months_finding(month: Months, events: Ints) -> str:
    """The finding in a sentence."""
    busiest = int(np.argmax(events))
    when = day(int(month[busiest].astype("datetime64[s]").astype(np.int64))).partition(" ")[2]
    return f"The busiest of {counted(len(month), 'month')} is {when} with {counted(int(events[busiest]), 'event')}."


def months_figure(month: Months, events: Ints, theme: Theme) -> "Figure":
    """Number of events by month."""
    bars = {
        "type": "bar",
        "x": month.astype("datetime64[s]"),
        "y": events,
        "marker": {"color": theme.primary},
        "hovertemplate": "%{x|%b %Y}: %{y:,} events<extra></extra>",
    }
    return figure(
        theme,
        [bars],
        height=220,
        xaxis=axis("month (UTC)"),
        yaxis=axis("events", from_zero=True, counts=True),
    )


def day(seconds: int) -> str:
    """A day as a person writes it, by the UTC clock.

    >>> day(0)
    '1 Jan 1970'
    """
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # beyond the years 1 to 9999
        return str(np.datetime64(seconds, "s").astype("datetime64[D]"))
    return f"{moment.day} {moment:%b %Y}"
