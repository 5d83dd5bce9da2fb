"""What a file holds, told from its columns and its first rows: events, users, items, or links between users."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from m6rec_core import schema
from m6rec_core.data.mapping import guess_mapping
from m6rec_core.data.table_mapping import guess_table
from m6rec_core.errors import DataError

EVENTS, USERS, ITEMS, LINKS = "interactions", "users", "items", "links"
_BY_NAME = 0.6  # confidence from which the name of a column speaks, not its values alone
_WORDS: Mapping[str, frozenset[str]] = {
    LINKS: frozenset(
        [
            "link",
            "trust",
            "friend",
            "friendship",
            "follow",
            "follower",
            "social",
            "edge",
            "relation",
        ]
    ),
    EVENTS: frozenset(
        [
            "rating",
            "event",
            "click",
            "log",
            "order",
            "purchase",
            "transaction",
            "interaction",
            "view",
        ]
    ),
    USERS: frozenset(["user", "customer", "member", "person", "people", "reader", "visitor"]),
    ITEMS: frozenset(
        [
            "item",
            "product",
            "movie",
            "film",
            "book",
            "article",
            "song",
            "track",
            "news",
            "video",
            "game",
            "catalog",
            "catalogue",
            "meta",
        ]
    ),
}


def table_of(columns: Sequence[str], sample: pd.DataFrame, name: str) -> str:
    """The table that a file is a part of; events in doubt.

    Columns of users and of items make events; ids of one kind, each in one row only, make a table of
    those. Where no column is known, the name of the file decides.

    >>> table_of(["movieId", "title"], pd.DataFrame({"movieId": ["1", "2"], "title": ["a", "b"]}), "m.csv")
    'items'
    """
    guess = guess_mapping(columns, sample)
    sure = {role for role, confidence in guess.confidence.items() if confidence >= _BY_NAME}
    has_user = bool(guess.who) and not sure.isdisjoint({schema.USER_ID, "session"})
    has_item = schema.ITEM_ID in sure
    if not has_item and has_user and _are_links(columns, sample):
        return LINKS
    if has_user and not has_item and _come_once(sample, guess.who):
        return USERS
    if has_item and not has_user and _come_once(sample, guess.item_id):
        return ITEMS
    return EVENTS if has_user or has_item else _by_file_name(name)


def _are_links(columns: Sequence[str], sample: pd.DataFrame) -> bool:
    try:
        found = guess_table(columns, sample, LINKS)
    except DataError:
        return False
    return found.confidence.get(schema.FRIEND_ID, 0.0) >= _BY_NAME


def _come_once(sample: pd.DataFrame, column: str) -> bool:
    return column in sample and bool(sample[column].dropna().is_unique)


def _by_file_name(name: str) -> str:
    words = {word.removesuffix("s") for word in re.findall(r"[a-z]+", name.lower())}
    return next((table for table, known in _WORDS.items() if words & known), EVENTS)
