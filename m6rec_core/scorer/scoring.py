"""What a Keras network says of features, as a function of arrays: while training, and for the checks after it."""

from collections.abc import Callable

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from m6rec_core.scorer.heads import RELEVANCE

Array = npt.NDArray[np.float32]
Scoring = Callable[[Array], Array]

ROWS_PER_CALL = 65_536


def scoring(model: keras.Model, head: str = RELEVANCE) -> Scoring:
    """A compiled function from (…, F) raw features to (…) values of a head."""
    n_features = model.inputs[0].shape[-1]
    rows_like = tf.TensorSpec((None, n_features), tf.float32)
    compute = tf.function(lambda rows: model(rows, training=False)[head], (rows_like,))

    def score(features: Array) -> Array:
        rows = features.reshape(-1, n_features)
        values = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), ROWS_PER_CALL):
            values[start : start + ROWS_PER_CALL] = compute(rows[start : start + ROWS_PER_CALL])[
                :, 0
            ]
        return values.reshape(features.shape[:-1])

    return score


def scorings(*models: keras.Model) -> tuple[Scoring, ...]:
    """The `scoring` of networks that differ in their weights alone, compiled once for all of them.

    The last of them is what computes: its weights are not its own any more.
    """
    score = scoring(models[-1])

    def with_weights(weights: list[Array]) -> Scoring:
        def of_these(features: Array) -> Array:
            models[-1].set_weights(weights)
            return score(features)

        return of_these

    return tuple(with_weights(model.get_weights()) for model in models)
