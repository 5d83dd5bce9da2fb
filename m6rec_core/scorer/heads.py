"""Names of the network's outputs."""

from typing import Final

RELEVANCE: Final = "relevance"  # how strongly the item is preferred, on the log-odds scale
RATING: Final = "rating"  # expected rating, normalised to [0, 1]
