"""Two runs user by user: differences that are paired, lists that changed, and what a run keeps for it."""

import json

import numpy as np
import pandas as pd
import pytest

from m6rec_core.evaluation import per_user
from m6rec_core.evaluation.of_runs import changed_lists, differences
from m6rec_core.ranking.recommender import Recommender


def table(ids: list[str], ndcg: list[float], tops: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame({"ndcg@10": ndcg}, index=pd.Index(ids, name="user_id"))
    frame["top"] = [np.array(list(top.ljust(10, "~")), dtype=object) for top in tops]
    frame["top"] = frame["top"].map(lambda ids: np.where(ids == "~", "", ids))
    return frame


BEFORE = table(["a", "b", "c", "gone"], [0.1, 0.2, 0.3, 9.0], ["xyz", "xyz", "xyz", "xyz"])
AFTER = table(["c", "b", "a", "new"], [0.4, 0.3, 0.2, 9.0], ["xyw", "xyz", "pqr", "xyz"])


def test_a_difference_is_taken_over_the_users_that_both_have():
    (found,) = differences(BEFORE, AFTER, seed=0)
    assert (found.metric, found.users) == ("ndcg@10", 3)
    assert found.reference == pytest.approx(0.2)
    assert found.value == pytest.approx(0.3)
    # every user gains a tenth: the pairing leaves no doubt
    assert (found.difference, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert found.is_clear


def test_runs_without_a_common_user_have_no_difference():
    (found,) = differences(BEFORE.iloc[[3]], AFTER.iloc[[3]], seed=0)
    assert found.users == 0
    assert np.isnan([found.difference, found.low, found.high]).all()


def test_the_most_changed_lists_come_first_with_what_came_and_went():
    found = changed_lists(BEFORE, AFTER)
    assert found.index.tolist() == ["a", "c", "b"]
    assert found["overlap"].tolist() == pytest.approx([0.0, 2 / 3, 1.0])
    assert found.loc["c", ["came", "went"]].tolist() == [("w",), ("z",)]
    assert found.loc["b", "rank-biased overlap"] == pytest.approx(1.0)


def test_a_run_keeps_the_figures_and_the_list_of_every_measured_user(trained_run):
    kept = per_user.read(trained_run)
    measured = json.loads((trained_run / "metrics.json").read_text())
    assert len(kept) == measured["users"]
    for metric in per_user.METRICS:
        mean = measured["models"]["scorer"][metric]["value"]
        assert kept[metric].mean() == pytest.approx(mean, abs=1e-6)
    recommender = Recommender.load(trained_run)
    user_id = kept.index[5]
    found = recommender.recommend(recommender.histories([user_id]), 10)
    ids = recommender.interactions.items.ids_of(found.item_row[0])
    assert kept.loc[user_id, "top"].tolist() == ids.tolist()


def test_a_run_that_was_not_evaluated_has_none(tmp_path):
    assert per_user.read(tmp_path) is None
