"""What moves the scores of a whole sample of pairs: bars, every pair, and one feature at a time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from m6rec_core.explanation import planted as planted_truth
from m6rec_core.figures import curves, importance, list_map, swarm
from m6rec_core.figures.text import thousands, three
from m6rec_core.workspace.runs import RunRecord
from pages.shared import cached, explained, frame
from pages.shared.panels import Merit, answer, behind, picture, quiet, table, tabs
from pages.shared.places import RECOMMENDATIONS
from pages.shared.segments import EVERYBODY, SEGMENTS

GROUP, FEATURE = "Groups", "Features"
STRONGEST = "what it works with most"
Values = npt.NDArray[np.float64]


def over_pairs(run: RunRecord) -> None:
    """The figures, the bars by group or feature, and the detail, for all pairs or a segment."""
    segment = str(
        st.segmented_control(
            "Pairs",
            SEGMENTS,
            default=EVERYBODY,
            required=True,
            key="importance.segment",
            bind="query-params",
            help="Light, rare, heavy, popular: the lower or the upper quarter of users and of items.",
        )
    )
    document = cached.document(run.folder, "importance.json")
    if not document:
        frame.nothing_here(
            "This run has no importance yet.",
            "It is measured at the end of a training.",
            "See one user's list",
            RECOMMENDATIONS,
        )
    if segment != EVERYBODY:
        document = explained.importance(run.folder, segment).to_json()
    _merits(document)
    by = st.segmented_control(
        "Bars",
        [GROUP, FEATURE],
        default=GROUP,
        required=True,
        key="importance.by",
        bind="query-params",
    )
    info = importance.importance_of_document(document, by="group" if by == GROUP else "feature")
    picture(
        importance.importance_finding(info),
        lambda theme: importance.importance_figure(info, theme),
        key="importance.bars",
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
            "Random pairs of a user and one of their candidates, taken from the whole or the segment.",
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
    values = np.array(sample["contributions"], dtype=np.float64)
    given = np.array(sample["values"], dtype=np.float64)
    titles = {entry["feature"]: str(entry["title"]) for entry in document["features"]}
    names = [titles[name] for name in sample["features"]]
    views: dict[str, Callable[[], None]] = {
        "Every pair": lambda: _every_pair(names, values, given),
        "One feature": lambda: _one_feature(names, list(titles.values()), values, given),
        "What works together": lambda: _together(run),
    }
    if explained.curves(run.folder) is not None:
        views["Curves of the network"] = lambda: _curves(run, list(titles.values()))
    if explained.is_generated_shop(run.folder):
        views["Planted truth"] = lambda: _planted(run)
    views["Background"] = lambda: _background(run)
    views["Table"] = lambda: table(
        pd.DataFrame(document["features"]),
        key="importance.table",
        file_name=f"importance-{run.run_id}.csv",
    )
    tabs("importance.detail", views)


def _every_pair(names: Sequence[str], values: Values, given: Values) -> None:
    points = swarm.swarm_info(values, given, names, seed=0)
    picture(
        swarm.swarm_finding(points),
        lambda theme: swarm.swarm_figure(points, theme),
        key="importance.swarm",
    )
    behind(
        pd.DataFrame(values, columns=list(names)),
        key="importance.pairs",
        file_name="contributions-of-pairs.csv",
        title="Every contribution, one line a pair",
    )


def _one_feature(
    names: Sequence[str], strongest_first: Sequence[str], values: Values, given: Values
) -> None:
    title = str(
        st.selectbox(
            "Feature", strongest_first, key="importance.feature", bind="query-params", width=420
        )
    )
    column = names.index(title)
    others = [name for name in strongest_first if name != title]
    with st.container(horizontal=True):
        partner = str(
            st.selectbox(
                "Coloured by",
                [STRONGEST, *others],
                key="importance.partner",
                bind="query-params",
                width=420,
                help="The feature whose values tell most of what the trend leaves over, or one you choose.",
            )
        )
    if partner == STRONGEST:
        partner = names[importance.strongest_partner(given, values, column)]
    info = importance.dependence_info(
        given[:, column],
        values[:, column],
        title=title,
        seed=0,
        partner=partner,
        partner_value=given[:, names.index(partner)],
    )
    picture(
        importance.dependence_finding(info),
        lambda theme: importance.dependence_figure(info, theme),
        key="importance.dependence",
    )
    shown = pd.DataFrame({title: given[:, column], "contribution": values[:, column]})
    if partner != title:
        shown[partner] = given[:, names.index(partner)]
    table(shown, key="importance.dependence_table", file_name="dependence.csv", height=240)


def _together(run: RunRecord) -> None:
    titles, strength = explained.interactions(run.folder)
    info = list_map.list_map_info(strength, titles, titles)
    first, second = np.unravel_index(int(np.nanargmax(strength)), strength.shape)
    picture(
        f"'{titles[int(first)]}' and '{titles[int(second)]}' work together most: by "
        f"{three(float(strength[first, second]))} beyond what each does alone, on average.",
        lambda theme: list_map.list_map_figure(info, theme, measure="mean |interaction|"),
        key="importance.together",
    )
    shown = pd.DataFrame(strength, columns=list(titles))
    shown.insert(0, "Feature", titles)
    table(shown, key="importance.together_table", file_name=f"interactions-{run.run_id}.csv")
    quiet(
        "The eight strongest features, 60 pairs, 40 coalitions of the other features for each; 0 for "
        "features that only add up."
    )


def _curves(run: RunRecord, strongest_first: Sequence[str]) -> None:
    found = explained.curves(run.folder)
    assert found is not None
    known = [title for title in strongest_first if title in found]
    title = str(
        st.selectbox("Curve", known, key="importance.curve", bind="query-params", width=420)
    )
    curve = found[title]
    info = curves.curve_info(
        curve.value, curve.height, curve.data, title=title, unit=curve.feature.unit
    )
    picture(
        curves.curve_finding(info),
        lambda theme: curves.curve_figure(info, theme),
        key="importance.curve_figure",
    )
    table(
        pd.DataFrame({"Value": curve.value, "Added to the score": curve.height}),
        key="importance.curve_table",
        file_name="curve.csv",
        height=240,
    )


def _planted(run: RunRecord) -> None:
    found = explained.planted(run.folder)
    verdict = "recovered" if found.spearman >= planted_truth.RELIABLE else "only partly recovered"
    st.markdown(
        f"**The planted causes are {verdict}: rank correlation {three(found.spearman)} "
        f"(recovered from {planted_truth.RELIABLE} on).**"
    )
    table(
        pd.DataFrame(
            {
                "Cause": found.drivers,
                "Planted weight": found.planted,
                "Whole effect": found.whole,
                "Direct: mean |SHAP|": found.direct,
            }
        ),
        key="importance.planted",
        file_name=f"planted-{run.run_id}.csv",
    )
    quiet(
        "The shop is generated: what drives its purchases was written down beside the data. Weight and whole "
        "effect are standard deviations, of a cause's part of the utility and of the score, over random "
        "pairs. The whole effect also counts what a cause does by way of behaviour: who likes a shelf is "
        "like others who do. The direct one counts only the features that show the cause itself: its rank "
        f"correlation is {three(found.direct_spearman)}."
    )


def _background(run: RunRecord) -> None:
    size = int(
        st.segmented_control(
            "Rows of the background",
            [50, 100, 200, 500],
            default=200,
            required=True,
            key="importance.background",
            bind="query-params",
        )
    )
    found = explained.backgrounds(run.folder, size)
    lowest = min(found["Agreement of the order"])
    st.markdown(
        f"**Over five backgrounds of {size} average pairs the order of features agrees to at least "
        f"{three(lowest)} with that of the run's own background.**"
    )
    table(pd.DataFrame(found), key="importance.backgrounds", file_name="backgrounds.csv")
    quiet(
        "The background stands for an average pair: random candidate pairs of random users, drawn by the "
        f"seed when the run was trained ({run.config['explanation.background']} rows, option "
        "explanation.background). Agreement: Spearman correlation of mean |SHAP| over 60 pairs."
    )
