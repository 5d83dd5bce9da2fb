"""The networks that turn the named features of a (user, item) pair into a score.

Every network takes one matrix of raw features and standardises it inside, so that the exported file is
complete in itself, and ends in its heads: `relevance`, those of further kinds of events, and, where
there are ratings, `rating`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt

from m6rec_core.config import ScorerConfig
from m6rec_core.errors import ConfigError
from m6rec_core.scorer.heads import RATING, RELEVANCE
from m6rec_core.scorer.rating_start import LinearStart

CURVE_UNITS = 8
SEQUENCE_UNITS = 8


@dataclass(frozen=True, eq=False)
class FeatureScale:
    """Mean and standard deviation of each feature over the training pairs, both (F,) float32."""

    mean: npt.NDArray[np.float32]
    deviation: npt.NDArray[np.float32]

    @classmethod
    def of(cls, features: npt.NDArray[np.float32]) -> "FeatureScale":
        """Measured on (rows, F); a constant feature gets the deviation 1, so that it stays 0."""
        mean = features.mean(axis=0, dtype=np.float64)
        deviation = features.std(axis=0, dtype=np.float64)
        deviation[deviation < 1e-6] = 1.0
        return cls(mean.astype(np.float32), deviation.astype(np.float32))


@dataclass(frozen=True)
class SequenceShape:
    """Where the last items stand among the columns: from `start` on, `length` items of `channels` each."""

    start: int
    length: int
    channels: int


def build(
    scale: FeatureScale,
    config: ScorerConfig,
    *,
    heads: Sequence[str] = (RELEVANCE,),
    rating_start: LinearStart | None = None,
    sequence: SequenceShape | None = None,
) -> keras.Model:
    """A fresh network with random weights: (rows, F) raw features to a dict of heads, each (rows, 1).

    `heads` are the outputs that order a user's list. With a `rating_start` there is one more: it begins
    as that linear prediction, and learns only what is to be corrected. `sequence` says where the columns
    of the last items stand; the networks "cnn" and "gru" need it.
    """
    n_features = len(scale.mean)
    inputs = keras.Input((n_features,), name="features")
    standardised = keras.layers.Normalization(
        mean=scale.mean, variance=scale.deviation**2, name="standardise"
    )(inputs)
    start = None if rating_start is None else rating_start.on(scale.mean, scale.deviation)
    if config.network == "additive":
        outputs = _additive(standardised, heads, start)
    else:
        x = standardised
        if config.network in ENCODERS:
            if sequence is None:
                raise ConfigError(
                    f"The network '{config.network}' reads the last items of the history, and the "
                    "features do not hold them. Set scorer.network to mlp or additive."
                )
            x = _with_sequence(standardised, sequence, ENCODERS[config.network])
        outputs = _heads(_hidden(x, config), standardised, heads, start)
    return keras.Model(inputs, outputs, name=config.network)


def hidden_units(config: ScorerConfig) -> tuple[int, ...]:
    """The sizes of the hidden layers; raises ConfigError for anything but whole numbers of 1 to 1024."""
    try:
        units = tuple(int(word) for word in config.hidden.split(",") if word.strip())
    except ValueError:
        units = ()
    if not units or len(units) > 8 or not all(1 <= n <= 1024 for n in units):
        raise ConfigError(
            "Option 'scorer.hidden' is one to eight layer sizes of 1 to 1024, as '64,32'. "
            f"Received: {config.hidden!r}."
        )
    return units


def _hidden(x: keras.KerasTensor, config: ScorerConfig) -> keras.KerasTensor:
    for position, units in enumerate(hidden_units(config), start=1):
        x = keras.layers.Dense(units, activation="gelu", name=f"hidden_{position}")(x)
        x = keras.layers.Dropout(config.dropout, name=f"dropout_{position}")(x)
    return x


def _heads(
    hidden: keras.KerasTensor,
    standardised: keras.KerasTensor,
    heads: Sequence[str],
    rating: LinearStart | None,
) -> dict[str, keras.KerasTensor]:
    # the straight path carries what is linear, so that the hidden layers learn only the rest
    made = {}
    for head in heads:
        bent = keras.layers.Dense(1, name=f"{head}_from_hidden")(hidden)
        straight = keras.layers.Dense(1, use_bias=False, name=f"{head}_straight")(standardised)
        made[head] = keras.layers.Add(name=head)([bent, straight])
    if rating is not None:
        bent = keras.layers.Dense(1, kernel_initializer="zeros", name="rating_from_hidden")(hidden)
        straight = keras.layers.Dense(
            1,
            kernel_initializer=keras.initializers.Constant(rating.slope[:, None]),
            bias_initializer=keras.initializers.Constant(rating.offset),
            name="rating_straight",
        )(standardised)
        made[RATING] = keras.layers.Add(name=RATING)([bent, straight])
    return made


def _with_sequence(
    standardised: keras.KerasTensor,
    shape: SequenceShape,
    encode: Callable[[keras.KerasTensor], keras.KerasTensor],
) -> keras.KerasTensor:
    """The features beside the encoded last items of the history."""
    features = standardised[:, : shape.start]
    items = keras.layers.Reshape((shape.length, shape.channels), name="last_items")(
        standardised[:, shape.start :]
    )
    return keras.layers.Concatenate(name="features_and_history")([features, encode(items)])


def _convolved(items: keras.KerasTensor) -> keras.KerasTensor:
    x = items
    for position in (1, 2):
        x = keras.layers.Conv1D(
            SEQUENCE_UNITS, 3, padding="same", activation="gelu", name=f"convolution_{position}"
        )(x)
    strongest = keras.layers.GlobalMaxPooling1D(name="strongest")(x)
    average = keras.layers.GlobalAveragePooling1D(name="average")(x)
    return keras.layers.Concatenate(name="history")([strongest, average])


def _gated(items: keras.KerasTensor) -> keras.KerasTensor:
    # unrolled: the light export knows no loops
    return keras.layers.GRU(SEQUENCE_UNITS, unroll=True, name="history")(items)


ENCODERS: Mapping[str, Callable[[keras.KerasTensor], keras.KerasTensor]] = {
    "cnn": _convolved,
    "gru": _gated,
}


def _additive(
    standardised: keras.KerasTensor, heads: Sequence[str], rating: LinearStart | None
) -> dict[str, keras.KerasTensor]:
    """One small network per feature; a score is the sum of their outputs and nothing else."""
    made = {head: _sum_of_curves(head, standardised, None) for head in heads}
    if rating is not None:
        made[RATING] = _sum_of_curves(RATING, standardised, rating)
    return made


def _sum_of_curves(
    name: str, standardised: keras.KerasTensor, rating: LinearStart | None
) -> keras.KerasTensor:
    n = standardised.shape[-1]
    x = keras.layers.EinsumDense(
        "bf,fh->bfh", (n, CURVE_UNITS), activation="relu", bias_axes="fh", name=f"{name}_curves_1"
    )(standardised)
    x = keras.layers.EinsumDense(
        "bfh,fhg->bfg",
        (n, CURVE_UNITS),
        activation="relu",
        bias_axes="fg",
        name=f"{name}_curves_2",
    )(x)
    start = "glorot_uniform" if rating is None else "zeros"
    bent = keras.layers.EinsumDense(
        "bfg,fg->bf", (n,), kernel_initializer=start, name=f"{name}_bends"
    )(x)
    slope = "glorot_uniform" if rating is None else keras.initializers.Constant(rating.slope)
    straight = keras.layers.EinsumDense(
        "bf,f->bf", (n,), kernel_initializer=slope, name=f"{name}_slopes"
    )(standardised)
    curves = keras.layers.Add(name=f"{name}_contributions")([bent, straight])
    offset = 0.0 if rating is None else rating.offset
    total = keras.layers.Dense(
        1,
        kernel_initializer="ones",
        bias_initializer=keras.initializers.Constant(offset),
        trainable=False,
        name=f"{name}_sum",
    )(curves)
    return keras.layers.Identity(name=name)(total)
