"""What each part of the features adds to the accuracy on validation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from m6rec_core.figures.bars import bars_figure, whiskers
from m6rec_core.figures.text import plain, three
from m6rec_core.figures.theme import Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Additions:
    """The parts, most useful first: `adds`, `low`, `high` (parts,) in NDCG@10; `whole` is that of all."""

    titles: tuple[str, ...]
    adds: Floats
    low: Floats
    high: Floats
    whole: float


def additions_info(whole: float, lines: Sequence[Mapping[str, Any]]) -> Additions:
    """From the lines of one kind in a run's `ablation.json`; an interval that is not known is NaN."""
    ordered = sorted(lines, key=lambda line: -line["adds"])

    def column(name: str) -> Floats:
        values = [line[name] for line in ordered]
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    titles = tuple(str(line["title"]) for line in ordered)
    return Additions(titles, column("adds"), column("low"), column("high"), whole)


def additions_finding(info: Additions) -> str:
    """The finding in a sentence."""
    if not len(info.adds):
        return "No part was taken away."
    first = (
        f"Without '{info.titles[0]}' the lists lose {three(info.adds[0])} of their NDCG@10 of "
        f"{three(info.whole)}"
    )
    idle = [title for title, high in zip(info.titles, info.high, strict=True) if high <= 0]
    if not idle:
        return f"{first}."
    named = ", ".join(f"'{title}'" for title in idle)
    return f"{first}; {named} could be left out on these data."


def additions_figure(info: Additions, theme: Theme) -> "Figure":
    """One bar per part with the 95 % interval; another colour and a '!' where lists are better without."""
    made = bars_figure(
        theme,
        info.titles,
        info.adds,
        axis_title="NDCG@10 that is lost without it",
        colours=[theme.primary if value >= 0 else theme.raises for value in info.adds],
        texts=[three(value) + (" !" if value < 0 else "") for value in info.adds],
        hovers=[
            f"{plain(title)}: {three(adds)} [{three(low)}, {three(high)}]"
            for title, adds, low, high in zip(
                info.titles, info.adds, info.low, info.high, strict=True
            )
        ],
    )
    made.update_traces(error_x=whiskers(theme, info.adds, info.low, info.high), textposition="auto")
    return made
