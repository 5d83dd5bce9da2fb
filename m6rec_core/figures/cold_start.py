"""How good lists are against the number of known events."""

from typing import TYPE_CHECKING

import numpy as np

from m6rec_core import schema
from m6rec_core.evaluation.cold_start import ColdStartCurve
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
    place = np.arange(len(numbers))
    traces, labels = [], []
    for model in models:
        points = curve.of_model(model)
        at = list(MODEL_TITLES).index(model)
        look = {
            "type": "scatter",
            "mode": "lines+markers",
            "x": place,
            "line": {"color": theme.of_model(model), "width": 2, "dash": DASHES[at]},
            "marker": {"symbol": SYMBOLS[at], "size": 8, "color": theme.of_model(model)},
            "hoverinfo": "text",
        }
        ndcg = np.array([point.ndcg for point in points])
        spread = {
            "type": "data",
            "symmetric": False,
            "array": [point.high - point.ndcg for point in points],
            "arrayminus": [point.ndcg - point.low for point in points],
            "color": theme.of_model(model),
            "thickness": 1,
        }
        title = model_title(model)
        hover = [f"{title}: {three(p.ndcg)} ({three(p.low)}–{three(p.high)})" for p in points]
        traces.append(look | {"y": ndcg, "error_y": spread, "hovertext": hover})
        cover = [point.coverage for point in points]
        hover = [f"{title}: {percent(share)} of the catalogue" for share in cover]
        traces.append(look | {"y": cover, "yaxis": "y2", "hovertext": hover})
        labels.append(
            direct_label(
                theme,
                title,
                x=float(place[-1]),
                y=float(ndcg[-1]),
                colour=theme.of_model(model),
                xanchor="left",
                xshift=10,
            )
        )
    names = ["all" if number is None else str(number) for number in numbers]
    ticks = {"tickmode": "array", "tickvals": place.tolist(), "ticktext": names}
    return figure(
        theme,
        traces,
        height=460,
        xaxis=axis("known items of the user, the latest ones", anchor="y2")
        | ticks
        | {"range": [-0.2, len(numbers) - 0.2 + len(numbers) * 0.15]},
        yaxis=axis("NDCG@10, 95 % interval", from_zero=True, domain=[0.45, 1.0]),
        yaxis2=axis("catalogue listed", from_zero=True, domain=[0.0, 0.33], anchor="x")
        | {"gridcolor": theme.grid, "tickformat": ".0%", "automargin": True},
        annotations=labels,
    )
