"""The fit loop: a loss over lists for each head, early stopping on validation NDCG@10, resumable."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from m6rec_core.config import ScorerConfig
from m6rec_core.errors import DataError
from m6rec_core.progress import Progress
from m6rec_core.scorer import losses, networks
from m6rec_core.scorer.feature_scale import FeatureScale
from m6rec_core.scorer.features import sequence
from m6rec_core.scorer.heads import EVENT, RATING, RELEVANCE
from m6rec_core.scorer.linear_starts import blend_start, rating_start
from m6rec_core.scorer.movement import movement, weights_by_layer
from m6rec_core.scorer.scoring import Scoring, scoring
from m6rec_core.scorer.training_lists import CANDIDATE, EXTRA, PADDING, TrainingLists, ndcg_at_10
from m6rec_core.scorer.training_state import Epoch, TrainingState

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

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Heads = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Trained:
    """The network with the weights of its best epoch, and how it came there."""

    model: keras.Model
    epochs: tuple[Epoch, ...]
    best_epoch: int


def fit(
    lists: TrainingLists,
    config: ScorerConfig,
    *,
    seed: int,
    progress: Progress,
    from_blend: bool = False,
    checkpoint: Path | None = None,
    on_epoch: Callable[[Sequence[Epoch]], None] = lambda epochs: None,
) -> Trained:
    """Trains until validation NDCG@10 has not risen for `patience` epochs; keeps the best epoch.

    The same lists, options and seed give the same weights. With `from_blend` the heads that order
    lists begin as `blend_start`. With a `checkpoint` folder an interrupted
    training goes on after its last whole epoch and ends with the weights that it would have had.
    `on_epoch` gets the whole curve so far after each epoch, and first of all what an interrupted
    training left of it.
    """
    if not lists.is_positive[~lists.is_validation].any():
        raise DataError(
            "No held-out item is left to learn from: the users have too few events. "
            "Upload more events per user, or lower data.minimum_user_events."
        )
    training = np.flatnonzero(~lists.is_validation)
    (model,) = untrained(lists, config, seeds=(seed,), from_blend=from_blend)
    batch = batch_size(len(training), config)
    steps = max(1, len(training) // batch)
    optimizer = _optimizer(config, steps)
    optimizer.build(model.trainable_variables)
    state = TrainingState(model, optimizer, checkpoint)
    state.restore()
    if state.epochs:
        on_epoch(state.epochs)
    step, score = _train_step(model, optimizer, config), scoring(model)
    while state.epoch < config.epochs and state.since_best() < config.patience:
        number = state.epoch + 1
        progress("training the network", state.epoch / config.epochs)
        started, before = time.perf_counter(), weights_by_layer(model)
        rng = np.random.default_rng([seed, number])
        order = rng.permutation(training)
        losses_seen = [
            float(step(*_tensors(lists, order[k * batch : (k + 1) * batch], config, rng)))
            for k in range(steps)
        ]
        loss = float(np.mean(losses_seen))
        if not np.isfinite(loss):
            raise DataError(
                f"Training broke off: the loss became {loss} in epoch {number}. "
                "Lower scorer.learning_rate."
            )
        value = _validation_ndcg(score, lists)
        moved = movement(before, weights_by_layer(model))
        state.add(Epoch(number, loss, value, time.perf_counter() - started, moved))
        on_epoch(state.epochs)
    state.use_best()
    progress("training the network", 1.0)
    return Trained(model, tuple(state.epochs), state.best_epoch)


def untrained(
    lists: TrainingLists, config: ScorerConfig, *, seeds: Sequence[int], from_blend: bool = False
) -> tuple[keras.Model, ...]:
    """The network that these lists ask for with fresh weights, once for each seed."""
    tf.config.experimental.enable_op_determinism()
    scale = FeatureScale.of(lists.sample(~lists.is_validation))
    blend = blend_start(lists.names.tolist(), scale) if from_blend else None
    start, shape = rating_start(lists), _sequence_shape(lists)
    heads = (RELEVANCE, *further_heads(lists))
    made = []
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        made.append(
            networks.build(
                *(scale, config),
                heads=heads,
                order_start=blend,
                rating_start=start,
                sequence=shape,
            )
        )
    return tuple(made)


def further_heads(lists: TrainingLists) -> tuple[str, ...]:
    """Names of the heads of the further kinds of events, in their order."""
    return tuple(f"{EVENT}{place}" for place in range(len(lists.further)))


def _sequence_shape(lists: TrainingLists) -> networks.SequenceShape | None:
    start = lists.column(sequence.slot_name(sequence.LENGTH - 1, sequence.CHANNELS[0]))
    if start is None:
        return None
    return networks.SequenceShape(start, sequence.LENGTH, len(sequence.CHANNELS))


def batch_size(n_lists: int, config: ScorerConfig) -> int:
    """Users per step: as asked for, else a power of two that gives at least some 20 steps an epoch.

    >>> batch_size(600, ScorerConfig()), batch_size(30_000, ScorerConfig())
    (16, 256)
    """
    if config.batch_size:
        return min(config.batch_size, max(1, n_lists))
    wanted = 2 ** int(np.log2(max(n_lists / 20, 1)))
    return int(min(max(wanted, 16), 256, max(1, n_lists)))


def _optimizer(config: ScorerConfig, steps: int) -> keras.optimizers.Optimizer:
    total = steps * config.epochs
    rate = keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 10,
        decay_steps=max(1, total - total // 10),
        alpha=0.01,
        warmup_target=config.learning_rate,
        warmup_steps=total // 10,
    )
    return keras.optimizers.AdamW(rate, weight_decay=config.weight_decay, clipnorm=1.0)


def _tensors(
    lists: TrainingLists,
    chosen: npt.NDArray[np.int64],
    config: ScorerConfig,
    rng: np.random.Generator,
) -> tuple[tf.Tensor, ...]:
    """What a step takes of the chosen lists; see `_train_step`."""
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


def _train_step(
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


def _validation_ndcg(score: Scoring, lists: TrainingLists) -> float:
    held = lists.is_validation
    if not held.any():
        return float("nan")
    scores = score(lists.features[held])
    return ndcg_at_10(
        scores, lists.is_positive[held], lists.kind[held] == CANDIDATE, lists.n_positive[held]
    )
