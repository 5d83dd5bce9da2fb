"""What is held out, worked by hand and checked by laws."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m6rec_core.config import SplitConfig
from m6rec_core.data.interactions import Interactions
from m6rec_core.data.splitting import split
from m6rec_core.errors import DataError

Event = tuple[str, str, str, int]
STRATEGIES = ("none", "leave_last_out", "global_time", "random")


def made(events: Sequence[Event], *, timed: bool = True) -> Interactions:
    frame = pd.DataFrame(events, columns=["user_id", "item_id", "event", "timestamp"])
    return Interactions.from_frame(frame if timed else frame.drop(columns="timestamp"))


def listed(interactions: Interactions) -> set[tuple[str, str, str]]:
    frame = interactions.to_frame()
    return set(zip(frame["user_id"], frame["item_id"], frame["event"], strict=True))


def parted(events: Sequence[Event], strategy: str, *, timed: bool = True, share: float = 0.2):
    config = SplitConfig(strategy=strategy, test_share=share)
    return split(made(events, timed=timed), config, seed=7)


def test_the_last_purchase_is_held_out_with_all_that_came_at_or_after_it() -> None:
    halves = parted(
        [
            ("ann", "x", "purchase", 1),
            ("ann", "y", "view", 2),
            ("ann", "y", "purchase", 3),
            ("ann", "z", "view", 4),
            ("bob", "x", "purchase", 1),
            ("bob", "y", "view", 2),
        ],
        "leave_last_out",
    )
    assert listed(halves.test) == {("ann", "y", "purchase")}
    assert listed(halves.train) == {
        ("ann", "x", "purchase"),
        ("bob", "x", "purchase"),  # one purchase only: nothing of bob is held out
        ("bob", "y", "view"),
    }


def test_without_times_one_item_of_each_user_is_drawn_by_seed_and_the_note_says_so() -> None:
    events = [(user, item, "view", 0) for user in "abcdef" for item in "uvwxyz"]
    halves = parted(events, "leave_last_out", timed=False)
    again = parted(list(reversed(events)), "leave_last_out", timed=False)
    assert halves.test.user_row.tolist() == [0, 1, 2, 3, 4, 5]
    assert len(np.unique(halves.test.item_row)) > 1
    assert len(halves.train) == 30
    assert "no timestamps" in halves.note
    assert len(again.test) == 6


def test_the_latest_fifth_is_held_out_by_a_global_cut() -> None:
    events = [(f"u{n}", f"i{n % 4}", "view", n) for n in range(10)]
    halves = parted(events, "global_time")
    assert listed(halves.test) == {("u8", "i0", "view"), ("u9", "i1", "view")}
    assert halves.train.timestamp.max() == 7
    assert "1970-01-01T00:00:08 UTC" in halves.note


def test_events_of_one_second_are_not_parted_by_a_global_cut() -> None:
    times = [1, 2, 3, 4, 5, 5, 5, 5, 5, 5]
    halves = parted([(f"u{n}", "x", "view", t) for n, t in enumerate(times)], "global_time")
    assert len(halves.test) == 6


def test_a_global_cut_needs_times_and_more_than_one_of_them() -> None:
    events = [("a", "x", "view", 5), ("b", "x", "view", 5)]
    with pytest.raises(DataError, match=r"mapping\.timestamp=COLUMN"):
        parted(events, "global_time", timed=False)
    with pytest.raises(DataError, match="share one time"):
        parted(events, "global_time")


def test_a_purchase_of_an_item_viewed_in_training_is_no_test() -> None:
    events = [("a", "x", "view", 1), ("a", "y", "view", 2), ("a", "x", "purchase", 9)]
    halves = parted(events, "global_time", share=0.3)
    assert len(halves.test) == 0


def test_a_random_split_keeps_all_events_of_a_pair_on_one_side() -> None:
    events = [(f"u{n}", f"i{m}", kind, n) for n in range(30) for m in range(10) for kind in "pq"]
    halves = parted(events, "random", share=0.3)
    held_out = {(user, item) for user, item, _ in listed(halves.test)}
    learned = {(user, item) for user, item, _ in listed(halves.train)}
    assert not held_out & learned
    assert len(held_out) + len(learned) == 300
    assert 60 <= len(held_out) <= 120  # 90 expected, standard deviation 8


def test_another_seed_holds_out_other_pairs() -> None:
    interactions = made([(f"u{n}", f"i{n % 7}", "view", n) for n in range(100)])
    config = SplitConfig(strategy="random")
    one, same, other = (split(interactions, config, seed=seed).test for seed in (1, 1, 2))
    assert one.fingerprint() == same.fingerprint() != other.fingerprint()


@settings(deadline=None, max_examples=60)
@given(
    events=st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.sampled_from("uvwxyz"),
            st.sampled_from(["view", "purchase"]),
            st.integers(0, 9),
        ),
        min_size=2,
        max_size=40,
    ),
    strategy=st.sampled_from(STRATEGIES),
    timed=st.booleans(),
)
def test_test_and_training_never_share_a_pair_and_invent_nothing(
    events: list[Event], strategy: str, timed: bool
) -> None:
    if strategy == "global_time" and (not timed or len({event[3] for event in events}) < 2):
        return
    if strategy == "global_time" and sum(
        event[3] == min(e[3] for e in events) for event in events
    ) > (0.8 * len(events)):
        return  # nothing would be left to learn from
    halves = parted(events, strategy, timed=timed)
    whole = made(events, timed=timed)
    train, test = listed(halves.train), listed(halves.test)
    assert train | test <= listed(whole)
    pairs = [(user, item) for user, item, _ in test]
    assert len(set(pairs)) == len(halves.test)
    assert not set(pairs) & {(user, item) for user, item, _ in train}
    assert {kind for _, _, kind in test} <= {whole.event_names[whole.target]}
    assert halves.train.users is halves.test.users


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("uvwxyz"), st.integers(0, 9)),
        min_size=2,
        max_size=30,
        unique_by=lambda event: event[:2],
    )
)
def test_who_loses_the_last_item_is_who_has_two_by_brute_force(
    events: list[tuple[str, str, int]],
) -> None:
    halves = parted([(user, item, "view", time) for user, item, time in events], "leave_last_out")
    expected = set()
    for user in "abc":
        own = [(time, place, item) for place, (u, item, time) in enumerate(events) if u == user]
        if len(own) >= 2:
            expected.add((user, max(own)[2], "view"))
    assert listed(halves.test) == expected
    assert len(halves.train) == len(events) - len(expected)
