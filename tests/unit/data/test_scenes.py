"""Presets by scene, and the usual weights of kinds of behaviour."""

import dataclasses

import pytest

from m6rec_core.config import Config, DataConfig
from m6rec_core.data.aliases import plain_name
from m6rec_core.data.kinds import (
    KINDS,
    USUAL_WEIGHTS,
    known_kind,
    usual_weight,
    weight_of,
)
from m6rec_core.data.scenes import SCENES

scenes = pytest.mark.parametrize("scene", SCENES.values(), ids=lambda scene: scene.name)


def test_there_is_a_preset_for_each_scene():
    assert set(SCENES) == {"e-commerce", "news", "video", "music", "social", "advertising"}


@scenes
def test_a_preset_holds_values_that_the_configuration_takes(scene):
    assert Config.from_flat(scene.options()).data != DataConfig()


@scenes
def test_a_preset_sets_options_of_the_data_step_only(scene):
    known = {f"data.{field.name}" for field in dataclasses.fields(DataConfig)}
    assert set(scene.options()) <= known


@scenes
def test_the_words_name_every_option_with_its_value_and_the_reason(scene):
    words = scene.words()
    for option, value in scene.options().items():
        shown = str(value).lower() if isinstance(value, bool) else str(value).removesuffix(".0")
        assert f"{option} to {shown}" in words
    assert words.endswith(f". {scene.why}")
    assert words.count("data.") == len(scene.options())


@scenes
def test_the_weights_of_a_preset_are_of_kinds_that_exist(scene):
    weights = dict(part.split("=") for part in scene.options()["data.event_weights"].split(","))
    assert set(weights) <= set(KINDS)
    assert max(float(weight) for weight in weights.values()) > 0


def test_the_half_life_is_shortest_where_things_age_fastest():
    days = {name: scene.values["half_life_days"] for name, scene in SCENES.items()}
    assert days["news"] < days["advertising"] < days["social"] < days["e-commerce"] < days["video"]


@pytest.mark.parametrize(
    ("spellings", "weight"),
    [
        ("view VIEW pv page_view click clicks detail-page-view 浏览", 1.0),
        ("cart carts addtocart add_to_cart AddToCart fav like wishlist 加购 收藏", 3.0),
        ("purchase buy orders order transaction Purchase rating conversion interaction", 5.0),
        ("impression exposure show Shown", 0.0),
        ("dislike cancellation Return refund low_rating remove_from_cart skip unlike", -1.0),
        ("teleport ''", 1.0),
    ],
)
def test_a_kind_weighs_the_same_in_each_spelling(spellings, weight):
    assert {usual_weight(name) for name in spellings.split()} == {weight}


def test_the_table_of_usual_weights_answers_for_names_in_lower_case():
    wanted = {"view": 1, "pv": 1, "addtocart": 3, "add_to_cart": 3, "orders": 5, "fav": 3, "buy": 5}
    assert {name: USUAL_WEIGHTS[name] for name in wanted} == wanted


def test_no_spelling_stands_for_two_kinds_and_all_are_plain():
    spellings = [spelling for kind in KINDS.values() for spelling in kind.spellings]
    assert len(spellings) == len(set(spellings))
    assert [word for word in spellings if plain_name(word) != word] == []
    assert [name for name in KINDS if known_kind(name) != name] == []


def test_a_given_weight_goes_to_the_name_first_then_to_its_kind():
    given = {"cart": 4.0, "carts": 2.0}
    assert weight_of("carts", given) == 2.0
    assert weight_of("AddToCart", given) == 4.0
    assert weight_of("purchase", given) == 5.0
    assert weight_of("teleport", given) == 1.0
