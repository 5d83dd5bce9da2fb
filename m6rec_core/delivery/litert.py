"""From the Keras network to the light files that serve, with the proof that they compute the same."""

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from m6rec_core.errors import RunError
from m6rec_core.scorer.heads import RELEVANCE
from m6rec_core.scorer.light_scorer import LightLayers, LightScorer

TOLERANCE = 1e-4  # largest difference, as a share of the range of the scores


@dataclass(frozen=True)
class Parity:
    """How far the light file is from the Keras network on the same rows.

    `max_difference` and `score_range` are in units of the score; `relative` is their quotient.
    """

    rows: int
    max_difference: float
    score_range: float
    relative: float


def export(model: keras.Model, folder: Path, rows: npt.NDArray[np.float32]) -> Parity:
    """Writes `scorer.tflite` and `layers.tflite` and compares the first with Keras on `rows` (n, F).

    Raises RunError when the scores differ by more than `TOLERANCE` of their range: such a file must
    not serve.
    """
    (folder / "scorer.tflite").write_bytes(_convert(model))
    (folder / "layers.tflite").write_bytes(_convert(_with_every_layer(model)))
    parity = _parity(model, LightScorer(folder / "scorer.tflite"), rows)
    if not parity.relative <= TOLERANCE:  # NaN is no proof either
        raise RunError(
            f"The exported network differs from the trained one by {parity.max_difference:.2g} "
            f"over a range of {parity.score_range:.2g}: it is not safe to serve. Train again."
        )
    LightLayers(folder / "layers.tflite").activations(rows[:2])
    return parity


def _with_every_layer(model: keras.Model) -> keras.Model:
    silent = (keras.layers.InputLayer, keras.layers.Dropout)
    layers = [layer for layer in model.layers if not isinstance(layer, silent)]
    return keras.Model(model.inputs, {layer.name: layer.output for layer in layers})


def _convert(model: keras.Model) -> bytes:
    with _quiet():
        return bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())


def _parity(model: keras.Model, light: LightScorer, rows: npt.NDArray[np.float32]) -> Parity:
    trained = np.asarray(model(rows, training=False)[RELEVANCE])[:, 0]
    served = light.scores(rows)
    difference = float(np.abs(trained - served).max())
    spread = float(np.ptp(trained))
    return Parity(len(rows), difference, spread, difference / max(spread, 1e-6))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The converter prints to stdout, also from C++: both are sent away while it works."""
    saved = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)
        os.close(nowhere)
