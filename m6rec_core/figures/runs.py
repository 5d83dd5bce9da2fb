"""Runs beside one another: how far each is above or below the one that the others are held against."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.bars import whiskers
from m6rec_core.figures.canvas import axis, direct_label, figure, rows_axis, rows_height
from m6rec_core.figures.text import signed
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]


class Against(NamedTuple):
    """Differences of runs from a reference on one metric: `value`, `low`, `high` (runs,); NaN undefined."""

    metric: str
    reference: str
    runs: tuple[str, ...]
    value: Floats
    low: Floats
    high: Floats


def against_finding(info: Against) -> str:
    """The finding in a sentence: who is clearly better or worse, and where it may be chance."""
    better = [run for run, low in zip(info.runs, info.low, strict=True) if low > 0]
    worse = [run for run, high in zip(info.runs, info.high, strict=True) if high < 0]
    if np.isnan(info.value).all():
        return "These runs have no user in common."
    if not better and not worse:
        return f"No run differs from '{info.reference}' in {info.metric} by more than chance."
    parts = [
        f"{_names(runs)} {'is' if len(runs) == 1 else 'are'} {word}"
        for runs, word in ((better, "better"), (worse, "worse"))
        if runs
    ]
    return f"Against '{info.reference}', {' and '.join(parts)} in {info.metric}, beyond chance."


def against_figure(info: Against, theme: Theme) -> "Figure":
    """A diamond per run with its 95 % interval; the line at zero is the reference."""
    rows = np.arange(len(info.runs))
    known = ~np.isnan(info.value)
    is_clear = (info.low > 0) | (info.high < 0)
    colours = [theme.categories[0] if clear else theme.muted for clear in is_clear]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": info.value,
        "y": rows,
        "marker": {"symbol": "diamond", "size": 11, "color": colours},
        "error_x": whiskers(theme, info.value, info.low, info.high),
        "hoverinfo": "skip",
    }
    texts = [
        direct_label(theme, signed(float(info.value[row])), x=info.value[row], y=row, yshift=-16)
        for row in rows
        if known[row]
    ]
    ends = np.concatenate((info.value[known], info.low[known], info.high[known], [0.0]))
    reach = float(np.nanmax(np.abs(ends))) * 1.15 or 1.0
    line = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1}
    return figure(
        theme,
        [trace],
        height=rows_height(2 * len(info.runs)),
        xaxis=axis(
            f"difference in {info.metric}, 95 % interval",
            range=[-reach, reach],
        ),
        yaxis=rows_axis(info.runs),
        shapes=[line | {"line": {"color": theme.second_text, "width": 1.5}}],
        annotations=texts,
    )


def _names(runs: Sequence[str]) -> str:
    return ", ".join(f"'{run}'" for run in runs)
