"""The shared scoring of linear item models."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from behaviour import histories_of, random_behaviour
from m6rec_core.data.histories import Histories
from m6rec_core.errors import DataError
from m6rec_core.similarity.linear import SparseItemModel
from m6rec_core.similarity.protocol import ScoreModel, WeightedModel

WEIGHTS = sp.random(25, 25, density=0.3, random_state=7, format="csr", dtype=np.float32)
BEHAVIOUR = random_behaviour(30, 25, density=0.2, seed=8)
MODEL = SparseItemModel.of_weights(WEIGHTS, name="example")


def test_it_is_a_score_model_that_takes_weights() -> None:
    assert isinstance(MODEL, ScoreModel)
    assert isinstance(MODEL, WeightedModel)


def test_scores_are_the_product_of_behaviour_and_weights() -> None:
    scores = MODEL.scores(histories_of(BEHAVIOUR))
    assert scores.dtype == np.float32
    assert scores == pytest.approx((BEHAVIOUR @ WEIGHTS.T).toarray(), rel=1e-5)


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 10_000))
def test_each_entry_counts_by_its_weight(seed: int) -> None:
    entry_weight = np.random.default_rng(seed).normal(size=BEHAVIOUR.nnz).astype(np.float32)
    weighted = BEHAVIOUR.copy()
    weighted.data = entry_weight
    scores = MODEL.weighted_scores(histories_of(BEHAVIOUR), entry_weight)
    assert scores == pytest.approx((weighted @ WEIGHTS.T).toarray(), rel=1e-4, abs=1e-5)


def test_parts_name_the_weight_of_each_entry_in_the_order_of_the_history() -> None:
    history = Histories.of_items([9, 2, 17], n_items=25)
    dense = WEIGHTS.toarray()
    for item in range(25):
        assert MODEL.parts(history, item).tolist() == dense[item, [9, 2, 17]].tolist()


def test_parts_sum_to_the_score() -> None:
    histories = histories_of(BEHAVIOUR)
    scores = MODEL.scores(histories)
    for user in range(30):
        parts = [MODEL.parts(histories.take([user]), item).sum() for item in range(25)]
        assert parts == pytest.approx(scores[user], rel=1e-5)


def test_neighbours_of_an_item_stand_largest_first() -> None:
    weights = sp.csr_matrix(np.array([[0, 2, 5, 2], [0, 0, 0, 0]] * 2, dtype=np.float32))
    rows, values = SparseItemModel.of_weights(weights).of(0, 3)
    assert rows.tolist() == [2, 1, 3]
    assert values.tolist() == [5, 2, 2]
    assert SparseItemModel.of_weights(weights).of(1, 3)[0].tolist() == []


def test_unsorted_weights_are_taken_as_they_are_meant() -> None:
    unsorted = sp.csr_matrix(
        (np.array([3.0, 1.0]), np.array([1, 0]), np.array([0, 2, 2])), shape=(2, 2)
    )
    model = SparseItemModel.of_weights(unsorted)
    assert model.parts(Histories.of_items([0, 1], n_items=2), 0).tolist() == [1, 3]
    assert model.matrix.indices.tolist() == [0, 1]
    assert unsorted.indices.tolist() == [1, 0]


def test_weights_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="read-only"):
        MODEL.spread.data[0] = 1


def test_histories_of_another_catalogue_are_refused() -> None:
    with pytest.raises(DataError, match="24 items"):
        MODEL.scores(Histories.of_items([0], n_items=24))
    with pytest.raises(DataError, match="outside 0–24"):
        MODEL.scores(Histories.of_items([-1], n_items=25))


def test_a_model_read_back_scores_the_same() -> None:
    again = SparseItemModel.from_arrays(MODEL.to_arrays())
    assert (again.scores(histories_of(BEHAVIOUR)) == MODEL.scores(histories_of(BEHAVIOUR))).all()
    assert again.name == "example"


def test_the_matrix_is_as_it_was_given() -> None:
    assert (MODEL.matrix != WEIGHTS).nnz == 0
    again = SparseItemModel.from_arrays(MODEL.to_arrays())
    assert (again.matrix != WEIGHTS).nnz == 0
