"""From traces to a figure: the one place that opens Plotly; traces and axes are plain dictionaries."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from m6rec_core.figures.text import label, plain
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ROW = 28  # pixels of one bar
FRAME = 84  # pixels of axis and title around the bars
CHART = 340  # pixels of a chart without rows


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


def axis(title: str, *, log: bool = False, from_zero: bool = False, **more: Any) -> dict[str, Any]:
    """An axis with its title; `log` is said in the title; `from_zero` for lengths that are compared."""
    made: dict[str, Any] = {"title": {"text": plain(title + (" (log scale)" if log else ""))}}
    if log:
        made |= {"type": "log", "dtick": 1, "exponentformat": "none"}
    if from_zero:
        made |= {"rangemode": "tozero", "zeroline": True}
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
    }


def rows_height(rows: int) -> int:
    """Pixels of a figure with this many rows."""
    return FRAME + ROW * max(rows, 1)


def with_room(low: float, high: float, *, share: float = 0.14) -> list[float]:
    """A range that leaves room for labels at both ends; labels outside of it would be clipped."""
    span = (high - low) or abs(high) or 1.0
    return [low - share * span if low < 0 else low, high + share * span if high > 0 else high]


def direct_label(
    theme: Theme, text: str, *, x: Any, y: Any, colour: str = "", **more: Any
) -> dict[str, Any]:
    """A name written beside what it names, in place of a legend."""
    made = {"x": x, "y": y, "text": plain(text), "showarrow": False}
    return made | {"font": {"color": colour or theme.text, "size": 13}} | more


def _note(theme: Theme, text: str) -> dict[str, Any]:
    corner = {"xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "bottom"}
    return direct_label(theme, text, x=1, y=1.01, colour=theme.second_text, **corner)
