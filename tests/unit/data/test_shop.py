"""The generated shop keeps what it promises: its truth can be counted in its events."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m6rec_core import schema
from m6rec_core.data.samples.shop import FIRST_DAY, SECONDS_PER_DAY, make_shop
from m6rec_core.data.samples.shop_choices import buy
from m6rec_core.data.samples.shop_world import CATEGORIES, RECENT, WEIGHTS, World, make_world
from m6rec_core.errors import ConfigError


@pytest.fixture(scope="module")
def shop():
    return make_shop(users=300, items=100, seed=3)


@pytest.fixture(scope="module")
def events(shop) -> pd.DataFrame:
    return shop.dataset.interactions.to_frame()


def two_item_world() -> World:
    """Three items of one category that nobody prefers; item 1 is the companion of item 0."""
    return World(
        users=pd.DataFrame({schema.USER_ID: ["ann"]}),
        items=pd.DataFrame({schema.ITEM_ID: ["a", "b", "c"]}),
        interest=np.zeros((1, len(CATEGORIES)), np.float32),
        category=np.zeros(3, np.int32),
        appeal=np.array([5.0, 0.0, 1.0], np.float32),
        budget=np.zeros(1, np.float32),
        price_level=np.zeros(3, np.float32),
        companions=np.array([[1], [2], [0]], np.int32),
        companion_gain=3.0,
    )


def test_without_noise_the_most_appealing_item_comes_first_and_its_companion_next():
    found = buy(two_item_world(), visits=np.array([3]), noise=0.0, rng=np.random.default_rng(0))
    assert found.item_row.tolist() == [[0, 1, 2]]


def test_a_cause_is_named_only_where_the_companion_changed_the_choice():
    found = buy(two_item_world(), visits=np.array([3]), noise=0.0, rng=np.random.default_rng(0))
    # item 1 beats item 2 only as companion of 0; item 2 is all that is left, cause or no cause
    assert found.past_row.tolist() == [[-1, 0, -1]]


def test_equal_seeds_give_equal_shops_and_other_seeds_do_not():
    once, again, other = (
        make_shop(users=30, items=40, seed=seed).dataset.interactions.fingerprint()
        for seed in (1, 1, 2)
    )
    assert once == again
    assert once != other


def test_the_size_is_what_was_asked_for(shop, events):
    assert len(shop.dataset.interactions.users) == 300
    assert len(shop.dataset.interactions.items) == 100
    assert 32 < len(events) / 300 < 48  # 40 events per user on average
    assert set(events[schema.EVENT]) == {schema.VIEW, schema.CART, schema.PURCHASE}


def test_cleaning_finds_nothing_to_drop(shop):
    assert shop.dataset.report.rows_dropped == 0


def test_events_span_months_from_the_first_day(events):
    days = (events[schema.TIMESTAMP] - FIRST_DAY) / SECONDS_PER_DAY
    assert days.min() >= 0
    assert days.max() < 180
    assert days.max() - days.min() > 150


def test_every_purchase_has_a_view_of_the_item_before_it(events):
    first = events.groupby([schema.USER_ID, schema.ITEM_ID, schema.EVENT])[schema.TIMESTAMP].min()
    times = first.unstack(schema.EVENT)
    bought = times[times[schema.PURCHASE].notna()]
    assert (bought[schema.VIEW] < bought[schema.PURCHASE]).all()


def test_about_half_of_the_viewed_items_are_bought(events):
    """A view says something, but not everything."""
    pairs = events.groupby([schema.USER_ID, schema.ITEM_ID])[schema.EVENT].agg(set)
    viewed = pairs[pairs.map(lambda kinds: schema.VIEW in kinds)]
    bought = viewed.map(lambda kinds: schema.PURCHASE in kinds).mean()
    assert 0.4 < bought < 0.7


def test_users_and_items_have_their_attributes(shop):
    assert shop.dataset.users.kinds == {
        "age_band": "category",
        "gender": "category",
        "city": "category",
    }
    assert shop.dataset.items.kinds == {
        "title": "title",
        "category": "category",
        "brand": "category",
        "price": "number",
    }


def test_titles_are_distinct_product_names(shop):
    titles = shop.dataset.items.titles()
    assert len(set(titles)) == len(titles)
    assert not any(title.startswith("item-") for title in titles)


def test_a_planted_past_item_was_bought_before(shop, events):
    bought = events[events[schema.EVENT] == schema.PURCHASE]
    time = bought.set_index([schema.USER_ID, schema.ITEM_ID])[schema.TIMESTAMP]
    planted = shop.truth.planted
    past = time.loc[list(zip(planted["user_id"], planted["past_item_id"], strict=True))]
    own = time.loc[list(zip(planted["user_id"], planted["item_id"], strict=True))]
    assert (past.to_numpy() <= own.to_numpy()).all()
    assert (own.to_numpy() == planted["timestamp"].to_numpy()).all()
    assert len(planted) > 0.3 * len(bought)


def test_companions_are_bought_far_more_often_than_chance(shop):
    """Each item is bought once or never per user: a planted pair repeats over users."""
    pairs = shop.truth.planted.groupby(["past_item_id", "item_id"]).size()
    assert len(pairs) <= 100  # one companion per item
    assert pairs.mean() > 5


def test_decoys_leave_no_trace_and_taste_does():
    """Same-attribute share of a user's purchases, against what independence would give."""
    shop = make_shop(users=500, items=400, seed=3)
    bought = shop.dataset.interactions.to_frame().query("event == 'purchase'")
    items = shop.dataset.items.frame.set_index(shop.dataset.interactions.items.ids)

    def excess(column: str) -> float:
        value = items[column].loc[bought[schema.ITEM_ID]].to_numpy()
        table = pd.crosstab(bought[schema.USER_ID].to_numpy(), value).to_numpy().astype(float)
        n = table.sum(axis=1, keepdims=True)
        same = (table * (table - 1)).sum() / (n * (n - 1)).sum()
        return float(same / ((table.sum(axis=0) / table.sum()) ** 2).sum())

    assert excess("category") > 1.1
    assert 0.93 < excess("brand") < 1.02  # a little below 1: nothing is bought twice


def test_large_noise_leaves_few_planted_purchases():
    clear, noisy = (
        make_shop(users=100, items=100, noise=noise, seed=1).truth.planted for noise in (0.5, 20.0)
    )
    assert len(noisy) < 0.2 * len(clear)


def test_larger_catalogues_compare_a_sample_and_still_plant_companions():
    shop = make_shop(users=60, items=1_000, seed=2)
    bought = (shop.dataset.interactions.is_target()).sum()
    assert len(shop.truth.planted) > 0.3 * bought


@settings(max_examples=10, deadline=None)
@given(items=st.integers(20, 450), seed=st.integers(0, 100))
def test_every_item_is_a_companion_and_none_is_its_own(items, seed):
    world = make_world(users=5, items=items, rng=np.random.default_rng(seed))
    own = np.arange(items)[:, None]
    assert not (world.companions == own).any()
    assert set(world.companions[:, 0].tolist()) == set(range(items))


def test_the_companion_driver_is_as_strong_as_its_weight_says():
    """400 items with 2 companions each: 5 recent purchases mark 10 items, 2.5 % of the catalogue."""
    world = make_world(users=5, items=400, rng=np.random.default_rng(0))
    assert world.companions.shape == (400, 2)
    marked = np.zeros(400)
    marked[: RECENT * 2] = world.companion_gain
    assert marked.std() == pytest.approx(1.0)


def test_drivers_are_told_strongest_first_with_clear_steps_and_decoys_last(shop):
    weights = [driver.weight for driver in shop.truth.drivers]
    steps = -np.diff(weights[:7])
    assert (steps >= 0.1 - 1e-9).all()
    assert weights[6:] == [0.0, 0.0]


@pytest.mark.parametrize("driver", ["taste", "age", "gender"])
def test_an_interest_alone_is_as_strong_as_its_weight_says(driver, monkeypatch):
    for name in ("taste", "age", "gender"):
        monkeypatch.setitem(WEIGHTS, name, 0.7 if name == driver else 0.0)
    world = make_world(users=3_000, items=50, rng=np.random.default_rng(0))
    assert world.interest.std() == pytest.approx(0.7, rel=0.03)


def test_the_fit_of_prices_is_as_strong_as_its_weight_says():
    world = make_world(users=3_000, items=3_000, rng=np.random.default_rng(0))
    users, items = np.arange(3_000)[:, None], np.arange(3_000, dtype=np.int32)
    rest = world.interest[users, world.category[items]] + world.appeal[items]
    assert (world.liking(users, items) - rest).std() == pytest.approx(WEIGHTS["price"], rel=0.03)


def test_features_are_led_back_to_their_driver(shop):
    driver_of = shop.truth.driver_of
    assert driver_of(group=schema.ITEM_SIMILARITY, signal="item_knn") == "companion"
    assert driver_of(group=schema.MATCH, signal="category") == "taste"
    assert driver_of(group=schema.ITEM, signal="price") == "price"
    assert driver_of(group=schema.ITEM, signal="") == "popularity"
    assert driver_of(group=schema.USER, signal="") == ""


@pytest.mark.parametrize("wrong", [{"users": 1}, {"items": 5}, {"noise": -1.0}])
def test_an_impossible_shop_is_refused(wrong):
    with pytest.raises(ConfigError, match="The shop needs"):
        make_shop(**wrong)
