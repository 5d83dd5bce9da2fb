"""Why one score is what it is: from the base over the contributions to the score, and to the history."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError
from m6rec_core.figures.bars import bar_trace, bars_figure
from m6rec_core.figures.canvas import axis, direct_label, figure, rows_axis, rows_height, with_room
from m6rec_core.figures.text import counted, signed, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]


class Waterfall(NamedTuple):
    """Steps from `base` to `score`, the largest first: `values` (n,), each begins at `starts` (n,).

    `base` + sum of `values` is where the last step ends; what was pooled is the last step. `ends` name
    where it begins and where it ends.
    """

    base: float
    score: float
    titles: tuple[str, ...]
    values: Floats
    starts: Floats
    ends: tuple[str, str] = ("base: an average pair", "score of this pair")


class Parts(NamedTuple):
    """What single history items or neighbours add to a score, the largest first: `values` (n,).

    `total` is the sum over all of them, `left_out` how many are not shown.
    """

    titles: tuple[str, ...]
    values: Floats
    total: float
    left_out: int


def waterfall_info(
    explanation: Mapping[str, Any],
    *,
    by: str = "feature",
    titles: Mapping[str, str] | None = None,
    most: int = 12,
) -> Waterfall:
    """From the document of `explain --json`, by 'feature' or by 'group'; the smallest are pooled.

    A feature stands with its value, under the name of `titles`, else its own title or name.
    """
    if by not in ("feature", "group"):
        raise ConfigError(f"A waterfall is by 'feature' or by 'group'. Received: {by!r}.")
    sums: dict[str, float] = {}
    shown: dict[str, str] = {}
    for entry in explanation["contributions"]:
        name = str(entry[by])
        shown[name] = _row_title(entry, titles or {}) if by == "feature" else name
        sums[name] = sums.get(name, 0.0) + float(entry["contribution"])
    names, values = largest_first(sums, shown, most)
    base = float(explanation["base"])
    starts = base + np.concatenate(([0.0], np.cumsum(values)))[: len(values)]
    return Waterfall(base, float(explanation["score"]), names, values, starts)


def waterfall_finding(info: Waterfall) -> str:
    """The finding in a sentence."""
    start = f"The score {three(info.score)} starts at {three(info.base)} for an average pair"
    if not len(info.values) or not info.values.any():
        return f"{start}; nothing moves it."
    up, down = int(np.argmax(info.values)), int(np.argmin(info.values))
    moves = []
    if info.values[up] > 0:
        moves.append(f"'{info.titles[up]}' raises it most ({signed(info.values[up])})")
    if info.values[down] < 0:
        moves.append(f"'{info.titles[down]}' lowers it most ({signed(info.values[down])})")
    return f"{start}; {', '.join(moves)}."


def waterfall_figure(info: Waterfall, theme: Theme) -> "Figure":
    """Base on top, one floating bar per step with its sign, the score at the foot."""
    ends = info.starts + info.values
    steps = bar_trace(
        info.values,
        colours=[theme.by_sign(value) for value in info.values],
        texts=["" for _ in info.values],
        hovers=[f"{t}: {signed(v)}" for t, v in zip(info.titles, info.values, strict=True)],
        base=info.starts,
    ) | {"y": list(range(1, len(info.values) + 1))}
    last = len(info.values) + 1
    anchors = {
        "type": "scatter",
        "mode": "markers",
        "x": [info.base, info.score],
        "y": [0, last],
        "marker": {"symbol": "diamond", "size": 12, "color": theme.text},
        "hoverinfo": "skip",
    }
    labels = [
        _beside(theme, signed(value), start, end, row)
        for row, (value, start, end) in enumerate(
            zip(info.values, info.starts, ends, strict=True), start=1
        )
    ]
    labels += [
        direct_label(theme, three(value), x=value, y=row, xanchor="left", xshift=12)
        for value, row in ((info.base, 0), (info.score, last))
    ]
    from_here = np.concatenate((info.starts, [info.base, info.score]))
    to_there = np.concatenate((ends, [info.base, info.score]))
    reach = with_room(from_here, to_there, ["+0.00000"] * len(to_there), zero=False)
    return figure(
        theme,
        [_connectors(info, theme), steps, anchors],
        height=rows_height(last + 1),
        xaxis=axis("score", range=reach),
        yaxis=rows_axis([info.ends[0], *info.titles, info.ends[1]], length=44),
        annotations=labels,
    )


def parts_info(
    explanation: Mapping[str, Any],
    titles: Mapping[str, str],
    *,
    of: str = "item_id",
    most: int = 15,
) -> Parts:
    """From the parts in the document of `explain --json`, summed over the features.

    `of` is 'item_id' for history items, 'user_id' for neighbours; `titles` names them, an id
    without a title stands for itself.
    """
    sums: dict[str, float] = {}
    for entry in explanation["contributions"]:
        for part in entry.get("parts", ()):
            if of in part:
                sums[part[of]] = sums.get(part[of], 0.0) + float(part["contribution"])
    kept = sorted(sums, key=lambda one_id: -abs(sums[one_id]))[:most]
    values = np.array([sums[one_id] for one_id in kept])
    names = tuple(titles.get(one_id) or one_id for one_id in kept)
    return Parts(names, values, float(sum(sums.values())), len(sums) - len(kept))


def parts_finding(info: Parts, *, noun: str = "history item") -> str:
    """The finding in a sentence."""
    if not info.titles:
        return f"No {noun} stands behind this score."
    number = len(info.titles) + info.left_out
    return (
        f"Of {counted(number, noun)} behind this score, '{info.titles[0]}' counts most "
        f"({signed(info.values[0])} of {signed(info.total)})."
    )


def parts_figure(info: Parts, theme: Theme) -> "Figure":
    """One bar per history item or neighbour, from the zero line."""
    note = f"{info.left_out} smaller ones not shown" if info.left_out else ""
    return bars_figure(
        theme,
        info.titles,
        info.values,
        axis_title="contribution to the score",
        colours=[theme.by_sign(value) for value in info.values],
        texts=[signed(value) for value in info.values],
        hovers=[f"{t}: {signed(v)}" for t, v in zip(info.titles, info.values, strict=True)],
        note=note,
    )


def _row_title(entry: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    name = str(entry["feature"])
    value = entry.get("value")
    shown = f" = {three(value)}" if isinstance(value, float | int) else f" = {value}"
    return str(titles.get(name) or entry.get("title") or name) + ("" if value is None else shown)


def largest_first(
    sums: Mapping[str, float], shown: Mapping[str, str], most: int
) -> tuple[tuple[str, ...], Floats]:
    """Shown names and values, the largest first; from the `most`-th on they are pooled into one."""
    order = sorted(sums, key=lambda name: -abs(sums[name]))
    if len(order) <= most:
        return tuple(shown[name] for name in order), np.array([sums[name] for name in order])
    kept, pooled = order[: most - 1], order[most - 1 :]
    values = [sums[name] for name in kept] + [sum(sums[name] for name in pooled)]
    return (*(shown[name] for name in kept), f"{len(pooled)} others"), np.array(values)


def _beside(theme: Theme, text: str, start: float, end: float, row: int) -> dict[str, Any]:
    if end >= start:
        return direct_label(theme, text, x=end, y=row, xanchor="left", xshift=5)
    return direct_label(theme, text, x=end, y=row, xanchor="right", xshift=-5)


def _connectors(info: Waterfall, theme: Theme) -> dict[str, Any]:
    """One thin line from where a step ends to where the next begins."""
    levels = np.concatenate(([info.base], info.starts + info.values))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": np.repeat(levels, 3),
        "y": _ladder(len(levels)),
        "line": {"color": theme.muted, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
    }


def _ladder(rungs: int) -> Sequence[float | None]:
    """Rows row, row + 1 and a gap for each level."""
    return [place for rung in range(rungs) for place in (float(rung), rung + 1.0, None)]
