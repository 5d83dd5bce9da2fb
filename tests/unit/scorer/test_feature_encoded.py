"""Texts on the same themes, and attributes as features of their own, against plain loops."""

import numpy as np
import pandas as pd
import pytest

from diary import histories_from, random_diaries
from m6rec_core.config import Config
from m6rec_core.data.attributes import AttributeTable, attribute_table
from m6rec_core.data.encoding import text_themes
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import IdMap
from m6rec_core.scorer.feature_space import Attributes, FeatureSpace
from m6rec_core.scorer.features.block import Block
from m6rec_core.scorer.features.described import OwnFamily, ThemeFamily, theme_families

TALES = [
    "a red fox hunting in the snow",
    "the fox in the deep snow at night",
    None,
    "bread of flour and salt",
    "salt and flour for the bread",
    "a night of snow and bread",
]
SHOPS = ["north", "south", None, "north", "south", "north"]
AGES = ["20", "40", None, "60", "40", "40", "40"]
DIARIES = random_diaries(7, 6, length=3, seed=8)
HISTORIES = histories_from(DIARIES, n_items=6)


def table(**columns: list) -> AttributeTable:
    ids = [str(row) for row in range(len(next(iter(columns.values()))))]
    frame = pd.DataFrame({"id": ids, **columns}, dtype="str")
    return attribute_table(frame, IdMap.in_given_order(ids), "id")


def pairs(histories: Histories = HISTORIES) -> Block:
    row = np.tile(np.arange(6, dtype=np.int32), (len(histories), 1))
    return Block(histories, {}, row, row)


def test_a_theme_is_the_cosine_of_the_item_and_the_mean_of_the_history():
    items = table(text=TALES)
    found = ThemeFamily(items, "text").values(pairs())
    themes, _ = text_themes(items, "text")
    length = np.linalg.norm(themes, axis=1)
    unit = [row / n if n > 1e-6 else row * 0 for row, n in zip(themes, length, strict=True)]
    assert found.shape == (7, 6, 1)
    for user, diary in enumerate(DIARIES):
        mean = np.sum([unit[entry.item] for entry in diary], axis=0) if diary else np.zeros(5)
        size = np.linalg.norm(mean)
        for item in range(6):
            expected = float(unit[item] @ mean / size) if size > 1e-6 else 0.0
            assert found[user, item, 0] == pytest.approx(expected, abs=1e-5)


def test_what_is_written_alike_is_nearer_than_what_is_not():
    who = Histories.of_items([0], n_items=6)
    row = np.arange(6, dtype=np.int32)[None, :]
    found = ThemeFamily(table(text=TALES), "text").values(Block(who, {}, row, row))[0, :, 0]
    assert found[0] == pytest.approx(1)
    assert found[1] > 0.6 > found[3]
    assert found[2] == 0


def test_texts_that_share_no_word_make_no_feature():
    assert theme_families(table(text=["one", "two", "three", "four", "five", "six"])) == []
    assert theme_families(None) == []


def test_an_item_s_category_is_one_feature_per_label_and_one_for_missing():
    items = table(shop=SHOPS * 5)
    row = np.arange(6, dtype=np.int32)[None, :].repeat(7, axis=0)
    family = OwnFamily(items, of_users=False)
    assert [feature.title for feature in family.features] == [
        "item: shop is north",
        "item: shop is south",
        "item: shop is missing",
    ]
    found = family.values(Block(HISTORIES, {}, row, row))
    expected = [[shop == "north", shop == "south", shop is None] for shop in SHOPS]
    assert (found == np.array(expected, np.float32)).all()
    assert {feature.signal for feature in family.features} == {"shop"}


def test_a_user_s_number_is_standardised_and_unknown_users_have_none():
    family = OwnFamily(table(age=AGES), of_users=True)
    found = family.values(pairs())
    known = np.array([20, 40, 60, 40, 40, 40])
    expected = [(float(age) - known.mean()) / known.std() if age else 0.0 for age in AGES]
    assert found[:, :, 0] == pytest.approx(np.repeat(np.array(expected)[:, None], 6, axis=1))
    assert found[:, 0, 1].tolist() == [0, 0, 1, 0, 0, 0, 0]
    typed_in = Histories.of_items([0, 1], n_items=6)
    row = np.arange(6, dtype=np.int32)[None, :]
    assert not family.values(Block(typed_in, {}, row, row)).any()


@pytest.mark.parametrize("is_on", [False, True])
def test_the_scorer_reads_texts_and_on_request_every_attribute(is_on):
    names = ("ridge", "spectral", "factors", "random_walk", "order")
    off = {f"signals.{name}": False for name in names}
    config = Config.from_flat(off | {"signals.own_attributes": is_on})
    items = table(text=TALES * 5, shop=SHOPS * 5)
    training = histories_from(DIARIES, n_items=30)
    models = dict.fromkeys(("item_knn", "user_knn"))
    space = FeatureSpace(training, models, Attributes(items=items), config)
    found = [f.name for f in space.features if f.name.startswith(("theme.", "own."))]
    own = ["text is missing", "shop is north", "shop is south", "shop is missing"]
    assert found == ["theme.text", *(f"own.item.{name}" for name in own if is_on)]


def test_a_told_attribute_stands_in_place_of_the_stored_one():
    shops = ["north", "south", None, "north", "south", "north", "north"]
    family = OwnFamily(table(age=AGES, shop=shops), of_users=True)
    strangers = HISTORIES.for_users([-1] * 7)
    stored, silent = family.values(pairs()), family.values(pairs(strangers))
    told = family.for_attributes({"age": "60", "shop": "north"}).values(pairs(strangers))
    assert (silent == 0).all()
    assert (told == stored[3, 0]).all()  # user 3 is 60 and of the north
    nearest = family.for_attributes({"age": "58"}).values(pairs())
    age = [feature.name for feature in family.features].index("own.user.age")
    assert (nearest[:, :, age] == stored[3, 0, age]).all()
    others = [
        place for place in range(len(family.features)) if family.features[place].signal == "shop"
    ]
    assert (nearest[..., others] == stored[..., others]).all()
    nobody = family.for_attributes({"shop": "the moon"}).values(pairs())
    assert (nobody[..., others] == 0).all()
