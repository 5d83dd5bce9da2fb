"""What every model must keep, whichever it is: one list of models, the same checks for each."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.ranking.recommender import Recommendations, Recommender
from m6rec_core.scorer.stored_models import load_models, save_models

N = 10

pytestmark = pytest.mark.parametrize("model", schema.MODELS)


@pytest.fixture(scope="module")
def recommender(trained_run: Path) -> Recommender:
    return Recommender.load(trained_run)


@pytest.fixture(scope="module")
def some(recommender) -> Histories:
    """The first twenty users."""
    return recommender.histories_of_rows(np.arange(20))


def nobody(recommender: Recommender) -> Histories:
    return recommender.histories(["somebody new"])


def assert_same(first: Recommendations, second: Recommendations) -> None:
    assert first.source == second.source
    close = {"abs": 1e-5, "rel": 1e-5, "nan_ok": True}
    assert first.score == pytest.approx(second.score, **close)
    differs = first.item_row != second.item_row  # only where scores are equal but for rounding
    assert differs.mean() < 0.02


def test_a_list_has_a_row_and_a_finite_score_per_place(recommender, some, model):
    found = recommender.recommend(some, N, model=model)
    assert found.item_row.shape == found.score.shape == (20, N)
    assert found.item_row.dtype == np.int32
    assert found.score.dtype == np.float32
    assert (found.item_row >= 0).any(axis=1).all()
    assert np.isfinite(found.score[found.item_row >= 0]).all()
    assert (found.item_row < recommender.training.n_items).all()
    assert found.source == (model,) * 20


def test_empty_places_have_no_score(recommender, some, model):
    found = recommender.recommend(some, 60, model=model)
    assert (found.item_row == -1).any()  # seen items leave some
    assert (np.isnan(found.score) == (found.item_row == -1)).all()


def test_no_item_stands_in_a_list_twice(recommender, some, model):
    for row in recommender.recommend(some, 60, model=model).item_row:
        items = row[row >= 0]
        assert len(np.unique(items)) == len(items)


def test_the_best_stand_first_and_equals_fall_to_the_lower_row(recommender, some, model):
    found = recommender.recommend(some, 60, model=model)
    proposed = recommender.config.ranking.candidates if model == schema.SCORER else 60
    for rows, scores in zip(found.item_row, found.score, strict=True):
        n = (rows >= 0).sum()
        assert (rows[n:] == -1).all()
        # what no similarity proposes fills a list up: it comes after all that one does
        order = np.lexsort((rows[:n], -scores[:n], np.arange(n) >= proposed))
        assert order.tolist() == list(range(n))


def test_seen_items_are_hidden(recommender, some, model):
    found = recommender.recommend(some, 60, model=model)
    for user, row in enumerate(found.item_row):
        assert not np.isin(some.items_of(user), row).any()


def test_seen_items_are_shown_on_request(recommender, some, model):
    found = recommender.recommend(some, 60, include_seen=True, model=model)
    shown = [np.isin(some.items_of(user), row).mean() for user, row in enumerate(found.item_row)]
    assert np.mean(shown) > 0.8


def test_somebody_unknown_gets_what_is_popular_and_the_source_says_so(recommender, model):
    found = recommender.recommend(nobody(recommender), N, model=model)
    assert found.source == (schema.RANDOM if model == schema.RANDOM else schema.POPULARITY,)
    if model != schema.RANDOM:
        users_of = np.bincount(recommender.training.item_row, minlength=60)
        assert found.item_row[0].tolist() == np.argsort(-users_of, kind="stable")[:N].tolist()
    assert (found.item_row >= 0).all()


def test_an_unknown_user_changes_nothing_for_the_others(recommender, some, model):
    alone = recommender.recommend(some, N, model=model)
    rows = [*range(7), -1, *range(7, 20)]
    mixed = recommender.recommend(recommender.histories_of_rows(rows), N, model=model)
    others = np.delete(np.arange(21), 7)
    without = Recommendations(
        mixed.item_row[others], mixed.score[others], tuple(mixed.source[k] for k in others)
    )
    assert_same(without, alone)


def test_a_user_alone_gets_the_same_list_as_in_company(recommender, some, model):
    together = recommender.recommend(some, N, model=model)
    for user in (0, 13):
        alone = recommender.recommend(some.take([user]), N, model=model)
        expected = Recommendations(
            together.item_row[[user]], together.score[[user]], together.source[:1]
        )
        assert_same(alone, expected)


def test_the_order_of_the_users_does_not_matter(recommender, some, model):
    order = np.random.default_rng(0).permutation(20)
    straight = recommender.recommend(some, N, model=model)
    mixed = recommender.recommend(some.take(order), N, model=model)
    expected = Recommendations(straight.item_row[order], straight.score[order], straight.source)
    assert_same(mixed, expected)


def test_blocks_of_users_do_not_show(recommender, some, model, monkeypatch):
    whole = recommender.recommend(some, N, model=model)
    monkeypatch.setattr(type(recommender.space), "users_per_block", lambda space: 3)
    assert_same(recommender.recommend(some, N, model=model), whole)


@pytest.mark.parametrize("include_seen", [True, False])
def test_more_places_than_items_give_every_item_at_most_once(
    recommender, some, model, include_seen
):
    found = recommender.recommend(some, 10_000, include_seen=include_seen, model=model)
    assert found.item_row.shape == (20, recommender.training.n_items)
    if model in (schema.SCORER, schema.POPULARITY, schema.RANDOM):
        hidden = 0 if include_seen else some.lengths()
        filled = (found.item_row >= 0).sum(axis=1)
        assert filled.tolist() == (recommender.training.n_items - np.zeros(20) - hidden).tolist()


def test_a_longer_list_begins_with_the_shorter_one(recommender, some, model):
    # 50 are more than the candidates, and more than some users have not seen
    short, long, longest = (recommender.recommend(some, n, model=model) for n in (5, 25, 50))
    for listed in (long, longest):
        first = Recommendations(listed.item_row[:, :5], listed.score[:, :5], listed.source)
        assert_same(first, short)


def test_no_users_get_no_lists(recommender, some, model):
    found = recommender.recommend(some.take([]), N, model=model)
    assert found.item_row.shape == found.score.shape == (0, N)
    assert found.source == ()


def test_a_run_read_again_gives_the_same_lists(recommender, some, model, trained_run):
    expected = recommender.recommend(some, N, model=model)
    again = Recommender.load(trained_run).recommend(some, N, model=model)
    assert again.item_row.tolist() == expected.item_row.tolist()
    assert again.score.tolist() == expected.score.tolist()


def test_models_saved_and_read_give_the_same_lists(recommender, some, model, tmp_path):
    save_models(recommender.models, tmp_path)
    copied = replace(recommender, models=load_models(tmp_path))
    expected = recommender.recommend(some, N, model=model)
    found = copied.recommend(some, N, model=model)
    assert found.item_row.tolist() == expected.item_row.tolist()
    assert found.score.tolist() == expected.score.tolist()


def typed_in(real: Histories, *, user_row: int) -> Histories:
    """The history of one user as it would be typed: items and times, and how strong the events were."""
    items, times = real.item_row.tolist(), real.time.tolist()
    typed = Histories.of_items(items, n_items=real.n_items, time=times, user_row=user_row)
    return replace(typed, weight=real.weight.copy())


def test_the_same_history_typed_in_again_gets_the_same_list(recommender, some, model):
    for user in (2, 11):
        real = some.take([user])
        typed = typed_in(real, user_row=int(real.user_row[0]))
        expected = recommender.recommend(real, N, model=model)
        assert_same(recommender.recommend(typed, N, model=model), expected)


def test_lists_are_the_same_twice(recommender, some, model):
    first, second = (recommender.recommend(some, N, model=model) for _ in range(2))
    assert first.item_row.tolist() == second.item_row.tolist()
    assert first.score.tolist() == second.score.tolist()


def test_every_item_can_be_found_by_somebody(recommender, model):
    everybody = recommender.training
    found = recommender.recommend(everybody, 60, model=model).item_row
    held: Sequence[int] = np.unique(found[found >= 0])
    assert len(held) > 0.9 * recommender.training.n_items
