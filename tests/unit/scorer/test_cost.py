"""What a training is expected to take: plausible where it was measured, and moving the right way."""

from dataclasses import replace

import pytest

from m6rec_core.config import Config
from m6rec_core.scorer.cost import Cost, Size, expected_cost, scale_to

SAMPLE = Size(users=671, items=9_066, events=100_004)
LARGE = Size(users=29_858, items=40_981, events=810_128)
HELD_OUT = {"split.strategy": "leave_last_out"}


def cost(size: Size, **options) -> Cost:
    return expected_cost(size, Config.from_flat({**HELD_OUT, **options}))


def test_the_sample_takes_about_a_minute_and_fits_a_laptop():
    expected = cost(SAMPLE)
    assert 25 < expected.total < 120
    assert 1_000 < expected.megabytes < 2_500


def test_thirty_thousand_users_take_minutes_and_less_than_eight_gigabytes():
    expected = cost(LARGE)
    assert 180 < expected.total < 900
    assert 2_500 < expected.megabytes < 8_000


@pytest.mark.parametrize(
    "more",
    [
        {"ranking.candidates": 400},
        {"scorer.epochs": 40},
        {"scorer.network": "gru"},
        {"scorer.hidden": "256,128"},
        {"explanation.sample": 5_000},
    ],
)
def test_more_work_is_expected_to_take_longer(more):
    assert cost(SAMPLE, **more).total > cost(SAMPLE).total * 1.05


@pytest.mark.parametrize(
    "less",
    [
        {"split.strategy": "none"},
        {"similarity.measure": "cosine"},
        {"signals.ridge": False},
        {"ranking.candidates": 50},
    ],
)
def test_less_work_is_expected_to_take_less(less):
    assert cost(SAMPLE, **less).total < cost(SAMPLE).total


@pytest.mark.parametrize("part", ["users", "items", "events"])
def test_more_data_take_more_time_and_memory(part):
    larger = replace(LARGE, **{part: 2 * getattr(LARGE, part)})
    # beyond 30,000 users the training lists are a sample, so only other steps grow
    assert cost(larger).total > cost(LARGE).total
    assert cost(larger).megabytes > cost(LARGE).megabytes


def test_the_speed_of_the_machine_is_the_median_of_what_trainings_took():
    slow = scale_to(cost(SAMPLE), [3.0, 2.0, 40.0])
    assert slow.total == pytest.approx(3.0 * cost(SAMPLE).total)
    assert slow.megabytes == cost(SAMPLE).megabytes
    assert scale_to(cost(SAMPLE), []) == cost(SAMPLE)
