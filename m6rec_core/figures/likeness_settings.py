"""Settings of the likeness against each other: what an option does, and two lists of neighbours."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.canvas import axis, direct_label, figure
from m6rec_core.figures.text import counted, label, plain, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]


class Effect(NamedTuple):
    """NDCG@10 (n,) on validation where an option has the values (n,), rising; `best` the position of the best.

    `now` is the value that the run has; NaN when it is none of these.
    """

    option: str
    value: Floats
    ndcg: Floats
    best: int
    now: float


class TwoLists(NamedTuple):
    """The neighbours of one item or user under two settings.

    One row for everyone in either list, in the order of the first and then of the second: `title`, and
    `first`, `second` (n,) float64 their ranks from 1; NaN where not in the list.
    """

    of: str
    title: tuple[str, ...]
    first: Floats
    second: Floats


def effect_info(option: str, value: npt.ArrayLike, ndcg: npt.ArrayLike, *, now: float) -> Effect:
    """From the places of one option and the NDCG@10 there; of equals the smallest value is the best."""
    places, found = np.asarray(value, dtype=np.float64), np.asarray(ndcg, dtype=np.float64)
    return Effect(option, places, found, int(np.argmax(found)), float(now))


def effect_finding(info: Effect, *, users: int) -> str:
    """The finding in a sentence."""
    low, high = float(info.ndcg.min()), float(info.ndcg.max())
    over = f"over {counted(users, 'validation user')}"
    if high - low < 1e-6:
        return f"The {info.option} changes nothing here: NDCG@10 is {three(high)} {over}."
    return (
        f"The best {info.option} is {info.value[info.best]:g}: NDCG@10 {three(high)}, "
        f"against {three(low)} at the worst, {over}."
    )


def effect_figure(info: Effect, theme: Theme) -> "Figure":
    """A line over evenly spaced values; a star marks the best, a dashed line what the run has."""
    places = list(range(len(info.value)))
    line: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": places,
        "y": info.ndcg,
        "line": {"color": theme.primary, "width": 2},
        "marker": {"size": 8, "color": theme.primary},
        "hovertext": [
            f"{plain(info.option)} {value:g}: NDCG@10 {three(float(ndcg))}"
            for value, ndcg in zip(info.value, info.ndcg, strict=True)
        ],
        "hoverinfo": "text",
    }
    star = {
        "type": "scatter",
        "mode": "markers",
        "x": [info.best],
        "y": [info.ndcg[info.best]],
        "marker": {"symbol": "star", "size": 16, "color": theme.raises},
        "hoverinfo": "skip",
    }
    best = f"best: {info.value[info.best]:g}"
    notes = [
        direct_label(
            theme, best, x=info.best, y=info.ndcg[info.best], yshift=16, colour=theme.raises
        )
    ]
    shapes, more = _now(info, theme)
    notes += more
    room = max(float(np.ptp(info.ndcg)) * 0.15, 1e-4)
    values: dict[str, Any] = {
        "tickmode": "array",
        "tickvals": places,
        "ticktext": [f"{value:g}" for value in info.value],
    }
    return figure(
        theme,
        [line, star],
        xaxis=axis(f"{info.option} (steps are not even)", **values),
        yaxis=axis(
            "NDCG@10 on validation",
            range=[float(info.ndcg.min()) - room, float(info.ndcg.max()) + 2 * room],
        ),
        annotations=notes,
        shapes=shapes,
    )


def _now(info: Effect, theme: Theme) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A dashed line, with its name, where the run is."""
    if not np.isfinite(info.now):
        return [], []
    at = float(np.interp(info.now, info.value, np.arange(len(info.value))))
    dash = {"color": theme.second_text, "dash": "dash", "width": 1}
    line = {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1, "line": dash}
    left: dict[str, Any] = {
        "yref": "paper",
        "xanchor": "left",
        "xshift": 4,
        "colour": theme.second_text,
    }
    return [line], [direct_label(theme, f"this run: {info.now:g}", x=at, y=0.02, **left)]


def two_lists_info(of: str, first: Sequence[str], second: Sequence[str]) -> TwoLists:
    """From two lists of distinct titles, the nearest first."""
    titles = tuple(dict.fromkeys((*first, *second)))
    place = [{title: rank for rank, title in enumerate(one, 1)} for one in (first, second)]
    ranks = [np.array([of_list.get(title, np.nan) for title in titles]) for of_list in place]
    return TwoLists(of, titles, ranks[0], ranks[1])


def two_lists_finding(info: TwoLists, *, other: str) -> str:
    """The finding in a sentence; `other` names the second setting."""
    n = int(np.isfinite(info.first).sum())
    both = np.isfinite(info.first) & np.isfinite(info.second)
    if not n or not np.isfinite(info.second).any():
        return f"'{info.of}' has no neighbours under one of the two."
    same = f"{int(both.sum())} of the {n} nearest are the same by {other}"
    moved = np.where(both, info.first - info.second, 0.0)
    at = int(np.argmax(np.abs(moved)))
    if not moved[at]:
        return f"{same}."
    return (
        f"{same}; '{info.title[at]}' moves most, from place {info.first[at]:.0f} "
        f"to {info.second[at]:.0f}."
    )


def two_lists_figure(info: TwoLists, theme: Theme, *, names: tuple[str, str]) -> "Figure":
    """Two columns of ranks, joined where somebody is in both; who is in one alone is grey there."""
    traces: list[dict[str, Any]] = []
    notes = []
    rows = int(np.nanmax(np.concatenate((info.first, info.second, [1.0]))))
    for title, one, two in zip(info.title, info.first, info.second, strict=True):
        both = np.isfinite(one) and np.isfinite(two)
        colour = _colour(theme, one - two) if both else theme.second_text
        ends = [(x, rank) for x, rank in ((0, one), (1, two)) if np.isfinite(rank)]
        dash = {"dash": "solid" if not both or one >= two else "dot"}
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": [x for x, _ in ends],
                "y": [rank for _, rank in ends],
                "line": {"color": colour, "width": 2 if both else 0} | dash,
                "marker": {"size": 7, "color": colour},
                "hovertext": plain(title),
                "hoverinfo": "text",
            }
        )
        for x, rank in ends:
            side = (
                {"xanchor": "right", "xshift": -10} if x == 0 else {"xanchor": "left", "xshift": 10}
            )
            words = f"{rank:.0f} · {label(title, 30)}" if x else f"{label(title, 30)} · {rank:.0f}"
            notes.append(direct_label(theme, words, x=x, y=rank, colour=colour, **side))
    for x, name in enumerate(names):
        notes.append(direct_label(theme, name, x=x, y=0.0, colour=theme.text))
    bare: dict[str, Any] = {"showticklabels": False, "showgrid": False, "zeroline": False}
    return figure(
        theme,
        traces,
        height=100 + 26 * rows,
        xaxis=axis("setting", range=[-0.9, 1.9], **bare),
        yaxis=axis("place, the nearest on top", range=[rows + 0.7, -0.7], **bare),
        annotations=notes,
    )


def _colour(theme: Theme, gained: float) -> str:
    if gained == 0:
        return theme.text
    return theme.raises if gained > 0 else theme.lowers
