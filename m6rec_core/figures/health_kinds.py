"""Kinds of events: how many of each, and how many users go from one to the next."""

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.data.health.record import Kinds
from m6rec_core.figures.bars import bar_trace, bars_figure
from m6rec_core.figures.canvas import axis, figure, rows_axis, rows_height, with_room
from m6rec_core.figures.text import counted, percent, thousands
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_STAGES = 6


class Step(NamedTuple):
    """From one kind to another: `users` with the first, `then` of them with the second (later), `same`
    of them with the second on the same item; `against`: the second kind speaks against the item."""

    first: str
    second: str
    users: int
    then: int
    same: int
    against: bool

    @property
    def shares(self) -> tuple[float, float]:
        """Of the users with the first kind: those who go on at all, and on the same item."""
        return self.then / max(self.users, 1), self.same / max(self.users, 1)


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
    then, same = step.shares
    later = " later" if info.in_order else ", too"
    return (
        f"Of the users with a '{step.first}', {percent(then)} have a '{step.second}'{later}; "
        f"{percent(same)} on the same item."
    )


def funnel_figure(info: Funnel, theme: Theme) -> "Figure":
    """For each step two bars: users who go on at all, and on the same item."""
    titles, shares, colours, texts = [], [], [], []
    sign = "→" if info.in_order else "+"
    for step in info.steps:
        for share, number, words, part in zip(
            step.shares, (step.then, step.same), ("any item", "same item"), (1.0, 0.55), strict=True
        ):
            titles.append(f"{step.first} {sign} {step.second}, {words}")
            shares.append(share)
            colour = theme.raises if step.against else theme.primary
            colours.append(colour if part == 1.0 else theme.faded(colour, part))
            texts.append(f"{percent(share)} · {thousands(number)} of {counted(step.users, 'user')}")
    length = max((len(title) for title in titles), default=0)
    return figure(
        theme,
        [bar_trace(shares, colours=colours, texts=texts)],
        height=rows_height(len(titles)),
        xaxis=axis(
            "share of the users with the first kind",
            tickformat=".0%",
            range=with_room(np.zeros(len(shares)), shares, texts),
            from_zero=True,
        ),
        yaxis=rows_axis(titles, length=min(length, 48)),
    )


def _speaks_against(info: Kinds) -> npt.NDArray[np.bool_]:
    return np.asarray(info.weights < 0, dtype=bool)  # NaN, the weight of pooled kinds, is not
