"""A search as it goes: the best so far, what decides, which values go together, two goals against each other."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.bars import bars_figure
from m6rec_core.figures.canvas import axis, direct_label, figure
from m6rec_core.figures.text import counted, cut, percent, plain, signed, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]

COMPLETE, PRUNED = "complete", "pruned"
MOST_LINES, MOST_AXES = 60, 8


class Search(NamedTuple):
    """The trials in their order: `value` (n,) validation NDCG@10, NaN where a trial failed.

    `best` (n,) the highest of the complete ones so far, NaN before the first; `state` of each.
    """

    value: Floats
    best: Floats
    state: tuple[str, ...]


class Crossing(NamedTuple):
    """Trials over several options: `place` (trials, axes) in [0, 1], `value` (trials,), best last.

    `ticks`: per axis the (place, text) of its values.
    """

    titles: tuple[str, ...]
    ticks: tuple[tuple[tuple[float, str], ...], ...]
    place: Floats
    value: Floats
    number: tuple[int, ...]
    left_out: int


class Front(NamedTuple):
    """Trials between two goals: `x` the second, `y` accuracy, whether each `is_on` the front."""

    x: Floats
    y: Floats
    is_on: npt.NDArray[np.bool_]
    number: tuple[int, ...]
    x_title: str
    x_good: str  # "more" or "less"


def search_info(values: Sequence[float], states: Sequence[str]) -> Search:
    """From the figure and the state of each trial, in their order."""
    value = np.array(values, dtype=np.float64)
    counts = np.where(np.array(states, dtype=object) == COMPLETE, value, -np.inf)
    best = np.maximum.accumulate(counts) if len(counts) else counts
    return Search(value, np.where(np.isinf(best), np.nan, best), tuple(states))


def search_finding(info: Search) -> str:
    """The finding in a sentence; trial 0 is what the search began with."""
    if not len(info.best) or math.isnan(info.best[-1]):
        return "No trial is finished yet."
    at = int(np.nanargmax(np.where(np.isnan(info.best), -np.inf, info.best)))
    tried = counted(len(info.state), "trial")
    if at == 0:
        return f"None of {tried} beats the options it began with: {three(info.best[0])}."
    gained = info.best[-1] - info.value[0]
    beyond = "" if math.isnan(gained) else f", {signed(gained)} over the options it began with"
    return f"Trial {at} is the best of {tried}: validation NDCG@10 {three(info.best[-1])}{beyond}."


def search_figure(info: Search, theme: Theme) -> "Figure":
    """A mark per trial (circle: complete, cross: stopped early) and the best so far as a staircase."""
    number = np.arange(len(info.value))
    traces: list[dict[str, Any]] = []
    for state, symbol, colour in (
        (COMPLETE, "circle", theme.categories[0]),
        (PRUNED, "x-thin", theme.muted),
    ):
        chosen = np.array([one == state for one in info.state], dtype=bool)
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": number[chosen],
                "y": info.value[chosen],
                "marker": {"symbol": symbol, "size": 9, "color": colour}
                | {"line": {"width": 2 if state == PRUNED else 0, "color": colour}},
                "hovertemplate": f"trial %{{x}}, {state}: %{{y:.4f}}<extra></extra>",
            }
        )
    stairs = {"shape": "hv", "color": theme.categories[1], "width": 2.5}
    skip = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    traces.append(skip | {"x": number, "y": info.best, "line": stairs})
    notes = []
    if len(info.best) and not math.isnan(info.best[-1]):
        text = f"best so far {three(info.best[-1])}"
        end = {"x": len(number) - 1, "y": info.best[-1]}
        where = {"xanchor": "right", "yshift": 12}
        notes.append(direct_label(theme, text, colour=theme.categories[1], **end, **where))
    return figure(
        theme,
        traces,
        note="× stopped early" if PRUNED in info.state else "",
        xaxis=axis(
            "trial; 0 is what the search began with",
            range=[-0.6, max(len(number), 2) - 0.4],
            dtick=max(1, len(number) // 12),
        ),
        yaxis=axis("validation NDCG@10"),
        annotations=notes,
    )


def importance_finding(titles: Sequence[str], shares: Sequence[float]) -> str:
    """The finding in a sentence."""
    if not len(shares):
        return "Too few trials are finished to tell which options matter."
    first = int(np.argmax(shares))
    return f"'{titles[first]}' tells good trials from others most: {percent(shares[first])} of it."


def importance_figure(titles: Sequence[str], shares: Sequence[float], theme: Theme) -> "Figure":
    """One bar per option, the most telling on top."""
    order = np.argsort(-np.asarray(shares, dtype=np.float64), kind="stable")
    return bars_figure(
        theme,
        [titles[int(at)] for at in order],
        [shares[int(at)] for at in order],
        axis_title="share of what tells good trials from others",
        colours=theme.categories[0],
        texts=[percent(shares[int(at)]) for at in order],
    )


def crossing_info(
    columns: Mapping[str, Sequence[Any]],
    values: Sequence[float],
    numbers: Sequence[int],
    *,
    logarithmic: Sequence[str] = (),
) -> Crossing:
    """From the options of each complete trial, most telling option first; the best trials are kept."""
    value = np.array(values, dtype=np.float64)
    order = np.argsort(value, kind="stable")[-MOST_LINES:]
    titles = tuple(columns)[:MOST_AXES]
    axes = [_axis_of([columns[t][int(at)] for at in order], t in logarithmic) for t in titles]
    place = np.array([places for places, _ in axes]).T.reshape(len(order), len(titles))
    ticks = tuple(marks for _, marks in axes)
    chosen = tuple(int(numbers[int(at)]) for at in order)
    return Crossing(titles, ticks, place, value[order], chosen, len(value) - len(order))


def crossing_finding(info: Crossing) -> str:
    """The finding in a sentence: what the best tenth, at least three, have in common."""
    if len(info.value) < 4:
        return "Too few trials are finished to see which values go together."
    best = info.place[-max(3, len(info.value) // 10) :]
    common = [
        f"{title} {dict(marks)[float(best[0, at])]}"
        for at, (title, marks) in enumerate(zip(info.titles, info.ticks, strict=True))
        if (best[:, at] == best[0, at]).all() and float(best[0, at]) in dict(marks)
    ]
    who = f"The best {len(best)} trials"
    return f"{who} have in common: {', '.join(common)}." if common else f"{who} differ everywhere."


def crossing_figure(info: Crossing, theme: Theme) -> "Figure":
    """One line per trial across the options: grey, the best quarter coloured, the best one thick."""
    x, trials = np.arange(len(info.titles)), len(info.value)
    traces = []
    for at, (places, value) in enumerate(zip(info.place, info.value, strict=True)):
        is_best, is_good = at == trials - 1, at >= 0.75 * (trials - 1)
        line = {
            "width": 4 if is_best else 2 if is_good else 1,
            "color": theme.raises if is_good else theme.faded(theme.muted, 0.6),
        }
        hover = f"trial {info.number[at]}: {value:.4f}"
        drawn = {"type": "scatter", "mode": "lines", "x": x, "y": places, "line": line}
        traces.append(drawn | {"hovertext": hover, "hoverinfo": "text"})
    texts = [
        direct_label(
            theme, cut(text, 12), x=at, y=y, xanchor="left", xshift=5, bgcolor=theme.ground
        )
        for at, marks in enumerate(info.ticks)
        for y, text in marks
    ]
    names = [plain(cut(title, 16)) for title in info.titles]
    reach = [-0.2, max(len(info.titles) - 1, 0) + 0.9]
    return figure(
        theme,
        traces,
        height=430,
        note=f"the best {len(info.value)} of {len(info.value) + info.left_out} trials"
        if info.left_out
        else "",
        xaxis=axis(
            "option that is searched", tickvals=x, ticktext=names, range=reach, showgrid=True
        ),
        yaxis=axis("its value", range=[-0.06, 1.06], showticklabels=False, showgrid=False),
        annotations=texts,
    )


def front_info(
    x: Sequence[float],
    y: Sequence[float],
    is_on: Sequence[bool],
    numbers: Sequence[int],
    *,
    x_title: str,
    maximise_x: bool,
) -> Front:
    """From the second goal and the accuracy of each complete trial, and whether none beats it."""
    ends = (np.array(x, dtype=np.float64), np.array(y, dtype=np.float64))
    good = "more" if maximise_x else "less"
    return Front(*ends, np.array(is_on, dtype=bool), tuple(numbers), x_title, good)


def front_finding(info: Front) -> str:
    """The finding in a sentence."""
    on = int(info.is_on.sum())
    if not on:
        return "No trial is finished yet."
    ends = info.x[info.is_on]
    span = f"{three(float(ends.min()))} to {three(float(ends.max()))}"
    return f"{counted(on, 'trial is', 'trials are')} unbeaten in both goals: {info.x_title} {span}."


def front_figure(info: Front, theme: Theme) -> "Figure":
    """Filled marks joined by a line are the front; hollow ones are beaten in both goals."""
    order = np.argsort(info.x, kind="stable")
    x, y, on = info.x[order], info.y[order], info.is_on[order]
    numbers = [info.number[int(at)] for at in order]
    common = {"type": "scatter", "hoverinfo": "text"}
    hovers = [f"trial {n}: {a:.4f}, {b:.4g}" for n, a, b in zip(numbers, y, x, strict=True)]
    hollow = {"symbol": "circle-open", "size": 8, "color": theme.muted}
    filled = {"symbol": "diamond", "size": 11, "color": theme.categories[0]}
    traces = [
        common
        | {"mode": mode, "x": x[mask], "y": y[mask], "marker": marker}
        | {"hovertext": [hover for hover, is_in in zip(hovers, mask, strict=True) if is_in]}
        | {"line": {"color": theme.categories[0], "width": 1.5}}
        for mode, mask, marker in (("markers", ~on, hollow), ("lines+markers", on, filled))
    ]
    names = [
        direct_label(theme, str(n), x=a, y=b, yshift=14)
        for n, a, b, is_in in zip(numbers, x, y, on, strict=True)
        if is_in
    ]
    return figure(
        theme,
        traces,
        height=380,
        xaxis=axis(f"{info.x_title}, {info.x_good} is better"),
        yaxis=axis("validation NDCG@10"),
        annotations=names,
    )


def _axis_of(values: Sequence[Any], is_log: bool) -> tuple[Floats, tuple[tuple[float, str], ...]]:
    """Places in [0, 1] of the values of one option, and the marks of its axis."""
    if any(isinstance(value, (str, bool)) for value in values) or len(set(values)) <= 6:
        known = sorted(set(values), key=lambda value: (isinstance(value, str), value))
        height = {value: at / max(len(known) - 1, 1) for at, value in enumerate(known)}
        marks = tuple((place, _word(value)) for value, place in height.items())
        return np.array([height[value] for value in values]), marks
    numbers = np.array(values, dtype=np.float64)
    scaled = np.log10(numbers) if is_log else numbers
    low, high = float(scaled.min()), float(scaled.max())
    ends = (0.0, three(float(numbers.min()))), (1.0, three(float(numbers.max())))
    return (scaled - low) / ((high - low) or 1.0), ends


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else f"{value:g}"
