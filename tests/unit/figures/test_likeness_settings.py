"""What is said of settings of the likeness, from small tables worked by hand."""

import numpy as np

from m6rec_core.figures.likeness_settings import (
    effect_finding,
    effect_info,
    two_lists_finding,
    two_lists_info,
)


def test_the_best_value_is_named_and_the_smallest_of_equals():
    info = effect_info("shrinkage", [0, 5, 20, 50], [0.1, 0.25, 0.25, 0.2], now=20)
    assert info.value[info.best] == 5
    words = effect_finding(info, users=12)
    assert "best shrinkage is 5" in words
    assert "0.250, against 0.100" in words
    assert "12 validation users" in words


def test_an_option_without_effect_is_said_to_have_none():
    info = effect_info("shrinkage", [0, 5], [0.2, 0.2], now=0)
    assert "changes nothing" in effect_finding(info, users=3)


def test_two_lists_are_joined_by_title():
    info = two_lists_info("x", ["a", "b", "c"], ["c", "d", "a"])
    assert info.title == ("a", "b", "c", "d")
    assert np.array_equal(info.first, [1, 2, 3, np.nan], equal_nan=True)
    assert np.array_equal(info.second, [3, np.nan, 1, 2], equal_nan=True)
    words = two_lists_finding(info, other="jaccard")
    assert words == (
        "2 of the 3 nearest are the same by jaccard; 'a' moves most, from place 1 to 3."
    )


def test_a_list_that_is_empty_is_said_to_be():
    assert "has no neighbours" in two_lists_finding(two_lists_info("x", ["a"], []), other="lift")
