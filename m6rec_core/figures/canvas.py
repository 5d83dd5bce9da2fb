"""From traces to a figure: the one place that opens Plotly; traces and axes are plain dictionaries."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.text import label, plain
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]

ROW = 28  # pixels of one bar
FRAME = 84  # pixels of axis and title around the bars
CHART = 340  # pixels of a chart without rows
CHARACTER = 7.5  # pixels, at most, of one of a label beside a bar
LABEL = 180  # pixels that such a label gets at most
LEAST_PLOT = 350  # pixels of the plot, without its titles, on a half page


def figure(
    theme: Theme,
    traces: Sequence[Mapping[str, Any]],
    *,
    height: int = CHART,
    note: str = "",
    **layout: Any,
) -> "Figure":
    """A Plotly figure in the colours of the theme; `note` says in a corner what was left out."""
    from plotly.graph_objects import Figure

    notes = [_note(theme, note)] if note else []
    shown = [dict(annotation) for annotation in layout.pop("annotations", ())] + notes
    drawn = Figure(data=[dict(trace) for trace in traces])
    drawn.update_layout(template=theme.template(), height=height, annotations=shown, **layout)
    if note:
        drawn.update_layout(margin={"t": 40})
    return drawn


def axis(
    title: str, *, log: bool = False, from_zero: bool = False, counts: bool = False, **more: Any
) -> dict[str, Any]:
    """An axis with its title; `log` is said in the title; `from_zero` for lengths that are compared;
    `counts` for whole numbers."""
    made: dict[str, Any] = {"title": {"text": plain(title + (" (log scale)" if log else ""))}}
    if log:
        made |= {"type": "log", "dtick": 1, "exponentformat": "none"}
    if from_zero:
        made |= {"rangemode": "tozero", "zeroline": True}
    if counts:
        made |= {"tickformat": ",~r"}
    return made | more


def rows_axis(titles: Sequence[str], *, length: int = 36) -> dict[str, Any]:
    """A y axis with one named row per title, the first on top.

    Rows stand at 0, 1, 2 …, so that two titles that are equal, or cut alike, stay two rows.
    """
    return {
        "tickmode": "array",
        "tickvals": list(range(len(titles))),
        "ticktext": [label(title, length) for title in titles],
        "range": [len(titles) - 0.5, -0.5],
        "showgrid": False,
        "ticks": "",
        "ticklabelstandoff": 6,
    }


def rows_height(rows: int) -> int:
    """Pixels of a figure with this many rows."""
    return FRAME + ROW * max(rows, 1)


def with_room(
    starts: npt.ArrayLike, ends: npt.ArrayLike, texts: Sequence[str], *, zero: bool = True
) -> list[float]:
    """A range in which each bar from `starts` to `ends` has room for its text beyond the end.

    Texts outside of the range would be clipped. `zero` keeps the zero line within the range.
    """
    first, last = np.nan_to_num(np.asarray(starts, float)), np.nan_to_num(np.asarray(ends, float))
    reached = np.concatenate((first, last, [0.0] if zero or not len(last) else []))
    low, high = float(reached.min()), float(reached.max())
    wide = np.array([min(CHARACTER * len(text) + 12, LABEL) / LEAST_PLOT for text in texts])
    right, left = wide[last >= first], wide[last < first]
    taken = right.max(initial=0.02) + left.max(initial=0.02)
    span = ((high - low) or abs(high) or 1.0) / (1.0 - taken)  # what the whole range will be
    over = (last + wide * span)[last >= first].max(initial=high)
    under = (last - wide * span)[last < first].min(initial=low)
    return [float(min(low, under)), float(max(high, over))]


def direct_label(
    theme: Theme, text: str, *, x: Any, y: Any, colour: str = "", **more: Any
) -> dict[str, Any]:
    """A name written beside what it names, in place of a legend."""
    made = {"x": x, "y": y, "text": plain(text), "showarrow": False}
    return made | {"font": {"color": colour or theme.text, "size": 13}} | more


def label_places(x: Floats, y: Floats, texts: Sequence[str]) -> list[str]:
    """Where the name of each point stands, so that names cover neither points nor each other.

    `x`, `y` (n,) in shares of the plot. Each takes the first free side of above, right, left, below;
    where none is free, above.
    """
    high, pad = 0.07, 0.03
    taken = [(a - 0.01, b - pad, a + 0.01, b + pad) for a, b in zip(x, y, strict=True)]
    chosen = []
    for a, b, text in zip(x, y, texts, strict=True):
        wide = CHARACTER * len(text) / LEAST_PLOT
        boxes = {
            "top center": (a - wide / 2, b + pad, a + wide / 2, b + pad + high),
            "middle right": (a + 0.02, b - high / 2, a + 0.02 + wide, b + high / 2),
            "middle left": (a - 0.02 - wide, b - high / 2, a - 0.02, b + high / 2),
            "bottom center": (a - wide / 2, b - pad - high, a + wide / 2, b - pad),
        }
        free = [side for side, box in boxes.items() if not any(_overlap(box, t) for t in taken)]
        chosen.append(free[0] if free else "top center")
        taken.append(boxes[chosen[-1]])
    return chosen


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    across = one[0] < other[2] and other[0] < one[2]
    return across and one[1] < other[3] and other[1] < one[3]


def _note(theme: Theme, text: str) -> dict[str, Any]:
    corner = {"xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "bottom"}
    return direct_label(theme, text, x=1, y=1.01, colour=theme.second_text, **corner)
