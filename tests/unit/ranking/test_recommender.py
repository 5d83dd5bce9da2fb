"""A run at work: scores of pairs beside lists, expected ratings, and runs that are not whole."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from m6rec_core.data.histories import Histories
from m6rec_core.errors import RunError
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.ranking.row_tables import best_of, packed, table_of
from rated_run import train_rated_run

NEW_USER, NEW_ITEM = "somebody new", "something new"


@pytest.fixture(scope="module")
def shop(trained_run: Path) -> Recommender:
    """A run on events of several kinds, without ratings."""
    return Recommender.load(trained_run)


@pytest.fixture(scope="module")
def rated(make_once: Callable[..., Path]) -> Recommender:
    return Recommender.load(make_once("rated-run", train_rated_run) / "run")


@pytest.fixture(params=["shop", "rated"])
def recommender(request: pytest.FixtureRequest) -> Recommender:
    found: Recommender = request.getfixturevalue(request.param)
    return found


def pairs_of(recommender: Recommender, user_row: int, item_row: list[int]):
    """(user ids, item ids) of one user with some items."""
    events = recommender.interactions
    (user_id,) = events.users.ids_of([user_row])
    return [user_id] * len(item_row), events.items.ids_of(item_row).tolist()


@pytest.mark.parametrize("include_seen", [False, True])
def test_scores_of_pairs_are_those_of_the_list(recommender, include_seen):
    histories = recommender.histories_of_rows(range(6))
    found = recommender.recommend(histories, 15, include_seen=include_seen)
    for user in range(6):
        listed = found.item_row[user][found.item_row[user] >= 0].tolist()
        scores = recommender.score_pairs(*pairs_of(recommender, user, listed))
        assert scores == pytest.approx(found.score[user, : len(listed)], abs=1e-4)


def test_seen_items_change_nothing_about_the_order_of_the_others(recommender):
    histories = recommender.histories_of_rows(range(6))
    without = recommender.recommend(histories, 15)
    found = recommender.recommend(histories, 15, include_seen=True)
    n_seen = 0
    for user in range(6):
        row = found.item_row[user]
        is_seen = np.isin(row, histories.items_of(user))
        others = row[~is_seen].tolist()
        assert others == without.item_row[user][: len(others)].tolist()
        n_seen += is_seen.sum()
    assert n_seen > 5


def test_pairs_in_any_order_and_twice_get_the_scores_that_they_get_alone(recommender):
    rng = np.random.default_rng(0)
    events = recommender.interactions
    users = events.users.ids_of(rng.integers(0, 9, 40)).tolist()
    items = events.items.ids_of(rng.integers(0, len(events.items), 40)).tolist()
    users[3:6], items[11:13] = [NEW_USER] * 3, [NEW_ITEM] * 2
    users[20], items[20] = users[0], items[0]
    together = recommender.score_pairs(users, items)
    assert np.isfinite(together).all()
    for k in (0, 3, 7, 20, 39):
        (alone,) = recommender.score_pairs([users[k]], [items[k]])
        assert together[k] == pytest.approx(alone, abs=1e-4)
    assert together[20] == together[0]


def test_blocks_of_users_do_not_show_in_the_scores_of_pairs(recommender, monkeypatch):
    rng = np.random.default_rng(1)
    events = recommender.interactions
    users = [*events.users.ids_of(rng.integers(0, 20, 60)).tolist(), NEW_USER]
    items = events.items.ids_of(rng.integers(0, len(events.items), 61)).tolist()
    whole = recommender.score_pairs(users, items)
    monkeypatch.setattr(type(recommender.space), "users_per_block", lambda space: 4)
    assert recommender.score_pairs(users, items) == pytest.approx(whole, abs=1e-4)


def test_an_unknown_item_gets_the_lowest_score(recommender):
    events = recommender.interactions
    for user in (0, 5):
        listed = recommender.recommend(recommender.histories_of_rows([user]), 10_000)
        rows = listed.item_row[0][: recommender.config.ranking.candidates].tolist()
        users, items = pairs_of(recommender, user, rows)
        scores = recommender.score_pairs([*users, users[0]], [*items, NEW_ITEM])
        assert scores[-1] <= scores[:-1].min()
        assert np.isfinite(scores[-1])
    assert NEW_ITEM not in events.items


def test_an_unknown_user_s_items_are_scored_by_their_share_of_all_users(recommender):
    events = recommender.interactions
    ids = events.items.ids.tolist()
    scores = recommender.score_pairs([NEW_USER] * (len(ids) + 1), [*ids, NEW_ITEM])
    users_of = recommender.training.matrix().toarray().sum(axis=0)
    expected = np.log(np.maximum(users_of, 0.5) / len(events.users))
    assert scores[:-1] == pytest.approx(expected, abs=1e-5)
    assert scores[-1] == scores[:-1].min()


def test_scores_are_those_of_the_network_on_the_pair_s_features(recommender):
    histories = recommender.histories_of_rows([4])
    items = np.array([[0, 7, 30]], dtype=np.int32)
    features = recommender.pair_features(histories, items)
    assert features.shape == (1, 3, len(recommender.features))
    expected = recommender.score_features(features[0])
    scores = recommender.score_pairs(*pairs_of(recommender, 4, [0, 7, 30]))
    assert scores == pytest.approx(expected, abs=1e-4)


def test_histories_are_found_by_id_and_are_empty_for_the_unknown(recommender):
    events = recommender.interactions
    first, second = events.users.ids_of([3, 0])
    found = recommender.histories([first, NEW_USER, second])
    assert found.user_row.tolist() == [3, -1, 0]
    assert found.items_of(0).tolist() == recommender.training.items_of(3).tolist()
    assert found.items_of(1).tolist() == []
    assert found.items_of(2).tolist() == recommender.training.items_of(0).tolist()


def test_what_was_held_out_is_not_among_what_was_learned_from(recommender):
    width = recommender.training.n_items
    learned = recommender.training.entry_user() * width + recommender.training.item_row
    held_out = recommender.held_out
    assert len(held_out) > 50
    assert not np.isin(held_out.user_row * width + held_out.item_row, learned).any()


def test_popularity_counts_users(recommender):
    events = recommender.interactions.to_frame()
    counts = events.groupby("item_id")["user_id"].nunique()
    ids = recommender.interactions.items.ids
    expected = [counts.get(item_id, 0) for item_id in ids]
    assert recommender.popularity.tolist() == expected


def test_without_ratings_none_is_expected(shop):
    users, items = pairs_of(shop, 0, [1, 2])
    assert shop.expected_ratings(users, items) is None


def test_expected_ratings_are_on_the_scale_and_follow_the_taste(rated):
    """Users of even number like items of even number, and give them two stars more at least."""
    users, items = zip(*[(f"u{u}", f"i{i}") for u in range(20) for i in range(20)], strict=True)
    found = rated.expected_ratings(users, items).reshape(20, 20)
    low, high = rated.interactions.rating_range
    assert low <= found.min()
    assert found.max() <= high == 5
    likes = np.arange(20)[:, None] % 2 == np.arange(20) % 2
    assert found[likes].mean() > found[~likes].mean() + 0.5


def test_taste_is_found_in_the_lists_too(rated):
    user_ids = [f"u{user}" for user in range(0, 70, 2)]  # they like items of even number
    lists = rated.recommend(rated.histories(user_ids), 5).item_row
    ids = rated.interactions.items.ids_of(lists.ravel())
    even = np.mean([int(item_id[1:]) % 2 == 0 for item_id in ids])
    assert even > 0.7  # half of all items are


def test_the_average_pairs_are_pairs_of_the_run(recommender):
    user_row = recommender.explaining["population_user_row"]
    item_row = recommender.explaining["population_item_row"]
    assert len(recommender.population) == len(user_row) == len(item_row)
    assert recommender.background.shape[1] == len(recommender.features)
    for k in (0, 100, 500):
        histories = recommender.histories_of_rows([user_row[k]])
        pair = recommender.pair_features(histories, item_row[[[k]]])
        assert recommender.population[k] == pytest.approx(pair[0, 0], abs=1e-4)
    rows = {row.tobytes() for row in recommender.population}
    assert all(row.tobytes() in rows for row in recommender.background)


def test_a_recommender_without_a_folder_says_so(shop):
    with pytest.raises(RunError, match="not read from a run directory"):
        replace(shop, folder=None).background  # noqa: B018


@pytest.mark.parametrize("missing", ["config.json", "scorer.json", "scorer.tflite", "models"])
def test_a_run_that_lacks_a_part_is_refused_by_name(trained_run, tmp_path, missing):
    run = tmp_path / "run"
    shutil.copytree(trained_run, run)
    shutil.rmtree(run / missing) if missing == "models" else (run / missing).unlink()
    with pytest.raises(RunError, match=missing.replace(".", r"\.")):
        Recommender.load(run)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match="Train it with"):
        Recommender.load(tmp_path)


def test_an_unknown_item_is_expected_to_be_rated_as_the_user_rates_on_the_whole(rated):
    events = rated.interactions
    (kind,) = [u for u in events.users.ids if u == "u0"]
    ratings = events.value[events.user_row == events.users.rows_of([kind])[0]]
    (unknown,) = rated.expected_ratings([kind], [NEW_ITEM])
    everything = rated.expected_ratings([kind] * len(events.items), events.items.ids.tolist())
    assert everything.min() + 0.3 < unknown < everything.max()
    assert abs(unknown - ratings.mean()) < 1.0


def test_who_is_unknown_is_expected_to_rate_as_everybody(rated):
    events = rated.interactions
    item_ids = events.items.ids.tolist()
    found = rated.expected_ratings([NEW_USER] * len(item_ids), item_ids)
    usual = [events.value[events.item_row == row].mean() for row in range(len(item_ids))]
    assert np.corrcoef(found, usual)[0, 1] > 0.8
    (nothing,) = rated.expected_ratings([NEW_USER], [NEW_ITEM])
    assert nothing == pytest.approx(events.value.mean(), abs=1e-4)


def test_what_is_late_comes_after_all_others_whatever_its_score():
    rows = np.array([[5, 3, 2, -1]], dtype=np.int32)
    scores = np.array([[1, 99, 0, 7]], dtype=np.float32)
    is_late = np.array([[False, True, False, True]])
    found, values = best_of(rows, scores, 4, is_late=is_late)
    assert found.tolist() == [[5, 2, 3, -1]]
    assert values[0, :3].tolist() == [1, 0, 99]


def test_the_best_of_candidates_fall_by_score_then_row_and_padding_is_last():
    rows = np.array([[5, -1, 2, 9], [1, 0, -1, -1]], dtype=np.int32)
    scores = np.array([[1, 99, 1, 0], [-3, -2, 0, 0]], dtype=np.float32)
    found, values = best_of(rows, scores, 3)
    assert found.tolist() == [[2, 5, 9], [0, 1, -1]]
    assert values[:, :2].tolist() == [[1, 1], [-2, -3]]


def test_empty_places_are_packed_at_the_ends():
    rows = np.array([[4, -1, 2, -1], [-1, -1, 7, 0], [1, 2, 3, 4]], dtype=np.int32)
    assert packed(rows).tolist() == [[4, 2, -1, -1], [7, 0, -1, -1], [1, 2, 3, 4]]


def test_pairs_sorted_by_user_make_a_table_and_each_knows_its_column():
    table, place = table_of(np.array([0, 2, 2]), np.array([5, 7, 6], dtype=np.int32), 4)
    assert table.tolist() == [[5, -1], [-1, -1], [7, 6], [-1, -1]]
    assert place.tolist() == [0, 0, 1]


def test_a_user_who_has_seen_everything_gets_an_empty_list(recommender):
    n_items = recommender.training.n_items
    everything = Histories.of_items(np.arange(n_items), n_items=n_items)
    found = recommender.recommend(everything, 5)
    assert found.item_row.tolist() == [[-1] * 5]
    assert np.isnan(found.score).all()
    shown = recommender.recommend(everything, 5, include_seen=True)
    assert (shown.item_row >= 0).all()
