"""Items that only the file of items knows: rows, scores and places in lists; everything else as it was."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from m6rec_core.data import attributes
from m6rec_core.data.dataset import Dataset
from m6rec_core.explanation.list_reasons import list_reasons
from m6rec_core.progress import silent
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.scorer.neighbourhood import given
from m6rec_core.scorer.signals import fit_models
from rated_run import train_rated_run

NEW = {"new war": "war", "new comedy": "comedy", "of no kind": None}


def small_dataset(items: pd.DataFrame) -> Dataset:
    events = pd.DataFrame({"user_id": ["ann", "bob", "ann"], "item_id": ["x", "y", "y"]})
    return Dataset.from_frames(events, items=items, name="small")


@pytest.fixture(scope="module")
def before(make_once: Callable[..., Path]) -> Recommender:
    return Recommender.load(make_once("rated-run", train_rated_run) / "run")


@pytest.fixture(scope="module")
def after(before: Recommender) -> Recommender:
    """The same run, had the file of items named three more."""
    items = before.items
    table = pd.DataFrame(
        {"item_id": [*items.ids.ids, *NEW], "genre": [*items.texts("genre"), *NEW.values()]}
    )
    described = attributes.attribute_table(table, items.ids, "item_id")
    whole = Dataset("", before.interactions, before.users, described, report=None).with_new_items()
    models = fit_models(
        whole.interactions.histories(),
        before.config,
        given(before.config.similarity),
        items=whole.items,
        progress=silent,
    )
    return replace(before, interactions=whole.interactions, items=whole.items, models=models)


def test_described_items_without_events_are_kept_beside_the_data_set(tmp_path):
    items = pd.DataFrame(
        {"item_id": ["y", "x", "n2", "n1", "n3"], "kind": ["a", "b", "a", "b", None]}
    )
    dataset = small_dataset(items)
    assert sorted(dataset.items.newcomers.ids.ids) == ["n1", "n2"]  # of n3 nothing is said
    assert dataset.items.rows_without_events == 3
    assert len(dataset.interactions.items) == 2
    dataset.save(tmp_path)
    whole = Dataset.load(tmp_path).with_new_items()
    assert whole.interactions.items.ids[:2].tolist() == dataset.interactions.items.ids.tolist()
    kinds = dict(zip(whole.interactions.items.ids, whole.items.texts("kind"), strict=True))
    assert kinds == {"x": "b", "y": "a", "n1": "b", "n2": "a"}
    assert whole.interactions.n_new_items == 2
    assert whole.interactions.fingerprint() == dataset.interactions.fingerprint()
    assert whole.with_new_items() is whole


def test_of_a_long_file_only_the_first_new_items_get_rows(monkeypatch):
    monkeypatch.setattr(attributes, "MOST_NEWCOMERS", 3)
    ids = [f"n{place}" for place in range(50)]
    dataset = small_dataset(pd.DataFrame({"item_id": ids, "price": ["1"] * 50}))
    assert sorted(dataset.items.newcomers.ids.ids) == ["n0", "n1", "n2"]
    assert dataset.items.rows_without_events == 50
    assert dataset.items.newcomers.numbers("price").tolist() == [1.0] * 3


def test_new_items_are_listed_and_change_nothing_for_the_others(before, after):
    assert after.training.n_items == before.training.n_items + 2
    new = after.interactions.items.rows_of(["new war", "new comedy"])
    histories = before.histories_of_rows(np.arange(40))
    old = before.recommend(histories, 15)
    found = after.recommend(after.histories_of_rows(np.arange(40)), 17)
    assert np.isin(found.item_row, new).any(axis=1).all()
    for user in range(40):
        kept = ~np.isin(found.item_row[user], new)
        n = min(kept.sum(), 15)
        assert found.item_row[user][kept][:n].tolist() == old.item_row[user][:n].tolist()
        assert found.score[user][kept][:n] == pytest.approx(old.score[user][:n], abs=1e-5)


def test_a_new_item_suits_those_who_like_its_kind(after):
    events = after.interactions
    users = events.users.ids.tolist()
    likes_war = np.array([int(user.removeprefix("u")) % 2 == 0 for user in users])
    war = after.score_pairs(users, ["new war"] * len(users))
    comedy = after.score_pairs(users, ["new comedy"] * len(users))
    assert np.isfinite(war).all()
    assert ((war > comedy) == likes_war).mean() > 0.9
    listed = after.recommend(after.histories(users[:5]), 17)
    for user in range(5):
        rows = listed.item_row[user]
        (place,) = np.flatnonzero(rows == events.items.row_of("new war"))
        assert listed.score[user, place] == pytest.approx(war[user], abs=1e-4)


def test_the_reason_of_a_new_item_says_what_it_is_scored_by(after):
    new, old = after.interactions.items.row_of("new war"), 0
    of_new, of_old = list_reasons(after, after.histories_of_rows([0]), np.array([new, old]))
    assert of_new.text.startswith("nobody has it yet: scored as i")
    assert "nobody" not in of_old.text
    rows = after.warm_items.stand_in[after.warm_items.place_of[new]]
    assert {after.items.texts("genre")[row] for row in rows[rows >= 0]} == {"war"}
