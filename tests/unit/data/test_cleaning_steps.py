"""Each cleaning step drops what its name says, and every row is accounted for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from m6rec_core.config import Config, DataConfig
from m6rec_core.data.cleaning import bots, event_weights, normalised
from m6rec_core.data.database import database
from m6rec_core.data.indexing import clean as clean_staged
from m6rec_core.data.ratings import ValueFacts, are_ratings
from m6rec_core.data.report import CleaningReport
from m6rec_core.data.staging import stage_frame
from m6rec_core.errors import ConfigError
from m6rec_core.progress import silent


def events(**columns: list[object]) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    texts = {name: "str" for name in ("user_id", "item_id", "event") if name in frame}
    return frame.astype(texts)


def clean(
    frame: pd.DataFrame, data: DataConfig, *, value_is_rating: bool | None = None
) -> tuple[pd.DataFrame, CleaningReport]:
    """The kept events by user, then time, and the report."""
    with database() as db:
        staged = replace(stage_frame(db, frame), value_is_rating=value_is_rating)
        made, report = clean_staged(db, staged, Config(data=data), progress=silent)
    return made.to_frame().sort_values("user_id", kind="stable", ignore_index=True), report


def dropped(report: CleaningReport) -> dict[str, int]:
    return {step.name: step.dropped for step in report.steps if step.dropped}


def test_rows_without_a_user_an_item_an_event_or_a_time_are_dropped_by_reason() -> None:
    frame = events(
        user_id=["a", None, "a", "  ", "b", "b"],
        item_id=["x", "x", None, "y", "y", "z"],
        event=["view", "view", "view", "view", None, "view"],
    )
    frame["timestamp"] = pd.array([1, 2, 3, 4, 5, None], dtype="Int64")
    kept, report = clean(frame, DataConfig())
    assert kept["user_id"].tolist() == ["a"]
    assert dropped(report) == {"no user_id": 2, "no item_id": 1, "no event": 1, "no timestamp": 1}
    assert report.is_complete()
    assert kept["timestamp"].tolist() == [1]


def test_a_dropped_row_is_shown_as_an_example() -> None:
    _, report = clean(events(user_id=["a", None], item_id=["x", "y"]), DataConfig())
    assert report.steps[0].examples == ("user missing, item y",)


def test_exact_duplicates_and_repeats_are_counted_apart() -> None:
    frame = events(
        user_id=["a", "a", "a", "a"],
        item_id=["x", "x", "x", "y"],
        value=[3.0, 3.0, 4.0, 5.0],
        timestamp=[10, 10, 5, 10],
    )
    kept, report = clean(frame, DataConfig(), value_is_rating=True)
    assert dropped(report) == {"exact duplicate": 1, "repeated user, item and event": 1}
    assert kept["value"].tolist() == [3.0, 5.0]  # the one of time 10, though it stands earlier


def test_without_times_the_last_of_repeated_rows_stays() -> None:
    frame = events(user_id=["a", "a"], item_id=["x", "x"], value=[1.0, 4.0])
    kept, _ = clean(frame, DataConfig(), value_is_rating=True)
    assert kept["value"].tolist() == [4.0]


def test_two_kinds_of_event_with_one_item_are_no_repeat() -> None:
    frame = events(user_id=["a", "a"], item_id=["x", "x"], event=["view", "purchase"])
    assert len(clean(frame, DataConfig())[0]) == 2


def test_ratings_that_are_not_positive_or_off_the_scale_are_dropped() -> None:
    values = [*(float(1 + number % 5) for number in range(300)), 0.0, -2.0, 11.0, None]
    frame = events(
        user_id=[f"u{number}" for number in range(304)], item_id=["x"] * 304, value=values
    )
    kept, report = clean(frame, DataConfig(), value_is_rating=True)
    assert dropped(report) == {"no rating": 1, "rating not positive": 2, "rating out of range": 1}
    assert report.rating_range == (1.0, 5.0)
    assert kept["event"].unique().tolist() == ["rating"]


def test_a_given_scale_alone_decides_which_ratings_are_valid() -> None:
    frame = events(user_id=list("abcd"), item_id=["x"] * 4, value=[-10.0, 0.0, 9.5, 10.5])
    kept, report = clean(frame, DataConfig(rating_low=-10, rating_high=10), value_is_rating=True)
    assert kept["value"].tolist() == [-10.0, 0.0, 9.5]
    assert report.rating_range == (-10.0, 10.0)


@pytest.mark.parametrize("says", [None, False])
def test_quantities_are_never_dropped_for_their_size(says: bool | None) -> None:
    frame = events(user_id=list("abc"), item_id=["x"] * 3, value=[-6.0, 0.0, 74_215.0])
    kept, report = clean(frame, DataConfig(negative_values="keep"), value_is_rating=says)
    assert kept["value"].tolist() == [-6.0, 0.0, 74_215.0]
    assert report.rating_range is None
    assert kept["event"].unique().tolist() == ["interaction"]


def test_amounts_below_zero_are_cancellations_or_dropped() -> None:
    frame = events(user_id=list("abc"), item_id=["x"] * 3, value=[-6.0, 0.0, 74_215.0])
    kept, _ = clean(frame, DataConfig())
    assert kept["event"].tolist() == ["cancellation", "interaction", "interaction"]
    kept, report = clean(frame, DataConfig(negative_values="drop"))
    assert dropped(report) == {"amount below zero": 1}


def test_ratings_below_the_threshold_are_a_kind_of_their_own() -> None:
    frame = events(user_id=list("abc"), item_id=["x"] * 3, value=[1.0, 4.0, 5.0])
    kept, _ = clean(frame, DataConfig(positive_from=4), value_is_rating=True)
    assert kept["event"].tolist() == ["low_rating", "rating", "rating"]


def test_times_before_the_first_and_after_the_last_possible_one_are_dropped() -> None:
    frame = events(user_id=list("abc"), item_id=["x"] * 3)
    frame["timestamp"] = [-2_209_075_200, 1_600_000_000, 7_258_118_400]  # 1899, 2020, 2200
    _, report = clean(frame, DataConfig())
    assert dropped(report) == {"time too early": 1, "time too late": 1}


def test_the_same_event_within_some_seconds_is_a_double_click() -> None:
    frame = events(user_id=["a"] * 4, item_id=["x"] * 4)
    frame["timestamp"] = [100, 101, 103, 110]
    kept, report = clean(frame, DataConfig(double_clicks=2, repeats="all"))
    assert kept["timestamp"].tolist() == [100, 110]
    assert dropped(report) == {"double click": 2}


@pytest.mark.parametrize(
    ("repeats", "values"),
    [
        ("last", [4.0, 7.0]),
        ("sum", [25.0, 7.0]),
        ("max", [20.0, 7.0]),
        ("count", [3.0, 1.0]),
        ("log_count", [np.log(4.0), np.log(2.0)]),
        ("all", [1.0, 20.0, 4.0, 7.0]),
    ],
)
def test_repeated_events_combine_as_configured(repeats: str, values: list[float]) -> None:
    frame = events(user_id=["a"] * 4, item_id=["x", "x", "x", "y"], value=[1.0, 20.0, 4.0, 7.0])
    kept, _ = clean(frame, DataConfig(repeats=repeats), value_is_rating=False)
    assert kept["value"].tolist() == pytest.approx(values)


def test_a_user_with_far_more_events_a_day_than_the_others_is_a_bot() -> None:
    mask, most = bots(
        np.array([4.0, 5.0, 6.0, 5.0, 5.0, 5.0, 900.0, 900.0]), np.array([1.0] * 7 + [30.0])
    )
    assert np.flatnonzero(mask).tolist() == [6]
    assert most == 50.0  # the spread of the others is small: the floor counts


def test_values_are_normalised_over_all_or_per_user() -> None:
    value, user = np.array([1.0, 3.0, 5.0, 2.0, np.nan]), np.array([0, 0, 0, 1, 1], dtype=np.int32)
    expected = {
        "none": value,
        "min_max": [0.0, 0.5, 1.0, 0.25, np.nan],
        "per_user": [0.0, 0.5, 1.0, 0.5, np.nan],
        "z_score": [-np.sqrt(1.5), 0.0, np.sqrt(1.5), 0.0, np.nan],
    }
    for how, wanted in expected.items():
        np.testing.assert_allclose(normalised(value, user, how), wanted)


def test_equal_values_are_no_scale() -> None:
    frame = events(user_id=list("ab"), item_id=list("xy"), value=[1.0, 1.0])
    kept, report = clean(frame, DataConfig(), value_is_rating=True)
    assert report.rating_range is None
    assert kept["event"].unique().tolist() == ["interaction"]


def test_beside_kinds_of_events_a_rating_may_be_missing() -> None:
    frame = events(
        user_id=list("abc"),
        item_id=["x"] * 3,
        event=["view", "rating", "rating"],
        value=[None, 2, 5],
    )
    kept, report = clean(frame, DataConfig(), value_is_rating=True)
    assert len(kept) == 3
    assert report.rating_range == (2.0, 5.0)


def test_users_and_items_with_few_events_go_in_turn_until_none_is_left_to_drop() -> None:
    # c has one event only; without it z has one; without that b has one
    frame = events(
        user_id=["a", "a", "d", "d", "b", "b", "c"], item_id=["x", "y", "x", "y", "y", "z", "z"]
    )
    config = DataConfig(minimum_user_events=2, minimum_item_events=2)
    kept, report = clean(frame, config)
    assert kept["user_id"].tolist() == ["a", "a", "d", "d"]
    assert dropped(report) == {"user with too few events": 2, "item with too few events": 1}


def test_cleaning_leaves_its_input_as_it_was() -> None:
    frame = events(user_id=["a", "a", "a", None], item_id=["x", "x", "y", "y"])
    before = frame.copy()
    clean(frame, DataConfig(minimum_user_events=2))
    pd.testing.assert_frame_equal(frame, before)


def test_a_report_comes_back_from_json() -> None:
    frame = events(user_id=["a", None], item_id=["x", "y"], value=[1.0, 2.0])
    _, report = clean(frame, DataConfig(), value_is_rating=True)
    again = CleaningReport.from_json(report.to_json(), report.rejected, report.unread)
    assert again.to_json() == report.to_json()
    assert again.steps == report.steps


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.5, 3.0, 5.0], True),
        ([1.0, 10.0], True),
        ([0.0, 1.0], True),
        ([1.0, 1.0], False),
        ([-1.0, 1.0], False),
        ([1.0, 2.25], False),
        ([1.0, 50.0], False),
        ([], False),
    ],
)
def test_values_on_few_steps_up_to_ten_look_like_ratings(
    values: list[float], expected: bool
) -> None:
    assert are_ratings(np.array(values)) is expected


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([1.0] * 99 + [7.0], (1.0, 1.0)),
        ([0.5, 5.0], (0.5, 5.0)),
        ([1.0, 7.0], (1.0, 10.0)),
        ([20.0, 80.0], (20.0, 100.0)),
        ([300.0, 500.0], (300.0, 500.0)),
    ],
)
def test_the_scale_is_the_first_usual_one_that_holds_nearly_all(
    values: list[float], scale: tuple[float, float]
) -> None:
    assert ValueFacts.of(np.array(values)).rating_scale(DataConfig()) == scale


@pytest.mark.parametrize("text", ["view", "view=", "=3", "view=much", "view=nan", "view=1,,cart"])
def test_weights_that_cannot_be_read_are_answered_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="view=1,cart=3"):
        event_weights(text)
