"""Items that nobody had are scored by those most like them, and can be listed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from m6rec_core.data.attributes import attribute_table
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import IdMap
from m6rec_core.ranking.cold_start import WarmItems, borrowed_columns, temperatures
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.scorer.features import Feature


def table_of_items():
    ids = IdMap.in_given_order(["a", "b", "c", "new", "odd"])
    frame = pd.DataFrame(
        {
            "item_id": ["a", "b", "c", "new", "odd"],
            "kind": ["tea", "tea", "cup", "tea", None],
        }
    )
    return attribute_table(frame, ids, "item_id")


def test_hot_has_events_warm_has_attributes_cold_has_neither():
    table = table_of_items()
    assert temperatures([3, 1, 2, 0, 0], table).tolist() == ["hot", "hot", "hot", "warm", "cold"]


def test_stand_ins_are_the_items_with_events_that_share_attributes():
    warm = WarmItems.of(table_of_items(), np.array([5, 2, 9, 0, 0]))
    assert warm.item_row.tolist() == [3]
    assert sorted(warm.stand_in[0][warm.stand_in[0] >= 0].tolist()) == [0, 1]
    assert warm.share[0].sum() == pytest.approx(1.0)


def test_behaviour_is_lent_by_the_stand_ins_and_own_attributes_stay():
    warm = WarmItems.of(table_of_items(), np.array([5, 2, 9, 0, 0]))
    of_item = np.array([1.0, 3.0, 9.0, 0.0], dtype=np.float32)

    def describe(rows):
        return np.stack([np.where(rows >= 0, of_item[rows], 0.0), rows * 0.5], axis=2)

    pairs = np.array([[2, 3]], dtype=np.int32)
    nobody = Histories.of_items([], n_items=5)
    filled = warm.described(nobody, pairs, describe, np.array([True, False]))
    assert filled.shape == (1, 2, 2)
    assert filled[0, 0].tolist() == [9.0, 1.0]
    by_likeness = float(warm.share[0][:2] @ of_item[warm.stand_in[0][:2]])
    assert filled[0, 1].tolist() == pytest.approx([by_likeness, 1.5])
    assert 1.0 < by_likeness < 3.0

    has_b = Histories.of_items([1], n_items=5)
    without_b = warm.described(has_b, pairs, describe, np.array([True, False]))
    assert without_b[0, 1].tolist() == [1.0, 1.5]  # 'a' alone stands for it
    has_both = Histories.of_items([0, 1], n_items=5)
    alone = warm.described(has_both, pairs, describe, np.array([True, False]))
    assert alone[0, 1].tolist() == [0.0, 1.5]


def test_own_attributes_are_not_borrowed():
    def feature(name, group, signal=""):
        return Feature(name, name, group, "", "", signal)

    features = [
        feature("taste.kind", "match of attributes", "kind"),
        feature("crowd.city", "match of attributes", "city"),
        feature("crowd.city_kind", "match of attributes", "city"),
        feature("item_knn.z", "item similarity", "item_knn"),
        feature("item.popularity", "item"),
        feature("user.activity", "user"),
    ]
    borrowed = borrowed_columns(features, table_of_items())
    assert borrowed.tolist() == [False, True, False, True, True, True]


@pytest.fixture(scope="module")
def forgetful(trained_run) -> tuple[Recommender, int]:
    """The shop's run, had nobody ever had its most popular item."""
    run = Recommender.load(trained_run)
    popularity = run.popularity.copy()
    row = int(popularity.argmax())
    popularity[row] = 0
    other = replace(run)
    other.__dict__["popularity"] = popularity
    return other, row


def test_an_item_without_history_has_a_score_and_can_be_listed(forgetful):
    run, row = forgetful
    assert row in run.warm_items.item_row
    listed = run.recommend(run.histories_of_rows(np.arange(60)), 20)
    assert (listed.item_row == row).any()
    users = [str(one) for one in run.interactions.users.ids[:10]]
    scores = run.score_pairs(users, [str(run.interactions.items.ids[row])] * 10)
    assert np.isfinite(scores).all()
    assert np.ptp(scores) > 0  # it suits some more than others


def test_its_score_is_near_those_of_the_items_like_it(forgetful):
    run, row = forgetful
    history = run.histories_of_rows([5])
    place = run.warm_items.place_of[row]
    stand_in = run.warm_items.stand_in[place]
    pairs = np.concatenate([[row], stand_in[stand_in >= 0]])[None, :].astype(np.int32)
    own, *others = run.score_features(run.pair_features(history, pairs)[0])
    assert min(others) - 0.5 <= own <= max(others) + 0.5
