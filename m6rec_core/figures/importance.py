"""What matters over many pairs: mean contributions, and how one feature works."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.bars import bars_figure
from m6rec_core.figures.bins import drawn_rows, ranks
from m6rec_core.figures.canvas import axis, figure
from m6rec_core.figures.text import label, signed, thousands, three
from m6rec_core.figures.theme import MOST_POINTS, Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]


class Importance(NamedTuple):
    """Mean absolute contribution (n,) of features or groups over `pairs`, the largest first."""

    titles: tuple[str, ...]
    groups: tuple[str, ...]
    mean_absolute: Floats
    pairs: int


class Dependence(NamedTuple):
    """`value` and `contribution` (points,) of one feature; `correlation` of their ranks, over `total`.

    `trend_value`, `trend` (bins,): medians of equally filled bins of the value. `level` (points,): place
    of the `partner` feature's value among all pairs, 0 lowest to 1 highest; None without a partner.
    """

    title: str
    unit: str
    value: Floats
    contribution: Floats
    trend_value: Floats
    trend: Floats
    correlation: float
    total: int
    partner: str = ""
    level: Floats | None = None


def importance_of_document(
    document: Mapping[str, Any], *, by: str = "feature", most: int = 20
) -> Importance:
    """From a run's `importance.json`: features or groups with their mean absolute contribution."""
    if by == "group":
        groups = sorted(document["groups"].items(), key=lambda pair: -pair[1])[:most]
        names = tuple(name for name, _ in groups)
        values = np.array([value for _, value in groups])
        return Importance(names, names, values, int(document["pairs"]))
    lines = sorted(document["features"], key=lambda line: -line["importance"])[:most]
    return Importance(
        tuple(line["title"] for line in lines),
        tuple(line["group"] for line in lines),
        np.array([line["importance"] for line in lines]),
        int(document["pairs"]),
    )


def importance_finding(info: Importance) -> str:
    """The finding in a sentence."""
    if not info.titles or not info.mean_absolute.any():
        return "Nothing moves the scores."
    return (
        f"'{info.titles[0]}' moves the score most: by {three(info.mean_absolute[0])} on average "
        f"over {thousands(info.pairs)} pairs."
    )


def importance_figure(info: Importance, theme: Theme) -> "Figure":
    """One bar per feature or group, coloured and labelled by its group."""
    order = list(dict.fromkeys(info.groups))
    texts = [
        three(mean) + (f" · {group}" if group != title else "")
        for mean, group, title in zip(info.mean_absolute, info.groups, info.titles, strict=True)
    ]
    return bars_figure(
        theme,
        info.titles,
        info.mean_absolute,
        axis_title="mean |SHAP value|, in units of the score",
        colours=[theme.category(order.index(group)) for group in info.groups],
        texts=texts,
        hovers=[f"{title}: {text}" for title, text in zip(info.titles, texts, strict=True)],
    )


def dependence_info(
    value: npt.ArrayLike,
    contribution: npt.ArrayLike,
    *,
    title: str,
    unit: str = "",
    seed: int,
    bins: int = 20,
    partner: str = "",
    partner_value: npt.ArrayLike | None = None,
) -> Dependence:
    """From one feature's values and contributions, both (pairs,); at most 5,000 points are drawn.

    `partner_value` (pairs,) colours the points, so that an interaction of the two can be seen.
    """
    x, y = np.asarray(value, dtype=np.float64), np.asarray(contribution, dtype=np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    kept = drawn_rows(len(x), seed=seed, most=MOST_POINTS - bins)
    parts = [part for part in np.array_split(np.argsort(x, kind="stable"), bins) if len(part)]
    middle = [np.array([np.median(v[part]) for part in parts]) for v in (x, y)]
    correlation = _correlation(ranks(x), ranks(y))
    level = None
    if partner_value is not None:
        level = ranks(np.nan_to_num(np.asarray(partner_value, dtype=np.float64)[known]))[kept]
    return Dependence(
        *(title, unit, x[kept], y[kept], middle[0], middle[1], correlation, len(x), partner, level)
    )


def strongest_partner(features: npt.ArrayLike, contributions: npt.ArrayLike, column: int) -> int:
    """The feature whose values say most about what a feature's own trend leaves of its contributions.

    `features`, `contributions` (pairs, features). Measured by the rank correlation with the rest over
    the upper and the lower half of the feature's values; the feature itself when nothing is left.
    """
    x, y = np.asarray(features, np.float64), np.asarray(contributions, np.float64)[:, column]
    order = np.argsort(x[:, column], kind="stable")
    rest = np.empty(len(y))
    for part in np.array_split(order, 20):
        rest[part] = y[part] - (y[part].mean() if len(part) else 0.0)
    strength = np.zeros(x.shape[1])
    for half in np.array_split(order, 2):
        for other in range(x.shape[1]):
            found = _correlation(ranks(x[half, other]), ranks(rest[half])) if len(half) else 0.0
            strength[other] += 0.0 if other == column or np.isnan(found) else abs(found)
    return int(strength.argmax()) if strength.any() else column


def dependence_finding(info: Dependence) -> str:
    """The finding in a sentence."""
    if np.isnan(info.correlation):
        return f"'{info.title}' does not vary here, or does not matter."
    number = f"(rank correlation {signed(info.correlation)})"
    if abs(info.correlation) < 0.3:
        return (
            f"'{info.title}' raises some scores and lowers others, without a clear trend {number}."
        )
    word = "higher" if info.correlation > 0 else "lower"
    return f"The more '{info.title}', the {word} the score {number}."


def dependence_figure(info: Dependence, theme: Theme) -> "Figure":
    """A point per pair over the zero line, and the median of its surroundings as a line."""
    points = {
        "type": "scattergl",
        "mode": "markers",
        "x": info.value,
        "y": info.contribution,
        "marker": _point_marks(info, theme),
        "hovertemplate": "value %{x:.3~r}<br>contribution %{y:.3~r}<extra></extra>",
    }
    trend = {
        "type": "scatter",
        "mode": "lines",
        "x": info.trend_value,
        "y": info.trend,
        "line": {"color": theme.raises, "width": 2.5},
        "hovertemplate": "median %{y:.3~r}<extra></extra>",
    }
    left_out = len(info.value) < info.total
    note = f"{thousands(len(info.value))} of {thousands(info.total)} pairs" if left_out else ""
    title = f"{info.title} ({info.unit})" if info.unit else info.title
    return figure(
        theme,
        [points, trend],
        note=note,
        xaxis=axis(title),
        yaxis=axis("contribution to the score", zeroline=True),
    )


def _point_marks(info: Dependence, theme: Theme) -> dict[str, Any]:
    if info.level is None:
        return {"size": 5, "opacity": 0.45, "color": theme.primary}
    return {
        "size": 6,
        "opacity": 0.8,
        "color": info.level,
        "colorscale": theme.points(),
        "cmin": 0.0,
        "cmax": 1.0,
        "symbol": np.where(info.level > 0.5, "triangle-up", "triangle-down"),
        "colorbar": {
            "title": {"text": label(info.partner, 30), "side": "right"},
            "tickvals": [0, 1],
            "ticktext": ["▼ low", "high ▲"],
            "outlinewidth": 0,
            "thickness": 10,
        },
    }


def _correlation(first: Floats, second: Floats) -> float:
    if len(first) < 2 or first.std() == 0 or second.std() == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])
