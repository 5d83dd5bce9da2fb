"""The inside of the network: its graph, its weights, its units, and one pair against the population."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from m6rec_core.explanation.layers import LayerSummary, layer_summaries
from m6rec_core.figures import architecture as graph
from m6rec_core.figures import layers
from pages.shared import cached
from pages.shared.panels import escaped, picture, quiet, table, tabs, theme


@st.cache_resource(max_entries=2, show_spinner=False)
def summaries(run: Path) -> tuple[LayerSummary, ...]:
    """Every layer of the network of a run."""
    about = cached.document(run, "scorer.json")
    return layer_summaries(
        about["architecture"], cached.weights(run), cached.population_activations(run)
    )


def idle_units(known: Sequence[LayerSummary]) -> tuple[int, int]:
    """How many units are dead or saturated, of how many that were watched."""
    idle = watched = 0
    for summary in known:
        if summary.dead is not None and summary.saturated is not None:
            idle += int((summary.dead | summary.saturated).sum())
            watched += len(summary.dead)
    return idle, watched


def architecture(about: Mapping[str, Any]) -> None:
    """The network as a graph, the input on the left."""
    drawn = about["architecture"]
    st.markdown(f"**{escaped(graph.architecture_finding(drawn))}**")
    st.graphviz_chart(
        graph.architecture_dot(drawn, theme()),
        width="stretch",
        alt=graph.architecture_finding(drawn),
    )


def pair(run: Path, user_id: str, item_id: str, known: Sequence[LayerSummary]) -> None:
    """One layer's activations for the chosen pair against 90 % of all pairs."""
    recommender = cached.recommender(run)
    item_row = recommender.interactions.items.row_of(item_id)
    title = cached.item_titles(run)[item_row]
    st.subheader(f"{title} for user {user_id}, layer by layer", anchor=False)
    drawn = [summary for summary in known if summary.band is not None]
    names = [summary.name for summary in drawn]
    first = next((at for at, summary in enumerate(drawn) if summary.kind == "Dense"), 0)
    name = st.selectbox(
        "Layer",
        names,
        index=first,
        key="layers.layer",
        bind="query-params",
        width=320,
        help="Each unit of the layer is one place on the axis.",
    )
    wanted = np.array([[item_row]], dtype=np.int32)
    features = recommender.pair_features(recommender.histories([user_id]), wanted)[0]
    activation = cached.layers(run).activations(features)[str(name)][0]
    summary = next(summary for summary in known if summary.name == name)
    info = layers.activations_of_summary(summary, activation)
    picture(
        layers.activations_finding(info),
        lambda theme: layers.activations_figure(info, theme),
        key="layers.activations",
    )


def details(run: Path, known: Sequence[LayerSummary]) -> None:
    """Weights, units and the table of layers."""
    tabs(
        "layers.detail",
        {
            "Weights": lambda: _weights(run),
            "Units at work": lambda: _units(known),
            "All layers": lambda: _table(known),
        },
    )


def _units(known: Sequence[LayerSummary]) -> None:
    info = layers.unit_health_of_summaries(known)
    if not (info.dead.any() or info.saturated.any()):
        st.success(layers.unit_health_finding(info), icon=":material/check_circle:")
        quiet(
            "Dead: says the same for every pair. Saturated: stands at a limit for nearly every pair."
        )
        return
    picture(
        layers.unit_health_finding(info),
        lambda theme: layers.unit_health_figure(info, theme),
        key="layers.units",
    )


def _table(known: Sequence[LayerSummary]) -> None:
    rows = [
        {
            "Layer": summary.name,
            "Kind": summary.kind,
            "Output": " × ".join(map(str, summary.output_shape)),
            "Activation": summary.activation,
            "Weights": summary.parameters,
        }
        for summary in known
    ]
    table(pd.DataFrame(rows), key="layers.table", file_name="layers.csv")


def _weights(run: Path) -> None:
    every = cached.weights(run)
    name = st.selectbox(
        "Weights of", list(every), key="layers.weights", bind="query-params", width=320
    )
    info = layers.weights_info(every[str(name)])
    picture(
        layers.weights_finding(info, layer=str(name)),
        lambda theme: layers.weights_figure(info, theme),
        key="layers.weights_figure",
    )
