"""Every measure against its definition over dense columns, against peer libraries, and its laws."""

import numpy as np
import pytest
import scipy.sparse as sp
import surprise
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity, euclidean_distances

from behaviour import histories_of, random_behaviour
from m6rec_core.data.histories import Histories
from m6rec_core.data.samples import load_sample
from m6rec_core.similarity.item_based import ItemSettings, fit_item_neighbours
from m6rec_core.similarity.measures import BY_VALUE, MEASURES
from m6rec_core.similarity.user_based import UserSettings, fit_user_neighbours

EXPONENTS = (0.7, 0.35, 0.6)  # of the common feature, of the row itself, of the other row
SHRINKAGE = 2.5


def rated(n_users: int = 40, n_items: int = 22, *, seed: int) -> sp.csr_matrix:
    """Behaviour with ratings of 0.1, 0.2 … 1."""
    matrix = random_behaviour(n_users, n_items, density=0.3, seed=seed)
    matrix.data[:] = np.random.default_rng(seed).integers(1, 11, matrix.nnz) / 10
    return matrix


RATED, PRESENT = rated(seed=3), random_behaviour(40, 22, density=0.3, seed=3)


def likeness_of(measure: str, x, y, has_x, has_y, rest: dict) -> float:
    """The definition for two columns: `x`, `y` values with 0 where absent, `has_x`, `has_y` who has them."""
    common = has_x & has_y
    n, n_users = common.sum(), len(x)
    both, a, b = float(n), float(has_x.sum()), float(has_y.sum())
    significant = n / (n + SHRINKAGE)
    match measure:
        case "degree" | "rp3beta":
            of_user, own, other = EXPONENTS
            if (
                measure == "rp3beta"
            ):  # from the other: 1/d_j, then 1/d_u, held back from the popular
                of_user, own, other = EXPONENTS[0], EXPONENTS[1], EXPONENTS[0]
            overlap = (rest["user_degree"][common] ** -of_user).sum()
            return overlap / (a**own * b**other + SHRINKAGE)
        case "cosine":
            return both / (np.sqrt(a * b) + SHRINKAGE)
        case "asymmetric_cosine":
            return both / (a ** (1 - EXPONENTS[2]) * b ** EXPONENTS[2] + SHRINKAGE)
        case "conditional":
            return both / (b + SHRINKAGE)
        case "lift":
            return both / (a * b / n_users + SHRINKAGE)
        case "jaccard":
            return both / (a + b - both + SHRINKAGE)
        case "tanimoto":
            return x @ y / (x @ x + y @ y - x @ y + SHRINKAGE)
        case "euclidean":
            return 1 / (1 + np.linalg.norm(x - y)) * significant
        case "adjusted_cosine":
            off = rest["user_mean"]
            p = np.where(has_x, x - off, 0) if rest["valued"] else x - off
            q = np.where(has_y, y - off, 0) if rest["valued"] else y - off
            return p @ q / np.linalg.norm(p) / np.linalg.norm(q) * significant
        case "pearson":
            p, q = (x[common], y[common]) if rest["valued"] else (x, y)
            if np.ptp(p) == 0 or np.ptp(q) == 0:
                return 0.0
            return np.corrcoef(p, q)[0, 1] * significant
    raise ValueError(measure)


def dense(matrix: sp.csr_matrix, measure: str) -> np.ndarray:
    """(items, items); 0 on the diagonal, without a common user, and where it is not positive."""
    values, has = matrix.toarray().astype(float), matrix.toarray() > 0
    valued = measure in BY_VALUE and np.ptp(matrix.data) > 0
    degree = np.maximum(has.sum(axis=1), 1)
    rest = {
        "user_degree": degree.astype(float),
        "user_mean": values.sum(axis=1) / degree if valued else has.mean(axis=1),
        "valued": valued,
    }
    if not valued:
        values = has.astype(float)
    made = np.zeros((has.shape[1], has.shape[1]))
    for i in range(len(made)):
        for j in range(len(made)):
            if i != j and (has[:, i] & has[:, j]).any():
                columns = values[:, i], values[:, j], has[:, i], has[:, j]
                made[i, j] = max(likeness_of(measure, *columns, rest), 0)
    return made


def items(measure: str, **others) -> ItemSettings:
    common, own, other = EXPONENTS
    about = {"neighbours": 100, "shrinkage": SHRINKAGE, "power": 1.0} | others
    return ItemSettings(
        measure, user_exponent=common, candidate_exponent=own, history_exponent=other, **about
    )


def users(measure: str, **others) -> UserSettings:
    common, own, other = EXPONENTS
    about = {"neighbours": 100, "shrinkage": SHRINKAGE, "power": 1.0} | others
    return UserSettings(
        measure, item_exponent=common, user_exponent=own, neighbour_exponent=other, **about
    )


def histories(matrix: sp.csr_matrix) -> Histories:
    made = histories_of(matrix)
    return Histories(**{**vars(made), "rating": matrix.data.astype(np.float32)})


def of_users(matrix: sp.csr_matrix, settings: UserSettings) -> np.ndarray:
    rows, alike = fit_user_neighbours(matrix, settings).neighbours(histories(matrix))
    made = np.zeros((matrix.shape[0], matrix.shape[0]))
    for user in range(len(made)):
        found = rows[user] >= 0
        made[user, rows[user][found]] = alike[user][found]
    return made


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("matrix", [RATED, PRESENT], ids=["rated", "present"])
def test_items_are_alike_by_the_definition_over_dense_columns(measure, matrix):
    found = fit_item_neighbours(matrix, items(measure)).matrix.toarray()
    assert found == pytest.approx(dense(matrix, measure), rel=1e-5, abs=2e-6)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("matrix", [RATED, PRESENT], ids=["rated", "present"])
def test_users_are_alike_as_items_of_the_transpose(measure, matrix):
    transposed = sp.csr_matrix(matrix.T)
    by_items = fit_item_neighbours(transposed, items(measure)).matrix.toarray()
    assert of_users(matrix, users(measure)) == pytest.approx(by_items, rel=1e-6, abs=1e-7)
    assert by_items == pytest.approx(dense(transposed, measure), rel=1e-5, abs=2e-6)


@pytest.mark.parametrize("weighting", ["tfidf", "bm25"])
@pytest.mark.parametrize("measure", MEASURES)
def test_a_weighting_moves_every_measure_and_keeps_it_finite(measure, weighting):
    plain = fit_item_neighbours(RATED, items(measure)).matrix
    weighted = fit_item_neighbours(RATED, items(measure, weighting=weighting)).matrix
    assert np.isfinite(weighted.data).all()
    assert (weighted.data > 0).all()
    assert abs(weighted - plain).max() > 1e-4


@pytest.mark.parametrize("measure", MEASURES)
def test_the_power_is_taken_of_the_likeness(measure):
    once = fit_item_neighbours(RATED, items(measure)).matrix
    twice = fit_item_neighbours(RATED, items(measure, power=2.0)).matrix
    assert twice.toarray() == pytest.approx(once.toarray() ** 2, rel=1e-5)


@hypothesis_settings(deadline=None, max_examples=20)  # the first call compiles
@given(seed=st.integers(0, 10_000), measure=st.sampled_from(MEASURES))
def test_renumbering_users_and_items_renumbers_the_likeness(seed, measure):
    rng, matrix = np.random.default_rng(seed), rated(15, 9, seed=seed)
    user_order, item_order = rng.permutation(15), rng.permutation(9)
    moved = matrix[user_order][:, item_order].tocsr()
    straight = fit_item_neighbours(matrix, items(measure)).matrix.toarray()
    found = fit_item_neighbours(moved, items(measure)).matrix.toarray()
    assert found == pytest.approx(straight[np.ix_(item_order, item_order)], rel=1e-4, abs=1e-6)
    straight, found = of_users(matrix, users(measure)), of_users(moved, users(measure))
    assert found == pytest.approx(straight[np.ix_(user_order, user_order)], rel=1e-4, abs=1e-6)


def test_what_does_not_vary_has_no_correlation():
    # item 0 is rated 0.6 by all, item 1 varies; items 2 and 3 vary against each other
    values = [[0.6, 0.2, 0.2, 0.9], [0.6, 0.4, 0.4, 0.5], [0.6, 0.9, 0.9, 0.2]]
    model = fit_item_neighbours(sp.csr_matrix(values), ItemSettings("pearson"))
    assert model.of(0, 5)[0].tolist() == []
    rows, likeness = model.of(1, 5)
    assert rows.tolist() == [2]  # item 3 goes the other way: no neighbour
    assert likeness == pytest.approx([1.0])


def test_pearson_of_a_hand_worked_table():
    # common users rate (1, .5, 0.1) and (.9, .4, .2): deviations multiply to .32, squares sum to .4067 and .26
    values = [[1.0, 0.9, 0.0], [0.5, 0.4, 0.7], [0.1, 0.2, 0.0], [0.3, 0.0, 0.1]]
    model = fit_item_neighbours(sp.csr_matrix(values), ItemSettings("pearson"))
    assert model.matrix[0, 1] == pytest.approx(0.32 / np.sqrt(0.406667 * 0.26), rel=1e-4)


@pytest.fixture(scope="module")
def films() -> sp.csr_matrix:
    """The ratings of the MovieLens sample, with films of a few users left out."""
    training = load_sample("movielens").interactions.histories()
    matrix = training.matrix(np.float32(0.1) + training.values())
    return matrix[:, np.flatnonzero(np.diff(matrix.tocsc().indptr) > 25)].tocsr()


def all_pairs(matrix: sp.csr_matrix, measure: str) -> np.ndarray:
    settings = ItemSettings(measure, neighbours=5000, power=1.0)
    return fit_item_neighbours(matrix, settings).matrix.toarray()


def common_pairs(matrix: sp.csr_matrix) -> np.ndarray:
    binary = (matrix > 0).astype(np.float64)
    common = (binary.T @ binary).toarray() > 0
    np.fill_diagonal(common, False)
    return common


@pytest.mark.parametrize(
    ("measure", "peer"),
    [
        ("euclidean", lambda values, has: 1 / (1 + euclidean_distances(values.T))),
        ("cosine", lambda values, has: cosine_similarity(has.T)),
        ("tanimoto", lambda values, has: tanimoto_by_products(values)),
    ],
)
def test_sklearn_finds_the_same_likeness_of_films(films, measure, peer):
    wanted = peer(films.toarray().astype(float), (films.toarray() > 0).astype(float))
    wanted = np.where(common_pairs(films), wanted, 0)
    assert np.abs(all_pairs(films, measure) - wanted).max() < 1e-5


def test_sklearn_finds_the_same_adjusted_cosine_of_films(films):
    has = films.toarray() > 0
    values = films.toarray().astype(float)
    mean = values.sum(axis=1) / np.maximum(has.sum(axis=1), 1)
    wanted = cosine_similarity(np.where(has, values - mean[:, None], 0).T)
    wanted = np.where(common_pairs(films), np.maximum(wanted, 0), 0)
    assert np.abs(all_pairs(films, "adjusted_cosine") - wanted).max() < 1e-5


def test_surprise_finds_the_same_pearson_correlation_of_films(films):
    films = films[:, :300].tocsr()
    entries = films.tocoo()
    nothing = [None] * films.nnz
    frame = list(zip(entries.row, entries.col, entries.data.astype(float), nothing, strict=True))
    ratings = surprise.Dataset(surprise.Reader(rating_scale=(0, 2)))
    ratings.raw_ratings = frame
    trainset = ratings.construct_trainset(frame)
    options = {"name": "pearson", "user_based": False, "min_support": 1}
    peer = surprise.KNNBasic(sim_options=options, verbose=False).fit(trainset)
    inner = [trainset.to_inner_iid(item) for item in np.unique(entries.col)]
    rows = np.unique(entries.col)
    wanted = np.maximum(peer.sim[np.ix_(inner, inner)], 0)
    np.fill_diagonal(wanted, 0)
    found = all_pairs(films, "pearson")[np.ix_(rows, rows)]
    # a film whose common ratings are equal has no correlation; rounding gives the peer one
    binary = (films > 0).astype(np.float64)
    many = (binary.T @ binary).toarray()[np.ix_(rows, rows)] > 3
    assert np.mean(np.abs(found - wanted)[many] < 1e-4) > 0.999


def tanimoto_by_products(values: np.ndarray) -> np.ndarray:
    product = values.T @ values
    square = np.diag(product)
    return product / (square[:, None] + square - product)
