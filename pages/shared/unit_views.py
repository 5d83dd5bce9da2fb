"""One unit of a layer and one history at work: what excites the unit, and how the network reads the items."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from m6rec_core.explanation import history_reading, units
from m6rec_core.explanation.layers import LayerSummary, distance_from_band, units_that_set_apart
from m6rec_core.figures import reading
from m6rec_core.figures import units as figures
from m6rec_core.figures.bins import Histogram
from m6rec_core.figures.layers import Activations
from m6rec_core.scorer.features.sequence import CHANNELS, LENGTH
from pages.shared import cached
from pages.shared.panels import behind, picture, quiet, table

MOST_ROWS = 10
NUMBER = st.column_config.NumberColumn(format="%.3f", width="small")
SHORT = st.column_config.Column(width="small")
NAME = st.column_config.Column(width=150)  # so that the numbers beside it are seen
Matrix = npt.NDArray[np.float32]


def set_apart(run: Path, activation: Matrix, summary: LayerSummary) -> None:
    """The units of a layer in which a pair is unlike 90 % of all pairs, and what each of them follows."""
    if summary.band is None:
        return
    chosen = units_that_set_apart(activation, summary.band, n=MOST_ROWS)
    if not len(chosen):
        return
    features = cached.recommender(run).features
    population = cached.population_activations(run)[summary.name]
    distance = distance_from_band(activation, summary.band)
    rows = []
    for unit in chosen:
        agreement = _followed(run, population[:, unit])
        best = _best(agreement)
        rows.append(
            {
                "Unit": int(unit),
                "This pair": float(activation[unit]),
                "90 % of pairs, from": float(summary.band.low[unit]),
                "to": float(summary.band.high[unit]),
                "Distance": float(distance[unit]),
                "Follows most": "nothing" if best < 0 else features[best].title,
                "Rank correlation": np.nan if best < 0 else float(agreement[best]),
            }
        )
    with st.expander("The units that set it apart", icon=":material/table_rows:"):
        quiet(
            "Distance in half widths of the band: beyond ±1 the pair is unlike 90 % of all pairs."
        )
        table(pd.DataFrame(rows), key="layers.apart", file_name=f"{summary.name}-units.csv")


def beside_the_band(info: Activations) -> None:
    """Every unit of the pair's layer beside the band of the population, as a table."""
    shown = {
        "Unit": np.arange(len(info.value)),
        "This pair": info.value,
        "90 % of pairs, from": info.low,
        "middle": info.median,
        "to": info.high,
    }
    behind(
        pd.DataFrame(shown),
        key="layers.band",
        file_name=f"{info.layer}-pair.csv",
        columns=dict.fromkeys(list(shown)[1:], NUMBER),
        title="Every unit in numbers",
    )


def counted(info: Histogram, what: str, *, key: str) -> None:
    """The bars of a histogram as a table."""
    shown = {"From": info.edges[:-1], "to": info.edges[1:], what.capitalize(): info.number}
    numbers = dict.fromkeys(("From", "to"), st.column_config.NumberColumn(format="%.3g"))
    behind(pd.DataFrame(shown), key=key, file_name=f"{what}.csv", columns=numbers)


def one_unit(run: Path, known: Sequence[LayerSummary]) -> None:
    """A unit that is chosen: the feature it follows, and the pairs, items and users that excite it most."""
    recorded = [summary for summary in known if summary.band is not None]
    names = [summary.name for summary in recorded]
    usual = next((at for at, one in enumerate(recorded) if one.kind == "Dense"), 0)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = str(
            st.selectbox(
                "Layer of the unit",
                names,
                index=usual,
                key="layers.unit_layer",
                bind="query-params",
                width=260,
            )
        )
        population = cached.population_activations(run)[name]
        unit = st.number_input(
            f"Unit, 0 to {population.shape[1] - 1}",
            0,
            population.shape[1] - 1,
            key=f"layers.unit.{name}",
            width=160,
        )
    activation = population[:, int(unit)]
    info = figures.followed_info(
        f"Unit {int(unit)} of '{name}'",
        [feature.title for feature in cached.recommender(run).features],
        _followed(run, activation),
    )
    picture(
        figures.followed_finding(info),
        lambda theme: figures.followed_figure(info, theme),
        key="layers.followed",
    )
    if not info.titles:
        return
    behind(
        pd.DataFrame({"Feature": info.titles, "Rank correlation": info.agreement}),
        key="layers.followed_table",
        file_name=f"{name}-unit-{int(unit)}.csv",
        columns={"Rank correlation": NUMBER},
    )
    _exciting(run, activation)


def activations(run: Path, known: Sequence[LayerSummary]) -> None:
    """How the activations of a layer are distributed over the population."""
    names = [summary.name for summary in known if summary.band is not None]
    name = str(
        st.selectbox("Activations of", names, key="layers.spread", bind="query-params", width=320)
    )
    values = cached.population_activations(run)[name]
    info = figures.spread_info(values)
    picture(
        figures.spread_finding(info, layer=name),
        lambda theme: figures.spread_figure(info, theme),
        key="layers.spread_figure",
    )
    counted(info, "values", key="layers.spread_table")
    quiet(f"All {values.shape[1]} units over {len(values):,} sampled pairs of user and candidate.")


def over_epochs(run: Path) -> None:
    """How far the weights of each layer moved in each epoch."""
    info = figures.movement_info(cached.lines(run, "learning.jsonl"))
    if not info.layers:
        st.info(figures.movement_finding(info), icon=":material/info:")
        return
    picture(
        figures.movement_finding(info),
        lambda theme: figures.movement_figure(info, theme),
        key="layers.movement",
    )
    shown = pd.DataFrame(info.share.T, columns=list(info.layers))
    shown.insert(0, "Epoch", info.epoch)
    table(shown, key="layers.movement_table", file_name="weights-by-epoch.csv")


def history(run: Path, network: str, features: Matrix, user_id: str) -> None:
    """How a network that reads the history does it for one pair; `features` (1, F)."""
    if network not in ("cnn", "gru"):
        quiet(
            "This network does not read the items of a history one by one: their likenesses are summed in "
            "its features. The networks 'cnn' and 'gru' do."
        )
        return
    layers, weights = cached.layers(run).activations(features), cached.weights(run)
    titles = _last_titles(run, user_id)
    if network == "gru":
        items = layers[history_reading.READ][0].reshape(LENGTH, -1)
        info = reading.gates_info(titles, history_reading.gates(items, weights))
    else:
        response = layers[history_reading.FILTERS][0].reshape(LENGTH, -1)
        kept = np.array([bool(title) for title in titles])
        strongest = np.zeros(LENGTH, np.int64)
        strongest[kept] = history_reading.strongest_place(response[kept])
        info = reading.responses_info(titles, strongest)
    picture(
        reading.reading_finding(info),
        lambda theme: reading.reading_figure(info, theme),
        key="layers.reading",
    )
    table(
        pd.DataFrame({"Item (newest first)": info.titles, "Share": info.share}),
        key="layers.reading_table",
        file_name="history-reading.csv",
    )
    if network == "cnn":
        looked = reading.filters_info(history_reading.filters(weights), CHANNELS)
        picture(
            reading.filters_finding(looked),
            lambda theme: reading.filters_figure(looked, theme),
            key="layers.filters",
        )


def _exciting(run: Path, activation: Matrix) -> None:
    recommender = cached.recommender(run)
    known: Mapping[str, Any] = recommender.explaining
    users, items = known["population_user_row"], known["population_item_row"]
    titles, ids = cached.item_titles(run), recommender.interactions.users.ids
    best = units.strongest_pairs(activation, n=MOST_ROWS)
    left, middle, right = st.columns([8, 7, 5])
    with left:
        st.markdown("**Pairs that excite it most**")
        pairs = {
            "User": [str(ids[users[at]]) for at in best],
            "Item": [str(titles[items[at]]) for at in best],
            "Activation": activation[best],
        }
        table(
            pd.DataFrame(pairs),
            key="layers.exciting_pairs",
            file_name="exciting-pairs.csv",
            columns={"User": SHORT, "Item": NAME, "Activation": NUMBER},
        )
    for place, what, rows, names in (
        (middle, "Item", items, titles),
        (right, "User", users, ids),
    ):
        with place:
            means = units.group_means(activation, rows)
            st.markdown(f"**{what}s, by their mean**")
            if not len(means.row):
                quiet(f"No {what.lower()} has {units.FEWEST_PAIRS} pairs in the sample.")
                continue
            shown = {
                what: [str(names[row]) for row in means.row[:MOST_ROWS]],
                "Mean": means.mean[:MOST_ROWS],
                "Pairs": means.pairs[:MOST_ROWS],
            }
            table(
                pd.DataFrame(shown),
                key=f"layers.exciting_{what}",
                file_name=f"exciting-{what.lower()}s.csv",
                columns={"Item": NAME, "Mean": NUMBER, "Pairs": SHORT},
            )
    quiet(
        f"Of {len(activation):,} sampled pairs; items and users with at least {units.FEWEST_PAIRS} of them."
    )


def _followed(run: Path, activation: Matrix) -> npt.NDArray[np.float64]:
    return units.followed(activation, cached.recommender(run).population)


def _best(agreement: npt.NDArray[np.float64]) -> int:
    return int(np.nanargmax(np.abs(agreement))) if np.isfinite(agreement).any() else -1


def _last_titles(run: Path, user_id: str) -> list[str]:
    """The last items in the order of reading; empty texts where the history is shorter."""
    items = cached.recommender(run).histories([user_id]).item_row[-LENGTH:]
    titles = cached.item_titles(run)
    return [""] * (LENGTH - len(items)) + [str(titles[row]) for row in items]
