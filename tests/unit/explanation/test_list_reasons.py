"""What a reason names is taken away by other means, and the score must fall."""

import numpy as np
import pytest

import rated_run
from m6rec_core.explanation.list_reasons import NOTHING, list_reasons, reason_share
from m6rec_core.ranking.fold_in import events_of, folded_in
from m6rec_core.ranking.recommender import Recommender


@pytest.fixture(scope="module")
def rated(make_once) -> Recommender:
    return Recommender.load(make_once("rated-run", rated_run.train_rated_run) / "run")


def score_without(run: Recommender, user_id: str, item_row: int, past_item: str) -> float:
    """The score of an item for the events of a user without those on one past item."""
    row = run.interactions.users.row_of(user_id)
    events = [e for e in events_of(run.interactions, row) if e.item_id != past_item]
    history = folded_in(run.interactions, events, user_row=row).history
    pair = np.array([[item_row]], dtype=np.int32)
    return float(run.score_features(run.pair_features(history, pair)[0])[0])


def test_without_a_named_past_item_the_score_is_lower(rated):
    named = 0
    for user in range(40):
        history = rated.histories_of_rows([user])
        user_id = str(rated.interactions.users.ids[user])
        listed = rated.recommend(history, 5)
        reasons = list_reasons(rated, history, listed.item_row[0])
        for row, score, reason in zip(listed.item_row[0], listed.score[0], reasons, strict=True):
            for past_item in reason.past_item_ids:
                assert score_without(rated, user_id, int(row), past_item) < score
                named += 1
    assert named > 50


def test_named_items_and_their_ratings_are_in_the_text(rated):
    history = rated.histories(["u0"])
    table = rated.interactions.to_frame()
    own = table[table["user_id"] == "u0"].set_index("item_id")["value"]
    listed = rated.recommend(history, 5).item_row[0]
    texts = 0
    for reason in list_reasons(rated, history, listed):
        for past_item in reason.past_item_ids:
            assert f"{past_item} (rated {own[past_item]:g})" in reason.text
            texts += 1
    assert texts > 0


def test_the_share_counts_reasons_that_hold(rated):
    found = reason_share(rated, most_users=15, n=5)
    rng = np.random.default_rng([0, 80])
    chosen = rng.choice(len(rated.training), 15, replace=False)
    held = total = 0
    for user in chosen:
        history = rated.histories_of_rows([user])
        rows = rated.recommend(history, 5).item_row[0]
        texts = [reason.text for reason in list_reasons(rated, history, rows)]
        held, total = held + sum(text != NOTHING for text in texts), total + len(texts)
    assert (found.users, found.recommendations, found.with_reason) == (15, total, held)
    assert found.share >= 0.95


def test_an_empty_list_has_no_reasons(rated):
    assert list_reasons(rated, rated.histories(["u0"]), np.zeros(0, np.int32)) == ()
