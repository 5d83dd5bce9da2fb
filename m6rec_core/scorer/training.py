"""The fit loop: a loss over lists for each head, early stopping on validation NDCG@10, resumable."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from m6rec_core.config import ScorerConfig
from m6rec_core.errors import DataError
from m6rec_core.progress import Progress
from m6rec_core.scorer import networks
from m6rec_core.scorer.feature_scale import FeatureScale
from m6rec_core.scorer.features import sequence
from m6rec_core.scorer.heads import EVENT, RELEVANCE
from m6rec_core.scorer.linear_starts import blend_start, rating_start
from m6rec_core.scorer.movement import movement, weights_by_layer
from m6rec_core.scorer.scoring import Scoring, scoring
from m6rec_core.scorer.training_lists import CANDIDATE, TrainingLists, ndcg_at_10
from m6rec_core.scorer.training_state import Epoch, TrainingState
from m6rec_core.scorer.training_step import step_inputs, train_step


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
    step, score = train_step(model, optimizer, config), scoring(model)
    while state.epoch < config.epochs and state.since_best() < config.patience:
        number = state.epoch + 1
        progress("training the network", state.epoch / config.epochs)
        started, before = time.perf_counter(), weights_by_layer(model)
        rng = np.random.default_rng([seed, number])
        order = rng.permutation(training)
        losses_seen = [
            float(step(*step_inputs(lists, order[k * batch : (k + 1) * batch], config, rng)))
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


def _validation_ndcg(score: Scoring, lists: TrainingLists) -> float:
    held = lists.is_validation
    if not held.any():
        return float("nan")
    scores = score(lists.features[held])
    return ndcg_at_10(
        scores, lists.is_positive[held], lists.kind[held] == CANDIDATE, lists.n_positive[held]
    )
