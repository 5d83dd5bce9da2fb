"""The inside of the network: its graph, its weights, its units, and one pair against the population."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from m6rec_core.explanation.layers import LayerSummary, Moments, layer_summaries
from m6rec_core.figures import architecture as graph
from m6rec_core.figures import layers
from m6rec_core.figures.text import three
from m6rec_core.scorer.heads import RELEVANCE
from pages.shared import cached, unit_views
from pages.shared.panels import escaped, heading, picture, quiet, table, tabs, theme


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
    heading(title, f"for user {user_id}, layer by layer")
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
    features = _features(run, user_id, item_id)
    activation = cached.layers(run).activations(features)[str(name)][0]
    summary = next(summary for summary in known if summary.name == name)
    info = layers.activations_of_summary(summary, activation)
    picture(
        layers.activations_finding(info),
        lambda theme: layers.activations_figure(info, theme),
        key="layers.activations",
    )
    unit_views.set_apart(run, activation, summary)
    unit_views.beside_the_band(info)
    score = float(recommender.score_features(features)[0])
    last = float(cached.layers(run).activations(features)[RELEVANCE][0, 0])
    quiet(
        f"The last layer says {three(last)} for this pair; its score on the page Recommendations is "
        f"{three(score)}."
    )


def details(
    run: Path, known: Sequence[LayerSummary], *, network: str, user_id: str, item_id: str
) -> None:
    """Weights, units, the reading of the history, and the table of layers."""
    tabs(
        "layers.detail",
        {
            "Weights": lambda: _weights(run),
            "Over the epochs": lambda: unit_views.over_epochs(run),
            "Activations": lambda: unit_views.activations(run, known),
            "Units at work": lambda: _units(known),
            "One unit": lambda: unit_views.one_unit(run, known),
            "Reading the history": lambda: unit_views.history(
                run, network, _features(run, user_id, item_id), user_id
            ),
            "All layers": lambda: _table(known),
        },
    )


def _features(run: Path, user_id: str, item_id: str) -> npt.NDArray[np.float32]:
    """(1, F) raw features of the pair."""
    recommender = cached.recommender(run)
    wanted = np.array([[recommender.interactions.items.row_of(item_id)]], dtype=np.int32)
    return recommender.pair_features(recommender.histories([user_id]), wanted)[0]


def _units(known: Sequence[LayerSummary]) -> None:
    info = layers.unit_health_of_summaries(known)
    if not (info.dead.any() or info.saturated.any()):
        st.success(layers.unit_health_finding(info), icon=":material/check_circle:")
    else:
        picture(
            layers.unit_health_finding(info),
            lambda theme: layers.unit_health_figure(info, theme),
            key="layers.units",
        )
    quiet("Dead: says the same for every pair. Saturated: stands at a limit for nearly every pair.")
    shares = {"Layer": info.layers, "Dead": info.dead, "Saturated": info.saturated}
    percents = st.column_config.NumberColumn(format="percent")
    table(
        pd.DataFrame(shares),
        key="layers.units_table",
        file_name="units.csv",
        columns={"Dead": percents, "Saturated": percents},
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
        | _moments("weight", summary.weights)
        | _moments("activation", summary.activations)
        for summary in known
    ]
    numbers = dict.fromkeys(list(rows[0])[5:], st.column_config.NumberColumn(format="%.3g"))
    table(pd.DataFrame(rows), key="layers.table", file_name="layers.csv", columns=numbers)
    quiet("±: standard deviation. Activations: over the sampled pairs of user and candidate.")


def _moments(what: str, of: Moments | None) -> dict[str, float | None]:
    names = (f"Mean {what}", f"± {what}s", f"{what.capitalize()}s at 0")
    found = (None, None, None) if of is None else (of.mean, of.deviation, of.zeros)
    return dict(zip(names, found, strict=True))


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
    unit_views.counted(info, "weights", key="layers.weights_table")
