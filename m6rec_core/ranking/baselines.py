"""The lists that every model must beat: the most popular items, and random ones."""

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.data.histories import Histories
from m6rec_core.errors import ConfigError

Array = npt.NDArray[np.float32]


def scores(
    model: str, popularity: npt.NDArray[np.int64], histories: Histories, *, seed: int
) -> Array:
    """(users, n_items) scores of `schema.POPULARITY` or `schema.RANDOM`.

    A user's random scores depend on the seed and the user's row alone, not on who else is asked for.
    """
    shape = (len(histories), len(popularity))
    if model == schema.POPULARITY:
        return np.broadcast_to(popularity.astype(np.float32) + np.float32(1e-3), shape)
    if model != schema.RANDOM:
        raise ConfigError(f"The model is one of {', '.join(schema.MODELS)}. Received: {model!r}.")
    drawn = [
        np.random.default_rng([seed, 50, int(row) + 1]).random(shape[1], dtype=np.float32)
        for row in histories.user_row
    ]
    return np.stack(drawn) + np.float32(1e-6) if drawn else np.zeros(shape, np.float32)


def log_share(popularity: npt.NDArray[np.int64], n_users: int) -> Array:
    """(n_items,) log of the share of users who have each item; half a user stands for none."""
    return np.log(np.maximum(popularity, 0.5) / max(n_users, 1)).astype(np.float32)
