"""The exported network at work: LiteRT only, so that serving and explaining never load TensorFlow."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import RunError
from m6rec_core.scorer.heads import RELEVANCE

ROWS_PER_CALL = 16_384
Array = npt.NDArray[np.float32]


class LightModel:
    """A LiteRT file whose one input is the (rows, F) feature matrix; outputs are found by name.

    Safe to share between threads: an interpreter works on one batch at a time, behind a lock.
    """

    def __init__(self, path: Path, *, threads: int = 2) -> None:
        from ai_edge_litert.interpreter import Interpreter

        if not path.is_file():
            raise RunError(f"The run has no file '{path.name}'. Train it again.")
        try:
            self._interpreter: Any = Interpreter(model_path=str(path), num_threads=threads)
        except (ValueError, RuntimeError):
            raise RunError(
                f"The run's file '{path.name}' is damaged. Restore it, or train the run again."
            ) from None
        self._lock = threading.Lock()
        self._runner: Any = self._interpreter.get_signature_runner("serving_default")
        (self._input,) = self._runner.get_input_details()
        self.outputs: tuple[str, ...] = tuple(self._runner.get_output_details())

    def run(self, features: Array) -> dict[str, Array]:
        """(rows, F) float32 raw features to {output name: (rows, …)}."""
        rows = np.ascontiguousarray(features, dtype=np.float32)
        if not len(rows):
            return {name: np.zeros((0, 1), np.float32) for name in self.outputs}
        parts: list[Mapping[str, Array]] = []
        with self._lock:
            for start in range(0, len(rows), ROWS_PER_CALL):
                parts.append(self._runner(**{self._input: rows[start : start + ROWS_PER_CALL]}))
        return {name: np.concatenate([part[name] for part in parts]) for name in self.outputs}


class LightScorer:
    """The serving network: raw features in, scores out."""

    def __init__(self, path: Path) -> None:
        self._model = LightModel(path)

    def heads(self, features: Array) -> dict[str, Array]:
        """(rows, F) to {head: (rows,)}."""
        return {name: values[:, 0] for name, values in self._model.run(features).items()}

    def scores(self, features: Array) -> Array:
        """(rows, F) to the (rows,) relevance: a preference on the log-odds scale, not a probability."""
        return self.heads(features)[RELEVANCE]


class LightLayers:
    """The same network with every layer as an output."""

    def __init__(self, path: Path) -> None:
        self._model = LightModel(path)

    def activations(self, features: Array) -> dict[str, Array]:
        """(rows, F) to {layer: (rows, units)}; layers of more dimensions are flattened."""
        return {
            name: values.reshape(len(values), -1)
            for name, values in self._model.run(features).items()
        }
