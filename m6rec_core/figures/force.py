"""Two more views of a split score: what pushes it up and down, and the way from one item to another."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.canvas import axis, direct_label, figure
from m6rec_core.figures.contributions import Waterfall, largest_first
from m6rec_core.figures.text import label, plain, signed, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def difference_info(
    contributions: npt.ArrayLike,
    titles: Sequence[str],
    *,
    other_score: float,
    score: float,
    ends: tuple[str, str],
    most: int = 12,
) -> Waterfall:
    """From the split difference of two scores (players,): the way from the lower item to the other."""
    sums = {str(at): float(value) for at, value in enumerate(np.asarray(contributions, np.float64))}
    names, values = largest_first(sums, {str(at): title for at, title in enumerate(titles)}, most)
    starts = other_score + np.concatenate(([0.0], np.cumsum(values)))[: len(values)]
    return Waterfall(other_score, score, names, values, starts, ends)


def difference_finding(info: Waterfall) -> str:
    """The finding in a sentence."""
    gap = info.score - info.base
    if not len(info.values) or not info.values.any():
        return f"{info.ends[0]} and {info.ends[1]} score the same."
    most = int(np.argmax(info.values * np.sign(gap or 1.0)))
    return (
        f"From {info.ends[0]} ({three(info.base)}) to {info.ends[1]} ({three(info.score)}): "
        f"'{info.titles[most]}' makes most of the difference ({signed(info.values[most])} of "
        f"{signed(gap)})."
    )


def force_figure(info: Waterfall, theme: Theme) -> "Figure":
    """What raises pushes from the left to the score, what lowers pushes back from the right."""
    up = [(t, v) for t, v in zip(info.titles, info.values, strict=True) if v > 0]
    down = [(t, v) for t, v in zip(info.titles, info.values, strict=True) if v < 0]
    traces = [
        *_pushes(up, info.score, theme.raises, theme, row=0),
        *_pushes(down, info.score, theme.lowers, theme, row=1),
    ]
    marks = [
        direct_label(theme, f"score {three(info.score)}", x=info.score, y=-0.75),
        direct_label(theme, f"{info.ends[0]} {three(info.base)}", x=info.base, y=1.75),
    ]
    lines = [
        {
            "type": "line",
            "x0": at,
            "x1": at,
            "y0": -0.5,
            "y1": 1.5,
            "line": {"color": theme.text, "dash": dash},
        }
        for at, dash in ((info.score, "solid"), (info.base, "dot"))
    ]
    rows = {"tickvals": [0, 1], "ticktext": ["▲ raise it", "▼ lower it"], "range": [2.0, -1.0]}
    return figure(
        theme,
        traces,
        height=220,
        barmode="overlay",
        uniformtext={"minsize": 11, "mode": "hide"},
        annotations=marks,
        shapes=lines,
        xaxis=axis("score"),
        yaxis=rows | {"showgrid": False, "ticks": ""},
    )


def _pushes(
    parts: Sequence[tuple[str, float]], score: float, colour: str, theme: Theme, *, row: int
) -> list[dict[str, Any]]:
    """Bars end to end, the largest next to the score; those that raise lie below it, the others above."""
    traces, at = [], score
    for title, value in sorted(parts, key=lambda part: -abs(part[1])):
        wide = abs(value)
        start = at - wide if value > 0 else at
        at = start if value > 0 else at + wide
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": [wide],
                "base": [start],
                "y": [row],
                "marker": {"color": colour, "line": {"color": theme.ground, "width": 2}},
                "hovertext": f"{plain(title)}: {signed(value)}",
                "hoverinfo": "text",
                "text": label(title, 18),
                "textposition": "inside",
                "insidetextanchor": "middle",
                "constraintext": "inside",
                "textfont": {"color": theme.ground},
            }
        )
    return traces
