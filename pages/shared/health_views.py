"""How much there is to learn from, and whether it is enough."""

import streamlit as st

from m6rec_core.data.health.record import Health
from m6rec_core.figures.text import counted, percent, thousands, three
from pages.shared.panels import Merit, answer, escaped

MARKS = {
    "good": ":green[:material/check_circle:]",
    "note": ":blue[:material/info:]",
    "warning": ":orange[:material/warning:]",
}


def merits(health: Health) -> None:
    """The four figures that say how much there is to learn from."""
    users, items = health.user_activity, health.item_activity
    answer(
        Merit(
            "Events",
            thousands(health.n_events),
            "Rows that are learned from, after cleaning.",
            f"{three(users.mean)} per user, {three(items.mean)} per item",
        ),
        Merit(
            "Users with at least 2 events",
            thousands(users.active),
            "Only they can teach what goes with what, and only on them can a list be tested.",
            f"{percent(users.active / max(health.n_users, 1))} of {counted(health.n_users, 'user')}",
        ),
        Merit(
            "Items with at least 5 events",
            thousands(health.n_items - items.few),
            "The likeness of rarer items rests on a handful of people.",
            f"{percent(1 - items.few / max(health.n_items, 1))} of {counted(health.n_items, 'item')}",
        ),
        Merit(
            "Density",
            percent(health.density),
            "Share of all pairs of user and item that have an event.",
            f"{thousands(health.pairs)} distinct pairs",
        ),
    )


def advice(health: Health) -> None:
    """Whether the data are enough, in plain words, the gravest first."""
    st.subheader("Is it enough?", anchor=False)
    lines = [
        f"{MARKS[one.level]} {escaped(one.finding)}"
        + (f" :small[:gray[{escaped(one.remedy)}]]" if one.remedy else "")
        for one in health.advice
    ]
    st.markdown("  \n".join(lines))
