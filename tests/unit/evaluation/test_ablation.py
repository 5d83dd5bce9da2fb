"""What a part adds, on lists where it is known which feature decides."""

import numpy as np

from m6rec_core.evaluation.ablation import ablate
from m6rec_core.scorer.features import Feature
from m6rec_core.scorer.training_lists import CANDIDATE, PADDING, TrainingLists

FEATURES = (
    Feature("knn.z", "items alike", "item similarity", "", "", "item_knn"),
    Feature("knn.relative", "share", "item similarity", "", "", "item_knn"),
    Feature("item.popularity", "popularity", "item", "", ""),
)


def lists(*, validates: bool = True, n: int = 120, slots: int = 30) -> TrainingLists:
    """The held-out item has the largest first feature; the others are chance."""
    features = np.random.default_rng(0).normal(size=(n, slots, 3)).astype(np.float32)
    kind = np.full((n, slots), CANDIDATE, dtype=np.int8)
    kind[:, -5:] = PADDING
    features[:, -5:] = 0.0
    best = features[:, :-5, 0].argmax(axis=1)
    return TrainingLists(
        features=features,
        is_positive=np.arange(slots) == best[:, None],
        kind=kind,
        rating=np.full((n, slots), np.nan, dtype=np.float32),
        n_positive=np.ones(n, dtype=np.int32),
        user_row=np.arange(n, dtype=np.int32),
        item_row=np.tile(np.arange(slots, dtype=np.int32), (n, 1)),
        is_validation=np.full(n, validates),
        names=np.array([feature.name for feature in FEATURES]),
    )


def test_the_part_that_decides_adds_all_but_chance_and_the_others_nothing():
    found = ablate(lists(), FEATURES, lambda features: features[..., 0], seed=0)
    assert found is not None
    assert (found.lists, found.whole) == (120, 1.0)
    assert [(part.kind, part.name) for part in found.additions] == [
        ("group", "item similarity"),
        ("group", "item"),
        ("signal", "item_knn"),
    ]
    group, item, signal = found.additions
    assert (signal.title, item.title) == ("items alike", "item")
    assert group.features == signal.features == ("knn.z", "knn.relative")
    chance = sum(1 / np.log2(rank + 1) for rank in range(1, 11)) / 25  # one of 25 candidates
    assert abs(group.without - chance) < 0.06
    assert 0 < group.low < group.adds == 1 - group.without < group.high
    assert (item.without, item.adds, item.low, item.high) == (1.0, 0.0, 0.0, 0.0)


def test_without_lists_that_validate_nothing_is_said():
    assert (
        ablate(lists(validates=False), FEATURES, lambda features: features[..., 0], seed=0) is None
    )


def test_the_outcome_says_how_it_was_found():
    found = ablate(lists(), FEATURES, lambda features: features[..., 0], seed=0)
    assert found is not None
    assert "shuffled" in found.to_json()["method"]
    assert found.to_json()["additions"][0]["name"] == "item similarity"
