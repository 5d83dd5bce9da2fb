"""A trained run on held-out events: who is counted, what is left out, and figures against plain loops."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from m6rec_core import schema
from m6rec_core.errors import DataError
from m6rec_core.evaluation.of_run import evaluate, evaluate_table, held_out_histories
from m6rec_core.ranking.recommender import Recommender
from rated_run import train_rated_run


@pytest.fixture(scope="module")
def rated(make_once: Callable[..., Path]) -> Recommender:
    return Recommender.load(make_once("rated-run", train_rated_run) / "run")


@pytest.fixture(scope="module")
def shop(trained_run: Path) -> Recommender:
    return Recommender.load(trained_run)


def held_out_of(recommender: Recommender) -> pd.DataFrame:
    """The events that the run has not learned from, as a table from outside."""
    return recommender.held_out.to_frame()


def value(report: dict, model: str, metric: str) -> float:
    return report["models"][model][metric]["value"]


def test_recall_equals_plain_loops_over_the_lists(rated):
    table = held_out_of(rated)
    report = evaluate_table(rated, table, ks=(5, 10)).to_json()
    assert report["users"] == len(table) == 70
    for model in schema.MODELS:
        lists = rated.recommend(rated.histories(table["user_id"]), 10, model=model).item_row
        wanted = rated.interactions.items.rows_of(table["item_id"])
        for k in (5, 10):
            found = np.mean([item in row[:k] for item, row in zip(wanted, lists, strict=True)])
            assert value(report, model, f"recall@{k}") == pytest.approx(found)


def test_the_rating_error_is_in_stars(rated):
    table = held_out_of(rated)
    report = evaluate_table(rated, table, ks=(10,)).to_json()
    expected = rated.expected_ratings(table["user_id"].tolist(), table["item_id"].tolist())
    error = np.sqrt(np.mean((expected - table["value"].to_numpy()) ** 2))
    (name,) = [metric for metric in report["models"]["scorer"] if metric.startswith("rmse")]
    assert value(report, "scorer", name) == pytest.approx(error, rel=1e-4)
    assert value(report, "scorer", name) < table["value"].std()  # better than the mean


def test_without_ratings_there_is_no_rating_error(shop):
    report = evaluate_table(shop, held_out_of(shop), ks=(10,)).to_json()
    assert not any("rmse" in metric for metric in report["models"]["scorer"])


def test_everything_that_is_left_out_is_counted(shop):
    table = held_out_of(shop)
    users, seen = table["user_id"], shop.interactions.to_frame().iloc[:7]
    more = pd.DataFrame(
        [
            *(
                {"user_id": u, "item_id": i}
                for u, i in zip(seen.user_id, seen.item_id, strict=True)
            ),
            *({"user_id": user, "item_id": "not sold here"} for user in users[:4]),
            *({"user_id": user, "item_id": "glove", "event": "view"} for user in users[:2]),
            {"user_id": "passer-by", "item_id": table["item_id"][0]},
        ]
    )
    more["event"] = more.get("event", pd.Series(dtype=object)).fillna("purchase")
    report = evaluate_table(shop, pd.concat([table, more]), ks=(10,)).to_json()
    found = report["protocol"]
    assert found["left_out_as_unknown_items"] == 4
    assert found["left_out_as_other_events"] == 2
    assert found["left_out_as_seen"] == len(seen.drop_duplicates(["user_id", "item_id"]))
    assert found["unknown_users"] == 1
    assert report["users"] == len(table) + 1


def test_unknown_users_are_judged_by_the_popular_items(shop):
    most_popular = shop.interactions.items.ids_of([np.argmax(shop.popularity)])[0]
    table = pd.DataFrame({"user_id": ["passer-by"], "item_id": [most_popular]})
    report = evaluate_table(shop, table, ks=(1,)).to_json()
    assert value(report, "scorer", "recall@1") == 1
    assert value(report, "popularity", "recall@1") == 1


def test_a_table_without_the_predicted_kind_is_taken_as_it_is(shop):
    table = held_out_of(shop).assign(event="something else")
    report = evaluate_table(shop, table, ks=(10,)).to_json()
    assert report["users"] == len(table)
    assert report["protocol"]["left_out_as_other_events"] == 0


def test_a_table_of_unknown_items_is_refused(shop):
    table = pd.DataFrame({"user_id": ["ann"], "item_id": ["not sold here"]})
    with pytest.raises(DataError, match="ids are those of the training data"):
        evaluate_table(shop, table, ks=(10,))


def test_a_table_of_what_was_learned_from_is_refused(shop):
    table = shop.interactions.to_frame().iloc[:5][["user_id", "item_id"]]
    with pytest.raises(DataError):
        evaluate_table(shop, table, ks=(10,))


def test_users_without_held_out_items_are_left_out(shop):
    held_out, seen = held_out_histories(shop.held_out, shop.training)
    assert seen == 0
    few = held_out.keep(held_out.entry_user() < 9)
    expected = int((few.lengths() > 0).sum())
    told: list[float] = []
    report = evaluate(shop, few, progress=lambda phase, fraction: told.append(fraction)).to_json()
    assert report["users"] == expected
    assert told == sorted(told)
    assert report["protocol"]["split"] == "held-out items as given"
