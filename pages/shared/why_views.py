"""One explanation in pictures and tables: waterfall, forces, trust, past items, users alike, all features."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from m6rec_core import schema
from m6rec_core.explanation import trust as checks
from m6rec_core.explanation.pair_explanation import PairExplanation
from m6rec_core.figures import contributions, force
from m6rec_core.figures.text import percent, three
from pages.shared import cached, explained, rank_views
from pages.shared.panels import escaped, picture, quiet, table, tabs

GROUP, FEATURE, FORCES = "Groups", "Features", "Forces"
BADGES = {
    checks.RELIABLE: ("green", ":material/verified:"),
    checks.WITH_CARE: ("orange", ":material/warning:"),
    checks.NOT_AT_ALL: ("red", ":material/block:"),
}


def warnings(run: Path) -> None:
    """What must be known of the network before anything of it is read."""
    for sentence in explained.network_warnings(run):
        st.warning(escaped(sentence), icon=":material/warning:")


def split(found: PairExplanation) -> None:
    """From the base to the score: step by step, by group or by feature, or as opposing forces."""
    by = st.segmented_control(
        "Steps",
        [GROUP, FEATURE, FORCES],
        default=GROUP,
        required=True,
        key="explain.by",
        bind="query-params",
    )
    info = contributions.waterfall_info(
        found.to_json(),
        by="group" if by == GROUP else "feature",
        titles={feature.name: feature.title for feature in found.features},
    )
    draw = force.force_figure if by == FORCES else contributions.waterfall_figure
    picture(
        contributions.waterfall_finding(info),
        lambda theme: draw(info, theme),
        key=f"explain.split.{by}",
    )


def trust(found: PairExplanation) -> None:
    """The checks with their thresholds, and the verdict that rests on them."""
    judged = found.trust
    colour, icon = BADGES[judged.verdict]
    with st.container(border=True):
        st.markdown("**How far to trust it**")
        st.badge(judged.verdict, color=colour, icon=icon)  # type: ignore[arg-type]
        st.write(escaped(judged.because[:1].upper() + judged.because[1:] + "."))
        st.dataframe(
            pd.DataFrame(_checks(judged), columns=["Check", "Found", "Reliable"]),
            hide_index=True,
            key="explain.trust",
        )
        quiet(f"{found.method[:1].upper()}{found.method[1:]}; {found.seconds * 1000:.0f} ms.")


def _checks(judged: checks.Trust) -> list[tuple[str, str, str]]:
    beats = "too few past items" if judged.deletion is None else ""
    if judged.deletion is not None:
        beats = f"beats {percent(judged.deletion.beats_random)} of random"
    return [
        ("Adds up", f"misses {three(judged.additivity_error)}", "≤ 0.001"),
        ("Stable", _or_dash(judged.stability, "order agrees to "), "≥ 0.9"),
        ("Faithful", beats, "≥ 80 %"),
        ("Learned", _or_dash(judged.randomisation, "without learning "), "≤ 0.3"),
    ]


def _or_dash(value: float | None, words: str) -> str:
    return "not measured" if value is None else f"{words}{three(value)}"


def details(run: Path, found: PairExplanation) -> None:
    """The evidence and the full table."""
    tabs(
        "explain.detail",
        {
            "History items": lambda: _past_items(run, found),
            "Users alike": lambda: _users(found),
            "Above another": lambda: rank_views.above_another(run, found),
            "What would drop it": lambda: rank_views.what_would_drop_it(run, found),
            "Faithful": lambda: rank_views.faithful_curves(run, found),
            "All features": lambda: _features(found),
            "As a file": lambda: _file(found),
        },
    )


def _file(found: PairExplanation) -> None:
    st.download_button(
        "Download json",
        data=lambda: json.dumps(found.to_json(), indent=1),
        file_name=f"why-{found.user_id}-{found.item_id}.json",
        mime="application/json",
        icon=":material/download:",
        on_click="ignore",
        help="The same document as `python -m m6rec_core explain --json`.",
    )


def _past_items(run: Path, found: PairExplanation) -> None:
    """What each past item does: what the features lay on it, and what is measured without it."""
    if not found.history:
        st.info("This user has no past items.", icon=":material/info:")
        return
    recommender = cached.recommender(run)
    ids = [past.item_id for past in found.history]
    titles = cached.item_titles(run)[recommender.interactions.items.rows_of(ids)].astype(str)
    names = dict(zip(ids, titles.tolist(), strict=True))
    info = contributions.parts_info(found.to_json(), names, of=schema.ITEM_ID)
    if info.titles:
        picture(
            contributions.parts_finding(info),
            lambda theme: contributions.parts_figure(info, theme),
            key="explain.parts.item_id",
        )
    else:
        st.info(
            "No feature of this pair works through single items of the history.",
            icon=":material/info:",
        )
    if len(found.history) == 1:
        quiet("There is one past item only: whatever the history says, it says by this one.")
    rows = pd.DataFrame(
        {
            "Past item": titles,
            "Contribution": [past.laid for past in found.history],
            "Rank without it": [past.rank_without or None for past in found.history],
            "Log share lost without it": [past.taken for past in found.history],
            "Log share by it alone": [past.alone for past in found.history],
            "Strength": [past.strength for past in found.history],
        }
    )
    numbers = st.column_config.NumberColumn(format="%+.3f")
    table(
        rows,
        key="explain.past_items",
        file_name=f"past-items-{found.user_id}-{found.item_id}.csv",
        columns=dict.fromkeys(rows.columns[[1, 3, 4, 5]], numbers),
        height=280,
    )
    quiet(
        "Measured by making the whole list again without each past item, and with nothing else; an item "
        "that was taken away does not come back as a recommendation. Strength: the mean of the three, "
        "each in its own standard deviations."
    )


def _users(found: PairExplanation) -> None:
    info = contributions.parts_info(found.to_json(), {}, of=schema.USER_ID)
    if not info.titles:
        st.info(
            "No feature of this pair works through users alike, or fewer than five stand behind it.",
            icon=":material/info:",
        )
        return
    picture(
        contributions.parts_finding(info, noun="similar user"),
        lambda theme: contributions.parts_figure(info, theme),
        key="explain.parts.user_id",
    )
    most = len(info.titles) + info.left_out
    every = contributions.parts_info(found.to_json(), {}, of=schema.USER_ID, most=most)
    share = np.abs(every.values) / max(float(np.abs(every.values).sum()), 1e-12)
    table(
        pd.DataFrame({"User": every.titles, "Contribution": every.values, "Share": share}),
        key="explain.parts_table.user_id",
        file_name="evidence-user_id.csv",
        columns={
            "Contribution": st.column_config.NumberColumn(format="%+.4f"),
            "Share": st.column_config.NumberColumn(format="percent"),
        },
        height=280,
    )


def _features(found: PairExplanation) -> None:
    rows = pd.DataFrame(
        {
            "Feature": [feature.title for feature in found.features],
            "Group": [feature.group for feature in found.features],
            "Value": found.values,
            "Unit": [feature.unit for feature in found.features],
            "Contribution": found.contributions,
            "Standard error": found.standard_error,
            "What it is": [feature.description for feature in found.features],
        }
    )
    order = rows["Contribution"].abs().sort_values(ascending=False).index
    table(
        rows.loc[order],
        key="explain.features",
        file_name=f"contributions-{found.user_id}-{found.item_id}.csv",
        columns={
            "Contribution": st.column_config.NumberColumn(format="%+.4f"),
            "Standard error": st.column_config.NumberColumn(format="%.4f"),
            "Value": st.column_config.NumberColumn(format="%.4g"),
        },
    )
