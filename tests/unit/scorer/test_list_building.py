"""Training lists: what stands in them, what is marked, and what their features are made from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diary import Entry, histories_from, random_diaries
from m6rec_core.config import Config
from m6rec_core.data.histories import Histories
from m6rec_core.progress import silent
from m6rec_core.scorer import cross_fitting
from m6rec_core.scorer.cross_fitting import Round
from m6rec_core.scorer.feature_space import Attributes, FeatureSpace
from m6rec_core.scorer.list_building import _draw, build_lists, choose_users, join
from m6rec_core.scorer.signals import Neighbourhood, fit_models
from m6rec_core.scorer.training_lists import CANDIDATE, EXTRA, PADDING, TrainingLists
from m6rec_core.similarity.item_based import ItemSettings
from m6rec_core.similarity.user_based import UserSettings

N_USERS, N_ITEMS, N_CANDIDATES = 40, 60, 10
SIGNALS = ("ridge", "spectral", "factors", "random_walk", "order")
CONFIG = Config.from_flat(
    {"ranking.candidates": N_CANDIDATES, **{f"signals.{name}": False for name in SIGNALS}}
)


def cut_of(*, has_time: bool, seed: int = 5) -> Round:
    diaries = random_diaries(N_USERS, N_ITEMS, length=14, seed=seed, rated=0.6)
    histories = histories_from(diaries, n_items=N_ITEMS, has_time=has_time)
    return next(cross_fitting.rounds(histories, seed=0, count=1))


def space_of(cut: Round) -> FeatureSpace:
    usual = Neighbourhood(ItemSettings(), UserSettings())
    models = fit_models(cut.known, CONFIG, usual, progress=silent)
    return FeatureSpace(cut.known, models, Attributes(), CONFIG)


def lists_of(cut: Round, *, seed: int = 0) -> TrainingLists:
    users = np.flatnonzero(cut.held_out.lengths() > 0)
    flags = users % 3 == 0
    return build_lists(cut, space_of(cut), users, is_validation=flags, seed=seed, progress=silent)


@pytest.fixture(scope="module", params=[True, False], ids=["by time", "without times"])
def cut(request) -> Round:
    return cut_of(has_time=request.param)


@pytest.fixture(scope="module")
def lists(cut) -> TrainingLists:
    return lists_of(cut)


def slots(lists: TrainingLists, place: int, *kinds: int) -> list[int]:
    """The items of these kinds in one list."""
    return lists.item_row[place][np.isin(lists.kind[place], kinds)].tolist()


def test_there_is_a_list_for_each_user_asked_for(cut, lists):
    users = np.flatnonzero(cut.held_out.lengths() > 0)
    assert lists.user_row.tolist() == users.tolist()
    assert lists.is_validation.tolist() == (users % 3 == 0).tolist()
    assert lists.n_positive.tolist() == cut.held_out.lengths()[users].tolist()


def test_held_out_items_are_marked_wherever_they_stand_and_nothing_else_is(cut, lists):
    for place, user in enumerate(lists.user_row):
        held = set(cut.held_out.items_of(user).tolist())
        for item, marked in zip(lists.item_row[place], lists.is_positive[place], strict=True):
            assert marked == (item in held)


def test_every_held_out_item_stands_in_the_list_once(cut, lists):
    missed = 0
    for place, user in enumerate(lists.user_row):
        marked = lists.item_row[place][lists.is_positive[place]].tolist()
        assert sorted(marked) == sorted(cut.held_out.items_of(user).tolist())
        missed += (lists.kind[place][lists.is_positive[place]] == EXTRA).sum()
    assert missed > 10  # the case of items that similarity does not propose is there


def test_known_items_stand_in_no_list(cut, lists):
    for place, user in enumerate(lists.user_row):
        known = set(cut.known.items_of(user).tolist())
        assert not known & set(slots(lists, place, CANDIDATE, EXTRA))


def test_the_candidates_come_first_and_are_those_of_the_known_part(cut, lists):
    space = space_of(cut)
    for place, user in enumerate(lists.user_row):
        alone = space.block(cut.known.take([user]))
        assert lists.item_row[place, :N_CANDIDATES].tolist() == alone.candidates[0].tolist()
        assert slots(lists, place, CANDIDATE) == [i for i in alone.candidates[0].tolist() if i >= 0]


def test_random_items_are_from_the_whole_catalogue(lists):
    drawn = lists.item_row[(lists.kind == EXTRA) & ~lists.is_positive]
    assert len(drawn) > 15 * len(lists)
    assert len(set(drawn.tolist())) == N_ITEMS


def test_slots_without_an_item_are_padding_and_hold_zeros(lists):
    assert ((lists.item_row == -1) == (lists.kind == PADDING)).all()
    assert not lists.features[lists.kind == PADDING].any()


def test_a_rating_stands_at_a_rated_positive_and_nowhere_else(cut, lists):
    for place, user in enumerate(lists.user_row):
        held = cut.held_out.take([user])
        given = dict(zip(held.item_row.tolist(), held.rating.tolist(), strict=True))
        for item, rating in zip(lists.item_row[place], lists.rating[place], strict=True):
            assert rating == pytest.approx(given.get(item, np.nan), nan_ok=True, abs=1e-6)
    found = lists.rating[np.isfinite(lists.rating)]
    assert 0.0 in found  # the worst rating is a rating


def test_features_are_those_of_the_known_part_of_the_user_alone(cut, lists):
    space = space_of(cut)
    assert lists.names.tolist() == [feature.name for feature in space.features]
    for place in (0, 7):
        alone = space.block(cut.known.take(lists.user_row[[place]]))
        expected = space.values(alone, lists.item_row[[place]])
        assert lists.features[[place]] == pytest.approx(expected, abs=1e-5)


def test_blocks_of_users_do_not_show(cut, lists, monkeypatch):
    monkeypatch.setattr(FeatureSpace, "users_per_block", lambda space: 7)
    again = lists_of(cut)
    candidates = lists.kind == CANDIDATE
    assert (again.kind == CANDIDATE).tolist() == candidates.tolist()
    assert again.features[candidates] == pytest.approx(lists.features[candidates], abs=1e-5)


def test_the_seed_decides_on_the_random_items_and_on_nothing_else():
    cut = cut_of(has_time=True)
    first, again, other = (lists_of(cut, seed=seed) for seed in (1, 1, 2))
    assert again.item_row.tolist() == first.item_row.tolist()
    assert again.features.tolist() == first.features.tolist()
    assert (other.item_row != first.item_row).any()
    chosen = (first.kind == CANDIDATE) | first.is_positive
    assert other.item_row[chosen].tolist() == first.item_row[chosen].tolist()


def test_lists_of_rounds_stand_one_after_the_other(lists):
    both = join([lists, lists])
    assert len(both) == 2 * len(lists)
    assert both.user_row.tolist() == lists.user_row.tolist() * 2
    assert both.features[len(lists) :].tolist() == lists.features.tolist()
    assert both.names.tolist() == lists.names.tolist()
    assert join([lists]) is lists


def held_out_of(lengths: list[int]) -> Histories:
    return histories_from([[Entry(item) for item in range(n)] for n in lengths], n_items=50)


def test_users_with_nothing_to_find_get_no_list():
    users, _ = choose_users(held_out_of([2, 0, 1, 0]), most=10, seed=0)
    assert users.tolist() == [0, 2]


def test_of_too_many_users_a_random_part_is_taken():
    users, flags = choose_users(held_out_of([1] * 200), most=80, seed=3)
    assert len(users) == len(set(users.tolist())) == len(flags) == 80
    assert users.tolist() == sorted(users.tolist())
    assert 60 < users.mean() < 140


def test_about_a_tenth_of_the_users_validates():
    _, flags = choose_users(held_out_of([1] * 3000), most=10_000, seed=0)
    assert flags.mean() == pytest.approx(0.1, abs=4 * 0.3 / np.sqrt(3000))


@settings(max_examples=200)
@given(st.integers(0, 10_000), st.integers(10, 40))
def test_with_ten_users_or_more_some_validate_and_most_do_not(seed, n_users):
    _, flags = choose_users(held_out_of([1] * n_users), most=100, seed=seed)
    assert 1 <= flags.sum() <= n_users / 2


@pytest.mark.parametrize("n_users", range(1, 10))
def test_with_fewer_than_ten_users_all_are_trained_on(n_users):
    for seed in range(20):
        users, flags = choose_users(held_out_of([1] * n_users), most=100, seed=seed)
        assert len(users) == n_users
        assert not flags.any()


@pytest.mark.parametrize(
    ("by_popularity", "shares"), [(False, [1 / 3, 1 / 3, 1 / 3]), (True, [0.9, 0.1, 0.0])]
)
def test_random_items_are_drawn_evenly_or_by_the_number_of_their_users(by_popularity, shares):
    known = histories_from([*[[Entry(0)]] * 9, [Entry(1)]], n_items=3)
    drawn = _draw(known, by_popularity=by_popularity)(np.random.default_rng(0), 500)
    assert drawn.dtype == np.int32
    found = np.bincount(drawn.ravel(), minlength=3) / drawn.size
    assert found == pytest.approx(shares, abs=0.02)
