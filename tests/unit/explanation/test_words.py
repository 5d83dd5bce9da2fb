"""Reasons in plain words: what they name, and when they are silent."""

import numpy as np

from m6rec_core import schema
from m6rec_core.explanation.words import popularity_reason, reasons
from m6rec_core.scorer.features.feature import Feature
from toy_recommender import FEATURES

TITLES = ["Alien", "Brazil", "Notting Hill"]


def said(contributions, history=(0.2, 0.3, -0.1), neighbours=14):
    return reasons(
        FEATURES,
        np.array(contributions),
        history_titles=TITLES,
        history_contributions=np.array(history),
        neighbours=neighbours,
    )


def test_the_strongest_group_comes_first():
    assert said([0.3, 0.5, 0.1, 0.0]) == (
        "14 similar users have it",
        "like Brazil and Alien",
        "fits the user: taste for its category",
    )


def test_a_group_that_lowers_the_score_is_no_reason():
    assert said([0.3, -0.5, 0.0, 0.0]) == ("like Brazil and Alien",)


def test_items_that_do_not_raise_the_score_are_not_named():
    assert said([0.3, 0.0, 0.0, 0.0], history=(0.2, -0.3, -0.1)) == ("like Alien",)
    assert said([0.3, 0.0, 0.0, 0.0], history=(0.0, 0.0, 0.0)) == ("items alike",)


def test_a_single_similar_user_is_not_pointed_at():
    assert said([0.0, 0.5, 0.0, 0.0], neighbours=1) == ("users alike",)


def test_what_describes_the_user_alone_is_no_reason_for_an_item():
    activity = Feature("user.activity", "length of the history", schema.USER, "items", "")
    found = reasons(
        (*FEATURES, activity),
        np.array([0.3, 0.0, 0.0, 0.0, 0.9]),
        history_titles=TITLES,
        history_contributions=np.array([0.2, 0.0, 0.0]),
        neighbours=0,
    )
    assert found == ("like Alien",)


def test_when_nothing_raises_the_score_that_is_said():
    assert said([-0.1, -0.2, 0.0, 0.0]) == ("nothing speaks for it more than for an average pair",)


def test_popularity_is_told_with_its_place_and_its_users():
    assert popularity_reason(users=1, place=1200, who="the history is too short") == (
        "the history is too short: the list is by popularity, where this item is number 1,200 "
        "(1 user has it)"
    )
