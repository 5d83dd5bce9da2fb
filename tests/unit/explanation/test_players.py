"""Columns that belong together play as one, in every network that reads them."""

import numpy as np

from m6rec_core.explanation.attribution import exact_shapley, shapley_values
from m6rec_core.explanation.players import cast_of
from m6rec_core.scorer.features.feature import Feature
from m6rec_core.scorer.features.sequence import slot_name


def features(*names: str) -> list[Feature]:
    return [Feature(name, name, "item similarity", "", "") for name in names]


def test_both_channels_of_a_past_item_are_one_player_named_after_the_item():
    names = [slot_name(rank, channel) for rank in (1, 0) for channel in ("likeness", "weight")]
    made = cast_of(features("item.popularity", *names))
    assert made.columns == ((0,), (1, 2), (3, 4))
    assert made.features[1].title == "the item 2 from the end of the history"
    assert made.features[2].title == "the newest item of the history"


def test_the_encoded_columns_of_one_attribute_are_one_player_without_a_value():
    names = ("own.user.gender f", "own.user.age", "own.user.gender m")
    signals = ("gender", "age", "gender")
    given = [
        Feature(name, name, "user", "1 if so", "", signal)
        for name, signal in zip(names, signals, strict=True)
    ]
    made = cast_of(given)
    assert [one.name for one in made.features] == ["own.user.gender", "own.user.age"]
    assert made.features[0].title == "the user's gender"
    assert made.columns == ((0, 2), (1,))
    shown = made.shown(np.array([[1.0, 40.0, 0.0]], np.float32))[0]
    assert np.isnan(shown[0])
    assert shown[1] == 40.0


def test_a_player_of_two_columns_gets_what_both_do_together():
    def predict(X):
        return X[:, 0] * X[:, 1] + X[:, 2]

    row, start = np.array([[2.0, 3.0, 5.0]], np.float32), np.zeros((1, 3), np.float32)
    for explain in (exact_shapley, shapley_values):
        found = explain(predict, row, start, players=[[0, 1], [2]])
        assert found.values.tolist() == [[6.0, 5.0]]
