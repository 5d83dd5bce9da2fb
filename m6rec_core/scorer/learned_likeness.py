"""Likeness of items learned from who has them: a small convolutional network over co-occurrence profiles.

The profile of an item is its cosine with each of some popular items, the *anchors*, which stand in an order
in which neighbours have much in common, so that a convolution finds runs of related ones. One network
turns each profile into a short vector; likeness is the cosine of two vectors, where it is positive. It is
trained to tell true neighbours, two items of one user, from random ones, the other items of the batch.
The profiles it learns from come from half of the users and the true neighbours from the other half.
"""

from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import tensorflow as tf

from m6rec_core.ranking.top_n import top_n
from m6rec_core.similarity.linear import SparseItemModel

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

BLOCK = 512  # items whose likeness to all others is looked at together


@dataclass(frozen=True)
class LearnedSettings:
    """Size of the profiles, of the vectors and of the lists, and how long is learned."""

    anchors: int = 256
    size: int = 32
    neighbours: int = 100
    batch: int = 512
    steps: int = 400
    learning_rate: float = 0.003
    temperature: float = 0.1


def fit_learned(
    matrix: sp.csr_matrix, *, seed: int, settings: LearnedSettings | None = None
) -> SparseItemModel:
    """Learns from `matrix` (n_users, n_items), CSR of ones; for each item its nearest others are kept.

    Items that no user of the training has are like none. Equal seeds give equal weights.
    """
    settings = settings or LearnedSettings()
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng([seed, 70])
    anchors = ordered_anchors(matrix, settings.anchors)
    shown = rng.random(matrix.shape[0]) < 0.5
    network = _network(len(anchors), settings)
    pairs = _PairSource(matrix[~shown], rng)
    if pairs.is_usable:
        profiles = profiles_of(matrix[shown], anchors)
        _train(network, profiles, pairs, settings)
    vectors = np.array(network(profiles_of(matrix, anchors)[:, :, None], training=False))
    vectors[np.diff(matrix.tocsc().indptr) == 0] = 0.0
    return SparseItemModel.of_weights(_nearest(vectors, settings.neighbours), name="learned")


def ordered_anchors(matrix: sp.csr_matrix, most: int) -> Rows:
    """(anchors,) rows of the most popular items, in the order of their place on the second eigenvector.

    The first eigenvector of their cosines is popularity; along the second, items of one taste stand
    together. Equal places fall to the lower row.
    """
    degree = np.bincount(matrix.indices, minlength=matrix.shape[1])
    popular = np.argsort(-degree, kind="stable")[: min(most, int((degree > 0).sum()))]
    if len(popular) < 3:
        return popular
    chosen = matrix[:, popular].astype(np.float64)
    scale = sp.diags(1.0 / np.sqrt(degree[popular]))
    _, vectors = np.linalg.eigh((scale @ (chosen.T @ chosen) @ scale).toarray())
    second = vectors[:, -2] * np.sign(vectors[np.argmax(np.abs(vectors[:, -2])), -2])
    return popular[np.argsort(second, kind="stable")]


def profiles_of(matrix: sp.csr_matrix, anchors: Rows) -> Floats:
    """(n_items, anchors) cosine of each item with each anchor, rows of length 1; that with itself is 0."""
    degree = np.maximum(np.bincount(matrix.indices, minlength=matrix.shape[1]), 1)
    common = (matrix.T @ matrix[:, anchors]).toarray()
    common[anchors, np.arange(len(anchors))] = 0.0
    cosine = common / np.sqrt(degree)[:, None] / np.sqrt(degree[anchors])
    length = np.linalg.norm(cosine, axis=1, keepdims=True)
    unit: Floats = (cosine / np.where(length > 0, length, 1.0)).astype(np.float32)
    return unit


class _PairSource:
    """Draws true neighbours: a random item that users share, one of its users, another item of theirs."""

    def __init__(self, matrix: sp.csr_matrix, rng: np.random.Generator) -> None:
        kept = matrix[np.diff(matrix.indptr) > 1]
        self._rows, self._columns, self._rng = kept.tocsr(), kept.tocsc(), rng
        self._items = np.flatnonzero(np.diff(self._columns.indptr) > 0)

    @property
    def is_usable(self) -> bool:
        return len(self._items) > 1

    def draw(self, n: int) -> tuple[Rows, Rows]:
        """(n,) items and (n,) true neighbours of them."""
        items = self._rng.choice(self._items, n)
        users = self._columns.indices[self._of(self._columns.indptr, items)]
        others = self._rows.indices[self._of(self._rows.indptr, users)]
        same = others == items
        others[same] = self._rows.indices[
            self._rows.indptr[users[same]]
        ]  # the first, or the one after it
        same = others == items
        others[same] = self._rows.indices[self._rows.indptr[users[same]] + 1]
        return items, others.astype(np.int64)

    def _of(self, indptr: npt.NDArray[np.integer], rows: npt.NDArray[np.integer]) -> Rows:
        lengths = indptr[rows + 1] - indptr[rows]
        return np.asarray(indptr[rows] + (self._rng.random(len(rows)) * lengths).astype(np.int64))


def _network(n_anchors: int, settings: LearnedSettings) -> keras.Model:
    profile = keras.Input((n_anchors, 1))
    hidden = keras.layers.Conv1D(16, 9, strides=2, padding="same", activation="relu")(profile)
    hidden = keras.layers.Conv1D(32, 5, strides=2, padding="same", activation="relu")(hidden)
    vector = keras.layers.Dense(settings.size)(keras.layers.Flatten()(hidden))
    return keras.Model(profile, keras.layers.UnitNormalization()(vector))


def _train(
    network: keras.Model, profiles: Floats, pairs: _PairSource, settings: LearnedSettings
) -> None:
    optimizer = keras.optimizers.Adam(settings.learning_rate)
    table = tf.constant(profiles[:, :, None])

    @tf.function(reduce_retracing=True)
    def step(items: tf.Tensor, others: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            first = network(tf.gather(table, items), training=True)
            second = network(tf.gather(table, others), training=True)
            logits = tf.matmul(first, second, transpose_b=True) / settings.temperature
            # the same item elsewhere in the batch is no false neighbour
            twice = tf.equal(others[:, None], others[None, :])
            twice = tf.logical_and(twice, tf.logical_not(tf.eye(tf.shape(items)[0], dtype=tf.bool)))
            logits = tf.where(twice, -1e9, logits)
            right = tf.range(tf.shape(items)[0])
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=right, logits=logits)
            mean = tf.reduce_mean(loss)
        weights = network.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(mean, weights), weights, strict=True))

    for _ in range(settings.steps):
        items, others = pairs.draw(settings.batch)
        step(tf.constant(items), tf.constant(others))


def _nearest(vectors: Floats, k: int) -> sp.csr_matrix:
    """(n, n) CSR: for each row the k others with the largest positive product."""
    n = len(vectors)
    parts = []
    for start in range(0, n, BLOCK):
        alike = vectors[start : start + BLOCK] @ vectors.T
        alike[np.arange(len(alike)), start + np.arange(len(alike))] = 0.0  # 0 is left out
        parts.append(top_n(np.maximum(alike, 0.0), n=min(k, n), hide=None))
    column = np.concatenate([rows for rows, _ in parts])
    value = np.concatenate([values for _, values in parts])
    kept = column >= 0
    row = np.repeat(np.arange(n), kept.sum(axis=1))
    return sp.csr_matrix((value[kept], (row, column[kept])), shape=(n, n))
