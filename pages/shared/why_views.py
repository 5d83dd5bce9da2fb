"""One explanation in pictures and tables: waterfall, trust, history items, users alike, all features."""

import json
from pathlib import Path

import pandas as pd
import streamlit as st

from m6rec_core import schema
from m6rec_core.explanation import trust as checks
from m6rec_core.explanation.pair_explanation import PairExplanation
from m6rec_core.figures import contributions
from m6rec_core.figures.text import percent, three
from pages.shared import cached
from pages.shared.panels import escaped, picture, table, tabs

GROUP, FEATURE = "Groups", "Features"
BADGES = {
    checks.RELIABLE: ("green", ":material/verified:"),
    checks.WITH_CARE: ("orange", ":material/warning:"),
    checks.NOT_AT_ALL: ("red", ":material/block:"),
}


def waterfall(found: PairExplanation) -> None:
    """From the base to the score, step by step, by group or by feature."""
    by = st.segmented_control(
        "Steps",
        [GROUP, FEATURE],
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
    picture(
        contributions.waterfall_finding(info),
        lambda theme: contributions.waterfall_figure(info, theme),
        key="explain.waterfall",
    )


def trust(found: PairExplanation) -> None:
    """The three checks with their thresholds, and the verdict that rests on them."""
    judged = found.trust
    colour, icon = BADGES[judged.verdict]
    with st.container(border=True):
        st.markdown("**How far to trust it**")
        st.badge(judged.verdict, color=colour, icon=icon)  # type: ignore[arg-type]
        st.write(escaped(judged.because[:1].upper() + judged.because[1:] + "."))
        rows = [("Adds up", f"misses {three(judged.additivity_error)} (limit 0.001)")]
        if judged.stability is not None:
            rows.append(("Stable", f"order agrees to {three(judged.stability)} (0.9)"))
        if judged.deletion is not None:
            beaten = percent(judged.deletion.beats_random)
            rows.append(("Faithful", f"beats {beaten} of random (80 %)"))
        st.dataframe(
            pd.DataFrame(rows, columns=["Check", "Found (reliable from)"]),
            hide_index=True,
            key="explain.trust",
        )


def details(run: Path, found: PairExplanation) -> None:
    """The evidence and the full table."""
    tabs(
        "explain.detail",
        {
            "History items": lambda: _parts(run, found, schema.ITEM_ID),
            "Users alike": lambda: _parts(run, found, schema.USER_ID),
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


def _parts(run: Path, found: PairExplanation, kind: str) -> None:
    recommender = cached.recommender(run)
    titles = {}
    if kind == schema.ITEM_ID:
        names = [part.name for part in found.history]
        rows = recommender.interactions.items.rows_of(names)
        titles = dict(zip(names, map(str, cached.item_titles(run)[rows]), strict=True))
    document = found.to_json()
    info = contributions.parts_info(document, titles, of=kind)
    if not info.titles:
        st.info(
            "No feature of this pair works through users alike, or fewer than five stand behind it."
            if kind == schema.USER_ID
            else "No feature of this pair works through single items of the history.",
            icon=":material/info:",
        )
        return
    picture(
        contributions.parts_finding(
            info, noun="similar user" if kind == schema.USER_ID else "history item"
        ),
        lambda theme: contributions.parts_figure(info, theme),
        key=f"explain.parts.{kind}",
    )
    every = contributions.parts_info(
        document, titles, of=kind, most=len(info.titles) + info.left_out
    )
    table(
        pd.DataFrame({"Name": every.titles, "Contribution": every.values}),
        key=f"explain.parts_table.{kind}",
        file_name=f"evidence-{kind}.csv",
        columns={"Contribution": st.column_config.NumberColumn(format="%+.4f")},
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
