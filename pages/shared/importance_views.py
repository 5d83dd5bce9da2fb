"""What moves the scores of a whole sample of pairs: bars, every pair, and one feature at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from m6rec_core.figures import importance, swarm
from m6rec_core.figures.text import thousands, three
from m6rec_core.workspace.runs import RunRecord
from pages.shared import cached, frame
from pages.shared.panels import Merit, answer, picture, quiet, table, tabs
from pages.shared.places import RECOMMENDATIONS

GROUP, FEATURE = "Groups", "Features"
Values = npt.NDArray[np.float64]


def over_all_pairs(run: RunRecord) -> None:
    """The figures, the bars by group or feature, and the detail."""
    document = cached.document(run.folder, "importance.json")
    if not document:
        frame.nothing_here(
            "This run has no importance yet.",
            "It is measured at the end of a training.",
            "See one user's list",
            RECOMMENDATIONS,
        )
    _merits(document)
    by = st.segmented_control(
        "Bars",
        [GROUP, FEATURE],
        default=GROUP,
        required=True,
        key="explain.all_by",
        bind="query-params",
    )
    info = importance.importance_of_document(document, by="group" if by == GROUP else "feature")
    picture(
        importance.importance_finding(info),
        lambda theme: importance.importance_figure(info, theme),
        key="explain.importance",
    )
    quiet(
        "Features that say nearly the same share the credit: a low bar is no proof that a feature is "
        "useless. Groups put them together again."
    )
    _details(run, document)


def _merits(document: Mapping[str, Any]) -> None:
    answer(
        Merit(
            "Pairs taken apart",
            thousands(document["pairs"]),
            "Random pairs of a user and one of their candidates.",
            f"{len(document['features'])} features each",
        ),
        Merit(
            "Average pair",
            three(document["base"]),
            "The score that every explanation starts from.",
            "log-odds scale",
        ),
        Merit(
            "Strongest group",
            next(iter(document["groups"]), "–"),
            "By mean absolute contribution (mean |SHAP value|).",
            f"moves a score by {three(next(iter(document['groups'].values()), 0.0))}",
        ),
        Merit(
            "Additivity error",
            three(document["additivity_error"]),
            "Largest miss of base + contributions, as a share of the score range.",
            "limit 0.001",
        ),
    )


def _details(run: RunRecord, document: Mapping[str, Any]) -> None:
    sample = document["sample"]
    values, given = np.array(sample["contributions"]), np.array(sample["values"])
    titles = {entry["feature"]: str(entry["title"]) for entry in document["features"]}
    names = [titles[name] for name in sample["features"]]
    tabs(
        "explain.all_detail",
        {
            "Every pair": lambda: _every_pair(names, values, given),
            "One feature": lambda: _one_feature(names, list(titles.values()), values, given),
            "Table": lambda: table(
                pd.DataFrame(document["features"]),
                key="explain.features_all",
                file_name=f"importance-{run.run_id}.csv",
            ),
        },
    )


def _every_pair(names: Sequence[str], values: Values, given: Values) -> None:
    points = swarm.swarm_info(values, given, names, seed=0)
    picture(
        swarm.swarm_finding(points),
        lambda theme: swarm.swarm_figure(points, theme),
        key="explain.swarm",
    )


def _one_feature(
    names: Sequence[str], strongest_first: Sequence[str], values: Values, given: Values
) -> None:
    title = str(
        st.selectbox(
            "Feature", strongest_first, key="explain.feature", bind="query-params", width=420
        )
    )
    column = names.index(title)
    info = importance.dependence_info(given[:, column], values[:, column], title=title, seed=0)
    picture(
        importance.dependence_finding(info),
        lambda theme: importance.dependence_figure(info, theme),
        key="explain.dependence",
    )
