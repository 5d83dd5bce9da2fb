"""User-based neighbours against dense formulas and against the item-based ones of the transpose."""

import numpy as np
import pytest
import scipy.sparse as sp

from behaviour import histories_of, random_behaviour
from m6rec_core.data.histories import Histories
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
from m6rec_core.similarity.user_based import UserNeighbours, UserSettings, fit_user_neighbours

SMALL = random_behaviour(40, 25, density=0.2, seed=2)
MEASURES = ["degree", "cosine", "jaccard"]


def dense_likeness(matrix: sp.csr_matrix, settings: UserSettings) -> np.ndarray:
    """All pairs of users; a user is not like themselves."""
    has = matrix.toarray().astype(float)
    per_user, per_item = np.maximum(has.sum(axis=1), 1), np.maximum(has.sum(axis=0), 1)
    common = has @ has.T
    if settings.measure == "cosine":
        made = common / (np.sqrt(np.outer(per_user, per_user)) + settings.shrinkage)
    elif settings.measure == "jaccard":
        made = common / (per_user[:, None] + per_user - common + settings.shrinkage)
    else:
        overlap = (has * per_item**-settings.item_exponent) @ has.T
        below = per_user**settings.neighbour_exponent + settings.shrinkage
        made = (overlap / below) ** (settings.power or 1.5)
    np.fill_diagonal(made, 0)
    return made


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("shrinkage", [0.0, 4.0])
def test_scores_equal_the_definition(measure: str, shrinkage: float) -> None:
    settings = UserSettings(measure, neighbours=100, shrinkage=shrinkage)
    has = SMALL.toarray()
    item_weight = np.maximum(has.sum(axis=0), 1) ** (-0.2 if measure == "degree" else 0.0)
    wanted = dense_likeness(SMALL, settings) @ has * item_weight
    scores = fit_user_neighbours(SMALL, settings).scores(histories_of(SMALL))
    assert scores == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("measure", MEASURES)
def test_only_the_users_most_alike_are_neighbours(measure: str) -> None:
    settings = UserSettings(measure, neighbours=7)
    _, alike = fit_user_neighbours(SMALL, settings).neighbours(histories_of(SMALL))
    wanted = -np.sort(-dense_likeness(SMALL, settings), axis=1)[:, :7]
    assert alike == pytest.approx(wanted, rel=1e-5)


def test_scores_sum_the_likeness_of_the_neighbours_who_have_the_item() -> None:
    model = fit_user_neighbours(SMALL, UserSettings("jaccard", neighbours=5))
    rows, alike = model.neighbours(histories_of(SMALL))
    scores = model.scores(histories_of(SMALL))
    for user in range(40):
        wanted = sum(
            a * SMALL[v].toarray()[0] for v, a in zip(rows[user], alike[user], strict=True)
        )
        assert scores[user] == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("measure", ["cosine", "jaccard"])
@pytest.mark.parametrize("weighting", ["none", "tfidf", "bm25"])
def test_users_are_alike_as_items_of_the_transpose_are(measure: str, weighting: str) -> None:
    by_users = fit_user_neighbours(SMALL, UserSettings(measure, weighting, 100, 1.0))
    by_items = fit_item_neighbours(
        sp.csr_matrix(SMALL.T), ItemSettings(measure, weighting, 100, shrinkage=1.0)
    )
    rows, alike = by_users.neighbours(histories_of(SMALL))
    made = np.zeros((40, 40))
    for user in range(40):
        found = rows[user] >= 0
        made[user, rows[user][found]] = alike[user][found]
    assert made == pytest.approx(by_items.matrix.toarray(), rel=2e-6)


def test_degree_likeness_of_a_hand_worked_table() -> None:
    # item 0 has two users, item 1 two, item 2 one; user 1 has three items
    behaviour = sp.csr_matrix(np.array([[1, 1, 0], [1, 1, 1]], dtype=np.float32))
    model = fit_user_neighbours(behaviour, UserSettings())
    rows, alike = model.neighbours(histories_of(behaviour).take([0]))
    wanted = (2 * 2**-0.4 / (3**0.8 + 4)) ** 1.5
    assert rows[0].tolist() == [1, -1]
    assert alike[0] == pytest.approx([wanted, 0])
    scores = model.scores(histories_of(behaviour).take([0]))
    assert scores[0] == pytest.approx([wanted * 2**-0.2, wanted * 2**-0.2, wanted])


def test_neighbours_stand_most_alike_first_and_equal_ones_by_row() -> None:
    behaviour = sp.csr_matrix(
        np.array([[1, 1, 0], [1, 0, 1], [1, 1, 0], [1, 1, 0]], dtype=np.float32)
    )
    model = fit_user_neighbours(behaviour, UserSettings("jaccard", shrinkage=0.0))
    rows, alike = model.neighbours(histories_of(behaviour).take([2]))
    assert rows[0].tolist() == [0, 3, 1, -1]
    assert alike[0] == pytest.approx([1, 1, 1 / 3, 0])


def test_known_users_are_not_their_own_neighbours_but_a_copy_of_them_is() -> None:
    model = fit_user_neighbours(SMALL, UserSettings("cosine", shrinkage=0.0))
    busy = int(np.argmax(np.diff(SMALL.indptr)))
    known, _ = model.neighbours(histories_of(SMALL).take([busy]))
    typed_in, alike = model.neighbours(histories_of(SMALL, known=False).take([busy]))
    assert busy not in known
    assert typed_in[0, 0] == busy
    assert alike[0, 0] == pytest.approx(1)


def test_rows_do_not_depend_on_the_block_they_are_asked_in() -> None:
    model = fit_user_neighbours(SMALL, UserSettings())
    together = model.scores(histories_of(SMALL))
    alone = [model.scores(histories_of(SMALL).take([user]))[0] for user in range(40)]
    assert (together == np.array(alone)).all()


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("weighting", ["none", "tfidf", "bm25"])
def test_parts_by_neighbour_and_by_history_sum_to_the_score(measure: str, weighting: str) -> None:
    model = fit_user_neighbours(SMALL, UserSettings(measure, weighting, neighbours=9))
    histories = histories_of(SMALL)
    scores = model.scores(histories)
    for user in range(0, 40, 5):
        one = histories.take([user])
        for item in range(0, 25, 4):
            rows, contributions = model.user_parts(one, item)
            assert contributions.sum() == pytest.approx(scores[user, item], rel=1e-5)
            assert model.parts(one, item).sum() == pytest.approx(scores[user, item], rel=1e-5)
            assert (SMALL[rows, item].toarray() == 1).all()


def test_an_entry_that_no_neighbour_shares_adds_nothing() -> None:
    behaviour = sp.csr_matrix(np.array([[1, 0, 1], [1, 1, 0]], dtype=np.float32))
    model = fit_user_neighbours(behaviour, UserSettings())
    parts = model.parts(histories_of(behaviour).take([0]), 1)
    assert parts[0] > 0
    assert parts[1] == 0


def test_empty_histories_have_no_neighbours_and_no_scores() -> None:
    model = fit_user_neighbours(SMALL, UserSettings())
    nothing = Histories.of_items([], n_items=25)
    assert (model.neighbours(nothing)[0] == -1).all()
    assert not model.scores(nothing).any()
    assert model.parts(nothing, 3).shape == (0,)


def test_a_model_read_back_scores_the_same() -> None:
    model = fit_user_neighbours(SMALL, UserSettings("degree", "bm25", neighbours=5))
    again = UserNeighbours.from_arrays(model.to_arrays())
    assert (again.scores(histories_of(SMALL)) == model.scores(histories_of(SMALL))).all()
    assert again.settings == model.settings
    assert all(array.dtype != object for array in model.to_arrays().values())


def test_a_pool_of_users_stands_for_all():
    small = fit_user_neighbours(SMALL, UserSettings("cosine", shrinkage=0.0, pool=12))
    pool = small.user_row
    assert len(set(pool.tolist())) == 12
    rows, alike = small.neighbours(histories_of(SMALL))
    assert set(rows[rows >= 0].tolist()) <= set(pool.tolist())
    has = SMALL.toarray()
    norm = np.maximum(np.sqrt(has.sum(axis=1)), 1)
    wanted = (has @ has[pool].T) / norm[:, None] / norm[pool]
    wanted[pool, np.arange(12)] = 0
    for user in range(40):
        found = rows[user] >= 0
        place = np.searchsorted(pool, rows[user][found])
        assert alike[user][found] == pytest.approx(wanted[user, place], rel=1e-5)
        assert found.sum() == (wanted[user] > 0).sum()
    scores = small.scores(histories_of(SMALL))
    assert scores == pytest.approx(wanted @ has[pool], rel=1e-5, abs=1e-6)
    one = histories_of(SMALL).take([7])
    item = int(np.argmax(scores[7]))
    assert small.parts(one, item).sum() == pytest.approx(scores[7, item], rel=1e-5)
    users, contributions = small.user_parts(one, item)
    assert contributions.sum() == pytest.approx(scores[7, item], rel=1e-5)
    assert (has[users, item] > 0).all()
    again = UserNeighbours.from_arrays(small.to_arrays())
    assert (again.scores(histories_of(SMALL)) == scores).all()
