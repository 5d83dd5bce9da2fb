"""Item-based neighbours against dense formulas, hand-worked numbers and a peer library."""

import implicit.nearest_neighbours
import numba
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from behaviour import histories_of, keep_largest, random_behaviour
from m6rec_core.data.histories import Histories
from m6rec_core.errors import ConfigError
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
from m6rec_core.similarity.linear import SparseItemModel

SMALL = random_behaviour(40, 25, density=0.2, seed=1)


def dense_likeness(matrix: sp.csr_matrix, settings: ItemSettings) -> np.ndarray:
    """All pairs by plain loops over the definition; the diagonal is 0."""
    has = matrix.toarray() > 0
    n_users, n_items = has.shape
    users_of = [set(np.flatnonzero(has[:, item])) for item in range(n_items)]
    frequency = has.sum(axis=1)
    weight = {
        "none": np.ones(n_users),
        "tfidf": 1 + np.log((1 + n_items) / (1 + frequency)),
        "bm25": np.log(1 + (n_items - frequency + 0.5) / (frequency + 0.5)),
    }[settings.weighting]
    degree = has.sum(axis=0)
    factor = np.ones(n_items)
    if settings.weighting == "bm25":
        factor = 2.2 / (1.2 * (0.25 + 0.75 * degree / degree.mean()) + 1)
    made = np.zeros((n_items, n_items))
    for i in range(n_items):
        for j in range(n_items):
            common = users_of[i] & users_of[j]
            if i == j or not common:
                continue
            dot = factor[i] * factor[j] * sum(weight[u] ** 2 for u in common)
            norm_i = factor[i] ** 2 * sum(weight[u] ** 2 for u in users_of[i])
            norm_j = factor[j] ** 2 * sum(weight[u] ** 2 for u in users_of[j])
            if settings.measure == "cosine":
                made[i, j] = dot / (np.sqrt(norm_i * norm_j) + settings.shrinkage)
            elif settings.measure == "jaccard":
                made[i, j] = dot / (norm_i + norm_j - dot + settings.shrinkage)
            else:
                gain = sum(weight[u] ** 2 / frequency[u] ** settings.user_exponent for u in common)
                below = (
                    degree[i] ** settings.candidate_exponent
                    * degree[j] ** settings.history_exponent
                )
                made[i, j] = (factor[i] * factor[j] * gain / (below + settings.shrinkage)) ** (
                    settings.power or 1.3
                )
    return made


@pytest.mark.parametrize("measure", ["degree", "cosine", "jaccard"])
@pytest.mark.parametrize("weighting", ["none", "tfidf", "bm25"])
@pytest.mark.parametrize("shrinkage", [0.0, 3.0])
def test_every_measure_equals_its_definition_written_as_loops(
    measure: str, weighting: str, shrinkage: float
) -> None:
    settings = ItemSettings(measure, weighting, neighbours=100, shrinkage=shrinkage)
    model = fit_item_neighbours(SMALL, settings)
    assert model.matrix.toarray() == pytest.approx(dense_likeness(SMALL, settings), rel=2e-6)


@pytest.mark.parametrize("measure", ["degree", "cosine", "jaccard"])
def test_the_largest_of_each_candidate_are_kept(measure: str) -> None:
    settings = ItemSettings(measure, neighbours=4)
    kept = fit_item_neighbours(SMALL, settings).matrix
    wanted = -np.sort(-dense_likeness(SMALL, settings), axis=1)[:, :4]
    got = -np.sort(-kept.toarray(), axis=1)[:, :4]
    assert got == pytest.approx(wanted, rel=2e-6)
    assert np.diff(kept.indptr).max() <= 4


def test_cosine_of_a_hand_worked_table() -> None:
    # item 0: users a b; item 1: users a b c; item 2: user c
    behaviour = sp.csr_matrix(np.array([[1, 1, 0], [1, 1, 0], [0, 1, 1]], dtype=np.float32))
    rows, values = fit_item_neighbours(behaviour, ItemSettings("cosine")).of(1, 5)
    assert rows.tolist() == [0, 2]
    assert values == pytest.approx([2 / np.sqrt(6), 1 / np.sqrt(3)])


def test_degree_measure_of_a_hand_worked_table() -> None:
    # users have 4 and 1 items; items 0 and 1 share the first user only
    behaviour = sp.csr_matrix(np.array([[1, 1, 1, 1], [1, 0, 0, 0]], dtype=np.float32))
    model = fit_item_neighbours(behaviour, ItemSettings("degree"))
    # Σ = 4^-.5 = .5; candidate 0 has degree 2, history item 1 degree 1
    assert model.matrix[0, 1] == pytest.approx((0.5 / 2**0.25) ** 1.3)
    assert model.matrix[1, 0] == pytest.approx((0.5 / 2**0.6) ** 1.3)


def test_equal_likeness_falls_to_the_lower_row() -> None:
    behaviour = sp.csr_matrix(np.ones((3, 6), dtype=np.float32))
    model = fit_item_neighbours(behaviour, ItemSettings("jaccard", neighbours=2))
    assert model.matrix[4].indices.tolist() == [0, 1]
    assert model.matrix[0].indices.tolist() == [1, 2]


def test_cosine_neighbours_are_those_of_a_peer_library() -> None:
    behaviour = random_behaviour(2000, 900, density=0.02, seed=5)
    peer = implicit.nearest_neighbours.CosineRecommender(K=31, num_threads=1)
    peer.fit(behaviour, show_progress=False)
    ours = fit_item_neighbours(behaviour, ItemSettings("cosine", neighbours=30)).matrix
    theirs = peer.similarity  # keeps the item itself as one of its 31
    for item in range(900):
        others = theirs[item].indices != item
        wanted = np.sort(theirs[item].data[others])[::-1]
        got = np.sort(ours[item].data)[::-1]
        assert got == pytest.approx(wanted[: len(got)], rel=1e-5)


def test_user_and_item_rows_may_be_empty() -> None:
    behaviour = sp.csr_matrix(
        np.array([[0, 1, 0, 1], [0, 0, 0, 0], [0, 1, 0, 0]], dtype=np.float32)
    )
    for measure in ("degree", "cosine", "jaccard"):
        for weighting in ("none", "tfidf", "bm25"):
            model = fit_item_neighbours(behaviour, ItemSettings(measure, weighting))
            assert np.isfinite(model.matrix.data).all()
            assert model.matrix.nnz == 2
            assert not model.scores(Histories.of_items([], n_items=4)).any()
            assert not model.scores(Histories.of_items([0], n_items=4)).any()


def test_nobody_having_anything_gives_no_neighbours() -> None:
    model = fit_item_neighbours(sp.csr_matrix((3, 5), dtype=np.float32), ItemSettings())
    assert model.matrix.nnz == 0
    assert model.of(2, 3)[0].tolist() == []


@hypothesis_settings(deadline=None)  # the first call compiles
@given(st.integers(0, 10_000))
def test_renumbering_the_items_renumbers_their_likeness(seed: int) -> None:
    rng = np.random.default_rng(seed)
    behaviour = random_behaviour(15, 9, density=0.3, seed=seed)
    order = rng.permutation(9)
    settings = ItemSettings(neighbours=20)
    straight = fit_item_neighbours(behaviour, settings).matrix.toarray()
    renumbered = fit_item_neighbours(behaviour[:, order].tocsr(), settings).matrix.toarray()
    assert renumbered == pytest.approx(straight[np.ix_(order, order)], rel=1e-6)


@hypothesis_settings(deadline=None)  # the first call compiles
@given(st.integers(0, 10_000))
def test_the_order_of_the_users_does_not_matter(seed: int) -> None:
    behaviour = random_behaviour(15, 9, density=0.3, seed=seed)
    order = np.random.default_rng(seed).permutation(15)
    settings = ItemSettings("jaccard", neighbours=3)
    straight = fit_item_neighbours(behaviour, settings).matrix.toarray()
    assert (fit_item_neighbours(behaviour[order], settings).matrix.toarray() == straight).all()


@pytest.mark.parametrize("measure", ["degree", "cosine", "jaccard"])
def test_scores_sum_the_kept_likeness_over_the_history(measure: str) -> None:
    settings = ItemSettings(measure, neighbours=6)
    scores = fit_item_neighbours(SMALL, settings).scores(histories_of(SMALL))
    wanted = SMALL.toarray() @ keep_largest(dense_likeness(SMALL, settings), 6).T
    assert scores == pytest.approx(wanted, rel=1e-5, abs=1e-6)


def test_a_model_read_back_scores_the_same() -> None:
    model = fit_item_neighbours(SMALL, ItemSettings(neighbours=5))
    again = SparseItemModel.from_arrays(model.to_arrays())
    assert (again.scores(histories_of(SMALL)) == model.scores(histories_of(SMALL))).all()
    assert again.name == "item_knn"


def test_stored_arrays_hold_no_objects() -> None:
    arrays = fit_item_neighbours(SMALL, ItemSettings()).to_arrays()
    assert all(array.dtype != object for array in arrays.values())


def test_the_number_of_threads_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    behaviour = random_behaviour(200, 400, density=0.05, seed=6)
    fitted = []
    for threads in (1, 3):
        monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", threads)
        model = fit_item_neighbours(behaviour, ItemSettings(neighbours=20))
        fitted.append((model.matrix, model.scores(histories_of(behaviour))))
    assert (fitted[0][0] != fitted[1][0]).nnz == 0
    assert (fitted[0][1] == fitted[1][1]).all()


def test_the_input_matrix_is_left_as_it_was() -> None:
    behaviour = SMALL.copy()
    fit_item_neighbours(behaviour, ItemSettings())
    assert (behaviour != SMALL).nnz == 0
    assert behaviour.data.flags.writeable


def test_unknown_measures_and_weightings_are_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="spearman"):
        fit_item_neighbours(SMALL, ItemSettings(measure="spearman"))
    with pytest.raises(ConfigError, match="okapi"):
        fit_item_neighbours(SMALL, ItemSettings(weighting="okapi"))


@pytest.mark.parametrize("density", [0.003, 0.05])  # rows that reach few columns, or most of them
@pytest.mark.parametrize("k", [3, 40, 2000])
def test_selection_equals_a_stable_sort_whatever_a_row_reaches(density: float, k: int) -> None:
    behaviour = random_behaviour(250, 1500, density=density, seed=8)
    has = behaviour.toarray().astype(np.float64)
    norm = np.sqrt(np.maximum(has.sum(axis=0), 1)).astype(np.float32)
    wanted = ((has.T @ has).astype(np.float32) / (norm[:, None] * norm)).astype(np.float64)
    np.fill_diagonal(wanted, 0)
    found = fit_item_neighbours(behaviour, ItemSettings("cosine", neighbours=k)).matrix
    np.testing.assert_allclose(found.toarray(), keep_largest(wanted, k), rtol=1e-6)
