"""The vectors behind a map, held to single pairs; and the drawing of them."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from m6rec_core.errors import ConfigError
from m6rec_core.explanation import embedding, places
from m6rec_core.explanation.point_facts import UNKNOWN, facts_of, titles_of
from m6rec_core.ranking.recommender import Recommender
from m6rec_core.scorer.light_scorer import LightLayers


@pytest.fixture(scope="module")
def recommender(trained_run):
    return Recommender.load(trained_run)


@pytest.fixture(scope="module")
def network(trained_run):
    return LightLayers(trained_run / "layers.tflite")


def test_an_item_lies_at_the_mean_of_its_pairs_with_the_reference_users(
    recommender, network, monkeypatch
):
    monkeypatch.setattr(places, "REFERENCES", 3)
    found = places.places(recommender, network, places.ITEMS, "hidden_1", seed=4)
    assert found.references == 3
    assert found.total == len(found.item_row) == np.unique(recommender.training.item_row).size
    rng = np.random.default_rng([4, 61])
    users = places.stratified(recommender.training.lengths(), 3, rng=rng)
    item = int(found.item_row[5])
    alone = []
    for user in users:
        histories = recommender.histories_of_rows([user])
        features = recommender.pair_features(histories, np.array([[item]], np.int32))[0]
        alone.append(network.activations(features)["hidden_1"][0])
    np.testing.assert_allclose(found.vectors[5], np.mean(alone, axis=0), rtol=1e-4, atol=1e-5)


def test_users_and_pairs_have_their_places_too(recommender, network):
    users = places.places(recommender, network, places.USERS, "relevance")
    assert users.vectors.shape == (len(users.user_row), 1)
    np.testing.assert_allclose(users.vectors[:, 0], users.score, rtol=1e-4, atol=1e-5)
    assert (users.item_row == -1).all()
    pairs = places.places(recommender, network, places.PAIRS, "relevance")
    np.testing.assert_allclose(pairs.vectors[:, 0], pairs.score, rtol=1e-4, atol=1e-5)
    assert pairs.references == 0


def test_what_does_not_exist_is_refused(recommender, network):
    with pytest.raises(ConfigError, match="no layer 'hidden_9'"):
        places.places(recommender, network, places.PAIRS, "hidden_9")
    with pytest.raises(ConfigError, match="users, items or pairs"):
        places.places(recommender, network, "films", "hidden_1")


def test_as_many_rows_come_from_each_tenth_of_the_weight():
    weight = np.concatenate([np.zeros(50), np.arange(1, 1001)])
    rows = places.stratified(weight, 100, rng=np.random.default_rng(0))
    assert len(set(rows.tolist())) == 100
    assert np.bincount((weight[rows].astype(int) - 1) // 100).tolist() == [10] * 10


def test_the_nearest_is_never_the_point_itself():
    vectors = np.array([[0.0, 0], [3, 4], [0, 1]], np.float32)
    assert places.nearest(vectors, 0, n=9).tolist() == [2, 1]


def test_facts_line_up_with_their_points(recommender, network):
    found = places.places(recommender, network, places.PAIRS, "relevance")
    facts, titles = facts_of(recommender, found), titles_of(recommender, found)
    assert len(titles) == len(found.vectors)
    user, item = found.user_row[3], found.item_row[3]
    assert str(recommender.interactions.users.ids[user]) in titles[3]
    known = recommender.items
    column = known.columns_of("category")[0]
    value = known.texts(column)[item] or UNKNOWN
    assert facts[f"{column} of the item"][3] == value
    assert facts["popularity (users, log10)"][3] == pytest.approx(
        np.log10(max(recommender.popularity[item], 1))
    )


def test_principal_components_are_those_of_standardised_units():
    vectors = np.random.default_rng(0).normal(size=(60, 5)) * [9, 1, 1, 0.1, 1]
    vectors[:, 4] = 7.0  # never moves
    scaled = (vectors[:, :4] - vectors[:, :4].mean(axis=0)) / vectors[:, :4].std(axis=0)
    theirs = PCA(2).fit_transform(scaled)
    np.testing.assert_allclose(
        np.abs(embedding.embed(vectors, embedding.PCA)), np.abs(theirs), atol=1e-8
    )


def two_crowds():
    """(50, 6) vectors: the first 25 far from the rest."""
    rng = np.random.default_rng(3)
    return np.concatenate([rng.normal(0, 1, (25, 6)), rng.normal(12, 1, (25, 6))])


@pytest.mark.parametrize("method", [embedding.TSNE, embedding.UMAP])
def test_neighbours_stay_neighbours(method):
    found = embedding.embed_apart(two_crowds(), method, components=2, seed=5)
    apart = ((found[:, None] - found[None]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    assert ((apart.argmin(axis=1) < 25) == (np.arange(50) < 25)).all()


def test_one_seed_gives_one_map():
    once, again, other = (
        embedding.embed(two_crowds(), embedding.TSNE, seed=seed) for seed in (5, 5, 6)
    )
    assert (once == again).all()
    assert np.isfinite(other).all()


def test_what_cannot_be_drawn_is_refused_with_a_way_out():
    with pytest.raises(ConfigError, match="one of pca, tsne, umap"):
        embedding.embed(np.ones((9, 2)), "circle")
    with pytest.raises(ConfigError, match="Use pca for so few"):
        embedding.embed(np.ones((3, 2)), embedding.TSNE)
