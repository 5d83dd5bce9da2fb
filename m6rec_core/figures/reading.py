"""How a network reads a history: the gates of the GRU, the responses and the filters of the CNN."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.explanation.history_reading import Gates
from m6rec_core.figures.bars import bars_figure
from m6rec_core.figures.canvas import axis, figure
from m6rec_core.figures.text import counted, label, percent, plain, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]


class Reading(NamedTuple):
    """What became of each item of the history, the newest first.

    `share` (n,) in [0, 1]: of the memory that the item replaced, or of the filters that respond to it
    most; `what` says which in words.
    """

    titles: tuple[str, ...]
    share: Floats
    what: str


class Filters(NamedTuple):
    """Weights of every filter, `values` (filters, width · channels), with the name of each column."""

    columns: tuple[str, ...]
    values: Floats


def gates_info(titles: Sequence[str], gates: Gates) -> Reading:
    """From the items in the order of reading and the gates over them; empty places are left out.

    `titles` has one name per step; an empty one stands for a place before the history began.
    """
    return _reading(titles, gates.update.mean(axis=1), "share of the memory that the item replaced")


def responses_info(titles: Sequence[str], places: npt.ArrayLike) -> Reading:
    """From the items in the order of reading and for how many filters each is the strongest (T,)."""
    number = np.asarray(places, dtype=np.float64)
    total = max(float(number.sum()), 1.0)
    return _reading(titles, number / total, "share of the filters that respond to the item most")


def reading_finding(info: Reading) -> str:
    """The finding in a sentence."""
    if not info.titles:
        return "The history is empty: the network read nothing."
    best = int(np.argmax(info.share))
    return f"'{info.titles[best]}' counts most: {percent(float(info.share[best]))}, {info.what}."


def reading_figure(info: Reading, theme: Theme) -> "Figure":
    """One bar per past item, the newest on top."""
    return bars_figure(
        theme,
        info.titles,
        info.share,
        axis_title=info.what,
        colours=theme.primary,
        texts=[percent(float(share)) for share in info.share],
    )


def filters_info(weights: npt.ArrayLike, channels: Sequence[str]) -> Filters:
    """From the weights (filters, width, channels); the filters with the largest weights come first."""
    kernel = np.asarray(weights, dtype=np.float64)
    width = kernel.shape[1]
    places = [_place(at - width // 2) for at in range(width)]
    columns = tuple(f"{channel}, {place}" for place in places for channel in channels)
    values = kernel.reshape(len(kernel), -1)
    order = np.argsort(-np.abs(values).max(axis=1, initial=0.0), kind="stable")
    return Filters(columns, values[order])


def filters_finding(info: Filters) -> str:
    """The finding in a sentence."""
    if not info.values.size:
        return "There are no filters."
    row, column = np.unravel_index(np.abs(info.values).argmax(), info.values.shape)
    value = float(info.values[row, column])
    return (
        f"Of {counted(len(info.values), 'filter')} the strongest weight ({three(value)}) is on "
        f"{info.columns[int(column)]}."
    )


def filters_figure(info: Filters, theme: Theme) -> "Figure":
    """One row per filter, one column per channel and place; colours from lowers over none to raises."""
    largest = float(np.abs(info.values).max(initial=0.0)) or 1.0
    trace = {
        "type": "heatmap",
        "z": info.values,
        "x": list(range(len(info.columns))),
        "colorscale": list(theme.difference),
        "zmin": -largest,
        "zmax": largest,
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": "%{text}<br>weight %{z:.3f}<extra></extra>",
        "text": [[plain(column) for column in info.columns] for _ in info.values],
        "colorbar": {"title": {"text": "weight"}, "outlinewidth": 0, "thickness": 12},
    }
    ticks = {
        "tickmode": "array",
        "tickvals": list(range(len(info.columns))),
        "ticktext": [label(column, 32) for column in info.columns],
        "tickangle": -40,
        "showgrid": False,
    }
    height = 200 + 14 * max(len(info.values), 1)
    rows = axis("filter", showgrid=False, showticklabels=False)
    return figure(theme, [trace], height=height, xaxis=axis("what it looks at") | ticks, yaxis=rows)


def _reading(titles: Sequence[str], share: Floats, what: str) -> Reading:
    kept = [at for at in reversed(range(len(titles))) if titles[at]]
    return Reading(tuple(titles[at] for at in kept), share[kept], what)


def _place(offset: int) -> str:
    if offset == 0:
        return "the item itself"
    return f"{abs(offset)} {'newer' if offset > 0 else 'older'}"
