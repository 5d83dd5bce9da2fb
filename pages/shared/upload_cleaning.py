"""The steps of the cleaning in their order, each with a switch and with what it needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from m6rec_core.config import DataConfig
from pages.shared.option_fields import kept_field
from pages.shared.panels import quiet

PAGE = "uploads"
_DEFAULTS = {f"data.{name}": value for name, value in vars(DataConfig()).items()}


@dataclass(frozen=True)
class Step:
    """One step: what it does, its options with their labels, and the values that switch it off and on.

    Without `off` it has no switch.
    """

    name: str
    why: str
    fields: Mapping[str, str] = field(default_factory=dict)
    off: Mapping[str, Any] = field(default_factory=dict)
    on: Mapping[str, Any] = field(default_factory=dict)

    @property
    def switch(self) -> str:
        return f"{PAGE}.step.{next(iter(self.off), self.name)}"


STEPS = (
    Step("Missing ids", "A row without a user or an item cannot be learned from. Always dropped."),
    Step(
        "Impossible times",
        "Drops events before a day that you set, and of days that are still to come.",
        {"data.earliest": "From", "data.latest": "To (empty: now)"},
        off={"data.earliest": "0001-01-01", "data.latest": "9999-12-31"},
        on={"data.earliest": _DEFAULTS["data.earliest"], "data.latest": ""},
    ),
    Step(
        "A scale of your own",
        "Ratings beyond the scale are dropped. Switched off, the scale is read off the data.",
        {"data.rating_low": "Lowest rating", "data.rating_high": "Highest rating"},
        off={"data.rating_low": 0.0, "data.rating_high": 0.0},
        on={"data.rating_low": 1.0, "data.rating_high": 5.0},
    ),
    Step(
        "Amounts below zero",
        "A quantity of -2 is goods sent back: an event of its own, or not.",
        {"data.negative_values": "Such rows become"},
    ),
    Step(
        "Low ratings say no",
        "A rating below the threshold speaks against the item instead of for it.",
        {"data.positive_from": "Liked from"},
        off={"data.positive_from": 0.0},
        on={"data.positive_from": 3.5},
    ),
    Step(
        "Machines",
        "Drops users with more events per day than a person has.",
        off={"data.bots": False},
        on={"data.bots": True},
    ),
    Step(
        "Exact duplicates",
        "Drops rows that repeat another one in every column.",
        off={"data.duplicates": False},
        on={"data.duplicates": True},
    ),
    Step(
        "Double clicks",
        "Drops the same event on the same item within so many seconds.",
        {"data.double_clicks": "Seconds"},
        off={"data.double_clicks": 0.0},
        on={"data.double_clicks": 2.0},
    ),
    Step(
        "Repeats",
        "How events of one kind by one user on one item become one.",
        {"data.repeats": "What stays"},
        off={"data.repeats": "all"},
        on={"data.repeats": "last"},
    ),
    Step(
        "Rare users and items",
        "Drops users and items with fewer events, until none is left (k-core).",
        {
            "data.minimum_user_events": "Events per user",
            "data.minimum_item_events": "Events per item",
        },
        off={"data.minimum_user_events": 1, "data.minimum_item_events": 1},
        on={"data.minimum_user_events": 5, "data.minimum_item_events": 5},
    ),
    Step(
        "Values on one scale",
        "Makes generous and strict users comparable.",
        {"data.normalise": "Scale"},
        off={"data.normalise": "none"},
        on={"data.normalise": "z_score"},
    ),
)


def ask() -> dict[str, Any]:
    """Asks for every step in its order; gives the options that differ from the usual."""
    chosen: dict[str, Any] = {}
    for number, step in enumerate(STEPS, start=1):
        name, why, fields = st.columns([3, 5, 5], vertical_alignment="center")
        with name:
            is_on = _switch(step, number)
        with why:
            quiet(step.why)
        values = dict(step.on if is_on else step.off)
        if is_on and step.fields:
            with fields:
                values |= _fields(step)
        chosen |= values
    return {key: value for key, value in chosen.items() if value != _DEFAULTS[key]}


def fill(values: Mapping[str, Any]) -> None:
    """Sets every step from options of the data, those that are not named to the usual."""
    wanted = _DEFAULTS | {key: value for key, value in values.items() if key in _DEFAULTS}
    for step in STEPS:
        is_on = any(wanted[key] != off for key, off in step.off.items())
        if step.off:
            st.session_state[step.switch] = is_on
        for key in step.fields:
            usual = step.on.get(key, _DEFAULTS[key])
            st.session_state[f"{PAGE}.{key}"] = wanted[key] if is_on or not step.off else usual


def words(values: Mapping[str, Any]) -> str:
    """What options of the data set, step by step, in the names of the steps.

    >>> words({"data.bots": True, "data.double_clicks": 2.0})
    'machines: on · double clicks: 2'
    """
    said = []
    for step in STEPS:
        set_here = {key: value for key, value in values.items() if key in {*step.fields, *step.off}}
        if set_here:
            is_off = bool(step.off) and all(
                value == step.off.get(k) for k, value in set_here.items()
            )
            shown = " and ".join(_shown(value) for value in set_here.values())
            said.append(f"{step.name.lower()}: {'off' if is_off else shown}")
    return " · ".join(said)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")


def _switch(step: Step, number: int) -> bool:
    title = f"{number}. {step.name}"
    if not step.off:
        st.markdown(f"**{title}**")
        return True
    is_usual = any(_DEFAULTS[key] != off for key, off in step.off.items())
    st.session_state.setdefault(step.switch, is_usual)
    return st.toggle(f"**{title}**", key=step.switch, persist_state="session")


def _fields(step: Step) -> dict[str, Any]:
    found = {}
    for place, (key, label) in zip(st.columns(2), step.fields.items(), strict=False):
        with place:
            found[key] = kept_field(PAGE, key, step.on.get(key, _DEFAULTS[key]), label=label)
    return found
