"""One user as a card: how busy, how mainstream, what they like, when they were here, who is like them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from m6rec_core.figures import portrait as figures
from m6rec_core.figures.text import percent, three
from m6rec_core.ranking.cold_start import temperatures
from m6rec_core.ranking.portrait import Portrait, portrait
from pages.shared import cached, lists
from pages.shared.panels import escaped, picture, quiet


@dataclass(frozen=True)
class Standing:
    """One user in a few figures; `audience` is the mean number of users of the items of the history."""

    items: int
    busier_than: float
    taste: str
    audience: str
    held_out: int
    temperature: str


def standing(run: Path, user_id: str) -> Standing:
    """Activity, taste and held-out items of a user; of an unknown one, that nothing is known."""
    recommender = cached.recommender(run)
    lengths, audience = recommender.training.lengths(), cached.audience(run)
    row = recommender.interactions.users.row_of(user_id)
    own = int(lengths[row]) if row >= 0 else 0
    thirds = np.nanquantile(audience, [1 / 3, 2 / 3])
    taste = ("niche", "middle", "mainstream")[int((audience[row] > thirds).sum())]
    known = temperatures([own], None)[0]
    if not own and row >= 0:
        known = temperatures(lengths, recommender.users)[row]
    return Standing(
        items=own,
        busier_than=float((lengths < own).mean()),
        taste=taste if own else "–",
        audience=three(float(audience[row])) if own else "no",
        held_out=len(lists.held_out(run, user_id)),
        temperature=str(known),
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def of_user(run: Path, user_id: str) -> Portrait:
    """The portrait of a stored user."""
    recommender = cached.recommender(run)
    return portrait(recommender, cached.population(run), recommender.histories([user_id]))


def card(run: Path, user_id: str) -> None:
    """The portrait as one bordered card, fit to be shown."""
    found = of_user(run, user_id)
    with st.container(border=True):
        st.markdown(f"**{escaped(_sentence(found))}**")
        left, right = st.columns(2, gap="medium")
        with left:
            for taste in found.tastes:
                picture(
                    figures.taste_finding(taste),
                    lambda theme, taste=taste: figures.taste_figure(taste, theme),  # type: ignore[misc]
                    key=f"recommendations.taste.{taste.column}",
                )
            if not found.tastes:
                quiet("The items have no column of labels to show a taste in.")
        with right:
            if len(found.by_month):
                picture(
                    figures.months_finding(found.by_month),
                    lambda theme: figures.months_figure(found.by_month, theme),
                    key="recommendations.months",
                )
            if len(found.kinds) > 1:
                kinds = ", ".join(f"{number:,} {name}" for name, number in found.kinds.items())
                quiet(f"Events: {kinds}.")
            _alike(found)


def _sentence(found: Portrait) -> str:
    said = []
    if found.popular is not None:
        said.append(f"a taste more mainstream than that of {percent(found.popular)} of all users")
    if found.newness is not None and np.isfinite(found.newness[1]):
        own, usual = found.newness
        word = "newer" if own < usual else "older"
        said.append(
            f"{word} items than usual (age {own:,.0f} days when taken, usually {usual:,.0f})"
        )
    if found.price is not None:
        column, middle, cheaper = found.price
        said.append(f"a median {column} of {three(middle)}, above {percent(cheaper)} of all events")
    return f"This user has {'; '.join(said)}." if said else "Nothing is known of this user yet."


def _alike(found: Portrait) -> None:
    if not found.alike:
        quiet("Nobody is like this user.")
        return
    st.markdown("**Users alike, and the rarest of what they share**")
    st.dataframe(
        pd.DataFrame(
            {
                "Who": [one.name for one in found.alike],
                "In common": [one.in_common for one in found.alike],
                "Among it": [" · ".join(one.rarest) for one in found.alike],
            }
        ),
        hide_index=True,
        key="recommendations.alike",
        column_config={"Among it": st.column_config.TextColumn(width="large")},
    )
    quiet("Similar users are shown by number, never by id.")
