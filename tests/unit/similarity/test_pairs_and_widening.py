"""Scores of single pairs are those of whole rows; a longer catalogue changes no score."""

import numpy as np
import pandas as pd
import pytest

from diary import histories_from, random_diaries
from m6rec_core.data.attributes import attribute_table
from m6rec_core.data.ids import IdMap
from m6rec_core.similarity.content import fit_content
from m6rec_core.similarity.factors import FactorSettings, fit_factors
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
from m6rec_core.similarity.order import fit_order
from m6rec_core.similarity.protocol import LinearModel, PairModel
from m6rec_core.similarity.spectral import fit_spectral
from m6rec_core.similarity.user_based import UserSettings, fit_user_neighbours
from m6rec_core.similarity.widening import widened

N_USERS, N_ITEMS, N_NEW = 30, 20, 5
HISTORIES = histories_from(random_diaries(N_USERS, N_ITEMS, length=6, seed=1), n_items=N_ITEMS)
LONGER = histories_from(random_diaries(N_USERS, N_ITEMS, length=6, seed=1), n_items=N_ITEMS + N_NEW)
MATRIX = HISTORIES.matrix()


def content():
    ids = IdMap.in_given_order([f"i{n}" for n in range(N_ITEMS)])
    kinds = [f"kind {n % 4}" for n in range(N_ITEMS)]
    return fit_content(
        attribute_table(pd.DataFrame({"item_id": ids.ids, "kind": kinds}), ids, "item_id")
    )


MODELS = {
    "items alike": lambda: fit_item_neighbours(MATRIX, ItemSettings(neighbours=7)),
    "users alike": lambda: fit_user_neighbours(MATRIX, UserSettings(neighbours=9)),
    "order": lambda: fit_order(HISTORIES),
    "factors": lambda: fit_factors(MATRIX, FactorSettings(size=4, iterations=3)),
    "spectral": lambda: fit_spectral(MATRIX),
    "content": content,
}


@pytest.mark.parametrize("name", ["items alike", "order", "factors", "content"])
def test_scores_of_pairs_are_those_of_the_rows(name):
    model = MODELS[name]()
    assert isinstance(model, PairModel)
    pairs = np.random.default_rng(0).integers(-1, N_ITEMS, (N_USERS, 9)).astype(np.int32)
    whole = model.scores(HISTORIES)
    expected = [
        [whole[user, item] if item >= 0 else 0.0 for item in row] for user, row in enumerate(pairs)
    ]
    assert np.abs(expected).max() > 0
    assert model.scores_at(HISTORIES, pairs) == pytest.approx(np.array(expected), abs=1e-5)


@pytest.mark.parametrize("name", ["items alike", "order"])
def test_rows_of_linear_models_are_sums_over_the_history(name):
    model = MODELS[name]()
    assert isinstance(model, LinearModel)
    (indptr, indices, data), weight = model.linear(HISTORIES)
    by_hand = np.zeros((N_USERS, N_ITEMS))
    for user in range(N_USERS):
        for entry in range(HISTORIES.indptr[user], HISTORIES.indptr[user + 1]):
            item = HISTORIES.item_row[entry]
            for place in range(indptr[item], indptr[item + 1]):
                by_hand[user, indices[place]] += weight[entry] * data[place]
    assert model.scores(HISTORIES) == pytest.approx(by_hand, abs=1e-5)


@pytest.mark.parametrize("name", [name for name in MODELS if name != "content"])
def test_items_that_nobody_had_score_nothing_and_change_nothing(name):
    model = MODELS[name]()
    before = model.scores(HISTORIES)
    after = widened(model, N_ITEMS + N_NEW).scores(LONGER)
    assert after.shape == (N_USERS, N_ITEMS + N_NEW)
    assert after[:, :N_ITEMS] == pytest.approx(before, abs=1e-5)
    assert not after[:, N_ITEMS:].any()
