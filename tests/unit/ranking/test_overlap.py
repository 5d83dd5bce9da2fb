"""Overlap of two lists, worked by hand."""

import pytest

from m6rec_core.ranking.overlap import movements, rbo


def test_a_swap_of_the_first_two_of_three_costs_what_the_definition_says():
    """Agreements at depth 1, 2, 3 are 0, 1, 1: (1 - p)(0 + p + p²) + p³ with p = .9."""
    assert rbo("abc", "bac") == pytest.approx(0.1 * (0.9 + 0.81) + 0.729)


def test_one_item_in_common_at_the_first_place():
    """Agreements 1, 1/2; at the end 1/2 goes on: (1 - p)(1 + p/2) + p²/2."""
    assert rbo("ax", "ay") == pytest.approx(0.1 * (1 + 0.45) + 0.5 * 0.81)


def test_a_shorter_list_that_is_the_head_of_the_longer_one_agrees_wholly():
    assert rbo("ab", "abcd") == pytest.approx(1.0)


def test_order_of_the_arguments_does_not_count():
    assert rbo("abcd", "dxa") == pytest.approx(rbo("dxa", "abcd"))


def test_empty_lists():
    assert rbo("", "") == 1.0
    assert rbo("", "abc") == 0.0


def test_places_gained_lost_and_new():
    assert movements(["a", "b"], ["b", "z", "a"]) == [1, None, -2]
