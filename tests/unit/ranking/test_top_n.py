"""Lists from scores."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from behaviour import histories_of, random_behaviour
from m6rec_core.data.histories import Histories
from m6rec_core.errors import DataError
from m6rec_core.ranking import top_n as ranking
from m6rec_core.ranking.top_n import top_n, top_n_of
from m6rec_core.similarity.linear import SparseItemModel


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 10_000), st.integers(1, 45), st.sampled_from([20, 500]), st.integers(-9, 1))
def test_lists_equal_a_stable_sort_of_what_may_be_shown(
    seed: int, n: int, n_items: int, lowest: int
) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(lowest, lowest + 9, (6, n_items)).astype(np.float32)  # many ties
    seen = random_behaviour(6, n_items, density=0.2, seed=seed)
    rows, values = top_n(scores, n=n, hide=histories_of(seen))
    hidden = seen.toarray() > 0
    for user in range(6):
        shown = [
            item
            for item in np.argsort(-scores[user], kind="stable")
            if scores[user, item] != 0 and not hidden[user, item]
        ][:n]
        padding = n - len(shown)
        assert rows[user].tolist() == shown + [-1] * padding
        assert values[user].tolist() == scores[user, shown].tolist() + [0.0] * padding


@pytest.mark.parametrize("n", [3, 200])
def test_long_rows_are_ranked_like_short_ones(n: int) -> None:
    scores = np.random.default_rng(3).normal(size=(5, 20_000)).astype(np.float32)
    rows, _ = top_n(scores, n=n, hide=None)
    assert (rows == np.argsort(-scores, axis=1, kind="stable")[:, :n]).all()


def test_scores_that_are_not_numbers_never_enter_a_list() -> None:
    scores = np.array([[np.nan, np.inf, -np.inf, 1.0, -2.0]], dtype=np.float32)
    rows, values = top_n(scores, n=3, hide=None)
    assert rows.tolist() == [[3, 4, -1]]
    assert values.tolist() == [[1.0, -2.0, 0.0]]


def test_items_hidden_from_one_user_are_shown_to_the_next() -> None:
    seen = histories_of(random_behaviour(2, 4, density=0.0, seed=0))
    scores = np.array([[4.0, 3.0, 2.0, 1.0]] * 2, dtype=np.float32)
    assert top_n(scores, n=1, hide=seen)[0].tolist() == [[0], [0]]
    first_only = Histories.of_items([0], n_items=4)
    assert top_n(scores[:1], n=1, hide=first_only)[0].tolist() == [[1]]


def test_no_users_and_no_items_give_empty_lists() -> None:
    assert top_n(np.zeros((0, 5), dtype=np.float32), n=3, hide=None)[0].shape == (0, 3)
    assert top_n(np.zeros((2, 0), dtype=np.float32), n=3, hide=None)[0].tolist() == [[-1] * 3] * 2
    assert top_n(np.ones((2, 4), dtype=np.float32), n=0, hide=None)[0].shape == (2, 0)


def test_histories_of_other_users_are_refused() -> None:
    scores = np.ones((2, 4), dtype=np.float32)
    with pytest.raises(DataError, match="1 users"):
        top_n(scores, n=1, hide=Histories.of_items([0], n_items=4))
    with pytest.raises(DataError, match="outside 0–3"):
        top_n(scores[:1], n=1, hide=Histories.of_items([7], n_items=4))


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 10_000), st.integers(0, 45))
def test_lists_of_a_model_are_those_of_its_scores(seed: int, n: int) -> None:
    weights = sp.random(30, 30, density=0.3, random_state=seed, format="csr", dtype=np.float32)
    weights.data -= np.float32(0.3)
    model, seen = (
        SparseItemModel.of_weights(weights),
        histories_of(random_behaviour(40, 30, density=0.2, seed=seed)),
    )
    for hide in (seen, None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ranking, "_BLOCK", 7)  # some whole blocks and a shorter one
            rows, values = top_n_of(model, seen, n=n, hide=hide)
        wanted_rows, wanted_values = top_n(model.scores(seen), n=n, hide=hide)
        assert (rows == wanted_rows).all()
        assert (values == wanted_values).all()
