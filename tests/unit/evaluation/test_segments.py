"""For whom lists are good: divisions of the users, worked by hand, and the means of each part."""

import numpy as np
import pandas as pd
import pytest

from m6rec_core.data.attributes import attribute_table
from m6rec_core.data.ids import IdMap
from m6rec_core.errors import ConfigError
from m6rec_core.evaluation import for_whom
from m6rec_core.evaluation.per_user import read_figures
from m6rec_core.evaluation.segments import (
    Segments,
    SegmentTable,
    by_attribute,
    by_history,
    by_taste,
    segment_table,
)
from m6rec_core.figures.segments import segment_bars_finding


def test_users_are_cold_new_or_in_a_third_of_the_others():
    found = by_history([0, 5, 1, 6, 6, 7, 8, 9, 10])
    assert found.names == (
        "cold: 0",
        "new: 1–5",
        "light: 6",
        "middle: 7–8",
        "heavy: 9–10",
    )
    assert found.of_user.tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_equal_lengths_stay_together():
    assert by_history([20, 20, 20]).names == ("all: 20",)
    assert by_history([20, 20, 20, 90]).of_user.tolist() == [0, 0, 0, 1]


def test_taste_runs_from_niche_to_mainstream_and_leaves_out_users_without_history():
    found = by_taste([50.0, np.nan, 10.0, 30.0])
    assert found.names == ("niche", "middle", "mainstream")
    assert found.of_user.tolist() == [2, -1, 0, 1]


def test_an_attribute_has_a_segment_for_each_of_its_six_most_frequent_values():
    cities = ["g", "g", *"aabbccddeef", ""]
    ids = IdMap([f"u{at:02}" for at in range(len(cities))])
    frame = pd.DataFrame(
        {"user_id": ids.ids, "city": cities, "age": ["20", "30", "35", "40"] + [None] * 10}
    )
    table = attribute_table(frame, ids, "user_id")
    by_city, by_age = by_attribute(table, "city"), by_attribute(table, "age")
    assert by_city.names == ("a", "b", "c", "d", "e", "g", "all others")
    assert by_city.of_user.tolist() == [5, 5, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 6, -1]
    assert by_age.names == ("20–30", "35", "40")
    assert by_age.of_user.tolist() == [0, 0, 1, 2] + [-1] * 10


def test_a_segment_holds_the_means_of_its_counted_users():
    values = np.array([[0.2, 0.0], [0.4, 0.1], [np.nan, np.nan], [0.9, 1.0], [7.0, 7.0]])
    segments = Segments(("few", "many", "none"), np.array([0, 0, 0, 1, -1]))
    table = segment_table(values, segments, metric="ndcg@10", models=["scorer", "random"], seed=0)
    assert table.users.tolist() == [2, 1, 0]
    assert table.value[:2] == pytest.approx(np.array([[0.3, 0.05], [0.9, 1.0]]))
    assert np.isnan(table.value[2]).all()
    # of two users a draw takes the one twice, the other twice, or both
    assert (table.low[0, 0], table.high[0, 0]) == pytest.approx((0.2, 0.4))
    assert np.isnan(table.low[1:]).all()  # one counted user has no interval


def test_the_finding_says_where_the_scorer_is_not_the_best():
    value = np.array([[0.1, 0.2], [0.5, 0.3]])
    table = SegmentTable(
        "ndcg@10", ("new", "heavy"), ("scorer", "popularity"), np.array([9, 9]), value,
        value - 0.05, value + 0.05,
    )  # fmt: skip
    assert segment_bars_finding(table) == (
        "Scorer: NDCG@10 is highest for 'heavy' (0.500) and lowest for 'new' (0.100). "
        "Another model is above it for 'new'."
    )


def test_a_run_tells_for_whom_it_is_good(trained_run, small_shop):
    figures = read_figures(trained_run)
    found = for_whom.divisions(trained_run, figures)
    assert {for_whom.HISTORY, for_whom.TASTE, "gender"} <= set(found)
    by_gender = for_whom.served(trained_run, "gender", "ndcg@10", seed=0)
    table = small_shop.users.frame.set_axis(small_shop.users.ids.ids)
    ids = small_shop.interactions.users.ids[figures.user_row]
    genders = table.loc[ids, "gender"].to_numpy()
    scorer = figures.models.index("scorer")
    for at, gender in enumerate(by_gender.segments):
        mine = figures.of("ndcg@10")[genders == gender, scorer]
        assert by_gender.users[at] == len(mine)
        assert by_gender.value[at, scorer] == pytest.approx(mine.mean())


def test_what_single_users_do_not_have_is_refused(trained_run, tmp_path):
    with pytest.raises(ConfigError, match="No single user has a 'coverage@10'"):
        for_whom.served(trained_run, for_whom.TASTE, "coverage@10", seed=0)
    with pytest.raises(ConfigError, match="cannot be divided by 'shoe size'"):
        for_whom.served(trained_run, "shoe size", "ndcg@10", seed=0)
    assert for_whom.served(tmp_path, for_whom.TASTE, "ndcg@10", seed=0) is None
