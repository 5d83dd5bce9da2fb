"""Users, items or pairs as points in a plane or in space, near where a layer makes them alike."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError
from m6rec_core.figures.canvas import direct_label, figure
from m6rec_core.figures.text import counted, plain, thousands, three
from m6rec_core.figures.theme import MOST_POINTS, SYMBOLS, Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

OTHER = "other"
NAMED = 6  # categories with a colour of their own
SOLID = frozenset({"circle", "square", "diamond", "cross", "x"})  # shapes that exist in space

Floats = npt.NDArray[np.float64]


class Map(NamedTuple):
    """Points at `places` (n, 2 or 3) with `titles`, coloured by category or by number.

    - `category` (n,) indexes `categories`, largest first; more than seven: six and 'other'. `centre`
      (categories, 2 or 3) is where a category's name stands: near the median of its points
    - `number` (n,) with its `number_title`; empty where the points have categories
    - `total` points in all, of which n are shown
    """

    places: Floats
    titles: tuple[str, ...]
    category: npt.NDArray[np.int64]
    categories: tuple[str, ...]
    centre: Floats
    number: Floats
    number_title: str
    total: int


def map_info(
    places: npt.ArrayLike, titles: Sequence[str], categories: Sequence[str], *, total: int = 0
) -> Map:
    """From the places (n, 2 or 3), titles and categories of the points that are shown."""
    points = _checked(places, titles, categories)
    frequent = [name for name, _ in Counter(categories).most_common()]
    names = frequent if len(frequent) <= NAMED + 1 else [*frequent[:NAMED], OTHER]
    index = {name: at for at, name in enumerate(names)}
    code = np.array([index.get(name, len(names) - 1) for name in categories], dtype=np.int64)
    centre = np.full((len(names), points.shape[1]), np.nan)
    for at in np.unique(code):
        centre[at] = np.median(points[code == at], axis=0)
    none = np.zeros(0)
    return Map(
        *(points, tuple(titles), code, tuple(names), _apart(centre, points), none, ""),
        max(total, len(points)),
    )


def numbered_map_info(
    places: npt.ArrayLike, titles: Sequence[str], numbers: npt.ArrayLike, *, of: str, total: int = 0
) -> Map:
    """From the places (n, 2 or 3), titles and a number each, `of` what; NaN where it is not known."""
    values = np.asarray(numbers, dtype=np.float64)
    points = _checked(places, titles, values)
    one = np.zeros(len(points), dtype=np.int64)
    return Map(
        *(points, tuple(titles), one, (), np.zeros((0, 2)), values, of), max(total, len(points))
    )


def map_finding(info: Map) -> str:
    """The finding in a sentence."""
    if not info.titles:
        return "There is nothing to place."
    points = counted(len(info.titles), "point")
    if len(info.number):
        known = info.number[np.isfinite(info.number)]
        if not len(known):
            return f"{points}; {info.number_title} is known of none."
        low, high = three(float(known.min())), three(float(known.max()))
        return f"{points}; {info.number_title} runs from {low} to {high}."
    largest = int(np.bincount(info.category).argmax())
    if len(info.categories) == 1:
        return f"{points}, all of '{info.categories[0]}'."
    share = float((info.category == largest).mean())
    kinds = counted(len(info.categories), "category", "categories")
    return f"{points} of {kinds}; '{info.categories[largest]}' is the largest ({share:.0%})."


def map_figure(info: Map, theme: Theme, *, rings: Sequence[int] = ()) -> "Figure":
    """One colour and shape per category with its name at its centre, or a scale of colours for a number.

    `rings` are positions of points that are pointed out, the first of them with a larger ring. The
    position of every point is its `customdata`.
    """
    is_flat = info.places.shape[1] == 2
    traces = _numbered(info, theme) if len(info.number) else _categorised(info, theme)
    if len(rings):
        traces.append(_rings(info, theme, np.asarray(rings, dtype=np.int64)))
    names = [
        direct_label(theme, name, bgcolor=theme.faded(theme.ground, 0.8), **place)
        for name, place in zip(info.categories, _label_places(info), strict=True)
    ]
    left_out = len(info.titles) < info.total
    note = f"{thousands(len(info.titles))} of {thousands(info.total)}" if left_out else ""
    bare = {"showticklabels": False, "showgrid": False, "title": {"text": ""}}
    if is_flat:
        axes: dict[str, Any] = {"xaxis": bare, "yaxis": bare | {"scaleanchor": "x"}}
        return figure(theme, traces, height=680, note=note, annotations=names, **axes)
    wall = bare | {"showgrid": True, "gridcolor": theme.grid, "backgroundcolor": theme.ground}
    scene = {"xaxis": wall, "yaxis": wall, "zaxis": wall, "aspectmode": "data"}
    return figure(theme, traces, height=620, note=note, scene=scene | {"annotations": names})


def _categorised(info: Map, theme: Theme) -> list[dict[str, Any]]:
    traces = []
    for at, name in enumerate(info.categories):
        member = np.flatnonzero(info.category == at)
        hover = [f"{plain(info.titles[i])}<br>{plain(name)}" for i in member]
        marker = {"color": theme.category(at), "symbol": SYMBOLS[at], "opacity": 0.75}
        traces.append(_points(info, member, hover, marker))
    return traces


def _label_places(info: Map) -> list[dict[str, Any]]:
    return [dict(zip("xyz", map(float, place), strict=False)) for place in info.centre]


def _numbered(info: Map, theme: Theme) -> list[dict[str, Any]]:
    known = np.isfinite(info.number)
    traces = []
    for member, colour in (
        (np.flatnonzero(~known), theme.muted),
        (np.flatnonzero(known), info.number[known]),
    ):
        if not len(member):
            continue
        hover = [
            f"{plain(info.titles[i])}<br>{plain(info.number_title)}: {three(float(info.number[i]))}"
            for i in member
        ]
        marker: dict[str, Any] = {"color": colour, "opacity": 0.8, "symbol": "circle"}
        if not isinstance(colour, str):
            title = {"text": plain(info.number_title), "side": "right"}
            bar = {"title": title, "outlinewidth": 0, "thickness": 12}
            marker |= {"colorscale": theme.points(), "showscale": True, "colorbar": bar}
        traces.append(_points(info, member, hover, marker))
    return traces


def _points(
    info: Map, member: npt.NDArray[np.int64], hover: list[str], marker: dict[str, Any]
) -> dict[str, Any]:
    made = {
        "mode": "markers",
        "x": info.places[member, 0],
        "y": info.places[member, 1],
        "customdata": member,
        "hovertext": hover,
        "hoverinfo": "text",
    }
    if info.places.shape[1] == 2:
        return made | {"type": "scattergl", "marker": marker | {"size": 7}}
    symbol = marker["symbol"] if marker["symbol"] in SOLID else "circle"
    depth = {"type": "scatter3d", "z": info.places[member, 2]}
    return made | depth | {"marker": marker | {"size": 3.5, "symbol": symbol}}


def _rings(info: Map, theme: Theme, rings: npt.NDArray[np.int64]) -> dict[str, Any]:
    sizes = np.where(np.arange(len(rings)) == 0, 20, 13)
    marker = {"symbol": "circle-open", "color": theme.text, "size": sizes, "line": {"width": 2}}
    hover = [plain(info.titles[at]) for at in rings]
    return _points(info, rings, hover, marker) | {
        "marker": marker if info.places.shape[1] == 2 else marker | {"size": sizes / 2}
    }


def _checked(places: npt.ArrayLike, titles: Sequence[str], colours: Any) -> Floats:
    points = np.asarray(places, dtype=np.float64)
    fits = points.ndim == 2 and points.shape[1] in (2, 3)
    if not fits or not len(points) == len(titles) == len(colours) or len(points) > MOST_POINTS:
        raise ConfigError(
            f"A map takes at most {MOST_POINTS} places (n, 2 or 3) with a title and a colour each. "
            f"Received: {points.shape}, {len(titles)} titles, {len(colours)} colours."
        )
    return points


def _apart(centre: Floats, points: Floats) -> Floats:
    """Moves names up that would stand on one another; from the lowest on."""
    width, height = np.ptp(points[:, :2], axis=0) if len(points) else (0.0, 0.0)
    moved = centre.copy()
    order = [int(at) for at in np.argsort(centre[:, 1]) if not np.isnan(centre[at, 1])]
    for place, at in enumerate(order):
        for below in order[:place]:
            near = abs(moved[at, 0] - moved[below, 0]) < 0.15 * width
            if near and moved[at, 1] - moved[below, 1] < 0.05 * height:
                moved[at, 1] = moved[below, 1] + 0.05 * height
    return moved
