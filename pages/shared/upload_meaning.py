"""What the events mean: a preset by scene, the weight of each kind, how long an event counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from m6rec_core.config import options
from m6rec_core.data.kinds import known_kind, weight_of
from m6rec_core.data.scenes import SCENES, Scene
from pages.shared import upload_cleaning
from pages.shared.option_fields import kept_field
from pages.shared.panels import escaped, quiet

PAGE = "uploads"
_SCENE, _WEIGHTS = f"{PAGE}.scene", f"{PAGE}.weights"
_TABLE, _VERSION = f"{PAGE}.weights_table", f"{PAGE}.weights_version"
NO_SCENE = "none"
KIND, MEANING, WEIGHT = "Kind of event", "Understood as", "Weight"
CANCELLATION, LOW_RATING = "cancellation", "low_rating"


@dataclass(frozen=True)
class Understood:
    """What the first rows of the events hold: kinds, the most frequent first, and amounts below zero."""

    kinds: tuple[str, ...] = ()
    has_negative: bool = False


def ask(understood: Understood) -> dict[str, Any]:
    """Asks for scene, weights and half-life; gives the options that differ from the usual."""
    scene, half_life, target = st.columns(3, vertical_alignment="bottom")
    with scene:
        st.selectbox(
            "Scene",
            [NO_SCENE, *SCENES],
            key=_SCENE,
            persist_state="session",
            on_change=_apply_scene,
            help="Sets the options below to values that suit a trade; each can be changed afterwards.",
        )
    with half_life:
        days = kept_field(PAGE, "data.half_life_days", 0.0, label="Half-life in days (0: none)")
    kinds = _kinds(understood)
    with target:
        aim = _target(kinds)
    name = st.session_state.get(_SCENE, NO_SCENE)
    if name in SCENES:
        st.info(escaped(_scene_words(SCENES[name])), icon=":material/auto_fix_high:")
    chosen = {
        "data.half_life_days": days,
        "data.target": aim,
        "data.event_weights": _weights(kinds),
    }
    return {key: value for key, value in chosen.items() if value}


def _target(kinds: Sequence[str]) -> str:
    key = f"{PAGE}.data.target"
    chosen = st.session_state.setdefault(key, "")
    return str(
        st.selectbox(
            "Kind to be predicted",
            list(dict.fromkeys(["", *kinds, chosen])),
            format_func=lambda kind: kind or "the weightiest",
            key=key,
            persist_state="session",
            help=dict(options())["data.target"].metadata["help"],
        )
    )


def _weights(kinds: Sequence[str]) -> str:
    """The table of kinds with their weights, and all weights as an option takes them.

    Names that such a text cannot hold keep their usual weight.
    """
    given: dict[str, float] = st.session_state.setdefault(_WEIGHTS, {})
    if len(kinds) < 2:
        quiet("All events are of one kind: there is nothing to weigh.")
    else:
        given.update(_edited(kinds, given))
        quiet(
            "Found in the first rows of the files. A weight below 0 says no to the item, 0 is counted "
            "only. Kinds that turn up later get the weight of the scene, else their usual one."
        )
    return ",".join(f"{name}={weight:g}" for name, weight in given.items())


def _edited(kinds: Sequence[str], given: Mapping[str, float]) -> dict[str, float]:
    """Shows the table; gives the weights that differ from what was given so far."""
    key = f"{_TABLE}.{st.session_state.get(_VERSION, 0)}.{hash(tuple(kinds))}"
    # the table under an editor must stay as it was, or its edits are lost
    shown = st.session_state.get(_TABLE, ("", None))
    if shown[0] != key:
        table = pd.DataFrame(
            {
                KIND: list(kinds),
                MEANING: [known_kind(name).replace("_", " ") or "not known" for name in kinds],
                WEIGHT: [weight_of(name, given) for name in kinds],
            }
        )
        shown = st.session_state[_TABLE] = (key, table)
    edited = st.data_editor(
        shown[1],
        key=key,
        hide_index=True,
        disabled=[KIND, MEANING],
        column_config={
            WEIGHT: st.column_config.NumberColumn(
                min_value=-100.0,
                max_value=100.0,
                step=0.5,
                required=True,
                help="How much an event of this kind says for the item. Below 0: against it. "
                "0: counted, but not learned from.",
            )
        },
    )
    weights = zip(edited[KIND], edited[WEIGHT].astype(float), strict=True)
    return {
        name: weight
        for name, weight in weights
        if weight != weight_of(name, given) and not set(name) & set(",=")
    }


def fill(values: Mapping[str, Any]) -> None:
    """Sets the fields from options of the data, those that are not named to the usual."""
    st.session_state[f"{PAGE}.data.half_life_days"] = float(values.get("data.half_life_days", 0.0))
    st.session_state[f"{PAGE}.data.target"] = str(values.get("data.target", ""))
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1
    parts = (part.partition("=") for part in str(values.get("data.event_weights", "")).split(","))
    st.session_state[_WEIGHTS] = {
        name.strip(): float(weight) for name, sign, weight in parts if sign
    }


def _kinds(understood: Understood) -> list[str]:
    """The kinds of the first rows, and those that the cleaning makes of amounts and ratings."""
    kinds = list(understood.kinds)
    negative = st.session_state.get(f"{PAGE}.data.negative_values", CANCELLATION)
    if understood.has_negative and negative == CANCELLATION:
        kinds.append(CANCELLATION)
    if st.session_state.get(f"{PAGE}.step.data.positive_from"):
        kinds.append(LOW_RATING)
    return list(dict.fromkeys(kinds))


def _scene_words(scene: Scene) -> str:
    """What a scene sets, in the words of the page, and why."""
    values = scene.options()
    days = float(values.get("data.half_life_days", 0.0))
    parts = [upload_cleaning.words(values)] + [f"half-life: {days:g} days"] * (days > 0)
    return f"{scene.why} Set: weights as in the table · {' · '.join(parts)}."


def _apply_scene() -> None:
    name = st.session_state[_SCENE]
    values = SCENES[name].options() if name in SCENES else {}
    upload_cleaning.fill(values)
    fill(values)
