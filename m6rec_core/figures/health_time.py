"""Events over time, over the week, and how the latest differ from the rest."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from m6rec_core.data.health.drift import Change
from m6rec_core.data.health.record import Activity, Drift
from m6rec_core.figures.bars import bars_figure
from m6rec_core.figures.canvas import axis, direct_label, figure, rows_axis
from m6rec_core.figures.text import counted, percent, thousands, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

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
    since = "" if info.days == 1 else "from "
    return (
        f"The events run from {day(info.first)} to {day(info.last)}; the busiest {unit} is that "
        f"{since or 'of '}{day(int(info.start[busiest]))} with {number}."
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
    large = [change.name[0].lower() + change.name[1:] for change in changes if change.is_large]
    since = f"The last tenth (since {day(drift.since)})"
    if not large:
        return f"{since} is like the rest: no measure passes its limit."
    return f"{since} differs from the rest: {', '.join(large)}."


def drift_figure(changes: Sequence[Change], theme: Theme) -> "Figure":
    """How far each measure moved, as a multiple of its limit."""
    held = [0.0 if np.isnan(change.size) else change.size / change.limit for change in changes]
    texts = [
        "not known" if np.isnan(change.size) else f"{three(ratio)} · " + words(change)
        for change, ratio in zip(changes, held, strict=True)
    ]
    drawn = bars_figure(
        theme,
        [change.name for change in changes],
        held,
        axis_title="change as a multiple of its limit",
        colours=[theme.raises if change.is_large else theme.primary for change in changes],
        texts=texts,
    )
    drawn.add_vline(x=1, line={"color": theme.second_text, "dash": "dash", "width": 1.5})
    drawn.add_annotation(
        direct_label(
            theme, "limit", x=1, y=1, yref="paper", yanchor="bottom", colour=theme.second_text
        )
    )
    drawn.update_layout(margin={"t": 32})
    return drawn


def words(change: Change) -> str:
    """Before and now of a change, with their unit."""
    if change.unit == "share":
        if np.isnan(change.before):
            return f"{percent(change.now)} of the last tenth"
        return f"{percent(change.before)} before, {percent(change.now)} now"
    if change.unit == "distance":
        return f"distance {three(change.size)}"
    number = thousands if max(change.before, change.now) >= 1_000 else three
    return f"{number(change.before)} before, {number(change.now)} now"


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
