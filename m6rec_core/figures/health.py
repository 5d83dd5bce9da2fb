"""What the data hold: ratings, activity over time and kinds of events."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError
from m6rec_core.figures.bars import bars_figure
from m6rec_core.figures.canvas import axis, figure
from m6rec_core.figures.text import counted, percent, thousands, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Ratings(NamedTuple):
    """Distinct ratings (values,), rising, with how often each was given; `mean` of all."""

    rating: Floats
    number: Ints
    mean: float


class Activity(NamedTuple):
    """Events in equal stretches of time: `start` (bins,) datetime64[s] UTC, `events` (bins,)."""

    start: npt.NDArray[np.datetime64]
    events: Ints
    unit: str


class Kinds(NamedTuple):
    """Kinds of events, the most frequent first, with their number (kinds,)."""

    names: tuple[str, ...]
    events: Ints


def ratings_info(ratings: npt.ArrayLike) -> Ratings:
    """From all given ratings (n,), in the units of the data; NaN are left out.

    More than 40 distinct ratings are rounded into 40 equal steps.
    """
    given = np.asarray(ratings, dtype=np.float64)
    given = given[~np.isnan(given)]
    mean = float(given.mean()) if len(given) else float("nan")
    rating, number = np.unique(given, return_counts=True)
    if len(rating) > 40:
        number, edges = np.histogram(given, bins=40)
        rating = (edges[1:] + edges[:-1]) / 2
    return Ratings(rating, number.astype(np.int64), mean)


def ratings_finding(info: Ratings) -> str:
    """The finding in a sentence."""
    if not len(info.rating):
        return "The data have no ratings."
    most = int(np.argmax(info.number))
    share = info.number[most] / info.number.sum()
    return (
        f"The most frequent rating is {info.rating[most]:g} ({percent(share)} of all); "
        f"the mean is {three(info.mean)}."
    )


def ratings_figure(info: Ratings, theme: Theme) -> "Figure":
    """How often each rating was given."""
    bars = {
        "type": "bar",
        "x": info.rating,
        "y": info.number,
        "marker": {"color": theme.primary},
        "hovertemplate": "rating %{x}: %{y:,} times<extra></extra>",
    }
    return figure(
        theme,
        [bars],
        xaxis=axis("rating", tickvals=info.rating if len(info.rating) <= 12 else None),
        yaxis=axis("events", from_zero=True, counts=True),
    )


def activity_info(timestamp: npt.ArrayLike, *, most_bins: int = 200) -> Activity:
    """From the times of all events (n,) in Unix seconds UTC: by hour, day, week or 4 weeks.

    The finest of these that fills at most `most_bins` bins; longer spans get longer stretches.
    """
    seconds = np.asarray(timestamp, dtype=np.int64)
    if not len(seconds):
        return Activity(np.zeros(0, "datetime64[s]"), np.zeros(0, np.int64), "day")
    units = {"hour": 3_600, "day": 86_400, "week": 604_800, "4 weeks": 2_419_200}
    span = int(seconds.max() - seconds.min())
    fitting = [name for name, size in units.items() if span / size < most_bins - 1]
    unit = fitting[0] if fitting else "4 weeks"
    size = units[unit] * max(1, -(-span // (units[unit] * (most_bins - 1))))
    bin_of = seconds // size - seconds.min() // size
    unit = unit if size == units[unit] else f"{size // 86_400} days"
    events = np.bincount(bin_of)
    start = (seconds.min() // size + np.arange(len(events))) * size
    return Activity(start.astype("datetime64[s]"), events, unit)


def activity_finding(info: Activity) -> str:
    """The finding in a sentence."""
    if not len(info.events):
        return "The data have no times."
    busiest = int(np.argmax(info.events))
    first, last, peak = (str(info.start[at].astype("datetime64[D]")) for at in (0, -1, busiest))
    number = counted(int(info.events[busiest]), "event")
    return (
        f"The events run from {first} to {last}; the busiest {info.unit} is {peak} with {number}."
    )


def activity_figure(info: Activity, theme: Theme) -> "Figure":
    """Number of events over time."""
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": info.start,
        "y": info.events,
        "fill": "tozeroy",
        "fillcolor": theme.faded(theme.primary, 0.15),
        "line": {"color": theme.primary, "width": 1.5, "shape": "hvh"},
        "hovertemplate": "%{x|%Y-%m-%d %H:%M} UTC: %{y:,} events<extra></extra>",
    }
    return figure(
        theme,
        [line],
        xaxis=axis("time (UTC)"),
        yaxis=axis(f"events per {info.unit}", from_zero=True, counts=True),
    )


def kinds_info(names: Sequence[str], events: npt.ArrayLike) -> Kinds:
    """From the names of the kinds and the number of events of each, in any order."""
    number = np.asarray(events, dtype=np.int64)
    if len(number) != len(names):
        raise ConfigError(
            f"Give one number per kind. Received: {len(number)} for {len(names)} kinds."
        )
    order = np.argsort(-number, kind="stable")
    return Kinds(tuple(names[int(at)] for at in order), number[order])


def kinds_finding(info: Kinds) -> str:
    """The finding in a sentence."""
    if not info.events.sum():
        return "The data have no events."
    share = percent(info.events[0] / info.events.sum())
    return f"'{info.names[0]}' is the most frequent kind of event ({share} of all)."


def kinds_figure(info: Kinds, theme: Theme) -> "Figure":
    """One bar per kind of event."""
    return bars_figure(
        theme,
        info.names,
        info.events,
        axis_title="events",
        colours=theme.primary,
        texts=[thousands(number) for number in info.events],
        counts=True,
    )
