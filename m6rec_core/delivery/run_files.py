"""What of a trained network stands in a run directory beside the light files: weights, shapes, words."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from m6rec_core.delivery.litert import Parity
from m6rec_core.delivery.plain import write_json
from m6rec_core.scorer.features import Feature
from m6rec_core.scorer.heads import EVENT

SILENT = (keras.layers.InputLayer, keras.layers.Dropout)


def write_network(
    model: keras.Model,
    features: Sequence[Feature],
    parity: Parity,
    folder: Path,
    *,
    further: Sequence[str] = (),
) -> None:
    """Writes `scorer.keras`, `weights.npz` and `scorer.json`; `further` are the kinds of events that
    have heads of their own, in the order of those heads."""
    model.save(folder / "scorer.keras")
    weights = {
        f"{layer.name}/{weight.name}": weight.numpy()
        for layer in model.layers
        for weight in layer.weights
        if "seed" not in weight.name
    }
    np.savez(folder / "weights.npz", **weights)
    about = {
        "network": model.name,
        "features": [asdict(feature) for feature in features],
        "heads": list(model.output_names),
        "head_of_event": {kind: f"{EVENT}{place}" for place, kind in enumerate(further)},
        "architecture": architecture(model),
        "parameters": int(model.count_params()),
        "parity": asdict(parity),
    }
    write_json(folder / "scorer.json", about)


def architecture(model: keras.Model) -> list[dict[str, Any]]:
    """The layers from the input on: name, kind, output shape, parameters, activation, and their inputs."""
    drawn = []
    for layer in model.layers:
        activation = getattr(layer, "activation", None)
        drawn.append(
            {
                "name": layer.name,
                "kind": type(layer).__name__,
                "output_shape": [int(size) for size in layer.output.shape[1:]],
                "parameters": int(layer.count_params()),
                "activation": getattr(activation, "__name__", None),
                "inputs": _inputs(layer),
                "is_silent": isinstance(layer, SILENT),
            }
        )
    return drawn


def _inputs(layer: keras.Layer) -> list[str]:
    if isinstance(layer, keras.layers.InputLayer):
        return []
    return list(_makers(layer.input if isinstance(layer.input, list) else [layer.input]))


def _makers(tensors: Sequence[keras.KerasTensor]) -> Iterator[str]:
    """The layers that made these tensors; a mere cut through a tensor is none, and is looked through."""
    for tensor in tensors:
        made_by, node, _ = tensor._keras_history
        if isinstance(made_by, keras.layers.Layer):
            yield made_by.name
        else:
            yield from _makers(made_by._inbound_nodes[node].input_tensors)
