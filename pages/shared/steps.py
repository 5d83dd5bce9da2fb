"""The five steps from data to explanation, each with its state and the way to its page."""

from dataclasses import dataclass

import streamlit as st

from m6rec_core.figures.text import counted, thousands
from m6rec_core.workspace.results import BASIS_WORDS, NETWORK_WORDS
from pages.shared import cached, frame
from pages.shared.frame import Chosen
from pages.shared.panels import escaped
from pages.shared.places import DATA, RECOMMENDATIONS, SIMILARITY, TRAIN, WHY, Place


@dataclass(frozen=True)
class Step:
    """One step: its name, the page it is done on, and where it stands; empty while it is not done."""

    name: str
    place: Place
    state: str


def strip(chosen: Chosen) -> None:
    """The steps side by side; what is not done yet says so."""
    for number, (column, step) in enumerate(
        zip(st.columns(5), _steps(chosen), strict=True), start=1
    ):
        with column, st.container(border=True, height="stretch"):
            done = bool(step.state)
            st.badge(
                f"{number} · {'done' if done else 'to do'}",
                color="green" if done else "gray",
                icon=":material/check:" if done else ":material/schedule:",
            )
            frame.link(
                step.place, f"**{step.name}**", help=step.place.question, icon=step.place.icon
            )
            st.markdown(escaped(step.state or "not yet"))


def _steps(chosen: Chosen) -> tuple[Step, ...]:
    dataset, run = chosen.dataset, chosen.run
    data = ""
    if dataset:
        data = f"{thousands(dataset.events)} events of {thousands(dataset.users)} users"
    if run is None:
        return (
            Step("Data", DATA, data),
            Step("Similarity", SIMILARITY, ""),
            Step("Scorer", TRAIN, ""),
            Step("Lists", RECOMMENDATIONS, ""),
            Step("Explanation", WHY, ""),
        )
    learned = cached.document(run.folder, "similarity.json") or {}
    scorer = cached.document(run.folder, "scorer.json") or {}
    importance = cached.document(run.folder, "importance.json") or {}
    basis = BASIS_WORDS[str(run.config["similarity.basis"])]
    network = NETWORK_WORDS[str(run.config["scorer.network"])]
    return (
        Step("Data", DATA, data),
        Step(
            "Similarity", SIMILARITY, f"{basis}, {learned.get('item', {}).get('measure', 'tuned')}"
        ),
        Step(
            "Scorer",
            TRAIN,
            f"{network}, {counted(len(scorer.get('features', ())), 'feature')}, "
            f"best after epoch {learned.get('best_epoch', '?')}",
        ),
        Step("Lists", RECOMMENDATIONS, f"{run.config['ranking.candidates']} candidates per user"),
        Step("Explanation", WHY, f"{counted(importance.get('pairs', 0), 'pair')} taken apart"),
    )
