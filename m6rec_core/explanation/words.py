"""One-line reasons in plain words, from contributions and the evidence behind them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from m6rec_core import schema
from m6rec_core.scorer.features.feature import Feature

MOST_TITLES = 2
MOST_REASONS = 3
TITLE_LENGTH = 40  # characters of a title within a sentence
LEAST_SHARE = 0.05  # of all raises; below it a group gives no reason


def list_of_titles(titles: Sequence[str]) -> str:
    """The titles as part of a sentence.

    >>> list_of_titles(["Alien", "Brazil"])
    'Alien and Brazil'
    """
    *first, last = titles
    return f"{', '.join(first)} and {last}" if first else last


def shortened(title: str) -> str:
    """The title on one line of at most `TITLE_LENGTH` characters.

    >>> shortened("Do the Right Thing"), len(shortened("word " * 99))
    ('Do the Right Thing', 40)
    """
    line = " ".join(title.split())
    return line if len(line) <= TITLE_LENGTH else f"{line[: TITLE_LENGTH - 1]}…"


def reasons(
    features: Sequence[Feature],
    contributions: npt.NDArray[np.float64],
    *,
    history_titles: Sequence[str],
    history_contributions: npt.NDArray[np.float64],
    neighbours: int,
) -> tuple[str, ...]:
    """At most three lines, the strongest first: the groups of features that raise the score.

    What only describes the user raises all items alike and is no reason for one of them. `neighbours` is the number of users alike who have the item. When nothing raises the score, one
    line says so.
    """
    groups = {
        group: float(
            sum(c for f, c in zip(features, contributions, strict=True) if f.group == group)
        )
        for group in schema.GROUPS
    }
    raises = sum(max(value, 0.0) for value in groups.values())
    lines = []
    for group in sorted(groups, key=lambda one: -groups[one]):
        if groups[group] > LEAST_SHARE * raises and group != schema.USER:
            best = _strongest(features, contributions, group)
            named = _named(history_titles, history_contributions)
            lines.append(_line(group, best, named, neighbours))
    return tuple(lines[:MOST_REASONS]) or ("nothing speaks for it more than for an average pair",)


def popularity_reason(*, users: int, place: int, who: str) -> str:
    """The reason of a list that comes from popularity.

    >>> popularity_reason(users=341, place=3, who="the user is not known")
    'the user is not known: the list is by popularity, where this item is number 3 (341 users have it)'
    """
    have = "1 user has it" if users == 1 else f"{users:,} users have it"
    return f"{who}: the list is by popularity, where this item is number {place:,} ({have})"


def _strongest(
    features: Sequence[Feature], contributions: npt.NDArray[np.float64], group: str
) -> Feature:
    positions = [position for position, feature in enumerate(features) if feature.group == group]
    return features[max(positions, key=lambda position: contributions[position])]


def _named(titles: Sequence[str], contributions: npt.NDArray[np.float64]) -> str:
    order = [p for p in np.argsort(-contributions, kind="stable") if contributions[p] > 0]
    shown = [titles[position] for position in order[:MOST_TITLES]]
    return list_of_titles(shown) if shown else ""


def _line(group: str, best: Feature, named: str, neighbours: int) -> str:
    if group == schema.ITEM_SIMILARITY and named:
        return f"like {named}"
    if group == schema.USER_SIMILARITY and neighbours > 1:
        return f"{neighbours} similar users have it"
    if group == schema.MATCH:
        return f"fits the user: {best.title}"
    if group == schema.ITEM:
        return f"the item itself: {best.title}"
    return best.title
