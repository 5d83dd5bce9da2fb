"""What the data hold, and what they lack: ratings, repeats, cold users and items, empty cells."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from m6rec_core.data.health.record import FEW_EVENTS, GAP_NAMES, Health, Missing, Ratings, Repeats
from m6rec_core.figures.bars import bars_figure
from m6rec_core.figures.canvas import axis, figure
from m6rec_core.figures.health_kinds import ROOM, TICKS
from m6rec_core.figures.text import counted, percent, thousands, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_COLUMNS = 20  # of the figure of empty cells


class Shares(NamedTuple):
    """Named parts: `number` (rows,) of `total` (rows,); the share of a total of 0 is 0."""

    names: tuple[str, ...]
    number: Ints
    total: Ints

    @property
    def share(self) -> Floats:
        """(rows,) number over total."""
        return np.asarray(self.number / np.maximum(self.total, 1), dtype=np.float64)


def ratings_finding(info: Ratings) -> str:
    """The finding in a sentence."""
    most = int(np.argmax(info.count))
    share = info.count[most] / info.count.sum()
    about = "about " if info.width else ""
    return (
        f"The most frequent rating is {about}{info.value[most]:g} ({percent(share)} of all); "
        f"the mean is {three(info.mean)}."
    )


def ratings_figure(info: Ratings, theme: Theme) -> "Figure":
    """How often each rating was given."""
    few = len(info.value) <= 12
    bars = {
        "type": "bar",
        "x": info.value,
        "y": info.count,
        "width": [info.width] * len(info.value) if info.width else None,
        "marker": {"color": theme.primary},
        "hovertemplate": "rating %{x}: %{y:,} times<extra></extra>",
    }
    return figure(
        theme,
        [bars],
        xaxis=axis("rating", tickvals=info.value if few else None),
        yaxis=axis("events", from_zero=True, counts=True),
    )


def repeats_finding(info: Repeats, n_events: int) -> str:
    """The finding in a sentence."""
    if not info.events:
        return "No user has two events on one item."
    share = f"{percent(info.events / max(n_events, 1))} of the events are on an item that their user had before"
    if not len(info.gaps):
        return f"{share}; without times it is not known how long before."
    middle = int(np.searchsorted(np.cumsum(info.gaps), info.gaps.sum() / 2))
    when = GAP_NAMES[middle] if middle < len(GAP_NAMES) - 1 else "after more than 30 days"
    return f"{share}, half of them {when}."


def repeats_figure(info: Repeats, theme: Theme) -> "Figure":
    """How long after the event before it a pair occurs again."""
    texts = [
        f"{percent(number / max(info.events, 1))} · {counted(int(number), 'event')}"
        for number in info.gaps
    ]
    return bars_figure(
        theme,
        GAP_NAMES,
        info.gaps,
        axis_title="events on an item that the user had before, by the time since then",
        colours=theme.primary,
        texts=texts,
        counts=True,
    )


def cold_info(health: Health) -> Shares:
    """Users and items with too little behind them, each with the number they are part of."""
    users, items = health.user_activity, health.item_activity
    rows = [
        ("Users with one event", users.one, health.n_users),
        (f"Users with fewer than {FEW_EVENTS} events", users.few, health.n_users),
        ("Items with one event", items.one, health.n_items),
        (f"Items with fewer than {FEW_EVENTS} events", items.few, health.n_items),
    ]
    if health.items is not None:
        catalogue = health.items.ids + health.items.without_events
        rows.append(("Items of the table without events", health.items.without_events, catalogue))
        rows.append(
            ("Items with events, not in the table", health.items.without_attributes, health.n_items)
        )
    if health.users is not None:
        table = health.users.ids + health.users.without_events
        rows.append(("Users of the table without events", health.users.without_events, table))
        rows.append(
            ("Users with events, not in the table", health.users.without_attributes, health.n_users)
        )
    names, number, total = zip(*rows, strict=True)
    return Shares(tuple(names), np.array(number, np.int64), np.array(total, np.int64))


def cold_finding(info: Shares) -> str:
    """The finding in a sentence."""
    users, items = info.share[1], info.share[3]
    if not users and not items:
        return f"Every user and every item has at least {FEW_EVENTS} events."
    return (
        f"{percent(items)} of the items and {percent(users)} of the users have fewer than "
        f"{FEW_EVENTS} events."
    )


def missing_info(missing: tuple[Missing, ...], *, most: int = MOST_COLUMNS) -> Shares:
    """Empty cells by column, the emptiest first; at most so many columns."""
    shown = sorted(missing, key=lambda one: -one.share)[:most]
    return Shares(
        tuple(f"{one.column} ({one.table})" for one in shown),
        np.array([one.missing for one in shown], np.int64),
        np.array([one.rows for one in shown], np.int64),
    )


def missing_finding(info: Shares) -> str:
    """The finding in a sentence."""
    if not info.number.any():
        return "No cell is empty."
    empty = int((info.number > 0).sum())
    return (
        f"{counted(empty, 'column has', 'columns have')} empty cells; the emptiest is "
        f"{info.names[0]} with {percent(info.share[0])}."
    )


def shares_figure(info: Shares, theme: Theme, *, axis_title: str, of: int = 0) -> "Figure":
    """One bar per part, from 0 to 100 %; `of`: how many parts there are, when not all are shown."""
    texts = [
        f"{percent(share)} · {thousands(number)} of {thousands(total)}"
        for share, number, total in zip(info.share, info.number, info.total, strict=True)
    ]
    drawn = bars_figure(
        theme,
        info.names,
        info.share,
        axis_title=axis_title,
        colours=theme.primary,
        texts=texts,
        note=f"{len(info.names)} of {thousands(of)} columns" if of > len(info.names) else "",
    )
    drawn.update_xaxes(tickformat=".0%", range=[0, ROOM], tickvals=TICKS)
    return drawn
