"""The pages of the app: their scripts, their addresses, and the question that each answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

ASSETS = Path(__file__).parent / "assets"
LOGO, MARK = ASSETS / "logo.svg", ASSETS / "mark.svg"


@dataclass(frozen=True)
class Place:
    """One page of the app: where its script lies, its address, and the question it answers."""

    script: str
    address: str
    title: str
    icon: str
    question: str


OVERVIEW = Place(
    "pages/start/overview.py",
    "overview",
    "Overview",
    ":material/home:",
    "Where do the data, the model and its explanations stand, and what is the next step?",
)
DATA = Place(
    "pages/data/data.py",
    "data",
    "Data",
    ":material/database:",
    "What behaviour do we learn from, and what was cleaned away?",
)
HEALTH = Place(
    "pages/data/health.py",
    "health",
    "Health",
    ":material/ecg_heart:",
    "What do the data look like, and are they enough to learn from?",
)
SIMILARITY = Place(
    "pages/model/similarity.py",
    "similarity",
    "Similarity",
    ":material/hub:",
    "Which items, and which users, are alike, and what makes them so?",
)
TRAIN = Place(
    "pages/model/train.py",
    "train",
    "Train",
    ":material/model_training:",
    "How should the scorer learn, how far is it, and what has it learned?",
)
TUNE = Place(
    "pages/model/tune.py",
    "tune",
    "Tune",
    ":material/tune:",
    "Which options do better than the usual ones, and which of them matter?",
)
RUNS = Place(
    "pages/model/runs.py",
    "runs",
    "Runs",
    ":material/history:",
    "What was trained, what differs between runs, and whose lists changed?",
)
RECOMMENDATIONS = Place(
    "pages/explore/recommendations.py",
    "recommendations",
    "Recommendations",
    ":material/format_list_numbered:",
    "What would this user get, and why, beside what they did before?",
)
ITEM = Place(
    "pages/explore/item.py",
    "item",
    "Item",
    ":material/category:",
    "Who takes this item, what is like it, and who gets it recommended?",
)
WHAT_IF = Place(
    "pages/explore/what_if.py",
    "what_if",
    "What if",
    ":material/science:",
    "How would the list change if the history, or the person, were another?",
)
WHY = Place(
    "pages/explain/explain.py",
    "explain",
    "Why",
    ":material/lightbulb:",
    "What lifts or lowers this item for this user, and how far can that be trusted?",
)
IMPORTANCE = Place(
    "pages/explain/importance.py",
    "importance",
    "Importance",
    ":material/bar_chart:",
    "What moves the scores of all recommendations, and what works together?",
)
LAYERS = Place(
    "pages/explain/layers.py",
    "layers",
    "Layers",
    ":material/layers:",
    "What does each layer of the network hold, and how does it react to one pair?",
)
MAP = Place(
    "pages/explain/map.py",
    "map",
    "Map",
    ":material/scatter_plot:",
    "Which users, items or pairs does the network see as alike, layer by layer?",
)
EVALUATE = Place(
    "pages/judge/evaluate.py",
    "evaluate",
    "Evaluate",
    ":material/leaderboard:",
    "How good are the lists, measured on events that no model has seen?",
)
SECTIONS: Mapping[str, Sequence[Place]] = {
    "Start": (OVERVIEW,),
    "Data": (DATA, HEALTH),
    "Model": (SIMILARITY, TRAIN, TUNE, RUNS),
    "Explore": (RECOMMENDATIONS, ITEM, WHAT_IF),
    "Explain": (WHY, IMPORTANCE, LAYERS, MAP),
    "Judge": (EVALUATE,),
}


def navigation() -> dict[str, list[Any]]:
    """The pages by section, in the order in which an analyst thinks."""
    sections = {
        section: [
            st.Page(
                place.script,
                title=place.title,
                icon=place.icon,
                url_path="start" if place is OVERVIEW else place.address,
                default=place is OVERVIEW,
                help=place.question,
            )
            for place in places
        ]
        for section, places in SECTIONS.items()
    }
    # the default page answers at the bare address only: this one opens it by its name
    named = st.Page(
        OVERVIEW.script,
        title=OVERVIEW.title,
        icon=OVERVIEW.icon,
        url_path=OVERVIEW.address,
        visibility="hidden",
    )
    sections["Start"].append(named)
    return sections
