"""How good lists are against the number of known events."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from m6rec_core import schema
from m6rec_core.evaluation.cold_start import ColdStartCurve, Point
from m6rec_core.figures.canvas import axis, direct_label, figure
from m6rec_core.figures.evaluation import model_title
from m6rec_core.figures.text import percent, three
from m6rec_core.figures.theme import DASHES, MODEL_TITLES, SYMBOLS, Theme

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def cold_start_finding(curve: ColdStartCurve) -> str:
    """The finding in a sentence."""
    of_scorer = curve.of_model(schema.SCORER)
    told = [point for point in of_scorer if point.known]
    if not told:
        return "No user of the sample has enough history to hide a part of it."
    some = next((point for point in told if point.known == 5), told[-1])
    share, full = curve.share_of_full(int(some.known or 0)), of_scorer[-1]
    return (
        f"With {some.known} known items the scorer's lists reach NDCG@10 {three(some.ndcg)}, "
        f"{percent(share)} of what they reach with the whole history ({three(full.ndcg)})."
    )


def cold_start_figure(curve: ColdStartCurve, theme: Theme) -> "Figure":
    """NDCG@10 above, catalogue coverage below, one line per model, named at its end."""
    models = list(dict.fromkeys(point.model for point in curve.points))
    numbers = [point.known for point in curve.of_model(models[0])]
    names = ["all" if number is None else str(number) for number in numbers]
    ticks = {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": names}
    room = {"range": [-0.2, len(numbers) - 0.2 + len(numbers) * 0.15]}  # for the names at the ends
    share = {"gridcolor": theme.grid, "tickformat": ".0%", "automargin": True}
    return figure(
        theme,
        [line for model in models for line in _lines(curve.of_model(model), theme)],
        height=460,
        xaxis=axis("known items of the user, the latest ones", anchor="y2") | ticks | room,
        yaxis=axis("NDCG@10, 95 % interval", from_zero=True, domain=[0.45, 1.0]),
        yaxis2=axis("catalogue listed", from_zero=True, domain=[0.0, 0.33], anchor="x") | share,
        annotations=[
            direct_label(
                theme,
                model_title(model),
                x=len(numbers) - 1,
                y=curve.of_model(model)[-1].ndcg,
                colour=theme.of_model(model),
                xanchor="left",
                xshift=10,
            )
            for model in models
        ],
    )


def _lines(points: Sequence[Point], theme: Theme) -> list[dict[str, Any]]:
    """The NDCG of one model with its intervals, and its coverage."""
    model, title = points[0].model, model_title(points[0].model)
    at, colour = list(MODEL_TITLES).index(model), theme.of_model(model)
    look = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(range(len(points))),
        "line": {"color": colour, "width": 2, "dash": DASHES[at]},
        "marker": {"symbol": SYMBOLS[at], "size": 8, "color": colour},
        "hoverinfo": "text",
    }
    spread = {
        "type": "data",
        "symmetric": False,
        "array": [point.high - point.ndcg for point in points],
        "arrayminus": [point.ndcg - point.low for point in points],
        "color": colour,
        "thickness": 1,
    }
    quality = [f"{title}: {three(p.ndcg)} ({three(p.low)}–{three(p.high)})" for p in points]
    reach = [f"{title}: {percent(point.coverage)} of the catalogue" for point in points]
    return [
        look | {"y": [p.ndcg for p in points], "error_y": spread, "hovertext": quality},
        look | {"y": [p.coverage for p in points], "yaxis": "y2", "hovertext": reach},
    ]
