"""Events typed in are served as if the run had learned from them, and a stored user typed in again is nobody new."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

import rated_run
from m6rec_core.data.interactions import Interactions
from m6rec_core.errors import ConfigError, DataError
from m6rec_core.ranking.fold_in import Event, events_of, folded_in
from m6rec_core.ranking.live import LiveRecommender
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.ranking.scored_lists import Rules


@pytest.fixture(scope="module")
def rated(make_once) -> LiveRecommender:
    folder = make_once("rated-run", rated_run.train_rated_run)
    return LiveRecommender(Recommender.load(folder / "run"))


@pytest.fixture(scope="module")
def shop(trained_run) -> LiveRecommender:
    return LiveRecommender(Recommender.load(trained_run))


@pytest.mark.parametrize("which", ["rated", "shop"])
def test_every_user_typed_in_again_gets_the_list_of_the_trained_run(which, request):
    live = request.getfixturevalue(which)
    run = live.recommender
    for user_id in run.interactions.users.ids:
        trained = run.recommend(run.histories([user_id]), 20)
        typed = live.recommend(live.events_of(user_id), 20, user_id=user_id)
        assert typed.item_row.tolist() == [row for row in trained.item_row[0] if row >= 0]
        assert np.abs(typed.score - trained.score[0][: len(typed.score)]).max(initial=0) < 1e-5


def test_a_user_who_types_in_somebody_s_attributes_is_scored_by_them(rated):
    """The same events; one user is known to live in Oslo, the other says so."""
    run = rated.recommender
    history = run.histories(["u1"])
    stranger = history.for_users([-1])
    items = np.arange(10, dtype=np.int32)[None, :]
    names = [feature.name for feature in run.features]
    crowd = [names.index(name) for name in names if name.startswith("crowd.")]
    assert crowd
    known = run.pair_features(history, items)[..., crowd]
    silent = run.pair_features(stranger, items)[..., crowd]
    told = run.for_attributes({"city": "Oslo"}).pair_features(stranger, items)[..., crowd]
    elsewhere = run.for_attributes({"city": "Rome"}).pair_features(history, items)[..., crowd]
    nowhere = run.for_attributes({"city": "Atlantis"}).pair_features(history, items)[..., crowd]
    assert (told == known).all()
    assert (silent == 0).all()
    assert (nowhere == 0).all()
    assert not np.allclose(elsewhere, known)


def test_events_come_back_as_they_were_stored(rated):
    run = rated.recommender.interactions
    table = run.to_frame()
    own = table[table["user_id"] == "u7"]
    events = events_of(run, run.users.row_of("u7"))
    assert [event.item_id for event in events] == own["item_id"].tolist()
    assert [event.value for event in events] == own["value"].tolist()
    assert [event.timestamp for event in events] == own["timestamp"].tolist()


def test_an_event_without_a_time_comes_after_all_others():
    table = {"user_id": ["a", "b"], "item_id": ["x", "y"], "timestamp": [50, 900]}
    known = Interactions.from_frame(pd.DataFrame(table))
    events = [Event("x", timestamp=70), Event("y"), Event("x", timestamp=60)]
    history = folded_in(known, events).history
    assert known.items.ids_of(history.item_row).tolist() == ["x", "y"]
    assert history.time.tolist() == [70, 70]
    assert folded_in(known, [Event("y")]).history.time.tolist() == [900]


def test_ratings_are_put_on_the_scale_of_the_data():
    table = pd.DataFrame({"user_id": ["a", "b"], "item_id": ["x", "y"], "value": [1.0, 5.0]})
    known = Interactions.from_frame(table, rating_range=(1.0, 5.0))
    history = folded_in(known, [Event("x", value=4.0), Event("y")]).history
    rating = dict(zip(known.items.ids_of(history.item_row), history.rating, strict=True))
    assert rating["x"] == pytest.approx(0.75)
    assert math.isnan(rating["y"])
    with pytest.raises(DataError, match=r"rating 9 of 'x' is outside of the scale 1–5"):
        folded_in(known, [Event("x", value=9.0)])


def test_a_kind_of_event_that_nobody_made_is_refused_by_name(shop):
    with pytest.raises(DataError, match="knows no event 'teleport'"):
        shop.recommend([Event(shop.recommender.interactions.items.ids[0], "teleport")])


def test_unknown_items_are_left_out_and_named(rated):
    found = rated.recommend([Event("i3", value=5.0), Event("new", value=5.0)], 5)
    assert found.unknown_items == ("new",)
    assert found.history.lengths().tolist() == [1]
    assert "i3" not in found.item_ids


def test_nobody_gets_the_most_popular_items_and_is_told_so(rated):
    found = rated.recommend([], 5)
    assert found.source == "popularity"
    counts = rated.recommender.popularity
    assert counts[found.item_row].tolist() == sorted(counts.tolist(), reverse=True)[:5]


def test_taste_that_was_typed_in_is_followed(rated):
    """Items of even number go together, and so do the odd ones."""
    for parity in (0, 1):
        liked = [Event(f"i{item}", value=5.0) for item in range(parity, 12, 2)]
        listed = rated.recommend(liked, 5).item_ids
        assert sum(int(item_id[1:]) % 2 == parity for item_id in listed) >= 4


def test_equal_questions_get_the_same_answer_once(rated):
    events = [Event("i1", value=float("nan")), Event("i3")]
    first = rated.recommend(events, 5)
    assert rated.recommend([Event("i1", value=float("nan")), Event("i3")], 5) is first
    assert rated.recommend(events, 6) is not first
    assert rated.recommend(events[:1], 5) is not first


def test_many_threads_get_what_one_gets(shop):
    ids = [str(one) for one in shop.recommender.interactions.users.ids[:24]]
    alone = LiveRecommender(shop.recommender, most_kept=0)
    together = LiveRecommender(shop.recommender, most_kept=3)

    def ask(live: LiveRecommender, user_id: str) -> list[float]:
        return live.recommend(live.events_of(user_id), 8, user_id=user_id).score.tolist()

    expected = [ask(alone, user_id) for user_id in ids]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(2):
            assert list(pool.map(lambda one: ask(together, one), ids)) == expected


def test_rules_leave_items_out_and_lift_items_without_touching_other_scores(shop):
    run = shop.recommender
    history = run.histories_of_rows([3])
    plain = run.recommend(history, 60)
    score = dict(zip(plain.item_row[0].tolist(), plain.score[0].tolist(), strict=True))
    allowed = np.arange(run.training.n_items) % 2 == 0
    even = run.recommend(history, 20, rules=Rules(allowed=allowed))
    rows = even.item_row[0][even.item_row[0] >= 0].tolist()
    head = plain.item_row[0][: run.config.ranking.candidates].tolist()
    expected = [row for row in head if row >= 0 and row % 2 == 0]
    assert [
        row for row in rows if row in head
    ] == expected  # what fills up stands among them by score
    assert all(row % 2 == 0 for row in rows)
    assert len(rows) >= 10
    assert [score[row] for row in rows] == pytest.approx(even.score[0][: len(rows)], abs=1e-4)

    boost = np.where(allowed, 0.0, 100.0).astype(np.float32)
    lifted = run.recommend(history, 5, rules=Rules(boost=boost)).item_row[0]
    assert (lifted % 2 == 1).all()
    for model in ("item_cf", "user_cf", "popularity"):
        listed = run.recommend(history, 5, model=model, rules=Rules(allowed=allowed)).item_row[0]
        assert (listed[listed >= 0] % 2 == 0).all()


def test_rules_about_other_catalogues_are_refused(shop):
    with pytest.raises(ConfigError, match="one value per item row"):
        shop.recommend([], rules=Rules(allowed=np.ones(3, dtype=bool)))
