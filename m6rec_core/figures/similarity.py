"""How alike items or users are: a block of the matrix, its distribution, the nearest of one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError
from m6rec_core.figures.bars import bars_figure
from m6rec_core.figures.bins import Histogram, histogram
from m6rec_core.figures.canvas import axis, figure, rows_axis
from m6rec_core.figures.text import counted, label, plain, thousands, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_ROWS = 200  # of the heat map
MOST_LABELS = 80  # along one of its sides


class HeatMap(NamedTuple):
    """Likeness of n rows, `values` (n, n), in [row, column]; the diagonal is NaN.

    `total` rows in all, of which n are shown.
    """

    titles: tuple[str, ...]
    values: npt.NDArray[np.float64]
    total: int


class Neighbours(NamedTuple):
    """The nearest of one item or user, the nearest first.

    `likeness` (n,), `support` (n,) int64 users or items in common; -1 where that is not known.
    """

    of: str
    titles: tuple[str, ...]
    likeness: npt.NDArray[np.float64]
    support: npt.NDArray[np.int64]


def heat_map_info(values: npt.ArrayLike, titles: Sequence[str], *, total: int = 0) -> HeatMap:
    """From a square block of likeness (n, n); the first 200 rows are kept.

    The diagonal is taken out: everything is like itself, which hides the rest.
    """
    block = np.array(values, dtype=np.float64)
    if block.ndim != 2 or block.shape != (len(titles), len(titles)):
        raise ConfigError(
            f"A heat map takes as many rows and columns as titles ({len(titles)}). "
            f"Received shape: {block.shape}."
        )
    np.fill_diagonal(block, np.nan)
    kept = block[:MOST_ROWS, :MOST_ROWS]
    return HeatMap(tuple(titles[:MOST_ROWS]), kept, max(total, len(titles)))


def heat_map_finding(info: HeatMap) -> str:
    """The finding in a sentence."""
    if not np.nansum(np.abs(info.values)):
        return "No two of them have anything in common."
    row, column = np.unravel_index(np.nanargmax(info.values), info.values.shape)
    pair = f"'{info.titles[int(row)]}' and '{info.titles[int(column)]}'"
    return f"Most alike are {pair} ({three(float(info.values[row, column]))})."


def heat_map_figure(info: HeatMap, theme: Theme, *, measure: str = "likeness") -> "Figure":
    """Square cells from few to much likeness, titles on both axes, the full pair on hover."""
    size = len(info.titles)
    names = [plain(title) for title in info.titles]
    hover = [
        [
            f"{row}<br>{column}<br>{measure} {three(float(cell))}"
            for column, cell in zip(names, cells, strict=True)
        ]
        for row, cells in zip(names, info.values, strict=True)
    ]
    trace = {
        "type": "heatmap",
        "z": info.values,
        "colorscale": list(theme.sequence),
        "zmin": 0.0,
        "hoverongaps": False,
        "hovertext": hover,
        "hoverinfo": "text",
        "xgap": 1 if size <= 60 else 0,
        "ygap": 1 if size <= 60 else 0,
        "colorbar": {
            "title": {"text": plain(measure), "side": "right"},
            "outlinewidth": 0,
            "thickness": 12,
        },
    }
    shown = list(range(0, size, -(-size // MOST_LABELS)))
    columns = {
        "tickmode": "array",
        "tickvals": shown,
        "ticktext": [label(info.titles[at], 18) for at in shown],
        "tickangle": -60,
        "showgrid": False,
    }
    rows = rows_axis(info.titles, length=24)
    rows |= {"tickvals": shown, "ticktext": [label(info.titles[at], 24) for at in shown]}
    small = {"tickfont": {"size": 10}} if size > MOST_ROWS // 4 else {}
    left_out = f"{size} of {thousands(info.total)}" if info.total > size else ""
    return figure(
        theme,
        [trace],
        height=240 + max(6, 30 - size // 3) * size,
        note=left_out,
        xaxis=columns | small,
        yaxis=rows | small,
    )


def likeness_info(values: npt.ArrayLike) -> Histogram:
    """From the likeness of all pairs that are kept as neighbours, of any shape."""
    return histogram(values, bins=50)


def likeness_finding(info: Histogram) -> str:
    """The finding in a sentence."""
    if not info.values:
        return "No pair has any likeness."
    return f"Half of the {counted(info.values, 'neighbour')} kept are at most {three(info.median)} alike."


def likeness_figure(info: Histogram, theme: Theme, *, measure: str = "likeness") -> "Figure":
    """How the likeness of neighbours is distributed."""
    return histogram_figure(info, theme, axis_title=measure, counts="pairs")


def histogram_figure(info: Histogram, theme: Theme, *, axis_title: str, counts: str) -> "Figure":
    """Bars of equal width that touch; `counts` names what is counted."""
    trace = {
        "type": "bar",
        "x": (info.edges[1:] + info.edges[:-1]) / 2,
        "y": info.number,
        "width": np.diff(info.edges),
        "marker": {"color": theme.primary, "line": {"color": theme.ground, "width": 1}},
        "hovertext": [
            f"{three(float(low))} to {three(float(high))}: {thousands(number)} {plain(counts)}"
            for low, high, number in zip(info.edges[:-1], info.edges[1:], info.number, strict=True)
        ],
        "hoverinfo": "text",
    }
    return figure(
        theme, [trace], xaxis=axis(axis_title), yaxis=axis(counts, from_zero=True, counts=True)
    )


def neighbours_info(
    of: str,
    titles: Sequence[str],
    likeness: npt.ArrayLike,
    *,
    support: npt.ArrayLike | None = None,
    most: int = 20,
) -> Neighbours:
    """From the neighbours of `of` in any order; the `most` nearest are kept."""
    values = np.asarray(likeness, dtype=np.float64)
    common = np.full(len(values), -1) if support is None else np.asarray(support)
    order = np.argsort(-values, kind="stable")[:most]
    return Neighbours(
        of, tuple(titles[int(at)] for at in order), values[order], common[order].astype(np.int64)
    )


def neighbours_finding(info: Neighbours) -> str:
    """The finding in a sentence."""
    if not info.titles:
        return f"'{info.of}' has no neighbours."
    return f"Nearest to '{info.of}' is '{info.titles[0]}' ({three(float(info.likeness[0]))})."


def neighbours_figure(
    info: Neighbours, theme: Theme, *, measure: str = "likeness", support: str = "users"
) -> "Figure":
    """One bar per neighbour; `support` names what both have in common."""
    texts = [
        three(value) + (f" · {thousands(common)}" if common >= 0 else "")
        for value, common in zip(info.likeness, info.support, strict=True)
    ]
    told = (info.support >= 0).any()
    hovers = [
        f"{title}: {text}" + f" {support}" * bool(common >= 0)
        for title, text, common in zip(info.titles, texts, info.support, strict=True)
    ]
    return bars_figure(
        theme,
        info.titles,
        info.likeness,
        axis_title=f"{measure} · number of {support}" if told else measure,
        colours=theme.primary,
        texts=texts,
        hovers=hovers,
    )
