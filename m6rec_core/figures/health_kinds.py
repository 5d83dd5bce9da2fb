"""Kinds of events: how many of each, and how many users go from one to the next."""

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.data.health.record import Kinds
from m6rec_core.figures.bars import bar_trace, bars_figure
from m6rec_core.figures.canvas import axis, figure, rows_axis, rows_height
from m6rec_core.figures.text import counted, percent, thousands
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_STAGES = 6
TICKS = [0, 0.25, 0.5, 0.75, 1]
ROOM = 1.45  # of an axis of shares: the texts stand beyond the bars


class Step(NamedTuple):
    """From one kind to another.

    `users` with the first, `then` of them with the second (later), `same` of them on the same item;
    `pairs` of user and item with the first, `pairs_then` of them with the second (later); `against`: the
    second kind speaks against the item.
    """

    first: str
    second: str
    users: int
    then: int
    same: int
    pairs: int
    pairs_then: int
    against: bool


class Funnel(NamedTuple):
    """Steps between kinds, the lightest first; `in_order`: whether the second kind came later."""

    steps: tuple[Step, ...]
    in_order: bool


def kinds_finding(info: Kinds) -> str:
    """The finding in a sentence."""
    total = int(info.events.sum())
    if not total:
        return "The data have no events."
    most = int(np.argmax(info.events))
    if len(info.names) == 1:
        return f"Every event is of one kind, '{info.names[0]}'."
    share = percent(info.events[most] / total)
    return f"'{info.names[most]}' is the most frequent kind of event ({share} of all)."


def kinds_figure(info: Kinds, theme: Theme) -> "Figure":
    """One bar per kind of event, the lightest first; kinds that speak against the item in the other colour."""
    texts = [
        f"{counted(int(events), 'event')} · {counted(int(users), 'user')} · {counted(int(items), 'item')}"
        for events, users, items in zip(info.events, info.users, info.items, strict=True)
    ]
    against = _speaks_against(info)
    return bars_figure(
        theme,
        [
            name + (" (against)" if bad else "")
            for name, bad in zip(info.names, against, strict=True)
        ],
        info.events,
        axis_title="events",
        colours=[theme.raises if bad else theme.primary for bad in against],
        texts=texts,
        counts=True,
    )


def funnel_info(info: Kinds) -> Funnel:
    """Steps from each good kind to the next weightier, from the first to the last, and to what is against.

    Of many good kinds those with the most users are taken.
    """
    against = _speaks_against(info)
    own = len(info.names) - bool(info.pooled)
    good = [place for place in range(own) if not against[place]]
    good = sorted(sorted(good, key=lambda place: -info.users[place])[:MOST_STAGES])
    pairs = list(pairwise(good))
    if len(good) > 2:
        pairs.append((good[0], good[-1]))
    if good:
        pairs += [(good[-1], place) for place in range(own) if against[place]][:MOST_STAGES]
    steps = tuple(
        Step(
            info.names[first],
            info.names[second],
            int(info.users[first]),
            int(info.then[first, second]),
            int(info.then_same[first, second]),
            int(info.pairs[first]),
            int(info.pairs_then[first, second]),
            bool(against[second]),
        )
        for first, second in pairs
    )
    return Funnel(steps, info.in_order)


def funnel_finding(info: Funnel) -> str:
    """The finding in a sentence."""
    if not info.steps:
        return "With one kind of event there is no funnel."
    step = info.steps[0]
    later = " later" if info.in_order else ", too"
    users, pairs = step.then / max(step.users, 1), step.pairs_then / max(step.pairs, 1)
    return (
        f"{percent(users)} of the users with '{step.first}' have '{step.second}'{later}; counted by pairs "
        f"of user and item, {percent(pairs)}."
    )


def funnel_figure(info: Funnel, theme: Theme) -> "Figure":
    """For each step three bars: users who go on at all, on the same item, and pairs of user and item."""
    titles, shares, colours, texts = [], [], [], []
    sign = "→" if info.in_order else "+"
    for step in info.steps:
        colour = theme.raises if step.against else theme.primary
        for words, number, total, noun, strength in (
            ("any item", step.then, step.users, "user", 1.0),
            ("same item", step.same, step.users, "user", 0.75),
            ("each user and item", step.pairs_then, step.pairs, "pair", 0.5),
        ):
            share = number / max(total, 1)
            titles.append(f"{step.first} {sign} {step.second}, {words}")
            shares.append(share)
            colours.append(colour if strength == 1.0 else theme.faded(colour, strength))
            texts.append(f"{percent(share)} · {thousands(number)} of {counted(total, noun)}")
    return figure(
        theme,
        [bar_trace(shares, colours=colours, texts=texts)],
        height=rows_height(len(titles)),
        xaxis=axis(
            "share of those with the first kind",
            tickformat=".0%",
            tickvals=TICKS,
            range=[0, ROOM],
            from_zero=True,
        ),
        yaxis=rows_axis(titles, length=48),
    )


def _speaks_against(info: Kinds) -> npt.NDArray[np.bool_]:
    return np.asarray(info.weights < 0, dtype=bool)  # NaN, the weight of pooled kinds, is not
