"""The fit loop: a loss over lists for each head, early stopping on validation NDCG@10, resumable."""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
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
from m6rec_core.scorer.features import sequence
from m6rec_core.scorer.heads import EVENT, RATING, RELEVANCE
from m6rec_core.scorer.movement import movement, weights_by_layer
from m6rec_core.scorer.rating_start import rating_start
from m6rec_core.scorer.training_lists import CANDIDATE, EXTRA, PADDING, TrainingLists, ndcg_at_10

# weight of the loss over the candidates, and of that over random items
LIST_WEIGHTS: Mapping[str, tuple[float, float]] = {
    "mixed": (1.0, 0.3),
    "popularity": (1.0, 0.3),
    "hard": (1.0, 0.0),
    "random": (0.0, 1.0),
}
ROWS_PER_CALL = 65_536

Array = npt.NDArray[np.float32]
Scoring = Callable[[Array], Array]
Heads = dict[str, Any]


@dataclass(frozen=True)
class Epoch:
    """One line of the learning curve. `validation_ndcg` is NaN when no list is held out; `movement` is
    how far the weights of each layer moved, as a share of their length."""

    epoch: int
    loss: float
    validation_ndcg: float
    seconds: float
    movement: Mapping[str, float] = field(default_factory=dict)


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
    checkpoint: Path | None = None,
    on_epoch: Callable[[Sequence[Epoch]], None] = lambda epochs: None,
) -> Trained:
    """Trains until validation NDCG@10 has not risen for `patience` epochs; keeps the best epoch.

    The same lists, options and seed give the same weights. With a `checkpoint` folder an interrupted
    training goes on after its last whole epoch and ends with the weights that it would have had.
    `on_epoch` gets the whole curve so far after each epoch, and first of all what an interrupted
    training left of it.
    """
    if not lists.is_positive[~lists.is_validation].any():
        raise DataError(
            "No held-out item is left to learn from: the users have too few events. "
            "Upload more events per user, or lower data.minimum_user_events."
        )
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)
    training = np.flatnonzero(~lists.is_validation)
    scale = networks.FeatureScale.of(lists.sample(~lists.is_validation))
    model = networks.build(
        scale,
        config,
        heads=(RELEVANCE, *further_heads(lists)),
        rating_start=rating_start(lists),
        sequence=_sequence_shape(lists),
    )
    batch = batch_size(len(training), config)
    steps = max(1, len(training) // batch)
    optimizer = _optimizer(config, steps)
    optimizer.build(model.trainable_variables)
    state = _State(model, optimizer, checkpoint)
    state.restore()
    if state.epochs:
        on_epoch(state.epochs)
    step, score = _train_step(model, optimizer, config), scoring(model)
    while state.epoch < config.epochs and state.since_best() < config.patience:
        number = state.epoch + 1
        progress("training the network", state.epoch / config.epochs)
        started, before = time.perf_counter(), weights_by_layer(model)
        order = np.random.default_rng([seed, number]).permutation(training)
        losses_seen = [
            float(step(*_tensors(lists, order[k * batch : (k + 1) * batch]))) for k in range(steps)
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


def _tensors(lists: TrainingLists, chosen: npt.NDArray[np.int64]) -> tuple[tf.Tensor, ...]:
    positive = lists.is_positive[chosen]
    kind = lists.kind[chosen]
    rating = lists.rating[chosen]
    heads = len(lists.further)
    acts = lists.acts[chosen] if heads else np.zeros(positive.shape, dtype=np.int32)
    arrays = (
        lists.features[chosen],
        np.stack([positive, *((acts >> head) & 1 for head in range(heads))]),
        kind == CANDIDATE,
        (kind == EXTRA) | (positive & (kind != PADDING)),
        np.nan_to_num(rating),
        np.isfinite(rating),
    )
    return tuple(tf.constant(array, tf.float32) for array in arrays)


def _train_step(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, config: ScorerConfig
) -> Callable[..., tf.Tensor]:
    further = [name for name in model.output_names if name.startswith(EVENT)]

    @tf.function(reduce_retracing=True)
    def step(
        features: tf.Tensor,
        positive: tf.Tensor,  # (heads, users, slots)
        candidate: tf.Tensor,
        extra: tf.Tensor,
        rating: tf.Tensor,
        has_rating: tf.Tensor,
    ) -> tf.Tensor:
        shape = tf.shape(candidate)
        with tf.GradientTape() as tape:
            heads: Heads = model(tf.reshape(features, (-1, features.shape[-1])), training=True)
            heads = {name: tf.reshape(values, shape) for name, values in heads.items()}
            loss = _over_lists(
                config.loss, config.negatives, heads[RELEVANCE], positive[0], candidate, extra
            )
            for place, name in enumerate(further, start=1):
                along = (config.heads_loss, config.negatives, heads[name], positive[place])
                loss += config.heads_weight * _over_lists(*along, candidate, extra)
            if RATING in heads:
                error = losses.rating_error(heads[RATING], rating, has_rating)
                loss += config.rating_weight * error
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    return step  # type: ignore[no-any-return]


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


def _values(
    owner: keras.Model | keras.optimizers.Optimizer,
) -> list[npt.NDArray[Any]]:
    """Copies of the values of all variables: the weights, and the states of the random numbers."""
    return [np.array(variable.numpy()) for variable in owner.variables]


class _State:
    """Epoch, curve and weights, current and best; saved whole after each epoch."""

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        folder: Path | None,
    ) -> None:
        self.model, self.optimizer, self.folder = model, optimizer, folder
        self.epochs: list[Epoch] = []
        self.best_epoch = 0
        self.best: list[npt.NDArray[Any]] = _values(model)

    @property
    def epoch(self) -> int:
        return len(self.epochs)

    def since_best(self) -> int:
        return self.epoch - self.best_epoch if self.best_epoch else 0

    def add(self, epoch: Epoch) -> None:
        best = self.epochs[self.best_epoch - 1].validation_ndcg if self.best_epoch else -np.inf
        self.epochs.append(epoch)
        # without a validation list the last epoch counts as the best
        if not epoch.validation_ndcg <= best:
            self.best_epoch = epoch.epoch
            self.best = _values(self.model)
        self._save()

    def use_best(self) -> None:
        for variable, value in zip(self.model.variables, self.best, strict=True):
            variable.assign(value)

    def _save(self) -> None:
        if self.folder is None:
            return
        arrays = {f"best_{k}": value for k, value in enumerate(self.best)}
        for name, owner in (("model", self.model), ("optimizer", self.optimizer)):
            arrays |= {f"{name}_{k}": value for k, value in enumerate(_values(owner))}
        about = {"epochs": [asdict(e) for e in self.epochs], "best_epoch": self.best_epoch}
        arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
        new = self.folder / "training.npz.new"
        with new.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / "training.npz")

    def restore(self) -> None:
        if self.folder is None or not (self.folder / "training.npz").exists():
            return
        with np.load(self.folder / "training.npz", allow_pickle=False) as saved:
            about = json.loads(saved["about"].tobytes().decode())
            for name, owner in (("model", self.model), ("optimizer", self.optimizer)):
                for k, variable in enumerate(owner.variables):
                    variable.assign(saved[f"{name}_{k}"])
            self.best = [saved[f"best_{k}"] for k in range(len(self.best))]
        self.epochs = [Epoch(**line) for line in about["epochs"]]
        self.best_epoch = about["best_epoch"]
