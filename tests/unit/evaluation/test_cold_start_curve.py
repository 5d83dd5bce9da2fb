"""The curve of lists against known events, on a run that was trained for the tests."""

import json

import numpy as np
import pytest

from m6rec_core.data.histories import Histories
from m6rec_core.evaluation.cold_start import ColdStartCurve, cold_start_curve, newest
from m6rec_core.evaluation.of_run import held_out_histories
from m6rec_core.ranking.recommender import Recommender


@pytest.fixture(scope="module")
def run(trained_run) -> Recommender:
    return Recommender.load(trained_run)


@pytest.fixture(scope="module")
def curve(run) -> ColdStartCurve:
    held_out, _ = held_out_histories(run.held_out, run.training)
    return cold_start_curve(run, held_out, most_users=50)


def test_the_newest_items_are_kept_user_by_user():
    both = Histories(
        indptr=np.array([0, 3, 4]),
        item_row=np.array([5, 1, 2, 4], dtype=np.int32),
        weight=np.ones(4, np.float32),
        rating=np.full(4, np.nan, np.float32),
        time=np.zeros(4, np.int64),
        is_target=np.ones(4, bool),
        user_row=np.array([0, 1], dtype=np.int32),
        n_items=6,
        has_time=False,
    )
    assert newest(both, 2).item_row.tolist() == [1, 2, 4]
    assert newest(both, 2).indptr.tolist() == [0, 2, 3]
    assert newest(both, 0).lengths().tolist() == [0, 0]


def test_with_nothing_known_the_scorer_is_popularity(curve):
    start = {point.model: point for point in curve.points if point.known == 0}
    assert start["scorer"].ndcg == start["popularity"].ndcg > 0
    assert start["scorer"].coverage == start["popularity"].coverage


def test_popularity_learns_nothing_from_the_history(curve):
    assert len({point.ndcg for point in curve.of_model("popularity")}) == 1


def test_the_last_point_is_the_list_of_the_whole_history(run, curve):
    """Worked by hand: one held-out item per user, so a hit at rank r gains 1 / log2(r + 1)."""
    held_out, _ = held_out_histories(run.held_out, run.training)
    lengths = run.training.lengths()
    able = np.flatnonzero((held_out.lengths() > 0) & (lengths >= curve.least_history))
    rng = np.random.default_rng([0, 70])
    users = np.sort(rng.choice(able, 50, replace=False)) if len(able) > 50 else able
    gains = []
    for user in users:
        listed = run.recommend(run.histories_of_rows([user]), 10).item_row[0].tolist()
        (wanted,) = held_out.items_of(user)
        gains.append(1 / np.log2(listed.index(wanted) + 2) if wanted in listed else 0.0)
    (last,) = [point for point in curve.of_model("scorer") if point.known is None]
    assert last.ndcg == pytest.approx(np.mean(gains))


def test_the_curve_survives_json(curve):
    again = ColdStartCurve.from_json(json.loads(json.dumps(curve.to_json())))
    assert again == curve
    assert again.share_of_full(0) == pytest.approx(
        curve.of_model("scorer")[0].ndcg / curve.of_model("scorer")[-1].ndcg
    )


def test_without_anybody_to_ask_there_is_no_curve(run):
    nobody = run.training.keep(np.zeros(len(run.training.item_row), dtype=bool))
    assert cold_start_curve(run, nobody) is None
