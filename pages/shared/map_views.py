"""The map of a layer: what is shown, how it is drawn, what a click opens, and what can be taken away."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from m6rec_core import schema
from m6rec_core.explanation import embedding, places, point_facts
from m6rec_core.figures import map as maps
from m6rec_core.figures.text import counted, cut, percent, thousands, three
from m6rec_core.figures.theme import CONFIG
from pages.shared import cached, choices, frame, map_exports
from pages.shared.panels import (
    MOST_OF_A_TITLE,
    Merit,
    answer,
    escaped,
    heading,
    quiet,
    table,
    theme,
)
from pages.shared.places import RECOMMENDATIONS, SIMILARITY, WHY

KINDS = {"Items": places.ITEMS, "Users": places.USERS, "Pairs": places.PAIRS}
METHODS = {
    "Principal components (PCA)": embedding.PCA,
    "Neighbourhoods (UMAP)": embedding.UMAP,
    "Neighbourhoods (t-SNE)": embedding.TSNE,
}
SPACES = {"Plane": 2, "Space": 3}
NEAREST = 10
MOST_FOUND = 50


@dataclass(frozen=True)
class Choice:
    """What the map shows and how it is drawn."""

    what: str
    layer: str
    method: str
    components: int


@dataclass(frozen=True, eq=False)
class Shown:
    """A map as it stands on the page; `chosen` is the position of the point that is looked at, or -1."""

    choice: Choice
    of: places.Places
    places: Any
    titles: tuple[str, ...]
    facts: Mapping[str, Any]
    chosen: int


def choose(run: Path) -> Choice:
    """Asks what is shown and how, in a row above the picture."""
    layers = list(cached.population_activations(run))
    usual = next((name for name in reversed(layers) if name.startswith("hidden")), layers[0])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        what = st.segmented_control(
            "Points",
            list(KINDS),
            default="Items",
            required=True,
            key="map.what",
            bind="query-params",
        )
        layer = st.selectbox(
            "Layer",
            layers,
            index=layers.index(usual),
            key="map.layer",
            bind="query-params",
            width=230,
            help="The first layer holds the standardised features, the last one the score.",
        )
        method = st.selectbox(
            "Drawn by",
            list(METHODS),
            key="map.method",
            bind="query-params",
            width=270,
            help="Principal components keep large distances and show how much of the differences they "
            "hold. UMAP and t-SNE keep neighbourhoods: far distances on them mean nothing. They take some "
            "seconds.",
        )
        space = st.segmented_control(
            "In", list(SPACES), default="Plane", required=True, key="map.space", bind="query-params"
        )
    return Choice(KINDS[str(what)], str(layer), METHODS[str(method)], SPACES[str(space)])


def drawn(run: Path, choice: Choice) -> Shown:
    """Computes the map that was asked for, and finds the point that is looked at."""
    recommender = cached.recommender(run)
    of = cached.places(run, choice.what, choice.layer)
    where = cached.embedded(run, choice.what, choice.layer, choice.method, choice.components)
    titles = point_facts.titles_of(recommender, of)
    return Shown(choice, of, where, titles, point_facts.facts_of(recommender, of), _chosen(run, of))


def merits(shown: Shown) -> None:
    """How many points of how many, in how many dimensions, and how much of their differences is seen."""
    of, kind = shown.of, shown.choice.what
    others = "items" if kind == places.USERS else "users"
    merits = [
        Merit(
            "Points",
            thousands(len(of.vectors)),
            "Drawn evenly from tenths of popularity or activity, so that the long tail is there, too.",
            f"of {counted(of.total, kind[:-1])}",
        ),
        Merit(
            "Units of the layer",
            thousands(of.vectors.shape[1]),
            "Each point is a vector of so many activations.",
            f"mean over {of.references} {others}" if of.references else "one pair each",
        ),
    ]
    if shown.choice.method == embedding.PCA:
        share = _explained(shown)
        merits.append(
            Merit(
                "Differences seen",
                percent(share),
                "Share of the variance of the standardised activations along the axes that are drawn.",
                f"{shown.choice.components} of {of.vectors.shape[1]} dimensions",
            )
        )
    answer(*merits)


def picture(run: Path, shown: Shown) -> None:
    """The map, with search and colour above it; a click on a point looks at it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        named = [name for name, values in shown.facts.items() if values.dtype == object]
        colours = list(shown.facts)
        colour = st.selectbox(
            "Coloured by",
            colours,
            index=colours.index(named[0]) if named else 0,
            key="map.colour",
            bind="query-params",
            width=270,
        )
        typed = st.text_input(
            "Find a point",
            type="search",
            live="300ms",
            placeholder="Type a title or an id …",
            key="map.find",
            bind="query-params",
            width=270,
        )
    info = _info(shown, str(colour))
    found = _found(shown.titles, typed or "")
    if typed and not found:
        quiet("No point of this sample has that in its name: it may be among those not drawn.")
    rings = ([shown.chosen] if shown.chosen >= 0 else []) + found
    finding = maps.map_finding(info)
    st.markdown(f"**{escaped(finding)}**")
    st.plotly_chart(
        maps.map_figure(info, theme(), rings=rings),
        theme=None,
        config=CONFIG,
        alt=finding,
        key=f"map.drawn.{shown.choice.what}.{shown.choice.components}",
        on_select=lambda: _look_at(run, shown),
        selection_mode="points",
    )
    if shown.choice.components == 3:
        quiet("Drag to turn it. Points can be clicked in the plane; here, find one by its name.")


def details(run: Path, shown: Shown) -> None:
    """What lies near the point that is looked at, and the points for other tools."""
    if shown.chosen < 0:
        quiet(
            "Click a point, or choose a user or an item on another page, to see what lies near it."
        )
    else:
        _near(run, shown)
    with st.expander("The points as tables", icon=":material/table_rows:"):
        table(
            _points(shown),
            key="map.table",
            file_name=f"{shown.choice.what}-{shown.choice.layer}.csv",
        )
        map_exports.for_projector(shown.of.vectors, _points(shown), name=shown.choice.what)


def safe(error: Exception) -> str:
    """An error so that Markdown shows it as it is."""
    return escaped(str(error))


def _info(shown: Shown, colour: str) -> maps.Map:
    values = shown.facts[colour]
    if values.dtype == object:
        return maps.map_info(
            shown.places, shown.titles, [str(v) for v in values], total=shown.of.total
        )
    return maps.numbered_map_info(
        shown.places, shown.titles, values, of=colour, total=shown.of.total
    )


def _explained(shown: Shown) -> float:
    vectors = embedding.standardised(shown.of.vectors)
    whole = float((vectors**2).sum())
    return float((shown.places**2).sum()) / whole if whole else 1.0


def _chosen(run: Path, of: places.Places) -> int:
    recommender = cached.recommender(run)
    here = np.ones(len(of.vectors), bool)
    for choice, rows, ids in (
        (choices.USER, of.user_row, recommender.interactions.users),
        (choices.ITEM, of.item_row, recommender.interactions.items),
    ):
        if (rows == schema.NO_ROW).all():
            continue
        made = choices.made_choice(choice)
        row = ids.row_of(made) if made in ids else schema.NO_ROW
        here &= (rows == row) & (row != schema.NO_ROW)
    found = np.flatnonzero(here)
    return int(found[0]) if len(found) else -1


def _look_at(run: Path, shown: Shown) -> None:
    key = f"map.drawn.{shown.choice.what}.{shown.choice.components}"
    points = st.session_state[key]["selection"]["points"]
    if not points:
        return
    at = points[0]["customdata"]
    at = int(at[0] if isinstance(at, (list, tuple)) else at)
    recommender = cached.recommender(run)
    if shown.of.user_row[at] != schema.NO_ROW:
        choices.make(choices.USER, str(recommender.interactions.users.ids[shown.of.user_row[at]]))
    if shown.of.item_row[at] != schema.NO_ROW:
        choices.make(choices.ITEM, str(recommender.interactions.items.ids[shown.of.item_row[at]]))


def _found(titles: tuple[str, ...], typed: str) -> list[int]:
    wanted = typed.strip().lower()
    if not wanted:
        return []
    return [at for at, title in enumerate(titles) if wanted in title.lower()][:MOST_FOUND]


def _near(run: Path, shown: Shown) -> None:
    heading(shown.titles[shown.chosen])
    near = places.nearest(shown.of.vectors, shown.chosen, n=NEAREST)
    vectors = shown.of.vectors.astype(np.float64)
    distance = np.sqrt(((vectors[near] - vectors[shown.chosen]) ** 2).sum(axis=1))
    if not len(near):
        quiet("There is no other point.")
        return
    st.markdown(
        f"**Nearest in this layer is {escaped(cut(shown.titles[int(near[0])], MOST_OF_A_TITLE))} "
        f"(distance {three(float(distance[0]))}).**"
    )
    rows = pd.DataFrame({"Near it": [shown.titles[int(at)] for at in near], "Distance": distance})
    for name, values in shown.facts.items():
        rows[name] = values[near]
    table(rows, key="map.near", file_name="nearest-points.csv")
    _links(run, shown)


def _links(run: Path, shown: Shown) -> None:
    recommender = cached.recommender(run)
    user, item = shown.of.user_row[shown.chosen], shown.of.item_row[shown.chosen]
    with st.container(horizontal=True):
        if user != schema.NO_ROW:
            user_id = str(recommender.interactions.users.ids[user])
            words = f"The list of user {escaped(user_id)}"
            frame.link(RECOMMENDATIONS, words, help="Opens the list", user=user_id)
        if item != schema.NO_ROW:
            item_id = str(recommender.interactions.items.ids[item])
            frame.link(
                SIMILARITY, "Items alike by behaviour", help="Opens its neighbours", item=item_id
            )
        if user != schema.NO_ROW and item != schema.NO_ROW:
            frame.link(
                WHY, "Why this score?", help="Opens the explanation", user=user_id, item=item_id
            )


def _points(shown: Shown) -> pd.DataFrame:
    axes = {f"axis {at + 1}": shown.places[:, at] for at in range(shown.places.shape[1])}
    return pd.DataFrame({"title": shown.titles, **axes, **shown.facts})
