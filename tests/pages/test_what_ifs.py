"""What-ifs as values: what they stand for, and how they travel in an address."""

import math

import pytest

from m6rec_core.errors import DataError
from m6rec_core.ranking.fold_in import Event
from pages.shared.what_ifs import LONGEST, WhatIf, unfolded

STORED = (
    Event("x", "view", timestamp=10),
    Event("y", "view", timestamp=20),
    Event("x", "buy", timestamp=30),
    Event("z", "buy", timestamp=40),
)


def ids(events):
    return [event.item_id for event in events]


def test_unchanged_it_is_the_stored_history():
    assert WhatIf("ann").events(STORED) == STORED
    assert not WhatIf("ann").is_changed


def test_a_removed_item_leaves_with_all_its_events():
    assert ids(WhatIf("ann").remove("x").events(STORED)) == ["y", "z"]


def test_another_rating_keeps_the_place_in_time():
    changed = WhatIf("ann").give("x", "", 2.0).events(STORED)
    assert ids(changed) == ["y", "x", "z"]
    assert (changed[1].value, changed[1].timestamp) == (2.0, 30)


def test_what_is_added_comes_last():
    changed = WhatIf("ann").give("new", "buy", None).events(STORED)
    assert ids(changed)[-1] == "new"
    assert changed[-1].timestamp is None
    assert math.isnan(changed[-1].value)


def test_an_item_that_comes_back_is_no_longer_removed():
    assert ids(WhatIf().remove("x").give("x", "buy", None).events(STORED)) == ["y", "x", "z"]
    assert ids(WhatIf().give("new", "", 1.0).remove("new").events(STORED)) == ids(STORED)


def test_attributes_are_told_and_taken_back():
    told = WhatIf().tell("city", "Oslo").tell("city", "Rome")
    assert told.attributes == (("city", "Rome"),)
    assert told.tell("city", None) == WhatIf()


def test_the_address_gives_the_same_back_and_is_short():
    state = WhatIf("ann Ü").remove("a|b").give("=1+1", "view", None).give("ж", "", 0.5)
    state = state.tell("age", "50+")
    assert unfolded(state.folded()) == state
    many = WhatIf("u")
    for number in range(50):
        many = many.give(f"item-{number}", "", 4.0)
    assert len(many.folded()) < 600
    assert many.folded().replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "text", ["", "???", "abc", WhatIf("u").folded()[:-4], "A" * (LONGEST + 1), "eJwDAAAAAAE"]
)
def test_a_damaged_address_is_refused_in_words(text):
    with pytest.raises(DataError, match="damaged or too long"):
        unfolded(text)
