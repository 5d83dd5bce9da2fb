"""Likeness by attributes against hand-worked tables and plain loops."""

import math

import numpy as np
import pandas as pd
import pytest

from m6rec_core.data.attributes import AttributeTable, attribute_table
from m6rec_core.data.histories import Histories
from m6rec_core.data.ids import IdMap
from m6rec_core.similarity.content import ContentLikeness, describes, fit_content, number_traits

GENRES = ["Drama|War", "Drama", "War", "Comedy|Drama", "Comedy", None]
YEARS = ["1990", "1990", "1995", "2000", "2000", "1990"]


def table(**columns: list[str | None]) -> AttributeTable:
    n = len(next(iter(columns.values())))
    ids = [f"i{row}" for row in range(n)]
    frame = pd.DataFrame({"item_id": ids, **columns})
    return attribute_table(frame, IdMap.in_given_order(ids), "item_id")


def dense(model: ContentLikeness) -> np.ndarray:
    return (model.traits @ model.traits.T).toarray()


def test_shared_labels_count_by_their_rarity():
    likeness = dense(fit_content(table(genres=GENRES)))
    # 5 items have genres: Drama is on 3, War and Comedy on 2 each
    drama, war = math.log(5 / 3), math.log(5 / 2)
    assert likeness[0, 1] == pytest.approx(drama / math.hypot(drama, war))
    assert likeness[0, 2] == pytest.approx(war / math.hypot(drama, war))
    assert likeness[0, 3] == pytest.approx(drama**2 / (drama**2 + war**2))
    assert likeness[1, 2] == 0.0
    assert likeness[5].tolist() == [0.0] * 6


def test_labels_that_tell_nothing_apart_make_nothing_alike():
    everywhere = fit_content(table(shop=["berlin", "berlin", "berlin"]))
    unique = fit_content(table(code=["a", "b", "c"]))
    assert not dense(everywhere).any()
    assert not dense(unique).any()


def test_near_numbers_are_alike_and_far_ones_are_not():
    halves = np.arange(17) / 2  # 0, 0.5, …, 8: the quantiles are the whole numbers
    traits = number_traits(np.array([*halves, np.nan]))
    likeness = (traits @ traits.T).toarray()
    assert likeness[0, 1] == pytest.approx(math.sqrt(0.5))  # 0.5 belongs half to 0, half to 1
    assert likeness[1, 3] == pytest.approx(0.5)  # 0.5 and 1.5 share one of their two
    assert likeness[0, 2] == likeness[1, 4] == 0.0
    assert likeness[2, 2] == pytest.approx(1.0)
    assert not likeness[17].any()


def test_a_number_that_never_changes_says_nothing():
    assert number_traits(np.array([3.0, 3.0, np.nan])).nnz == 0
    assert number_traits(np.array([np.nan])).nnz == 0


def test_the_likeness_of_described_items_is_the_mean_over_the_columns():
    together = dense(fit_content(table(genres=GENRES, year=YEARS)))
    apart = dense(fit_content(table(genres=GENRES))), dense(fit_content(table(year=YEARS)))
    np.testing.assert_allclose(together[:5, :5], (apart[0] + apart[1])[:5, :5] / 2, atol=1e-6)


def test_scores_sum_the_likeness_to_the_history_and_parts_sum_to_them():
    model = fit_content(table(genres=GENRES, year=YEARS))
    history = Histories.of_items([3, 0, 5], n_items=6)
    likeness = dense(model)
    np.testing.assert_allclose(model.scores(history)[0], likeness[:, [3, 0, 5]].sum(1), atol=1e-6)
    np.testing.assert_allclose(model.parts(history, 2), likeness[2, [3, 0, 5]], atol=1e-6)
    weight = np.array([2.0, 0.0, 1.0], np.float32)
    expected = likeness[:, [3, 0, 5]] @ weight
    np.testing.assert_allclose(model.weighted_scores(history, weight)[0], expected, atol=1e-6)


def test_the_most_alike_items_leave_the_item_itself_out():
    model = fit_content(table(genres=["A|B", "A|B", "A", "C", "C"]))
    rows, likeness = model.of(0, 4)
    assert rows.tolist() == [1, 2]
    assert likeness[0] == pytest.approx(1.0)
    assert likeness[1] < 1.0


def test_an_empty_history_and_a_table_without_attributes_score_zero():
    assert not fit_content(table(genres=GENRES)).scores(Histories.of_items([], n_items=6)).any()
    bare = fit_content(table(title=["One", "Two"]))
    assert not bare.scores(Histories.of_items([0], n_items=2)).any()


def test_arrays_bring_back_the_same_scores():
    model = fit_content(table(genres=GENRES, year=YEARS))
    again = ContentLikeness.from_arrays(model.to_arrays())
    history = Histories.of_items([1, 4], n_items=6)
    np.testing.assert_array_equal(again.scores(history), model.scores(history))


def test_texts_on_one_theme_are_alike_and_a_missing_text_is_like_none():
    texts = [
        "the red fox runs over the snow hunting mice",
        "a red fox hunting in the snow at night",
        "slow bread with flour salt and patience",
        "flour and salt make bread and more bread",
        None,
    ]
    likeness = dense(fit_content(table(text=texts)))
    assert likeness[0, 1] > 0.8
    assert likeness[2, 3] > 0.8
    assert likeness[:2, 2:4].max() < 0.3
    assert not likeness[4].any()
    assert likeness.min() >= 0
    assert np.diag(likeness)[:4] == pytest.approx(1)


def test_a_title_alone_says_not_what_items_are_like():
    assert not describes(table(title=["Alien", "Brazil"]))
    assert describes(table(title=["Alien", "Brazil"], genres=["Horror", "Comedy"]))
