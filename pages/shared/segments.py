"""Segments of the pairs that importance is measured over."""

import numpy as np
import numpy.typing as npt

from m6rec_core.ranking.recommender import Recommender

EVERYBODY = "All pairs"
LIGHT, HEAVY = "Light users", "Heavy users"
RARE, POPULAR = "Rare items", "Popular items"
SEGMENTS = (EVERYBODY, LIGHT, HEAVY, RARE, POPULAR)


def pairs_of(recommender: Recommender, segment: str) -> npt.NDArray[np.bool_]:
    """(rows,) the pairs of the population in a segment: the lower or upper quarter by length of the
    history, or by number of users."""
    users = recommender.explaining["population_user_row"]
    items = recommender.explaining["population_item_row"]
    length = recommender.training.lengths()[users]
    audience = recommender.popularity[items]
    return {
        EVERYBODY: np.ones(len(users), dtype=bool),
        LIGHT: length <= np.quantile(length, 0.25),
        HEAVY: length >= np.quantile(length, 0.75),
        RARE: audience <= np.quantile(audience, 0.25),
        POPULAR: audience >= np.quantile(audience, 0.75),
    }[segment]
