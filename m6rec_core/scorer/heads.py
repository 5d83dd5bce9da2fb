"""Names of the network's outputs."""

from typing import Final

RELEVANCE: Final = "relevance"  # how strongly the item is preferred, on the log-odds scale
EVENT: Final = "event_"  # and the place of a further kind of event: as RELEVANCE, for that kind
RATING: Final = "rating"  # expected rating, normalised to [0, 1]
