"""What settings do to the likeness: curves measured on validation, and two settings side by side."""

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from m6rec_core.figures import likeness_settings
from m6rec_core.scorer.likeness_study import NEIGHBOURS, SHRINKAGE, Study, settings_of
from m6rec_core.similarity.item_based import DEGREE_NEIGHBOURS, USUAL_NEIGHBOURS
from m6rec_core.similarity.measures import MEASURES
from m6rec_core.workspace.runs import RunRecord
from m6rec_core.workspace.studies import read_study, study_key
from m6rec_core.workspace.workspace import Workspace
from pages.shared import cached, jobs, similarity_models
from pages.shared.panels import picture, quiet, table
from pages.shared.similarity_models import Near

WORDS = {NEIGHBOURS: "number of neighbours (K)", SHRINKAGE: "shrinkage"}


def curves(workspace: Workspace, run: RunRecord, side: str) -> None:
    """The effect of K and of the shrinkage on validation; measured when it is asked for, then kept."""
    about = cached.document(run.folder, "similarity.json") or {}
    settings = vars(settings_of(side, about.get(side, {})))
    fingerprint = (cached.document(run.folder, "summary.json") or {}).get("fingerprint", "")
    key = study_key(run, fingerprint, side, settings)
    found = read_study(workspace.home, key)
    quiet(
        "Each point is fitted anew and ranks the whole catalogue for validation users: items of theirs are "
        "held out of the training events as for the scorer. The test of the run is never looked at."
    )
    if found is None:
        if any(job.payload.get("key") == key for job in workspace.open_jobs()):
            st.write("It is being measured now; the curves come by themselves.")
            return
        payload = {"run_id": run.run_id, "side": side, "settings": settings, "key": key}
        st.write(f"Not measured yet for {similarity_models.words_of(settings)}.")
        if st.button("Measure on validation", icon=":material/show_chart:", key="similarity.study"):
            jobs.submit_once(workspace, "likeness", {**payload, "name": run.name})
            st.rerun()
        return
    study = Study.from_json(found)
    for option, place in zip((NEIGHBOURS, SHRINKAGE), st.columns(2), strict=True):
        with place:
            _curve(study, option, side)
    shown = pd.DataFrame({"Option": study.option, "Value": study.value, "NDCG@10": study.ndcg})
    three_digits = st.column_config.NumberColumn(format="%.3f")
    table(
        shown,
        key="similarity.study_table",
        file_name="study.csv",
        columns={"NDCG@10": three_digits},
        height=220,
    )


def _curve(study: Study, option: str, side: str) -> None:
    value, ndcg = study.of(option)
    now = float(study.settings[option])
    if option == NEIGHBOURS and not now:
        degree = study.settings["measure"] == "degree"
        now = DEGREE_NEIGHBOURS if degree else USUAL_NEIGHBOURS
    info = likeness_settings.effect_info(WORDS[option], value, ndcg, now=now)
    picture(
        likeness_settings.effect_finding(info, users=study.users),
        lambda theme: likeness_settings.effect_figure(info, theme),
        key=f"similarity.study.{side}.{option}",
    )


def side_by_side(run: Path, side: str, one_id: str, near: Near) -> None:
    """The neighbours by the setting of the run and by another one that is chosen here."""
    about = (cached.document(run, "similarity.json") or {}).get(side, {})
    measure, weighting, shrinkage = _asked(str(about.get("measure", "degree")))
    other = similarity_models.with_setting(run, side, measure, weighting, shrinkage)
    theirs = similarity_models.near(run, other, one_id)
    second = _named_alike(near, theirs)
    info = likeness_settings.two_lists_info(near.of, near.title, second)
    asked = {"measure": measure, "weighting": weighting, "shrinkage": shrinkage}
    names = (similarity_models.words_of(about), similarity_models.words_of(asked))
    picture(
        likeness_settings.two_lists_finding(info, other=names[1]),
        lambda theme: likeness_settings.two_lists_figure(info, theme, names=names),
        key="similarity.two",
    )
    likeness = [
        {**dict(zip(titles, values, strict=True))}
        for titles, values in ((near.title, near.likeness), (second, theirs.likeness))
    ]
    shown = pd.DataFrame(
        {
            "Neighbour": info.title,
            "Place here": info.first,
            "Place there": info.second,
            "Places gained": info.first - info.second,
            f"Likeness, {names[0]}": [likeness[0].get(title, np.nan) for title in info.title],
            f"Likeness, {names[1]} ": [likeness[1].get(title, np.nan) for title in info.title],
        }
    )
    three_digits = st.column_config.NumberColumn(format="%.3f")
    table(
        shown,
        key="similarity.two_table",
        file_name="two-settings.csv",
        columns=dict.fromkeys(shown.columns[-2:], three_digits),
    )


def _asked(own: str) -> tuple[str, str, float]:
    first, second, third = st.columns(3, vertical_alignment="bottom")
    measure = first.selectbox(
        "Other measure",
        MEASURES,
        index=MEASURES.index("jaccard" if own != "jaccard" else "cosine"),
        key="similarity.other_measure",
        bind="query-params",
        format_func=lambda name: name.replace("_", " "),
        help="The left list is the run's own setting; the right one is computed now, with the same K.",
    )
    weighting = second.selectbox(
        "Weighting",
        ("none", "tfidf", "bm25"),
        key="similarity.other_weighting",
        bind="query-params",
        help="TF-IDF and BM25: what many have in common says less.",
    )
    shrinkage = third.number_input(
        "Shrinkage",
        0.0,
        10_000.0,
        0.0,
        key="similarity.other_shrinkage",
        bind="query-params",
        help="Pulls the likeness of rows with little in common to zero; 0: usual for the measure.",
    )
    return str(measure), str(weighting), float(shrinkage)


def _named_alike(near: Near, theirs: Near) -> tuple[str, ...]:
    """The titles of the second list; a user who is in the first one keeps the number from there."""
    if near.shared or theirs.shared:
        known = dict(zip(near.row.tolist(), near.title, strict=True))
        return tuple(
            known.get(row, f"another user ({place})")
            for place, row in enumerate(theirs.row.tolist(), 1)
        )
    return theirs.title
