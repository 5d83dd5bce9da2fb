"""Widgets for the options of a run: one per option, with its own explanation, remembered in the address."""

import math
from collections.abc import Iterable
from dataclasses import Field
from typing import Any

import streamlit as st

from m6rec_core.config import options

GROUPS = {
    "data": "Cleaning",
    "split": "Held out for the evaluation",
    "similarity": "Likeness",
    "signals": "Further signals",
    "scorer": "Network and training",
    "ranking": "Lists",
    "explanation": "Explanation",
    "": "Repeatability",
}


def section_of(key: str) -> str:
    """The section of an option: `scorer.epochs` is in `scorer`, `seed` in none."""
    return key.rpartition(".")[0]


def ask(
    page: str, sections: Iterable[str], *, without: Iterable[str] = (), columns: int = 3
) -> dict[str, Any]:
    """Asks for every option of the sections, under their titles; gives those that differ from the usual."""
    left_out = set(without)
    chosen: dict[str, Any] = {}
    for section in sections:
        fields = [
            (key, about)
            for key, about in options()
            if section_of(key) == section and key not in left_out
        ]
        if not fields:
            continue
        st.markdown(f"**{GROUPS[section]}**")
        for start in range(0, len(fields), columns):
            row = fields[start : start + columns]
            for place, (key, about) in zip(st.columns(columns), row, strict=False):
                with place:
                    value = field(page, key, about)
                if value != about.default:
                    chosen[key] = value
    return chosen


def field(page: str, key: str, about: "Field[Any]") -> Any:
    """The widget that suits the kind of an option; its key, `page.section.option`, is its address."""
    start = "index" if about.metadata["choices"] else "value"
    default = about.default
    if about.metadata["choices"]:
        default = about.metadata["choices"].index(default)
    return _widget(
        about,
        label=_label(key),
        key=f"{page}.{key}",
        bind="query-params",
        **{start: default},
    )


def kept_field(page: str, key: str, start: Any, *, label: str = "") -> Any:
    """The same widget, filled from and kept in the session, so that a preset can set it."""
    name = f"{page}.{key}"
    st.session_state.setdefault(name, start)
    about = dict(options())[key]
    words = {"format_func": _words} if about.metadata["choices"] else {}
    return _widget(about, label=label or _label(key), key=name, persist_state="session", **words)


def _widget(about: "Field[Any]", **common: Any) -> Any:
    metadata, kind = about.metadata, type(about.default)
    common["help"] = metadata["help"]
    if metadata["choices"]:
        return st.selectbox(options=metadata["choices"], **common)
    if kind is bool:
        return st.toggle(**common)
    if kind is str:
        return st.text_input(**common).strip()
    low: Any = metadata["low"] if metadata["low"] is not None or kind is float else 0
    return st.number_input(
        min_value=None if low is None else kind(low),
        max_value=None if metadata["high"] is None else kind(metadata["high"]),
        step=1 if kind is int else _step(about.default),
        format=None if kind is int else "%g",
        **common,
    )


def _label(key: str) -> str:
    return _words(key.rpartition(".")[2]).capitalize()


def _words(name: str) -> str:
    return name.replace("_", " ")


def _step(default: float) -> float:
    """A step that moves a number of this size.

    >>> _step(0.004), _step(0.3), _step(0.0)
    (0.001, 0.1, 1.0)
    """
    return float(10.0 ** math.floor(math.log10(default))) if default > 0 else 1.0
