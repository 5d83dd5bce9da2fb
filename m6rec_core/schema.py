"""The vocabulary: every column name and every word that travels between modules is coined here."""

from typing import Final

import numpy as np
import numpy.typing as npt

# Positions in an array of users or items; an id never is one
Rows = npt.NDArray[np.int32]

# Tables
USER_ID: Final = "user_id"
ITEM_ID: Final = "item_id"
EVENT: Final = "event"
VALUE: Final = "value"
TIMESTAMP: Final = "timestamp"
RANK: Final = "rank"
SCORE: Final = "score"
FRIEND_ID: Final = "friend_id"
WEIGHT: Final = "weight"

INTERACTION_COLUMNS: Final = (USER_ID, ITEM_ID, EVENT, VALUE, TIMESTAMP)

# Item attributes with a meaning of their own
TITLE: Final = "title"
TEXT: Final = "text"
CATEGORY: Final = "category"
IMAGE_URL: Final = "image_url"
MULTI_VALUE_SEPARATOR: Final = "|"

# Kinds of behaviour
RATING: Final = "rating"
VIEW: Final = "view"
CART: Final = "cart"
PURCHASE: Final = "purchase"
INTERACTION: Final = "interaction"  # what a table without an event column holds

# Names of the compared models, as they stand in every table and figure
SCORER: Final = "scorer"
ITEM_CF: Final = "item_cf"
USER_CF: Final = "user_cf"
POPULARITY: Final = "popularity"
RANDOM: Final = "random"
MODELS: Final = (SCORER, ITEM_CF, USER_CF, POPULARITY, RANDOM)

# Groups of the scorer's features, in the order in which they are shown
ITEM_SIMILARITY: Final = "item similarity"
USER_SIMILARITY: Final = "user similarity"
USER: Final = "user"
ITEM: Final = "item"
MATCH: Final = "match of attributes"
GROUPS: Final = (ITEM_SIMILARITY, USER_SIMILARITY, MATCH, ITEM, USER)

NO_ROW: Final = -1  # the row of an id that is not known
