"""Figures of one user, one item and of cold start: the sentence above, and that they draw."""

import numpy as np
import pandas as pd
import pytest

from m6rec_core.evaluation.cold_start import ColdStartCurve, Point
from m6rec_core.figures import cold_start, portrait
from m6rec_core.figures.theme import DARK, LIGHT
from m6rec_core.ranking.portrait import Taste

TASTE = Taste("genre", ("War", "Tea"), np.array([0.5, 0.1]), np.array([0.1, 0.2]))
CURVE = ColdStartCurve(
    30,
    10,
    tuple(
        Point(model, known, ndcg, ndcg - 0.01, ndcg + 0.01, 0.2)
        for model, figures in (("scorer", (0.1, 0.3, 0.4)), ("popularity", (0.1, 0.1, 0.1)))
        for known, ndcg in zip((0, 5, None), figures, strict=True)
    ),
)


def test_the_share_of_the_full_list_is_said():
    said = cold_start.cold_start_finding(CURVE)
    assert "5 known items" in said
    assert "0.300" in said
    assert "75 %" in said


def test_the_largest_gap_in_taste_is_said():
    assert portrait.taste_finding(TASTE) == (
        "In genre, this user has more 'War' than everybody: 50 % against 10 %."
    )


def test_months_and_ranks_are_said():
    one = pd.Series([7], index=pd.to_datetime(["2020-02-01"]))
    assert portrait.months_finding(one) == "7 events, all in February 2020."
    assert "none of the lists" in portrait.ranks_finding(np.zeros(0, int), users=9, length=20)
    assert "rank 3" in portrait.ranks_finding(np.array([1, 3, 3]), users=9, length=20)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_all_of_them_draw(theme):
    months = pd.Series([7, 0, 2], index=pd.date_range("2020-02-01", periods=3, freq="MS"))
    drawn = [
        cold_start.cold_start_figure(CURVE, theme),
        portrait.taste_figure(TASTE, theme),
        portrait.months_figure(months, theme),
        portrait.ranks_figure(np.array([1, 3, 3]), length=5, theme=theme),
    ]
    assert all(figure.to_json() for figure in drawn)
    assert list(drawn[3].data[0].y) == [1, 0, 2, 0, 0]
