"""How far the weights of each layer move in an epoch: whether a layer still learns, or never did."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = Mapping[str, Sequence[npt.NDArray[Any]]]


def weights_by_layer(model: Any) -> Weights:
    """Layer → copies of its trainable weights; layers without any are left out."""
    return {
        layer.name: [np.array(weight.numpy()) for weight in layer.trainable_weights]
        for layer in model.layers
        if layer.trainable_weights
    }


def movement(before: Weights, after: Weights) -> dict[str, float]:
    """Layer → length of the change of its weights as a share of the length that they had.

    Where all weights were 0 the share is not defined: NaN.

    >>> movement({"a": [np.array([3.0, 4.0])]}, {"a": [np.array([3.0, 5.0])]})
    {'a': 0.2}
    """
    return {name: _share(before[name], after[name]) for name in before}


def _share(before: Sequence[npt.NDArray[Any]], after: Sequence[npt.NDArray[Any]]) -> float:
    length = np.sqrt(sum(float((weight.astype(np.float64) ** 2).sum()) for weight in before))
    moved = np.sqrt(
        sum(
            float(((new.astype(np.float64) - old) ** 2).sum())
            for old, new in zip(before, after, strict=True)
        )
    )
    return float(moved / length) if length else float("nan")
