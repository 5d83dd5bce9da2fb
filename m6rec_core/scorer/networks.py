"""The networks that turn the named features of a (user, item) pair into a score.

Every network takes one matrix of raw features and standardises it inside, so that the exported file is
complete in itself, and ends in the heads `relevance` and, where there are ratings, `rating`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt

from m6rec_core.config import ScorerConfig
from m6rec_core.errors import ConfigError
from m6rec_core.scorer.heads import RATING, RELEVANCE

CURVE_UNITS = 16


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


def build(scale: FeatureScale, config: ScorerConfig, *, with_rating: bool) -> keras.Model:
    """A fresh network with random weights: (rows, F) raw features to a dict of heads, each (rows, 1)."""
    n_features = len(scale.mean)
    inputs = keras.Input((n_features,), name="features")
    standardised = keras.layers.Normalization(
        mean=scale.mean, variance=scale.deviation**2, name="standardise"
    )(inputs)
    makers = {"mlp": _mlp, "additive": _additive}
    if config.network not in makers:
        raise ConfigError(
            f"The network '{config.network}' is not available for this data. "
            f"Set scorer.network to one of {', '.join(makers)}."
        )
    heads = makers[config.network](standardised, config, with_rating=with_rating)
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


def _mlp(
    standardised: keras.KerasTensor, config: ScorerConfig, *, with_rating: bool
) -> dict[str, keras.KerasTensor]:
    x = standardised
    for position, units in enumerate(hidden_units(config), start=1):
        x = keras.layers.Dense(units, activation="gelu", name=f"hidden_{position}")(x)
        x = keras.layers.Dropout(config.dropout, name=f"dropout_{position}")(x)
    heads = {RELEVANCE: _head(RELEVANCE, x, standardised)}
    if with_rating:
        heads[RATING] = _head(RATING, x, standardised)
    return heads


def _head(
    name: str, hidden: keras.KerasTensor, standardised: keras.KerasTensor
) -> keras.KerasTensor:
    # the straight path carries what is linear, so that the hidden layers learn only the rest
    bent = keras.layers.Dense(1, name=f"{name}_from_hidden")(hidden)
    straight = keras.layers.Dense(1, use_bias=False, name=f"{name}_straight")(standardised)
    return keras.layers.Add(name=name)([bent, straight])


def _additive(
    standardised: keras.KerasTensor, config: ScorerConfig, *, with_rating: bool
) -> dict[str, keras.KerasTensor]:
    names = (RELEVANCE, RATING) if with_rating else (RELEVANCE,)
    return {name: _sum_of_curves(name, standardised) for name in names}


def _sum_of_curves(name: str, standardised: keras.KerasTensor) -> keras.KerasTensor:
    """One small network per feature; the score is the sum of their outputs and nothing else."""
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
    bent = keras.layers.EinsumDense("bfg,fg->bf", (n,), name=f"{name}_bends")(x)
    straight = keras.layers.EinsumDense("bf,f->bf", (n,), name=f"{name}_slopes")(standardised)
    curves = keras.layers.Add(name=f"{name}_contributions")([bent, straight])
    total = keras.layers.Dense(
        1, kernel_initializer="ones", trainable=False, use_bias=False, name=f"{name}_sum"
    )(curves)
    return keras.layers.Identity(name=name)(total)


def layer_names(model: keras.Model) -> Sequence[str]:
    """The layers with an output worth looking at, from the input on."""
    silent = (keras.layers.InputLayer, keras.layers.Dropout)
    return [layer.name for layer in model.layers if not isinstance(layer, silent)]
