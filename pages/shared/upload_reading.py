"""How the files are to be read, where what was seen in them is wrong."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.shared.option_fields import kept_field
from pages.shared.panels import quiet

PAGE = "uploads"
AUTO = "auto"
LABELS = {
    "header": "Names of columns in the first line",
    "separator": "Between two cells",
    "encoding": "Characters",
    "decimal": "Decimal sign",
}


def ask() -> dict[str, str]:
    """What is set otherwise than seen, by the names of the options `reading.*`."""
    with st.expander(
        "Read the files otherwise", key=f"{PAGE}.reading", icon=":material/translate:"
    ):
        quiet("How a file was read stands beside it. What is set here holds for all of them.")
        chosen = {}
        for place, (name, label) in zip(st.columns(len(LABELS)), LABELS.items(), strict=True):
            with place:
                chosen[name] = kept_field(PAGE, f"reading.{name}", AUTO, label=label)
    return {name: value for name, value in chosen.items() if value != AUTO}


def fill(options: Mapping[str, Any]) -> None:
    """Sets every field from options of a configuration, those that are not named to automatic."""
    for name in LABELS:
        st.session_state[f"{PAGE}.reading.{name}"] = options.get(f"reading.{name}", AUTO)
