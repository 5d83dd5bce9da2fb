"""How the scorer learns, and whether serving features look like those it learned from."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.bars import bars_figure, whiskers
from m6rec_core.figures.canvas import axis, direct_label, figure, rows_axis, rows_height
from m6rec_core.figures.text import plain, signed, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]

VALIDATION = "validation_ndcg@10"  # as it stands in the lines of learning.jsonl
LARGE_GAP = 0.2  # distance from which on two distributions are told apart at a glance


class Learning(NamedTuple):
    """The epochs so far: `epoch` (n,) from 1, `loss` (n,), `ndcg` (n,) on validation users.

    `best` position of the epoch with the highest NDCG; -1 when there is none.
    """

    epoch: npt.NDArray[np.int64]
    loss: Floats
    ndcg: Floats
    best: int


class Gap(NamedTuple):
    """How far the serving values of each feature are from its training values, widest first.

    `distance` (features,) in [0, 1]: the largest difference between the two cumulative shares
    (Kolmogorov and Smirnov); 0: the same distribution.
    """

    titles: tuple[str, ...]
    distance: Floats


class Ablation(NamedTuple):
    """What validation NDCG@10 loses without each group of features, the largest loss first.

    `gain` (groups,) with less without; `low` to `high` its 95 % interval, NaN where there is none.
    """

    groups: tuple[str, ...]
    gain: Floats
    low: Floats
    high: Floats


def learning_info(lines: Sequence[Mapping[str, Any]]) -> Learning:
    """From the lines of `learning.jsonl` (epoch, loss, validation_ndcg@10), which may be none yet."""
    epoch = np.array([int(line["epoch"]) for line in lines], dtype=np.int64)
    loss = np.array([_number(line.get("loss")) for line in lines])
    ndcg = np.array([_number(line.get(VALIDATION)) for line in lines])
    best = int(np.nanargmax(ndcg)) if (~np.isnan(ndcg)).any() else -1
    return Learning(epoch, loss, ndcg, best)


def learning_finding(info: Learning) -> str:
    """The finding in a sentence."""
    if not len(info.epoch):
        return "The first epoch is not finished yet."
    if info.best < 0:
        return f"After epoch {info.epoch[-1]} the loss is {three(info.loss[-1])}."
    return (
        f"Validation NDCG@10 is best after epoch {info.epoch[info.best]} of {info.epoch[-1]}: "
        f"{three(info.ndcg[info.best])}."
    )


def learning_figure(info: Learning, theme: Theme) -> "Figure":
    """Loss above, NDCG on validation users below, over the same epochs; a star marks the best."""
    last = int(info.epoch.max(initial=1))
    marks = [_curve(info.epoch, info.loss, theme, 1), _curve(info.epoch, info.ndcg, theme, 0)]
    marks[1] |= {"yaxis": "y2"}
    notes = []
    if info.best >= 0:
        at = {"x": [info.epoch[info.best]], "y": [info.ndcg[info.best]]}
        star = {"symbol": "star", "size": 15, "color": theme.categories[0]}
        skip = {"hoverinfo": "skip", "yaxis": "y2", "mode": "markers"}
        marks.append({"type": "scatter", "marker": star} | at | skip)
        best = f"best {three(info.ndcg[info.best])}"
        notes.append(
            direct_label(theme, best, x=at["x"][0], y=at["y"][0], xref="x", yref="y2", yshift=18)
        )
    shown = {"showticklabels": len(info.epoch) > 0}
    epochs = axis("epoch", range=[0.5, max(last, 2) + 0.5], dtick=max(1, last // 12), anchor="y2")
    return figure(
        theme,
        marks,
        height=420,
        note="" if len(info.epoch) else "no epoch is finished yet",
        xaxis=epochs,
        yaxis=axis("training loss", domain=[0.56, 1.0], **shown),
        yaxis2=axis("validation NDCG@10", domain=[0.0, 0.44], anchor="x")
        | {"gridcolor": theme.grid, "zeroline": False, "automargin": True, **shown},
        annotations=notes,
    )


def ablation_info(lines: Sequence[Mapping[str, Any]]) -> Ablation:
    """From the lines of `ablation.json` (group, without, with, low, high)."""
    gain = np.array([_number(line["with"]) - _number(line["without"]) for line in lines])
    low, high = (np.array([_number(line.get(end)) for line in lines]) for end in ("low", "high"))
    order = np.argsort(-np.nan_to_num(gain), kind="stable")
    groups = tuple(str(lines[int(at)]["group"]) for at in order)
    return Ablation(groups, gain[order], low[order], high[order])


def ablation_finding(info: Ablation) -> str:
    """The finding in a sentence: the group that adds most, and how many may add nothing."""
    if not len(info.gain):
        return "No group of features was left out."
    doubtful = int((info.low <= 0).sum())
    words = f"'{info.groups[0]}' adds most: {signed(float(info.gain[0]))} NDCG@10."
    if not doubtful:
        return words
    return f"{words} {doubtful} of {len(info.groups)} groups may add nothing by themselves."


def ablation_figure(info: Ablation, theme: Theme) -> "Figure":
    """A diamond per group with its interval; right of zero: the group adds to the others."""
    rows = np.arange(len(info.groups))
    ends = np.nan_to_num(np.concatenate((info.gain, info.low, info.high, [0.0])))
    margin = 0.12 * (float(np.ptp(ends)) or 1.0)
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": info.gain,
        "y": rows,
        "marker": {"symbol": "diamond", "size": 11, "color": theme.categories[0]},
        "error_x": whiskers(theme, info.gain, info.low, info.high),
        "hovertext": [f"{plain(g)}: {signed(float(v))}" for g, v in zip(*info[:2], strict=True)],
        "hoverinfo": "text",
    }
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1}
    return figure(
        theme,
        [trace],
        height=rows_height(len(info.groups)),
        xaxis=axis(
            "validation NDCG@10 with the group less without it, 95 % interval",
            range=[float(ends.min()) - margin, float(ends.max()) + margin],
        ),
        yaxis=rows_axis(info.groups),
        shapes=[zero | {"line": {"color": theme.second_text, "width": 1.5}}],
    )


def gap_info(titles: Sequence[str], distance: npt.ArrayLike, *, most: int = 20) -> Gap:
    """From the distance of each feature (features,); the `most` distant are kept."""
    values = np.asarray(distance, dtype=np.float64)
    order = np.argsort(-np.nan_to_num(values), kind="stable")[:most]
    return Gap(tuple(titles[int(at)] for at in order), values[order])


def gap_finding(info: Gap) -> str:
    """The finding in a sentence."""
    wide = int((info.distance > LARGE_GAP).sum())
    if not len(info.distance):
        return "No feature was compared."
    widest = f"widest for '{info.titles[0]}' ({three(info.distance[0])})"
    if not wide:
        return f"Every feature looks in serving as it did in training; the gap is {widest}."
    verb = "looks" if wide == 1 else "look"
    features = "feature" if wide == 1 else "features"
    return f"{wide} {features} {verb} different in serving than in training; the gap is {widest}."


def gap_figure(info: Gap, theme: Theme) -> "Figure":
    """One bar per feature; wide gaps have the colour of what raises and a '!'."""
    wide = info.distance > LARGE_GAP
    return bars_figure(
        theme,
        info.titles,
        info.distance,
        axis_title="distance of training and serving, 0 to 1",
        colours=[theme.raises if is_wide else theme.primary for is_wide in wide],
        texts=[three(v) + (" !" if w else "") for v, w in zip(info.distance, wide, strict=True)],
    )


def _curve(
    epoch: npt.NDArray[np.int64], values: Floats, theme: Theme, index: int
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": epoch,
        "y": values,
        "line": {"color": theme.category(index), "width": 2},
        "marker": {"size": 7, "color": theme.category(index)},
        "hovertemplate": "epoch %{x}: %{y:.3~r}<extra></extra>",
    }


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
