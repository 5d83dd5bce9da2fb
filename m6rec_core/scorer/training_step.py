"""One step of the training: the slots that it looks at, and the loss over the lists of each head."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from m6rec_core.config import ScorerConfig
from m6rec_core.scorer import losses
from m6rec_core.scorer.heads import EVENT, RATING, RELEVANCE
from m6rec_core.scorer.training_lists import CANDIDATE, EXTRA, PADDING, TrainingLists

# weight of the loss over the candidates, and of that over random items
LIST_WEIGHTS: Mapping[str, tuple[float, float]] = {
    "mixed": (1.0, 0.3),
    "popularity": (1.0, 0.3),
    "hard": (1.0, 0.0),
    "random": (0.0, 1.0),
}

# share of the candidates without a hit that a step looks at, drawn anew each time: the networks whose steps
# take longest lose nothing that can be told from chance (validation on MovieLens), and a third of the time
CANDIDATE_SHARE: Mapping[str, float] = {"mlp": 1.0, "additive": 0.25, "cnn": 0.5, "gru": 0.5}

Mask = npt.NDArray[np.bool_]
Heads = dict[str, Any]


def step_inputs(
    lists: TrainingLists,
    chosen: npt.NDArray[np.int64],
    config: ScorerConfig,
    rng: np.random.Generator,
) -> tuple[tf.Tensor, ...]:
    """What a step takes of the chosen lists; see `train_step`."""
    kind, rating = lists.kind[chosen], lists.rating[chosen]
    positive = lists.is_positive[chosen]
    heads = len(lists.further)
    acts = lists.acts[chosen] if heads else np.zeros(positive.shape, dtype=np.int32)
    of_head = np.stack([positive, *((acts >> head) & 1 == 1 for head in range(heads))])
    candidate = kind == CANDIDATE
    if (share := CANDIDATE_SHARE[config.network]) < 1:
        candidate &= positive | (rng.random(kind.shape) < share)
    extra = (kind == EXTRA) | (positive & (kind != PADDING))
    has_rating = np.isfinite(rating)
    used = _counts(candidate, extra, of_head, config) | has_rating
    place = np.flatnonzero(used)
    rated = np.flatnonzero(has_rating[used])
    features = lists.features[chosen].reshape(-1, lists.features.shape[2])
    floats = (features[place], of_head, candidate, extra, rating[has_rating])
    return (
        *(tf.constant(array, tf.float32) for array in floats),
        tf.constant(place[:, None], tf.int32),
        tf.constant(rated, tf.int32),
    )


def _counts(candidate: Mask, extra: Mask, positive: Mask, config: ScorerConfig) -> Mask:
    """(users, slots) which slots change the loss: with a listwise loss only those of lists with a positive.

    `positive` is (heads, users, slots).
    """
    among_candidates, among_random = LIST_WEIGHTS[config.negatives]
    all_listwise = config.loss == "listwise" and (
        len(positive) == 1 or config.heads_loss == "listwise"
    )
    counts = np.zeros_like(candidate)
    for weight, in_list in ((among_candidates, candidate), (among_random, extra)):
        if weight and all_listwise:
            tells = np.any(positive & in_list, axis=(0, 2))
            counts |= in_list & tells[:, np.newaxis]
        elif weight:
            counts |= in_list
    return counts


def train_step(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, config: ScorerConfig
) -> Callable[..., tf.Tensor]:
    """One step of the optimizer; gives the loss.

    The network sees only the slots that count: their features are the rows, `place` says where they
    stand among all (users, slots), and `rated` which of the rows have the ratings.
    """
    further = [name for name in model.output_names if name.startswith(EVENT)]
    ordering, rates = _by_use(model, config)

    @tf.function(input_signature=_step_takes(model.inputs[0].shape[-1], heads=1 + len(further)))
    def step(
        rows: tf.Tensor,
        positive: tf.Tensor,  # (heads, users, slots)
        candidate: tf.Tensor,
        extra: tf.Tensor,
        rating: tf.Tensor,
        place: tf.Tensor,
        rated: tf.Tensor,
    ) -> tf.Tensor:
        shape = tf.shape(candidate)
        with tf.GradientTape() as tape:
            of_rows: Heads = ordering(rows, training=True)
            heads = {
                name: tf.reshape(tf.scatter_nd(place, values[:, 0], [shape[0] * shape[1]]), shape)
                for name, values in of_rows.items()
            }
            loss = _over_lists(
                config.loss, config.negatives, heads[RELEVANCE], positive[0], candidate, extra
            )
            for at, name in enumerate(further, start=1):
                along = (config.heads_loss, config.negatives, heads[name], positive[at])
                loss += config.heads_weight * _over_lists(*along, candidate, extra)
            if RATING in model.output_names:
                if rates is None:
                    predicted = tf.gather(of_rows[RATING][:, 0], rated)
                else:
                    predicted = rates(tf.gather(rows, rated), training=True)[:, 0]
                error = losses.rating_error(predicted, rating, tf.ones_like(rating))
                loss += config.rating_weight * error
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    return step  # type: ignore[no-any-return]


def _step_takes(n_features: int, *, heads: int) -> tuple[tf.TensorSpec, ...]:
    """Fixed types and ranks, so that another number of rows does not compile the step anew."""

    def any_of(*shape: int | None, dtype: tf.DType = tf.float32) -> tf.TensorSpec:
        return tf.TensorSpec(shape, dtype)

    return (
        any_of(None, n_features),
        any_of(heads, None, None),
        any_of(None, None),
        any_of(None, None),
        any_of(None),
        any_of(None, 1, dtype=tf.int32),
        any_of(None, dtype=tf.int32),
    )


def _by_use(model: keras.Model, config: ScorerConfig) -> tuple[keras.Model, keras.Model | None]:
    """The network of the heads that order lists, and that of ratings where both have nothing in common.

    Few slots have ratings, so curves of their own need not be computed for all the others.
    """
    if config.network != "additive" or RATING not in model.output_names:
        return model, None
    ends = {name: model.get_layer(name).output for name in model.output_names}
    rating = ends.pop(RATING)
    return keras.Model(model.inputs, ends), keras.Model(model.inputs, rating)


def _over_lists(
    loss: str,
    negatives: str,
    scores: tf.Tensor,
    positive: tf.Tensor,
    candidate: tf.Tensor,
    extra: tf.Tensor,
) -> tf.Tensor:
    """The loss of one head over the lists of candidates and of random items, as the option weighs them."""
    of_list = losses.OF_LISTS[loss]
    among_candidates, among_random = LIST_WEIGHTS[negatives]
    total = tf.constant(0.0)
    if among_candidates:
        total += among_candidates * of_list(scores, positive, candidate)
    if among_random:
        total += among_random * of_list(scores, positive, extra)
    return total
