"""The networks that turn the named features of a (user, item) pair into a score.

Every network takes one matrix of raw features and standardises it inside, so that the exported file is
complete in itself, and ends in its heads: `relevance`, those of further kinds of events, and, where
there are ratings, `rating`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import keras

from m6rec_core.config import ScorerConfig
from m6rec_core.errors import ConfigError
from m6rec_core.scorer.feature_scale import FeatureScale
from m6rec_core.scorer.heads import RATING, RELEVANCE
from m6rec_core.scorer.linear_starts import LinearStart

CURVE_UNITS = 8
SEQUENCE_UNITS = 8


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
    order_start: LinearStart | None = None,
    rating_start: LinearStart | None = None,
    sequence: SequenceShape | None = None,
) -> keras.Model:
    """A fresh network with random weights: (rows, F) raw features to a dict of heads, each (rows, 1).

    `heads` are the outputs that order a user's list; with a `rating_start` there is one more. A head with a
    start begins as that linear prediction, and learns only what is to be corrected. `sequence` says where
    the columns of the last items stand; the networks "cnn" and "gru" need it.
    """
    n_features = len(scale.mean)
    inputs = keras.Input((n_features,), name="features")
    standardised = keras.layers.Normalization(
        mean=scale.mean, variance=scale.deviation**2, name="standardise"
    )(inputs)
    starts: dict[str, LinearStart | None] = {
        head: None if order_start is None else order_start.on(scale) for head in heads
    }
    if rating_start is not None:
        starts[RATING] = rating_start.on(scale)
    if config.network == "additive":
        outputs = {
            head: _sum_of_curves(head, standardised, start) for head, start in starts.items()
        }
    else:
        x = standardised
        if config.network in ENCODERS:
            if sequence is None:
                raise ConfigError(
                    f"The network '{config.network}' reads the last items of the history, and the "
                    "features do not hold them. Set scorer.network to mlp or additive."
                )
            x = _with_sequence(standardised, sequence, ENCODERS[config.network])
        hidden = _hidden(x, config)
        outputs = {head: _head(head, hidden, standardised, start) for head, start in starts.items()}
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


def _head(
    name: str, hidden: keras.KerasTensor, standardised: keras.KerasTensor, start: LinearStart | None
) -> keras.KerasTensor:
    # the straight path carries what is linear, so that the hidden layers learn only the rest
    usual = "glorot_uniform"
    bent = keras.layers.Dense(
        1,
        kernel_initializer=usual if start is None else "zeros",
        bias_initializer=keras.initializers.Constant(0.0 if start is None else start.offset),
        name=f"{name}_from_hidden",
    )(hidden)
    straight = keras.layers.Dense(
        1,
        use_bias=False,
        kernel_initializer=usual
        if start is None
        else keras.initializers.Constant(start.slope[:, None]),
        name=f"{name}_straight",
    )(standardised)
    return keras.layers.Add(name=name)([bent, straight])


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


def _sum_of_curves(
    name: str, standardised: keras.KerasTensor, start: LinearStart | None
) -> keras.KerasTensor:
    """One small network per feature; the score is the sum of their outputs and nothing else."""
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
    usual = "glorot_uniform"
    bent = keras.layers.EinsumDense(
        "bfg,fg->bf",
        (n,),
        kernel_initializer=usual if start is None else "zeros",
        name=f"{name}_bends",
    )(x)
    slope = usual if start is None else keras.initializers.Constant(start.slope)
    straight = keras.layers.EinsumDense(
        "bf,f->bf", (n,), kernel_initializer=slope, name=f"{name}_slopes"
    )(standardised)
    curves = keras.layers.Add(name=f"{name}_contributions")([bent, straight])
    offset = 0.0 if start is None else start.offset
    total = keras.layers.Dense(
        1,
        kernel_initializer="ones",
        bias_initializer=keras.initializers.Constant(offset),
        trainable=False,
        name=f"{name}_sum",
    )(curves)
    return keras.layers.Identity(name=name)(total)
