"""The spread of contributions over many pairs: a swarm of points per feature."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.bins import drawn_rows, ranks
from m6rec_core.figures.canvas import axis, figure, rows_axis
from m6rec_core.figures.text import plain, thousands, three
from m6rec_core.figures.theme import MOST_POINTS, Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]

SWARM_BINS = 60
SWARM_ROW = 46  # pixels


class Swarm(NamedTuple):
    """Contributions of the most important features, one point per pair and feature.

    `contribution`, `row`, `level` (points,): the row has a jitter of less than half a row; `level` is
    the place of the feature's value among all pairs, 0 lowest to 1 highest. `pairs` of `total` shown.
    """

    titles: tuple[str, ...]
    contribution: Floats
    row: Floats
    level: Floats
    pairs: int
    total: int


def swarm_info(
    contributions: npt.ArrayLike,
    features: npt.ArrayLike,
    titles: Sequence[str],
    *,
    seed: int,
    most: int = 12,
) -> Swarm:
    """From contributions and feature values, both (pairs, features); at most 5,000 points are kept."""
    values, inputs = np.asarray(contributions, np.float64), np.asarray(features, np.float64)
    order = np.argsort(-np.abs(values).mean(axis=0), kind="stable")[:most]
    kept = drawn_rows(len(values), seed=seed, most=MOST_POINTS // max(len(order), 1))
    shown = values[np.ix_(kept, order)]  # (kept pairs, features shown)
    low, high = float(shown.min(initial=0.0)), float(shown.max(initial=0.0))
    rows = np.stack([at + _jitter(shown[:, at], low, high) for at in range(len(order))], axis=1)
    level = np.stack([ranks(inputs[:, at])[kept] for at in order], axis=1)
    names = tuple(titles[int(at)] for at in order)
    return Swarm(names, shown.ravel(), rows.ravel(), level.ravel(), len(kept), len(values))


def swarm_finding(info: Swarm) -> str:
    """The finding in a sentence."""
    first = np.abs(info.row) < 0.5
    level, contribution = info.level[first], info.contribution[first]
    if not contribution.any():
        return "Nothing moves the scores."
    upper, lower = contribution[level > 0.5], contribution[level <= 0.5]
    gap = (upper.mean() if len(upper) else 0.0) - (lower.mean() if len(lower) else 0.0)
    word = "higher" if gap > 0 else "lower"
    return f"High values of '{info.titles[0]}' go with {word} scores (by {three(abs(gap))})."


def swarm_figure(info: Swarm, theme: Theme) -> "Figure":
    """One row per feature; a point is a pair: ▲ and bright for a high value, ▼ and dark for a low."""
    is_high = info.level > 0.5
    trace = {
        "type": "scattergl",
        "mode": "markers",
        "x": info.contribution,
        "y": info.row,
        "marker": {
            "size": 6,
            "opacity": 0.85,
            "color": info.level,
            "colorscale": theme.points(),
            "cmin": 0.0,
            "cmax": 1.0,
            "symbol": np.where(is_high, "triangle-up", "triangle-down"),
            "colorbar": _levels_bar(),
        },
        "hovertemplate": "contribution %{x:.3~r}<extra></extra>",
    }
    left_out = info.pairs < info.total
    note = f"{thousands(info.pairs)} of {thousands(info.total)} pairs" if left_out else ""
    return figure(
        theme,
        [trace],
        height=100 + SWARM_ROW * len(info.titles),
        note=note,
        xaxis=axis("contribution to the score (SHAP value)", zeroline=True),
        yaxis=rows_axis(info.titles),
    )


def _jitter(values: Floats, low: float, high: float) -> Floats:
    """(n,) offsets below half a row: points of one bin stand above each other, the fuller the wider."""
    width = (high - low) or 1.0
    bin_of = np.minimum((values - low) / width * SWARM_BINS, SWARM_BINS - 1).astype(np.int64)
    order = np.argsort(bin_of, kind="stable")
    number = np.bincount(bin_of, minlength=SWARM_BINS)
    first = np.concatenate(([0], np.cumsum(number)))[:-1]
    rank = np.empty(len(values), dtype=np.int64)  # place of a point among those of its bin
    rank[order] = np.arange(len(values)) - first[bin_of[order]]
    side = np.where(rank % 2 == 0, 1.0, -1.0) * ((rank + 1) // 2)
    return 0.8 * side / max(int(number.max(initial=1)), 2)


def _levels_bar() -> dict[str, Any]:
    return {
        "title": {"text": plain("value of the feature"), "side": "right"},
        "tickvals": [0, 1],
        "ticktext": ["▼ low", "high ▲"],
        "outlinewidth": 0,
        "thickness": 10,
    }
