"""All features of a pair together: their names, their groups, and which of them there are."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from diary import histories_from, random_diaries
from m6rec_core import schema
from m6rec_core.config import Config
from m6rec_core.data.attributes import attribute_table
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import IdMap
from m6rec_core.errors import ConfigError
from m6rec_core.progress import silent
from m6rec_core.scorer.feature_space import Attributes, FeatureSpace
from m6rec_core.scorer.linear_starts import BLEND
from m6rec_core.scorer.signals import Neighbourhood, fit_models, wanted
from m6rec_core.similarity.item_based import ItemSettings
from m6rec_core.similarity.protocol import ScoreModel
from m6rec_core.similarity.user_based import UserSettings, fit_user_neighbours

N_USERS, N_ITEMS = 14, 18
ITEMS = pd.DataFrame(
    {
        "item_id": [str(item) for item in range(N_ITEMS)],
        "genre": [("war", "drama|war", "comedy")[item % 3] for item in range(N_ITEMS)],
        "popularity": [str(item * 7 % 5) for item in range(N_ITEMS)],  # a name of ours, too
    }
)
USERS = pd.DataFrame(
    {
        "user_id": [str(user) for user in range(N_USERS)],
        "city": [("Rome", "Oslo")[user % 2] for user in range(N_USERS)],
        "genre": [("war", "drama")[user // 7] for user in range(N_USERS)],
    }
)


def table(frame: pd.DataFrame, id_column: str):
    return attribute_table(frame, IdMap.in_given_order(frame[id_column]), id_column)


ATTRIBUTES = Attributes(table(USERS, "user_id"), table(ITEMS, "item_id"))
RATED = histories_from(
    random_diaries(N_USERS, N_ITEMS, length=6, seed=4, rated=0.8), n_items=N_ITEMS
)


def without_times_and_ratings() -> Histories:
    diaries = [
        [e._replace(weight=1.0) for e in d] for d in random_diaries(14, 18, length=6, seed=4)
    ]
    return histories_from(diaries, n_items=N_ITEMS, has_time=False)


def models_of(histories: Histories, options: Mapping[str, Any]) -> dict[str, ScoreModel]:
    usual = Neighbourhood(ItemSettings(), UserSettings())
    return fit_models(histories, Config.from_flat(options), usual, progress=silent)


def space_of(
    histories: Histories = RATED, attributes: Attributes = ATTRIBUTES, **options: Any
) -> FeatureSpace:
    given = {name.replace("__", "."): value for name, value in options.items()}
    made = models_of(histories, given)
    return FeatureSpace(histories, made, attributes, Config.from_flat(given))


@pytest.fixture(scope="module")
def space() -> FeatureSpace:
    return space_of(ranking__candidates=10)


def names(space: FeatureSpace) -> list[str]:
    return [feature.name for feature in space.features]


def test_every_feature_has_a_name_of_its_own(space):
    assert len(set(names(space))) == len(names(space)) > 30


def test_every_feature_says_what_it_is(space):
    for feature in space.features:
        assert feature.group in schema.GROUPS
        assert feature.title
        assert feature.unit
        assert feature.description.endswith(".")


def test_titles_tell_features_apart(space):
    titles = [feature.title for feature in space.features]
    assert len(set(titles)) == len(titles)


def test_all_groups_have_features_where_all_is_known(space):
    assert {feature.group for feature in space.features} == set(schema.GROUPS)


def test_each_pair_has_one_finite_number_per_feature_and_empty_slots_are_zero(space):
    pairs = np.array([[0, 5, -1]] * N_USERS, dtype=np.int32)
    values = space.values(space.block(RATED), pairs)
    assert values.shape == (N_USERS, 3, len(space.features))
    assert values.dtype == np.float32
    assert np.isfinite(values).all()
    assert not values[:, 2].any()
    assert values[:, :2].any(axis=2).all()


@pytest.mark.parametrize("user_row", [-1, 3])
def test_users_without_a_history_have_finite_features(space, user_row):
    nobody = Histories.of_items([], n_items=N_ITEMS, user_row=user_row)
    values = space.values(space.block(nobody))
    assert values.shape[:2] == (1, 10)
    assert np.isfinite(values).all()


def test_a_user_s_features_do_not_depend_on_who_stands_in_the_block(space):
    pairs = np.tile(np.arange(N_ITEMS, dtype=np.int32), (N_USERS, 1))
    together = space.values(space.block(RATED), pairs)
    order = np.random.default_rng(0).permutation(N_USERS)
    shuffled = space.values(space.block(RATED.take(order)), pairs)
    assert shuffled == pytest.approx(together[order], abs=1e-5)
    for user in (0, 9):
        alone = space.values(space.block(RATED.take([user])), pairs[:1])
        assert alone[0] == pytest.approx(together[user], abs=1e-5)


def test_candidates_are_not_known_and_as_many_as_asked_for(space):
    block = space.block(RATED)
    assert block.candidates.shape == (N_USERS, 10)
    for user in range(N_USERS):
        own = block.candidates[user][block.candidates[user] >= 0].tolist()
        assert len(own) == min(10, N_ITEMS - len(RATED.items_of(user)))
        assert not set(own) & set(RATED.items_of(user).tolist())
        assert len(set(own)) == len(own)


def test_the_basis_decides_whose_likeness_counts():
    by_items, by_users = space_of(similarity__basis="item"), space_of(similarity__basis="user")
    assert schema.USER_SIMILARITY not in {feature.group for feature in by_items.features}
    assert not any(
        name.startswith(("item_knn", "ridge", "support.item")) for name in names(by_users)
    )
    assert any(name.startswith("user_knn") for name in names(by_users))
    for space in (by_items, by_users):
        values = space.values(space.block(RATED))
        assert values.shape[2] == len(space.features)
        assert np.isfinite(values).all()


@pytest.mark.parametrize("switch", ["ridge", "spectral", "factors", "random_walk", "order"])
def test_a_signal_that_is_switched_off_has_no_features(space, switch):
    assert switch in {feature.signal for feature in space.features}
    without = space_of(**{f"signals__{switch}": False})
    assert switch not in {feature.signal for feature in without.features}


def test_switching_off_order_switches_off_time():
    without = names(space_of(signals__order=False))
    assert not any(name.startswith("time.") or "_last_" in name for name in without)


def test_switching_off_attributes_leaves_behaviour_alone():
    without = space_of(signals__attributes=False)
    assert schema.MATCH not in {feature.group for feature in without.features}
    assert names(without) == names(space_of(attributes=Attributes()))


def test_there_is_no_feature_of_what_the_data_lack():
    bare = names(space_of(without_times_and_ratings(), Attributes()))
    assert not any(
        name.startswith(("time.", "rating.", "order")) or "_last_" in name or "emphasis" in name
        for name in bare
    )


def test_events_of_unequal_weight_have_an_emphasis_and_equal_ones_have_none():
    unequal = histories_from(random_diaries(14, 18, length=6, seed=4), n_items=N_ITEMS)
    assert "item_knn_emphasis.z" in names(space_of(unequal, Attributes()))
    assert "item_knn_emphasis.z" not in names(space_of(without_times_and_ratings(), Attributes()))


@pytest.mark.parametrize("network", ["cnn", "gru"])
def test_networks_over_a_sequence_get_the_last_items_at_the_end(network):
    found = names(space_of(scorer__network=network))
    assert [name.startswith("history.") for name in found[-20:]] == [True] * 20
    assert not any(name.startswith("history.") for name in found[:-20])


def test_networks_over_a_sequence_need_likeness_of_items():
    with pytest.raises(ConfigError, match=r"Set similarity\.basis to item or both"):
        space_of(scorer__network="gru", similarity__basis="user")


def test_both_filters_are_fitted_whatever_the_basis_because_they_are_baselines():
    histories = without_times_and_ratings()
    for basis in ("item", "user", "both"):
        made = models_of(histories, {"similarity.basis": basis})
        assert {"item_knn", "user_knn"} <= set(made)


def test_order_is_wanted_where_there_are_times():
    assert "order" in wanted(Config(), has_time=True)
    assert "order" not in wanted(Config(), has_time=False)


@pytest.mark.parametrize(("n_items", "users"), [(100, 512), (100_000, 208), (2_000_000, 10)])
def test_the_score_rows_of_a_block_take_a_quarter_of_a_gigabyte(n_items, users):
    # one voter and two more rows of 4 bytes per item, for each user
    histories = Histories.of_items([0], n_items=n_items)
    options = {"similarity.basis": "user", "signals.factors": False}
    model = {"user_knn": fit_user_neighbours(histories.matrix(), UserSettings())}
    space = FeatureSpace(histories, model, Attributes(), Config.from_flat(options))
    assert space.users_per_block() == users


def test_the_blend_is_of_features_that_there_are():
    space = FeatureSpace(RATED, models_of(RATED, {}), Attributes(), Config())
    assert set(BLEND) <= {feature.name for feature in space.features}
