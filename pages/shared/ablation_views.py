"""What each group of features, and each signal, adds to a trained run."""

import pandas as pd
import streamlit as st

from m6rec_core.figures import ablation
from m6rec_core.workspace.runs import RunRecord
from pages.shared import cached
from pages.shared.panels import picture, quiet, table

KINDS = {"Groups of features": "group", "Single signals": "signal"}


def show(run: RunRecord) -> None:
    """Bars of one kind of parts, with the table behind them."""
    document = cached.document(run.folder, "ablation.json") or {}
    if not document:
        st.info(
            "No list was kept for validation, or the run is of an earlier version: train it again "
            "on at least ten users.",
            icon=":material/info:",
        )
        return
    kind = st.segmented_control(
        "Parts",
        list(KINDS),
        default="Groups of features",
        required=True,
        key="train.ablation",
        bind="query-params",
        help="A signal is one score, such as the spectral filter, with all features made from it.",
    )
    lines = [line for line in document["additions"] if line["kind"] == KINDS[str(kind)]]
    info = ablation.additions_info(document["whole"], lines)
    picture(
        ablation.additions_finding(info),
        lambda theme: ablation.additions_figure(info, theme),
        key="train.ablation_figure",
    )
    quiet(
        f"{document['method']}; {document['lists']} lists. Parts that say the same share the credit: "
        "each alone adds little when another can stand in for it."
    )
    number = st.column_config.NumberColumn(format="%.4f")
    table(
        pd.DataFrame(lines)
        .drop(columns=["kind", "name"])
        .assign(features=lambda frame: frame["features"].map(", ".join)),
        key="train.ablation_table",
        file_name=f"parts-{run.run_id}.csv",
        columns=dict.fromkeys(("without", "adds", "low", "high"), number),
    )
