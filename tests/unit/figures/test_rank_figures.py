"""Figures of the explained rank: their sentences worked by hand, and a drawing in both themes."""

import numpy as np
import pytest

from m6rec_core.errors import ConfigError
from m6rec_core.figures import curves, faithful, force, importance, list_map
from m6rec_core.figures.theme import DARK, LIGHT

both_themes = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


@pytest.fixture
def difference():
    return force.difference_info(
        [0.5, -0.2, 0.0], ["a", "b", "c"], other_score=1.0, score=1.3, ends=("2. Brazil", "Alien")
    )


def test_the_difference_names_what_makes_most_of_it(difference):
    assert force.difference_finding(difference) == (
        "From 2. Brazil (1.00) to Alien (1.30): 'a' makes most of the difference (+0.500 of +0.300)."
    )
    assert difference.starts.tolist() == [1.0, 1.5, 1.3]


@both_themes
def test_what_raises_ends_at_the_score_and_what_lowers_begins_there(difference, theme):
    drawn = force.force_figure(difference, theme)
    up = [bar for bar in drawn.data if bar.y[0] == 0]
    down = [bar for bar in drawn.data if bar.y[0] == 1]
    assert up[0].base[0] + up[0].x[0] == pytest.approx(1.3)
    assert down[0].base[0] == pytest.approx(1.3)
    assert sum(bar.x[0] for bar in down) == pytest.approx(0.2)


@both_themes
def test_a_map_of_a_list_names_its_strongest_column_and_cell(theme):
    info = list_map.list_map_info([[1.0, -3.0], [2.0, 1.0]], ["A", "B"], ["items", "users"])
    assert list_map.list_map_finding(info) == (
        "'items' moves this list most (+1.50 on average); the strongest cell is 'users' at 'A' "
        "(−3.00)."
    )
    drawn = list_map.list_map_figure(info, theme)
    assert (drawn.data[0].zmin, drawn.data[0].zmax) == (-3.0, 3.0)


def test_a_map_with_too_few_values_is_refused():
    with pytest.raises(ConfigError, match="2 rows and 1 columns"):
        list_map.list_map_info([[1.0]], ["A", "B"], ["items"])


@both_themes
def test_the_best_order_is_the_lowest_while_items_go_and_the_highest_while_they_come(theme):
    heights = {"ours": [1.0, 0.0], "random": [1.0, 0.8]}
    gone = faithful.faithful_info([0, 1], heights, is_deletion=True)
    assert "keeps 0.500 of its share" in faithful.faithful_finding(gone)
    assert "ours is the best order" in faithful.faithful_finding(gone)
    come = faithful.faithful_info([0, 1], heights, is_deletion=False)
    assert "random does better" in faithful.faithful_finding(come)
    assert len(faithful.faithful_figure(come, theme).data) == 2


@both_themes
def test_a_curve_says_where_it_is_highest_and_where_the_data_lie(theme):
    info = curves.curve_info([0, 1, 2], [-1.0, 3.0, 0.5], [0.0, 0.0, 1.0, 2.0, 2.0], title="age")
    assert curves.curve_finding(info) == (
        "'age' adds most at 1.00 (+3.00) and least at 0 (−1.00); half of the data lie below 1.00."
    )
    assert len(curves.curve_figure(info, theme).data) == 2
    flat = curves.curve_info([0, 1], [2.0, 2.0], [0.0], title="age")
    assert "its curve is flat" in curves.curve_finding(flat)


def test_the_partner_is_the_feature_that_bends_the_contribution():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(600, 4))
    contributions = np.zeros((600, 4))
    contributions[:, 0] = features[:, 0] * features[:, 2]
    assert importance.strongest_partner(features, contributions, 0) == 2
    contributions[:, 0] = 1.0
    assert importance.strongest_partner(features, contributions, 0) == 0
