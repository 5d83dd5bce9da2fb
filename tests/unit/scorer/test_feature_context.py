"""Popularity, activity and time against plain loops over the events."""

import numpy as np
import pytest

from diary import Entry, histories_from, random_diaries
from m6rec_core.data.histories import Histories
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.features.popularity import PopularityFamily
from m6rec_core.scorer.features.timing import TimingFamily

DAY = 86_400
N_ITEMS = 10


def every_pair(histories: Histories) -> Block:
    """Each user with each item, and an empty slot."""
    row = np.array([*range(histories.n_items), -1], dtype=np.int32)
    pairs = np.tile(row, (len(histories), 1))
    return Block(histories, {}, pairs[:, :0], pairs)


def named(family, block: Block) -> dict[str, np.ndarray]:
    """{feature: (users, items)} of all pairs."""
    values = family.values(block)
    return {feature.name: values[:, :-1, k] for k, feature in enumerate(family.features)}


def test_popularity_and_activity_are_logarithms_of_counts():
    training = histories_from(
        [[Entry(0), Entry(1)], [Entry(0)], [Entry(0), Entry(1), Entry(2)]], n_items=4
    )
    found = named(PopularityFamily(training), every_pair(training))
    popularity = np.log([1 + 3, 1 + 2, 1 + 1, 1])
    lengths = np.log([1 + 2, 1 + 1, 1 + 3])
    assert found["item.popularity"] == pytest.approx(np.tile(popularity, (3, 1)))
    audience = [lengths.mean(), lengths[[0, 2]].mean(), lengths[2], 0]
    assert found["item.audience_activity"] == pytest.approx(np.tile(audience, (3, 1)))
    assert found["user.activity"] == pytest.approx(np.tile(lengths[:, None], (1, 4)))
    mainstream = [popularity[:2].mean(), popularity[0], popularity[:3].mean()]
    assert found["user.mainstream"] == pytest.approx(np.tile(np.array(mainstream)[:, None], 4))


def test_a_user_typed_in_is_described_by_the_items_of_others():
    training = histories_from([[Entry(0), Entry(1)], [Entry(0)]], n_items=3)
    stranger = Histories.of_items([0, 2], n_items=3)
    found = named(PopularityFamily(training), every_pair(stranger))
    assert found["user.activity"][0] == pytest.approx([np.log(3)] * 3)
    assert found["user.mainstream"][0] == pytest.approx([np.log(3) / 2] * 3)
    assert found["item.popularity"][0] == pytest.approx(np.log([3, 2, 1]))


def test_a_user_without_a_history_has_no_activity():
    training = histories_from([[Entry(0)], []], n_items=2)
    found = named(PopularityFamily(training), every_pair(training))
    assert found["user.activity"][1].tolist() == [0, 0]
    assert found["user.mainstream"][1].tolist() == [0, 0]


def timings(diaries, times_of_item, now: int, span: int) -> list[float]:
    """(recent short, recent long, age, rest) of one pair, before the logarithm."""
    past = [time for time in times_of_item if time <= now]
    short = [time for time in past if time >= now - int(span * 0.01)]
    long = [time for time in past if time >= now - int(span * 0.1)]
    age, rest = ((now - past[0]) / DAY, (now - past[-1]) / DAY) if past else (0, 0)
    return [len(short), len(long), age, rest]


TIMES = ("time.recent_short", "time.recent_long", "time.age", "time.rest")


def test_timing_equals_plain_loops_over_what_had_happened_by_then():
    diaries = random_diaries(30, N_ITEMS, length=6, seed=1)
    diaries[3] = []
    training = histories_from(diaries, n_items=N_ITEMS)
    times = sorted(entry.time for diary in diaries for entry in diary)
    span = times[-1] - times[0]
    found = named(TimingFamily(training), every_pair(training))
    for user, diary in enumerate(diaries):
        now = diary[-1].time if diary else times[-1]
        for item in range(N_ITEMS):
            of_item = sorted(e.time for other in diaries for e in other if e.item == item)
            expected = np.log1p(timings(diaries, of_item, now, span))
            assert [found[name][user, item] for name in TIMES] == pytest.approx(
                expected.tolist(), rel=1e-5, abs=1e-6
            )


def test_what_happens_later_is_not_seen():
    diary = [Entry(0, 100 * DAY)]
    others = [[Entry(1, 10 * DAY)], [Entry(1, 99 * DAY)], [Entry(1, 1000 * DAY)], [Entry(2, 0)]]
    others.append([Entry(2, 90 * DAY)])
    later = [[Entry(3, 1000 * DAY)]]
    training = histories_from([diary, *others, *later], n_items=4)
    found = {name: v[0] for name, v in named(TimingFamily(training), every_pair(training)).items()}
    # the data covers 1000 days: the windows are 10 and 100 days
    assert np.expm1([found[name][1] for name in TIMES]) == pytest.approx([1, 2, 90, 1], rel=1e-5)
    # the beginnings of the windows belong to them
    assert np.expm1([found[name][2] for name in TIMES]) == pytest.approx([1, 2, 100, 10], rel=1e-5)
    assert [found[name][3] for name in TIMES] == [0, 0, 0, 0]


def test_a_history_without_times_is_looked_at_from_the_end_of_the_data():
    training = histories_from([[Entry(0, 5 * DAY)], [Entry(1, 105 * DAY)]], n_items=2)
    undated = Histories.of_items([1], n_items=2)
    found = named(TimingFamily(training), every_pair(undated))
    assert np.expm1(found["time.age"][0]) == pytest.approx([100, 0], abs=1e-4)
    assert np.expm1(found["time.rest"][0]) == pytest.approx([100, 0], abs=1e-4)


def test_windows_are_named_by_their_length():
    def titles(days: int) -> list[str]:
        training = histories_from([[Entry(0, 0)], [Entry(1, days * DAY)]], n_items=2)
        return [feature.title for feature in TimingFamily(training).features[:2]]

    assert titles(1000) == ["recent popularity (10 days)", "recent popularity (100 days)"]
    assert titles(50) == ["recent popularity (12.0 hours)", "recent popularity (5 days)"]
