"""Which role the name of a column speaks for, and how clearly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from m6rec_core import schema
from m6rec_core.data.aliases import (
    ALIASES,
    LINK_STARTS,
    SESSION,
    TIERS,
    plain_name,
    word_set,
    words_of,
)

# How sure a name makes: of the three tiers of `TIERS`, and a known word inside a longer name
SURENESS = (1.0, 0.9, 0.8, 0.6)
PART = 3
_MOST_LISTED = 20
_TAILS = word_set("id ids key code hash token uuid guid idx pk ref identifier nr")
# Words that turn a known one into something else: birth_date, n_items, avg_rating
_TURNING: Mapping[str, frozenset[str]] = {
    schema.USER_ID: word_set("n num total avg is has similar friend target seller owner"),
    schema.ITEM_ID: word_set(
        "n num total avg is has similar related last previous next order cart review"
    ),
    SESSION: word_set("n num total avg is has"),
    schema.EVENT: word_set("n num total is has last previous next"),
    schema.VALUE: word_set(
        "n num total avg average mean max min is has global predicted helpful imdb"
    ),
    schema.TIMESTAMP: word_set(
        "birth release released publish published expiry signup registration joined end valid",
        "is has until duration upload founded",
    ),
}
_MEANINGS = word_set(
    "price cost brand category categories genre genres color colour size type tag tags",
    "age gender sex country city region state zip postcode address phone email location",
    "lat lon latitude longitude date time year month day hour weekday",
    "rank position index row unnamed rating score count quantity sum total mean avg n num affinity",
    "feature features propensity probability reward label embedding vector status flag is has",
    "text title name description comment review summary image url language version currency",
    "transaction transactionid order orderid invoice invoiceno basket basketid receipt",
    "impression impressions request history ip agent device os browser",
)
_RANK: Mapping[str, Mapping[str, tuple[int, int]]] = {
    role: {
        name: (level, place) for level, tier in enumerate(tiers) for place, name in enumerate(tier)
    }
    for role, tiers in TIERS.items()
}
_ALL = frozenset(name for names in ALIASES.values() for name in names) | frozenset(LINK_STARTS)
_LEVELS_OF_PARTS = {schema.USER_ID: 1, schema.ITEM_ID: 1, schema.TIMESTAMP: 2}  # others: 0


@dataclass(frozen=True, order=True)
class NameMatch:
    """A column whose name speaks for a role: the smaller `level` (0 to `PART`), the more clearly.

    Of columns on one level, `place` is the order of preference when their values decide nothing.
    """

    level: int
    place: int
    column: str


def name_matches(columns: Iterable[str], role: str) -> list[NameMatch]:
    """The columns whose name is known for this role, the best first, whatever their order.

    >>> [match.column for match in name_matches(["asin", "raw_item_id", "item", "when"], "item_id")]
    ['asin', 'item', 'raw_item_id']
    """
    found = (_match(column, role) for column in columns)
    return sorted(match for match in found if match is not None)


def says_nothing(column: str) -> bool:
    """Whether a name leaves open what the column holds, so that only its values can tell.

    >>> says_nothing("column_3"), says_nothing("foo"), says_nothing("unit_price")
    (True, True, False)
    """
    return plain_name(column) not in _ALL and _MEANINGS.isdisjoint(words_of(column))


def is_numbered(column: str) -> bool:
    """Whether a name was made for a file that names no columns.

    >>> is_numbered("column_3"), is_numbered("column_id")
    (True, False)
    """
    return column.startswith("column_") and column.removeprefix("column_").isdecimal()


def listed(columns: Sequence[str]) -> str:
    """Columns as an error names them: all of them, or the first twenty.

    >>> listed(["user", "item"])
    "'user', 'item'"
    """
    shown = ", ".join(f"'{column}'" for column in columns[:_MOST_LISTED])
    more = len(columns) - _MOST_LISTED
    return f"{shown} and {more} more" if more > 0 else shown


def _match(column: str, role: str) -> NameMatch | None:
    known = _RANK[role].get(plain_name(column))
    if known:
        return NameMatch(*known, column)
    if role in _TURNING and _is_part(words_of(column), role):
        return NameMatch(PART, 0, column)
    return None


def _is_part(words: Sequence[str], role: str) -> bool:
    """Whether the last words are a known name; of ids without their tail, as in `the_product_key`."""
    if not _TURNING[role].isdisjoint(words):
        return False
    if role in (schema.USER_ID, schema.ITEM_ID) and words and words[-1] in _TAILS:
        head = words[:-1]
        if "".join(head) in _RANK[role] or _ends_in(head, role):
            return True
    return _ends_in(words, role)


def _ends_in(words: Sequence[str], role: str) -> bool:
    worst = _LEVELS_OF_PARTS.get(role, 0)
    endings = ("".join(words[start:]) for start in range(len(words)))
    return any(_RANK[role].get(ending, (PART, 0))[0] <= worst for ending in endings)
