"""How good the models are: one metric for all, or two against each other."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.errors import ConfigError
from m6rec_core.evaluation.metrics import METRICS
from m6rec_core.figures.bars import bar_trace, whiskers
from m6rec_core.figures.canvas import (
    axis,
    direct_label,
    figure,
    label_places,
    rows_axis,
    rows_height,
    with_room,
)
from m6rec_core.figures.text import plain, signed, thousands, three
from m6rec_core.figures.theme import MODEL_TITLES, SYMBOLS, Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]


class MetricBars(NamedTuple):
    """One metric of all models: `value`, `low`, `high` (models,), NaN where there is none.

    `against` is the model that the scorer is held against, `gain`, `gain_low`, `gain_high` the
    paired difference; `against` is empty where there is no such comparison.
    """

    metric: str
    models: tuple[str, ...]
    value: Floats
    low: Floats
    high: Floats
    users: int
    against: str
    gain: float
    gain_low: float
    gain_high: float


class TradeOff(NamedTuple):
    """Two metrics of all models: `x`, `y` (models,)."""

    x_metric: str
    y_metric: str
    models: tuple[str, ...]
    x: Floats
    y: Floats


def metric_title(metric: str) -> str:
    """How a metric is named on an axis: 'NDCG@10'.

    >>> metric_title("hit_rate@20")
    'Hit rate@20'
    """
    family, at, k = metric.partition("@")
    return (METRICS[family].title if family in METRICS else family) + at + k


def model_title(model: str) -> str:
    """How a model is named in figures; an unknown one keeps its name."""
    return MODEL_TITLES.get(model, model.replace("_", " "))


def metric_bars_info(document: Mapping[str, Any], metric: str) -> MetricBars:
    """From the document of an evaluation (`metrics.json`, `evaluate --json`) and a metric's name."""
    models = tuple(document["models"])
    value, low, high = (_column(document, metric, end) for end in ("value", "low", "high"))
    gain = document.get("differences", {}).get(metric, {})
    ends = [_number(gain.get(end)) for end in ("value", "low", "high")]
    users, against = int(document["users"]), str(gain.get("against", ""))
    return MetricBars(metric, models, value, low, high, users, against, *ends)


def metric_bars_finding(info: MetricBars) -> str:
    """The finding in a sentence; it says when a difference is not settled."""
    name, users = metric_title(info.metric), thousands(info.users)
    if np.isnan(info.value).all():
        return f"No model has a {name}."
    if not info.against or schema.SCORER not in info.models:
        best = int(np.nanargmax(info.value))
        return (
            f"{model_title(info.models[best])} has the highest {name}, {three(info.value[best])}."
        )
    mine = three(info.value[info.models.index(schema.SCORER)])
    gap = f"{signed(info.gain)} ({three(info.gain_low)} to {three(info.gain_high)})"
    settled = info.gain_low > 0 or info.gain_high < 0
    word = "" if settled else ", which may be chance"
    other = model_title(info.against)
    return f"The scorer's {name} is {mine}, {gap} against {other}{word}; {users} users."


def metric_bars_figure(info: MetricBars, theme: Theme) -> "Figure":
    """One bar per model with its 95 % interval as a whisker and the value at its end."""
    ends = np.where(np.isnan(info.high), info.value, info.high)
    trace = bar_trace(
        info.value,
        colours=[theme.of_model(model) for model in info.models],
        texts=["" for _ in info.models],
        hovers=[_interval_text(info, at) for at in range(len(info.models))],
        error_x=whiskers(theme, info.value, info.low, info.high),
    )
    numbers = [
        direct_label(theme, three(info.value[at]), x=ends[at], y=at, xanchor="left", xshift=6)
        for at in range(len(info.models))
        if not np.isnan(info.value[at])
    ]
    return figure(
        theme,
        [trace],
        height=rows_height(len(info.models)),
        xaxis=axis(
            f"{metric_title(info.metric)}, mean of {thousands(info.users)} users, 95 % interval",
            from_zero=True,
            range=with_room(np.zeros(len(ends)), ends, [three(value) for value in info.value]),
        ),
        yaxis=rows_axis([model_title(model) for model in info.models]),
        annotations=numbers,
    )


def trade_off_info(document: Mapping[str, Any], x_metric: str, y_metric: str) -> TradeOff:
    """From the document of an evaluation and the names of two metrics."""
    x, y = (_column(document, metric, "value") for metric in (x_metric, y_metric))
    return TradeOff(x_metric, y_metric, tuple(document["models"]), x, y)


def trade_off_finding(info: TradeOff) -> str:
    """The finding in a sentence."""
    if np.isnan(info.x).all() or np.isnan(info.y).all():
        return "There is nothing to compare."
    right, top = (model_title(info.models[int(np.nanargmax(v))]) for v in (info.x, info.y))
    x, y = metric_title(info.x_metric), metric_title(info.y_metric)
    if right == top:
        return f"{top} has both the highest {y} and the highest {x}."
    return f"{top} has the highest {y}, {right} the highest {x}."


def trade_off_figure(info: TradeOff, theme: Theme) -> "Figure":
    """One named point per model, each of its own shape."""
    right, top = (float(np.nanmax(v, initial=0.0)) or 1.0 for v in (info.x, info.y))
    titles = [model_title(model) for model in info.models]
    beside = label_places(info.x / right, info.y / top, titles)
    shapes = [SYMBOLS[min(at, len(SYMBOLS) - 1)] for at in range(len(info.models))]
    trace = {
        "type": "scatter",
        "mode": "markers+text",
        "x": info.x,
        "y": info.y,
        "text": [plain(title) for title in titles],
        "textposition": beside,
        "cliponaxis": False,
        "marker": {"size": 13, "symbol": shapes}
        | {"color": [theme.of_model(model) for model in info.models]},
        "hovertemplate": "%{text}<br>%{x:.3~r} · %{y:.3~r}<extra></extra>",
    }
    return figure(
        theme,
        [trace],
        xaxis=axis(metric_title(info.x_metric), range=[-0.15 * right, 1.15 * right]),
        yaxis=axis(metric_title(info.y_metric), range=[-0.1 * top, 1.15 * top]),
    )


def _interval_text(info: MetricBars, at: int) -> str:
    text = f"{model_title(info.models[at])}: {three(info.value[at])}"
    if np.isnan(info.low[at]):
        return text
    return f"{text} ({three(info.low[at])} to {three(info.high[at])})"


def _column(document: Mapping[str, Any], metric: str, end: str) -> Floats:
    models = document["models"]
    if not any(metric in cells for cells in models.values()):
        known = sorted({name for cells in models.values() for name in cells})
        raise ConfigError(f"The evaluation has no '{metric}'. Choose one of {', '.join(known)}.")
    return np.array([_number(cells.get(metric, {}).get(end)) for cells in models.values()])


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
