"""A whole list at once: what each group of features, or each of two features together, adds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError
from m6rec_core.figures.canvas import FRAME, figure, rows_axis
from m6rec_core.figures.text import label, plain, signed
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CELL = 30  # pixels


class ListMap(NamedTuple):
    """`values` (rows, columns) in units of the score; NaN where there is nothing to say."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: npt.NDArray[np.float64]


def list_map_info(values: npt.ArrayLike, rows: Sequence[str], columns: Sequence[str]) -> ListMap:
    """From contributions (rows, columns), such as items × groups."""
    cells = np.asarray(values, dtype=np.float64)
    if cells.shape != (len(rows), len(columns)):
        raise ConfigError(
            f"A map of {len(rows)} rows and {len(columns)} columns takes as many values. "
            f"Received shape: {cells.shape}."
        )
    return ListMap(tuple(rows), tuple(columns), cells)


def list_map_finding(info: ListMap) -> str:
    """The finding in a sentence."""
    if not info.values.size or not np.nansum(np.abs(info.values)):
        return "Nothing moves these scores."
    mean = np.nan_to_num(info.values).mean(axis=0)
    most = int(np.argmax(np.abs(mean)))
    row, column = np.unravel_index(np.nanargmax(np.abs(info.values)), info.values.shape)
    return (
        f"'{info.columns[most]}' moves this list most ({signed(float(mean[most]))} on average); the "
        f"strongest cell is '{info.columns[int(column)]}' at '{info.rows[int(row)]}' "
        f"({signed(float(info.values[row, column]))})."
    )


def list_map_figure(info: ListMap, theme: Theme, *, measure: str = "contribution") -> "Figure":
    """Cells from lowers over nothing to raises, each with its number and sign."""
    reach = float(np.nanmax(np.abs(info.values), initial=1e-12))
    texts = [["" if np.isnan(cell) else signed(float(cell)) for cell in row] for row in info.values]
    hover = [
        [
            f"{plain(row)}<br>{plain(column)}: {text}"
            for column, text in zip(info.columns, line, strict=True)
        ]
        for row, line in zip(info.rows, texts, strict=True)
    ]
    trace = {
        "type": "heatmap",
        "z": info.values,
        "zmin": -reach,
        "zmax": reach,
        "colorscale": list(theme.difference),
        "text": texts,
        "texttemplate": "%{text}",
        "hovertext": hover,
        "hoverinfo": "text",
        "xgap": 2,
        "ygap": 2,
        "colorbar": {"title": {"text": plain(measure), "side": "right"}, "thickness": 12},
    }
    columns = {
        "tickmode": "array",
        "tickvals": list(range(len(info.columns))),
        "ticktext": [label(column, 22) for column in info.columns],
        "side": "top",
        "showgrid": False,
    }
    return figure(
        theme,
        [trace],
        height=FRAME + 40 + CELL * len(info.rows),
        xaxis=columns,
        yaxis=rows_axis(info.rows, length=34),
    )
