"""Named rows with a bar each: the shape that many figures share."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.canvas import axis, figure, rows_axis, rows_height, with_room
from m6rec_core.figures.text import plain
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]


def bar_trace(
    lengths: npt.ArrayLike,
    *,
    colours: str | Sequence[str],
    texts: Sequence[str],
    hovers: Sequence[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """Lying bars in rows 0, 1, 2 …, each with a text at its end and one on hover (made safe here)."""
    values = np.asarray(lengths, dtype=np.float64)
    return {
        "type": "bar",
        "orientation": "h",
        "x": values,
        "y": list(range(len(values))),
        "marker": {"color": colours},
        "text": [plain(text) for text in texts],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [plain(hover) for hover in hovers or texts],
        "hoverinfo": "text",
    } | more


def bars_figure(
    theme: Theme,
    titles: Sequence[str],
    lengths: npt.ArrayLike,
    *,
    axis_title: str,
    colours: str | Sequence[str],
    texts: Sequence[str],
    hovers: Sequence[str] = (),
    note: str = "",
    counts: bool = False,
) -> "Figure":
    """One bar per row from the zero line, positive to the right, negative to the left."""
    values = np.asarray(lengths, dtype=np.float64)
    reach = with_room(np.zeros(len(values)), values, texts)
    trace = bar_trace(values, colours=colours, texts=texts, hovers=hovers)
    return figure(
        theme,
        [trace],
        height=rows_height(len(titles)),
        note=note,
        xaxis=axis(axis_title, from_zero=True, counts=counts, range=reach),
        yaxis=rows_axis(titles),
    )


def whiskers(theme: Theme, value: Floats, low: Floats, high: Floats) -> dict[str, Any]:
    """The `error_x` of bars: from `low` to `high` around `value`, none where an end is NaN."""
    return {
        "type": "data",
        "symmetric": False,
        "array": np.nan_to_num(high - value),
        "arrayminus": np.nan_to_num(value - low),
        "color": theme.text,
        "thickness": 1.5,
        "width": 4,
    }
