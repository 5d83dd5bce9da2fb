"""What is known and what is held out, worked by hand and checked by laws."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diary import Entry, histories_from, random_diaries
from m6rec_core.config import Config
from m6rec_core.data.histories import Histories
from m6rec_core.scorer.cross_fitting import (
    PERIOD,
    RANDOM,
    Round,
    looks_far,
    n_rounds,
    rounds,
    way_of,
)

N_ITEMS = 40

# one list of flags per user: whether each entry, oldest first, is of the kind that is to be predicted
flags = st.lists(st.lists(st.booleans(), max_size=N_ITEMS), max_size=5)
seeds = st.integers(0, 1000)


def behaviour(users: list[list[bool]], *, seed: int, has_time: bool = True) -> Histories:
    items = np.random.default_rng(seed).permutation(N_ITEMS)
    diaries = [
        [Entry(int(items[place]), 10 * place, is_target=flag) for place, flag in enumerate(user)]
        for user in users
    ]
    return histories_from(diaries, n_items=N_ITEMS, has_time=has_time)


def cuts(
    histories: Histories, *, seed: int = 0, count: int = 4, way: str = "latest"
) -> list[Round]:
    return list(rounds(histories, seed=seed, count=count, way=way))


def items(histories: Histories) -> list[list[int]]:
    return [histories.items_of(user).tolist() for user in range(len(histories))]


def usual_width(n_targets: int) -> int:
    """A fifth, rounded, at least one."""
    return max(round(0.2 * n_targets), 1)


@given(flags, seeds, st.booleans())
def test_nothing_is_both_known_and_held_out_and_nothing_is_made_up(users, seed, has_time):
    whole = behaviour(users, seed=seed, has_time=has_time)
    for cut in cuts(whole, seed=seed):
        for had, known, held in zip(
            items(whole), items(cut.known), items(cut.held_out), strict=True
        ):
            assert set(known) | set(held) <= set(had)
            assert not set(known) & set(held)
            assert known == [item for item in had if item in known]  # still oldest first


@given(flags, seeds, st.booleans())
def test_only_events_of_the_predicted_kind_are_held_out(users, seed, has_time):
    whole = behaviour(users, seed=seed, has_time=has_time)
    assert all(cut.held_out.is_target.all() for cut in cuts(whole, seed=seed))


@given(flags, seeds, st.booleans())
def test_who_has_to_find_something_knows_something_of_that_kind(users, seed, has_time):
    for cut in cuts(behaviour(users, seed=seed, has_time=has_time), seed=seed):
        for user in np.flatnonzero(cut.held_out.lengths()):
            assert cut.known.take([user]).is_target.any()


@given(flags, seeds, st.booleans())
def test_in_the_first_round_every_user_with_a_history_keeps_an_item(users, seed, has_time):
    whole = behaviour(users, seed=seed, has_time=has_time)
    first = cuts(whole, seed=seed)[0]
    assert ((first.known.lengths() > 0) == (whole.lengths() > 0)).all()


@given(flags, seeds, st.booleans())
def test_no_pair_is_held_out_in_two_rounds(users, seed, has_time):
    made = cuts(behaviour(users, seed=seed, has_time=has_time), seed=seed)
    for user in range(len(users)):
        held = [item for cut in made for item in cut.held_out.items_of(user).tolist()]
        assert len(held) == len(set(held))


@given(flags, seeds, st.booleans())
def test_cuts_keep_the_users_in_their_places(users, seed, has_time):
    whole = behaviour(users, seed=seed, has_time=has_time)
    for cut in cuts(whole, seed=seed):
        for part in (cut.known, cut.held_out):
            assert part.user_row.tolist() == whole.user_row.tolist()
            assert part.n_items == N_ITEMS
            assert part.has_time == has_time


@given(flags, seeds)
def test_by_time_a_user_knows_nothing_as_late_as_what_is_to_be_found(users, seed):
    for cut in cuts(behaviour(users, seed=seed)):
        for user in range(len(users)):
            known, held = cut.known.take([user]).time, cut.held_out.take([user]).time
            if len(held):
                assert known.max() < held.min()


@given(flags, seeds)
def test_by_time_each_round_looks_at_the_targets_before_those_of_the_last_one(users, seed):
    whole = behaviour(users, seed=seed)
    for number, cut in enumerate(cuts(whole)):
        for user, kinds in enumerate(users):
            targets = [item for item, kind in zip(items(whole)[user], kinds, strict=True) if kind]
            width = min(usual_width(len(targets)), 5)
            older = len(targets) - (number + 1) * width
            expected = targets[older : older + width] if older >= 1 else []
            assert cut.held_out.items_of(user).tolist() == expected


@given(flags, seeds)
def test_in_later_rounds_by_time_who_has_nothing_to_find_is_not_looked_at(users, seed):
    for cut in cuts(behaviour(users, seed=seed))[1:]:
        assert ((cut.known.lengths() > 0) == (cut.held_out.lengths() > 0)).all()


@given(flags, seeds)
def test_without_times_a_fifth_of_the_targets_is_held_out(users, seed):
    cut = cuts(behaviour(users, seed=seed, has_time=False), seed=seed)[0]
    expected = [usual_width(sum(user)) if sum(user) >= 2 else 0 for user in users]
    assert cut.held_out.lengths().tolist() == expected


def test_what_came_after_the_item_to_be_found_is_not_known():
    target, other = True, False
    whole = behaviour([[target, other, target, other, target, other]], seed=0)
    (had,) = items(whole)
    first, second, third, _ = cuts(whole)
    assert (items(first.known), items(first.held_out)) == ([had[:4]], [[had[4]]])
    assert (items(second.known), items(second.held_out)) == ([had[:2]], [[had[2]]])
    assert (items(third.known), items(third.held_out)) == ([[]], [[]])  # nothing would be left


def test_at_most_five_items_are_held_out_by_time():
    cut = cuts(behaviour([[True] * 40], seed=0))[0]
    assert cut.held_out.lengths().tolist() == [5]
    assert cut.known.lengths().tolist() == [35]


def test_one_item_is_never_held_out():
    for has_time in (True, False):
        for cut in cuts(behaviour([[True], []], seed=0, has_time=has_time)):
            assert cut.held_out.lengths().tolist() == [0, 0]


def test_the_draw_depends_on_the_seed_alone():
    whole = behaviour([[True] * 30] * 5, seed=0, has_time=False)
    drawn = [items(cuts(whole, seed=seed)[0].held_out) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_draw_is_blind_to_the_place_in_the_history():
    whole = behaviour([[True] * 40] * 400, seed=0, has_time=False)
    held = cuts(whole)[0].held_out
    place_of = np.argsort(whole.items_of(0))  # all users have the same items in the same order
    mean = place_of[held.item_row].mean()
    assert mean == pytest.approx(19.5, abs=4 * 11.5 / np.sqrt(len(held.item_row)))


@given(flags, seeds)
def test_by_period_nobody_knows_anything_as_late_as_what_anybody_has_to_find(users, seed):
    for cut in cuts(behaviour(users, seed=seed), way=PERIOD):
        if len(cut.held_out.time):
            assert cut.known.time.max() < cut.held_out.time.min()
            assert cut.held_out.is_target.all()
        for user in np.flatnonzero(cut.held_out.lengths()):
            assert cut.known.take([user]).is_target.any()


@given(flags, seeds)
def test_by_period_each_round_looks_at_the_time_before_that_of_the_last_one(users, seed):
    made = cuts(behaviour(users, seed=seed), way=PERIOD)
    held = [cut.held_out.time for cut in made if len(cut.held_out.time)]
    assert all(earlier.max() < later.min() for later, earlier in itertools.pairwise(held))


def test_by_period_the_latest_fifth_of_all_events_is_to_be_found():
    old, both, new = [True] * 8, [True] * 10, [True] * 2
    whole = behaviour([old, both, new], seed=0)
    times = whole.time
    border = np.quantile(times, 0.8)
    cut = cuts(whole, way=PERIOD)[0]
    assert cut.known.time.tolist() == [time for time in times if time < border]
    assert cut.held_out.time.tolist() == [time for time in times if time >= border]


def test_without_times_a_period_is_a_random_part():
    whole = behaviour([[True] * 30] * 5, seed=0, has_time=False)
    drawn = [items(cuts(whole, way=way)[0].held_out) for way in (PERIOD, RANDOM, "latest")]
    assert drawn[0] == drawn[1] == drawn[2]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "latest"),
        ({"split.strategy": "leave_last_out"}, "latest"),
        ({"split.strategy": "global_time"}, "period"),
        ({"split.strategy": "random"}, "random"),
        ({"split.strategy": "random", "scorer.held_out": "period"}, "period"),
    ],
)
def test_what_is_learned_from_is_held_out_like_the_test(options, expected):
    assert way_of(Config.from_flat(options)) == expected


@pytest.mark.parametrize(
    ("has_time", "way", "expected"),
    [
        (True, "latest", False),
        (True, "period", True),
        (True, "random", True),
        (False, "latest", True),  # without times it is random
    ],
)
def test_only_the_next_items_are_near(has_time, way, expected):
    whole = histories_from(random_diaries(5, 9, length=4, seed=0), n_items=9, has_time=has_time)
    assert looks_far(whole, Config.from_flat({"scorer.held_out": way})) == expected


@pytest.mark.parametrize(
    ("n_users", "expected"), [(1, 4), (500, 4), (501, 4), (1000, 2), (1001, 2), (2000, 1)]
)
def test_small_data_is_cut_until_there_are_two_thousand_lists_or_four_times(n_users, expected):
    assert n_rounds(n_users) == expected


@settings(max_examples=20)
@given(flags, seeds, st.integers(1, 3))
def test_more_rounds_do_not_change_the_first_ones(users, seed, count):
    whole = behaviour(users, seed=seed, has_time=False)
    few, many = cuts(whole, seed=seed, count=count), cuts(whole, seed=seed, count=4)
    for one, other in zip(few, many, strict=False):
        assert items(one.held_out) == items(other.held_out)
