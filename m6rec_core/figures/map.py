"""Items or users as points in a plane, near where the scorer sees them as alike."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError
from m6rec_core.figures.bins import drawn_rows
from m6rec_core.figures.canvas import direct_label, figure
from m6rec_core.figures.text import counted, plain, thousands
from m6rec_core.figures.theme import MOST_POINTS, SYMBOLS, Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

OTHER = "other"
NAMED = 6  # categories with a colour of their own


class Map(NamedTuple):
    """Points `x`, `y` (n,) with `titles`; `category` (n,) indexes `categories`, largest first.

    More than seven categories: six and 'other'. `centre` (categories, 2) is where a category's name
    stands: near the median of its points. `total` points in all, of which n are shown.
    """

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    titles: tuple[str, ...]
    category: npt.NDArray[np.int64]
    categories: tuple[str, ...]
    centre: npt.NDArray[np.float64]
    total: int


def map_info(
    places: npt.ArrayLike, titles: Sequence[str], categories: Sequence[str], *, seed: int
) -> Map:
    """From the places (n, 2), titles and categories of all points; fewer than 5,000 are kept."""
    points = np.asarray(places, dtype=np.float64)
    if (
        points.ndim != 2
        or points.shape[1] != 2
        or not len(points) == len(titles) == len(categories)
    ):
        raise ConfigError(
            f"A map takes (n, 2) places with n titles and n categories. Received: {points.shape}, "
            f"{len(titles)} titles, {len(categories)} categories."
        )
    frequent = [name for name, _ in Counter(categories).most_common()]
    names = frequent if len(frequent) <= NAMED + 1 else [*frequent[:NAMED], OTHER]
    index = {name: at for at, name in enumerate(names)}
    kept = drawn_rows(len(points), seed=seed, most=MOST_POINTS - 1)  # one more may be ringed
    code = np.array([index.get(categories[at], len(names) - 1) for at in kept], dtype=np.int64)
    shown = points[kept]
    centre = np.full((len(names), 2), np.nan)
    for at in np.unique(code):
        centre[at] = np.median(shown[code == at], axis=0)
    centre = _apart(centre, shown)
    chosen = tuple(titles[at] for at in kept)
    return Map(shown[:, 0], shown[:, 1], chosen, code, tuple(names), centre, len(points))


def map_finding(info: Map) -> str:
    """The finding in a sentence."""
    if not info.titles:
        return "There is nothing to place."
    largest = info.categories[int(np.bincount(info.category).argmax())]
    kinds = counted(len(info.categories), "category", "categories")
    return f"{counted(info.total, 'point')} of {kinds}; '{largest}' is the largest."


def map_figure(info: Map, theme: Theme, *, highlight: int = -1) -> "Figure":
    """One colour and shape per category, its name at its centre; `highlight` rings one point."""
    traces = []
    for at, name in enumerate(info.categories):
        member = np.flatnonzero(info.category == at)
        traces.append(
            {
                "type": "scattergl",
                "mode": "markers",
                "x": info.x[member],
                "y": info.y[member],
                "hovertext": [f"{plain(info.titles[i])}<br>{plain(name)}" for i in member],
                "hoverinfo": "text",
                "marker": {"color": theme.category(at), "symbol": SYMBOLS[at], "size": 7}
                | {"opacity": 0.75},
            }
        )
    if highlight >= 0:
        ring = {"symbol": "circle-open", "size": 20, "color": theme.text, "line": {"width": 3}}
        place = {"x": [info.x[highlight]], "y": [info.y[highlight]]}
        traces.append({"type": "scattergl", "mode": "markers", "marker": ring, **place})
    names = [
        direct_label(theme, name, x=x, y=y, bgcolor=theme.faded(theme.ground, 0.8))
        for name, (x, y) in zip(info.categories, info.centre, strict=True)
        if not np.isnan(x)
    ]
    left_out = len(info.titles) < info.total
    note = f"{thousands(len(info.titles))} of {thousands(info.total)}" if left_out else ""
    bare = {"showticklabels": False, "showgrid": False, "title": {"text": ""}}
    return figure(
        theme,
        traces,
        height=560,
        note=note,
        xaxis=bare,
        yaxis=bare | {"scaleanchor": "x"},
        annotations=names,
    )


def _apart(
    centre: npt.NDArray[np.float64], points: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Moves names up that would stand on one another; from the lowest on."""
    width, height = np.ptp(points, axis=0) if len(points) else (0.0, 0.0)
    moved = centre.copy()
    order = [int(at) for at in np.argsort(centre[:, 1]) if not np.isnan(centre[at, 1])]
    for place, at in enumerate(order):
        for below in order[:place]:
            near = abs(moved[at, 0] - moved[below, 0]) < 0.15 * width
            if near and moved[at, 1] - moved[below, 1] < 0.05 * height:
                moved[at, 1] = moved[below, 1] + 0.05 * height
    return moved
