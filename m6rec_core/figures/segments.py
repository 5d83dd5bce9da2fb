"""How good the models are for parts of the users."""

from typing import TYPE_CHECKING

import numpy as np

from m6rec_core import schema
from m6rec_core.evaluation.metrics import METRICS
from m6rec_core.evaluation.segments import SegmentTable
from m6rec_core.figures.bars import bar_trace, whiskers
from m6rec_core.figures.canvas import (
    ROW,
    axis,
    direct_label,
    figure,
    rows_axis,
    rows_height,
    with_room,
)
from m6rec_core.figures.evaluation import metric_title, model_title
from m6rec_core.figures.text import thousands, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def segment_bars_finding(table: SegmentTable) -> str:
    """The finding in a sentence: where the scorer is best and worst, and where another model is above it."""
    model = schema.SCORER if schema.SCORER in table.models else table.models[0]
    mine = table.models.index(model)
    values = table.value[:, mine]
    if np.isnan(values).all():
        return "No segment has a user with held-out items."
    best, worst = int(np.nanargmax(values)), int(np.nanargmin(values))
    apart = table.low[best, mine] > table.high[worst, mine]
    return (
        f"{model_title(model)}: {metric_title(table.metric)} is highest for {_of(table, best, mine)} "
        f"and lowest for {_of(table, worst, mine)}{'' if apart else '; their intervals overlap'}. "
        f"{_rivals(table, mine)}"
    )


def _of(table: SegmentTable, at: int, model: int) -> str:
    return f"'{table.segments[at]}' ({three(table.value[at, model])})"


def _rivals(table: SegmentTable, mine: int) -> str:
    if not METRICS[table.metric.partition("@")[0]].higher_is_better or len(table.models) < 2:
        return ""
    others = np.delete(table.value, mine, axis=1)
    above = np.nanmax(others, axis=1, initial=-np.inf) > table.value[:, mine]
    beaten = [name for name, is_above in zip(table.segments, above, strict=True) if is_above]
    if not beaten:
        return "No other model is above it in any segment."
    return f"Another model is above it for {' and '.join(repr(name) for name in beaten)}."


def segment_bars_figure(table: SegmentTable, theme: Theme) -> "Figure":
    """For each segment one bar per model with its interval, the model named at the bar's end."""
    width = len(table.models) + 1  # rows of a segment, with a gap below it
    places = [s * width + m for s in range(len(table.segments)) for m in range(len(table.models))]
    value, low, high = (ends.ravel() for ends in (table.value, table.low, table.high))
    names = [model_title(model) for _ in table.segments for model in table.models]
    texts = [f"{name} {three(v)}" for name, v in zip(names, value, strict=True)]
    ends = np.where(np.isnan(high), np.nan_to_num(value), high)
    trace = bar_trace(
        value,
        colours=[theme.of_model(model) for _ in table.segments for model in table.models],
        texts=["" for _ in texts],
        hovers=texts,
        error_x=whiskers(theme, value, low, high),
    )
    labels = [
        direct_label(theme, text, x=end, y=place, xanchor="left", xshift=6)
        for text, end, place in zip(texts, ends, places, strict=True)
    ]
    titles = [
        f"{name} · {thousands(users)}"
        for name, users in zip(table.segments, table.users, strict=True)
    ]
    rows = rows_axis(titles) | {"range": [len(table.segments) * width - 1.0, -1.0]}
    rows |= {"tickvals": [s * width + (width - 2) / 2 for s in range(len(table.segments))]}
    return figure(
        theme,
        [trace | {"y": places}],
        height=rows_height(0) + int(ROW * 0.9) * len(table.segments) * width,
        xaxis=axis(
            f"{metric_title(table.metric)}, 95 % interval; segment · number of users",
            from_zero=True,
            range=with_room(np.zeros(len(ends)), ends, texts),
        ),
        yaxis=rows,
        annotations=labels,
    )
