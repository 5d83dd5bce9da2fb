"""The networks that turn the named features of a (user, item) pair into a score.

Every network takes one matrix of raw features and standardises it inside, so that the exported file is
complete in itself, and ends in the heads `relevance` and, where there are ratings, `rating`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt

from m6rec_core.config import ScorerConfig
from m6rec_core.errors import ConfigError
from m6rec_core.scorer.heads import RATING, RELEVANCE

CURVE_UNITS = 16
SEQUENCE_UNITS = 24


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
    rating_column: int | None = None,
    sequence: SequenceShape | None = None,
) -> keras.Model:
    """A fresh network with random weights: (rows, F) raw features to a dict of heads, each (rows, 1).

    With a `rating_column`, the feature that holds the expected rating, there is a second head: it starts
    as that feature, unchanged, and learns only what is to be corrected. `sequence` says where the
    columns of the last items stand; the networks "cnn" and "gru" need it.
    """
    n_features = len(scale.mean)
    inputs = keras.Input((n_features,), name="features")
    standardised = keras.layers.Normalization(
        mean=scale.mean, variance=scale.deviation**2, name="standardise"
    )(inputs)
    rating = None if rating_column is None else _RatingStart(scale, rating_column)
    if config.network == "additive":
        heads = _additive(standardised, rating)
    else:
        x = standardised
        if config.network in ENCODERS:
            if sequence is None:
                raise ConfigError(
                    f"The network '{config.network}' reads the last items of the history, and the "
                    "features do not hold them. Set scorer.network to mlp or additive."
                )
            x = _with_sequence(standardised, sequence, ENCODERS[config.network])
        heads = _heads(_hidden(x, config), standardised, rating)
    return keras.Model(inputs, heads, name=config.network)


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


class _RatingStart:
    """Initial weights with which a linear path gives back the feature of the expected rating."""

    def __init__(self, scale: FeatureScale, column: int) -> None:
        self.kernel = np.zeros(len(scale.mean), dtype=np.float32)
        self.kernel[column] = scale.deviation[column]
        self.bias = float(scale.mean[column])


def _hidden(x: keras.KerasTensor, config: ScorerConfig) -> keras.KerasTensor:
    for position, units in enumerate(hidden_units(config), start=1):
        x = keras.layers.Dense(units, activation="gelu", name=f"hidden_{position}")(x)
        x = keras.layers.Dropout(config.dropout, name=f"dropout_{position}")(x)
    return x


def _heads(
    hidden: keras.KerasTensor, standardised: keras.KerasTensor, rating: _RatingStart | None
) -> dict[str, keras.KerasTensor]:
    # the straight path carries what is linear, so that the hidden layers learn only the rest
    bent = keras.layers.Dense(1, name="relevance_from_hidden")(hidden)
    straight = keras.layers.Dense(1, use_bias=False, name="relevance_straight")(standardised)
    heads = {RELEVANCE: keras.layers.Add(name=RELEVANCE)([bent, straight])}
    if rating is not None:
        bent = keras.layers.Dense(1, kernel_initializer="zeros", name="rating_from_hidden")(hidden)
        straight = keras.layers.Dense(
            1,
            kernel_initializer=keras.initializers.Constant(rating.kernel[:, None]),
            bias_initializer=keras.initializers.Constant(rating.bias),
            name="rating_straight",
        )(standardised)
        heads[RATING] = keras.layers.Add(name=RATING)([bent, straight])
    return heads


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
    standardised: keras.KerasTensor, rating: _RatingStart | None
) -> dict[str, keras.KerasTensor]:
    """One small network per feature; a score is the sum of their outputs and nothing else."""
    heads = {RELEVANCE: _sum_of_curves(RELEVANCE, standardised, None)}
    if rating is not None:
        heads[RATING] = _sum_of_curves(RATING, standardised, rating)
    return heads


def _sum_of_curves(
    name: str, standardised: keras.KerasTensor, rating: _RatingStart | None
) -> keras.KerasTensor:
    n = standardised.shape[-1]
    x = keras.layers.EinsumDense(
        "bf,fh->bfh", (n, CURVE_UNITS), activation="gelu", bias_axes="fh", name=f"{name}_curves_1"
    )(standardised)
    x = keras.layers.EinsumDense(
        "bfh,fhg->bfg",
        (n, CURVE_UNITS),
        activation="gelu",
        bias_axes="fg",
        name=f"{name}_curves_2",
    )(x)
    start = "glorot_uniform" if rating is None else "zeros"
    bent = keras.layers.EinsumDense(
        "bfg,fg->bf", (n,), kernel_initializer=start, name=f"{name}_bends"
    )(x)
    slope = "glorot_uniform" if rating is None else keras.initializers.Constant(rating.kernel)
    straight = keras.layers.EinsumDense(
        "bf,f->bf", (n,), kernel_initializer=slope, name=f"{name}_slopes"
    )(standardised)
    curves = keras.layers.Add(name=f"{name}_contributions")([bent, straight])
    offset = 0.0 if rating is None else rating.bias
    total = keras.layers.Dense(
        1,
        kernel_initializer="ones",
        bias_initializer=keras.initializers.Constant(offset),
        trainable=False,
        name=f"{name}_sum",
    )(curves)
    return keras.layers.Identity(name=name)(total)
