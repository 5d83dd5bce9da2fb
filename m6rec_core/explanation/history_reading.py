"""How the networks that read a history do it: the filters of the CNN, the gates of the GRU.

Both are computed from the stored weights and from what the light model hands on, so that they show the
very network that serves. Items stand in the order in which they are read, the oldest first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from m6rec_core.errors import ConfigError

Floats = npt.NDArray[np.float64]
Arrays = Mapping[str, npt.NDArray[Any]]

FILTERS, READ, MEMORY = "convolution_1", "last_items", "history"


@dataclass(frozen=True, eq=False)
class Gates:
    """A gated recurrent unit at work on one history of T items, with U units.

    - `update` (T, U) in (0, 1): share of the memory that the item replaces
    - `reset` (T, U) in (0, 1): share of the memory that is looked at to make what replaces it
    - `memory` (T, U): what is remembered after each item; the last row is the layer's output
    """

    update: Floats
    reset: Floats
    memory: Floats


def gates(items: npt.ArrayLike, weights: Arrays, *, layer: str = MEMORY) -> Gates:
    """The gates over `items` (T, channels), from the layer's kernel, recurrent kernel and bias.

    The bias has two rows: of the input and of the memory (Cho et al. 2014 as in cuDNN, "reset after").
    """
    kernel, recurrent, bias = (
        np.asarray(_weight(weights, f"{layer}/", name), np.float64)
        for name in ("kernel", "recurrent_kernel", "bias")
    )
    units = recurrent.shape[0]
    given = np.asarray(items, np.float64) @ kernel + bias[0]  # (T, 3U)
    state = np.zeros(units)
    update, reset, memory = (np.zeros((len(given), units)) for _ in range(3))
    for step, line in enumerate(given):
        kept = state @ recurrent + bias[1]
        # Keras calls the share that is kept z; what is replaced is the rest
        keeps = _sigmoid(line[:units] + kept[:units])
        looks = _sigmoid(line[units : 2 * units] + kept[units : 2 * units])
        new = np.tanh(line[2 * units :] + looks * kept[2 * units :])
        state = keeps * state + (1 - keeps) * new
        update[step], reset[step], memory[step] = 1 - keeps, looks, state
    return Gates(update, reset, memory)


def filters(weights: Arrays) -> Floats:
    """(filters, width, channels) of the first convolution: what each looks for in neighbouring items."""
    kernel = np.asarray(_weight(weights, f"{FILTERS}/", "kernel"), np.float64)
    return np.ascontiguousarray(kernel.transpose(2, 0, 1))


def strongest_place(activations: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """(T,) for how many filters each item gives the strongest response; `activations` (T, filters).

    A filter that responds to all items alike counts for none.

    >>> strongest_place([[0.0, 1.0, 2.0], [3.0, 0.0, 2.0]]).tolist()
    [1, 1]
    """
    values = np.asarray(activations, np.float64)
    if not len(values):
        return np.zeros(0, np.int64)
    moves = np.ptp(values, axis=0) > 0
    return np.bincount(values[:, moves].argmax(axis=0), minlength=len(values)).astype(np.int64)


def _weight(weights: Arrays, layer: str, name: str) -> npt.NDArray[Any]:
    # a cell may stand between the layer and its weights
    for key, value in weights.items():
        if key.startswith(layer) and key.rpartition("/")[2] == name:
            return value
    known = ", ".join(weights)
    raise ConfigError(
        f"The network has no weights '{layer}{name}': it reads no history. It has: {known}."
    )


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-values)), dtype=np.float64)
