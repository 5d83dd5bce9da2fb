"""Matches of attributes against plain loops, on users and items described by hand."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from diary import histories_from, random_diaries
from m6rec_core.data.attributes import AttributeTable, attribute_table
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import IdMap
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.features.labels import ItemLabels, UserGroups, item_labels, user_groups
from m6rec_core.scorer.features.match import (
    CrowdFamily,
    CrowdLabelFamily,
    NumberFamily,
    TasteFamily,
)

GENRES = [("war", "drama"), ("drama",), (), ("comedy",), ("comedy", "war"), ("sport",)]
PRICES = [10.0, 20.0, None, 40.0, 1000.0, 30.0]
CITIES = ["Rome", "Oslo", "Rome", None, "Oslo", "Rome", "Rome"]
N_ITEMS, N_USERS = len(GENRES), len(CITIES)
DIARIES = [[e for e in diary if e.item != 5] for diary in random_diaries(7, 6, length=3, seed=8)]
HISTORIES = histories_from(DIARIES, n_items=N_ITEMS)  # nobody has item 5, the only one of sport


def table(column: str, values: list) -> AttributeTable:
    """A table with one column, whose rows are in the order of the values."""
    ids = [str(row) for row in range(len(values))]
    frame = pd.DataFrame({"id": ids, column: values}, dtype="str")
    return attribute_table(frame, IdMap.in_given_order(ids), "id")


ITEM_GENRES = table("genre", ["|".join(genres) or None for genres in GENRES])
ITEM_PRICES = table("price", PRICES)
USER_CITIES = table("city", CITIES)


def pairs(histories: Histories = HISTORIES) -> Block:
    row = np.tile(np.arange(N_ITEMS, dtype=np.int32), (len(histories), 1))
    return Block(histories, {}, row, row)


def test_taste_is_the_mean_lift_of_the_item_s_labels():
    labels = ItemLabels.of(ITEM_GENRES, "genre", HISTORIES)
    found = TasteFamily(labels).values(pairs())[:, :, 0]
    entries = [entry.item for diary in DIARIES for entry in diary]
    everywhere = Counter(genre for item in entries for genre in GENRES[item])
    for user, diary in enumerate(DIARIES):
        mine = Counter(genre for entry in diary for genre in GENRES[entry.item])
        for item, genres in enumerate(GENRES):
            lifts = []
            for genre in genres:
                share = everywhere[genre] / len(entries)
                if share:
                    lift = (mine[genre] + 5 * share) / ((len(diary) + 5) * share)
                else:  # nobody has it: as if nothing were known but the prior
                    lift = 5 / (len(diary) + 5)
                lifts.append(np.log(lift))
            expected = np.mean(lifts) if lifts else 0
            assert found[user, item] == pytest.approx(expected, abs=1e-5)


def test_a_number_is_its_distance_from_the_mean_over_all_events_and_from_the_user_s_own():
    own, distance = np.moveaxis(NumberFamily(ITEM_PRICES, "price", HISTORIES).values(pairs()), 2, 0)
    seen = [PRICES[e.item] for diary in DIARIES for e in diary if PRICES[e.item] is not None]
    scaled = [0 if p is None else (p - np.mean(seen)) / np.std(seen) for p in PRICES]
    scaled = np.clip(scaled, -5, 5)
    for user, diary in enumerate(DIARIES):
        usual = np.mean([scaled[entry.item] for entry in diary]) if diary else 0
        assert own[user] == pytest.approx(scaled, abs=1e-5)
        assert distance[user] == pytest.approx(np.abs(scaled - usual), abs=1e-5)


def test_a_number_far_out_ends_at_five_standard_deviations():
    usual = histories_from([[e for e in d if e.item != 4] for d in DIARIES], n_items=N_ITEMS)
    own = NumberFamily(ITEM_PRICES, "price", usual).values(pairs())[:, :, 0]
    assert own[0, 4] == 5


def test_numbers_that_never_change_or_are_never_seen_say_nothing():
    for values in ([7.0] * N_ITEMS, [None] * 5 + [3.0]):
        found = NumberFamily(table("price", values), "price", HISTORIES).values(pairs())
        assert np.isfinite(found).all()
        assert not found[:, :5].any()


def lift_of(counts: Counter, city: str | None, key) -> float:
    """Log of how much more often the pair (city, key) was counted than without a tie; five each to calm it."""
    total = sum(counts.values())
    of_city = sum(n for (where, _), n in counts.items() if where == city)
    of_key = sum(n for (_, what), n in counts.items() if what == key)
    return np.log((counts[city, key] + 5) / (of_city * of_key / total + 5))


def test_the_crowd_is_the_lift_of_the_item_among_users_of_the_same_kind():
    found = CrowdFamily(UserGroups.of(USER_CITIES, "city"), HISTORIES).values(pairs())[:, :, 0]
    counts = Counter(
        (city, e.item) for city, diary in zip(CITIES, DIARIES, strict=True) for e in diary if city
    )
    for user, city in enumerate(CITIES):
        for item in range(N_ITEMS):
            expected = lift_of(counts, city, item) if city else 0
            assert found[user, item] == pytest.approx(expected, abs=1e-5)
    assert np.abs(found).max() > 0.05


def test_the_crowd_s_labels_are_the_mean_lift_of_the_item_s_labels_among_the_same_kind():
    groups = UserGroups.of(USER_CITIES, "city")
    labels = ItemLabels.of(ITEM_GENRES, "genre", HISTORIES)
    found = CrowdLabelFamily(groups, labels, HISTORIES).values(pairs())[:, :, 0]
    counts = Counter(
        (city, genre)
        for city, diary in zip(CITIES, DIARIES, strict=True)
        if city
        for entry in diary
        for genre in GENRES[entry.item]
    )
    for user, city in enumerate(CITIES):
        for item, genres in enumerate(GENRES):
            lifts = [lift_of(counts, city, genre) for genre in genres] if city else []
            expected = np.mean(lifts) if lifts else 0
            assert found[user, item] == pytest.approx(expected, abs=1e-5)
    assert np.abs(found).max() > 0.05


def test_users_typed_in_belong_to_no_crowd():
    stranger = Histories.of_items([0, 1], n_items=N_ITEMS)
    groups = UserGroups.of(USER_CITIES, "city")
    labels = ItemLabels.of(ITEM_GENRES, "genre", HISTORIES)
    for family in (CrowdFamily(groups, HISTORIES), CrowdLabelFamily(groups, labels, HISTORIES)):
        assert not family.values(pairs(stranger)).any()


def test_a_number_of_the_users_is_cut_into_bands_of_equal_size():
    groups = UserGroups.of(
        table("age", [30, 21, 22, 23, 24, 25, 26, 27, 28, 29, 20, None, 31]), "age"
    )
    assert groups.n_groups == 6
    bands = dict(zip([30, *range(21, 30), 20, None, 31], groups.group.tolist(), strict=True))
    assert [bands[age] for age in range(20, 32)] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert bands[None] == -1


def test_only_columns_that_part_the_users_are_groups():
    everywhere = [f"village {n}" for n in range(150)]
    assert user_groups(None) == []
    assert user_groups(table("city", ["Rome"] * 5)) == []
    assert user_groups(table("city", everywhere)) == []  # each a group of one
    assert user_groups(table("age", [40] * 5)) == []
    (found,) = user_groups(table("city", ["Rome", "Oslo", None]))
    assert found.n_groups == 2


def test_only_labels_that_items_share_are_matched():
    history = Histories.of_items([0], n_items=4)
    assert item_labels(None, history) == []
    assert item_labels(table("genre", ["war"] * 4), history) == []  # all alike
    names = ["genre a", "genre b", "genre c", "genre d"]
    assert item_labels(table("genre", names), history) == []  # all different
    (found,) = item_labels(table("genre", ["war", "war", "drama", "drama"]), history)
    assert found.column == "genre"
    assert found.matrix.toarray().tolist() == [[0, 1], [0, 1], [1, 0], [1, 0]]
    assert found.share.tolist() == [0, 1]


def test_at_most_six_columns_are_matched_in_the_order_of_the_file():
    columns = {f"c{k}": ["x", "x", "y", "y"] for k in range(8)}
    ids = IdMap.in_given_order(list("abcd"))
    wide = attribute_table(pd.DataFrame({"id": list("abcd"), **columns}), ids, "id")
    expected = [f"c{k}" for k in range(6)]
    history = Histories.of_items([0], n_items=4)
    assert [labels.column for labels in item_labels(wide, history)] == expected
    assert [groups.column for groups in user_groups(wide)] == expected
