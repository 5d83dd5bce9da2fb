"""What the figures mean for a recommender, in plain words, and what to do in the workbench about it."""

from typing import Final

from m6rec_core.data.health.drift import (
    MIX,
    NEW_ITEMS,
    NEW_USERS,
    PACE,
    POPULARITY,
    RATING,
    changes,
)
from m6rec_core.data.health.record import FEW_EVENTS, Advice, Described, Health
from m6rec_core.data.health.words import percent, whole

GOOD: Final = "good"
NOTE: Final = "note"
WARNING: Final = "warning"

# Floor and recommendation of a common managed recommender service
LEAST_EVENTS, GOOD_EVENTS = 1_000, 50_000
LEAST_ACTIVE_USERS, GOOD_ACTIVE_USERS = 25, 1_000

LARGE_SHARE_OF_COLD_USERS = 0.5
LARGE_SHARE_OF_RARE_ITEMS = 0.5
LARGE_SHARE_OF_ONE_USER = 0.05
LARGE_SHARE_UNSEEN = 0.2
LARGE_SHARE_UNKNOWN = 0.2
LARGE_SHARE_MISSING = 0.5
HIGH_GINI = 0.9
SHARE_OF_A_FIXED_RATING = 0.95
LEAST_EVENTS_OF_THE_BEST_KIND = 1_000
FEWEST_USERS = 20  # below, one busy user is no sign of a machine

_AGAIN = "On the page Data press 'Clean again with other options' and"
_DRIFT_REMEDIES: Final = {
    NEW_USERS: "Train often; a new user gets the most popular items until some events are in.",
    NEW_ITEMS: "Train often, and give a table of items with attributes on the page Data.",
    POPULARITY: f"{_AGAIN} set 'Half-life in days', so that old events fade; or hold out "
    "the latest events on the page Train, to be judged by them.",
    PACE: "Look at Activity: is part of the log missing, or was there a campaign?",
    MIX: "Look at Kinds and funnel: was a kind of event added, or is it logged differently now?",
    RATING: "Look at Ratings: was the scale changed?",
}


def advise(figures: Health) -> tuple[Advice, ...]:
    """Every finding with its remedy, the gravest first."""
    found = [
        _size("events", figures.n_events, LEAST_EVENTS, GOOD_EVENTS),
        _size(
            "users with at least 2 events",
            figures.user_activity.active,
            LEAST_ACTIVE_USERS,
            GOOD_ACTIVE_USERS,
        ),
        *_about_users(figures),
        *_about_items(figures),
        *_about_catalogue(figures.items),
        *_about_kinds(figures),
        *_about_ratings(figures),
        *_about_attributes(figures),
        *_about_times(figures),
    ]
    grave = (WARNING, NOTE, GOOD)
    return tuple(sorted(found, key=lambda advice: grave.index(advice.level)))


def _size(what: str, number: int, least: int, good: int) -> Advice:
    if number < least:
        remedy = (
            f"At least {whole(least)} are needed, {whole(good)} are recommended: add the logs of more days on "
            "the page Data. Take what follows as a demonstration."
        )
        return Advice(WARNING, f"{whole(number)} {what} are too few to learn from.", remedy)
    if number < good:
        remedy = f"From {whole(good)} on, lists usually become clearly better: add further logs when you have them."
        return Advice(NOTE, f"{whole(number)} {what} are enough to start.", remedy)
    return Advice(GOOD, f"{whole(number)} {what} are plenty (recommended: {whole(good)}).")


def _about_users(figures: Health) -> list[Advice]:
    found = []
    users = figures.user_activity
    cold = users.one / max(figures.n_users, 1)
    if cold > LARGE_SHARE_OF_COLD_USERS:
        finding = f"{percent(cold)} of the users have a single event: there is nothing to learn from and nothing to test on."
        remedy = f"{_AGAIN} switch on 'Rare users and items' with 2 events per user: such users get the most popular items anyway."
        found.append(Advice(NOTE, finding, remedy))
    busiest = users.largest / max(figures.n_events, 1)
    if busiest > LARGE_SHARE_OF_ONE_USER and figures.n_users >= FEWEST_USERS:
        finding = f"One user has {percent(busiest)} of all events: a machine, or an account that many share."
        found.append(Advice(NOTE, finding, f"{_AGAIN} switch on 'Machines'."))
    return found


def _about_items(figures: Health) -> list[Advice]:
    found = []
    rare = figures.item_activity.few / max(figures.n_items, 1)
    if rare > LARGE_SHARE_OF_RARE_ITEMS:
        finding = (
            f"{percent(rare)} of the items have fewer than {FEW_EVENTS} events: their likeness to others "
            "rests on a few people."
        )
        remedy = f"{_AGAIN} switch on 'Rare users and items' with {FEW_EVENTS} events per item, or add a table of items with attributes."
        found.append(Advice(NOTE, finding, remedy))
    if figures.concentration.gini > HIGH_GINI:
        finding = (
            f"A few items take most events (Gini {figures.concentration.gini:.2f}): a list of the most "
            "popular items is hard to beat."
        )
        remedy = "On the page Evaluate, hold every figure against 'Popularity', and look at the coverage."
        found.append(Advice(NOTE, finding, remedy))
    return found


def _about_catalogue(items: Described | None) -> list[Advice]:
    if items is None or not items.without_events:
        return []
    catalogue = items.ids + items.without_events
    unseen = items.without_events / catalogue
    if unseen <= LARGE_SHARE_UNSEEN:
        return []
    finding = (
        f"{percent(unseen)} of the {whole(catalogue)} items of the table have no event: they are never "
        "recommended."
    )
    return [
        Advice(
            NOTE, finding, "Show some of them on purpose, and add the new logs on the page Data."
        )
    ]


def _about_kinds(figures: Health) -> list[Advice]:
    kinds = figures.kinds
    good = [place for place, weight in enumerate(kinds.weights) if weight > 0]
    if not good:
        finding = "No kind of event says anything good: there is nothing to recommend by."
        return [Advice(WARNING, finding, f"{_AGAIN} give a kind a weight above 0.")]
    best = good[-1]
    if len(good) < 2 or kinds.events[best] >= LEAST_EVENTS_OF_THE_BEST_KIND:
        return []
    finding = (
        f"Only {whole(kinds.events[best])} events are of the weightiest kind '{kinds.names[best]}' "
        f"(at least {whole(LEAST_EVENTS_OF_THE_BEST_KIND)} would be good)."
    )
    remedy = f"{_AGAIN} set 'Kind to be predicted' to a more frequent one; the rare one still counts as a signal."
    return [Advice(NOTE, finding, remedy)]


def _about_ratings(figures: Health) -> list[Advice]:
    if figures.ratings is None:
        return []
    share = float(figures.ratings.count.max(initial=0) / max(figures.ratings.count.sum(), 1))
    if share < SHARE_OF_A_FIXED_RATING:
        return []
    finding = (
        f"{percent(share)} of the ratings are equal: they say little more than that there was one."
    )
    return [
        Advice(
            NOTE,
            finding,
            f"{_AGAIN} map no column to 'Rating or amount': every event then counts the same.",
        )
    ]


def _about_attributes(figures: Health) -> list[Advice]:
    found = []
    for name, table in (("users", figures.users), ("items", figures.items)):
        unknown = 0.0 if table is None else table.without_attributes / max(table.ids, 1)
        if unknown > LARGE_SHARE_UNKNOWN:
            finding = (
                f"{percent(unknown)} of the {name} with events are not in the table of {name}."
            )
            remedy = f"Check on the page Data that the id column of that table holds the same ids, or add the missing {name}."
            found.append(Advice(NOTE, finding, remedy))
    empty = [
        f"'{one.column}' of the {one.table} ({percent(one.share)})"
        for one in figures.missing
        if one.table != "events" and one.share > LARGE_SHARE_MISSING
    ]
    if empty:
        shown = ", ".join(empty[:3]) + (f" and {len(empty) - 3} more" if len(empty) > 3 else "")
        finding = f"Mostly empty: {shown}."
        found.append(
            Advice(NOTE, finding, "Fill them in the file, or leave these columns out of it.")
        )
    return found


def _about_times(figures: Health) -> list[Advice]:
    if figures.activity is None:
        finding = "The events have no times: order, recency and change over time cannot be learned."
        remedy = f"If the file has a column with times: {_AGAIN[0].lower()}{_AGAIN[1:]} map it to 'Time'."
        return [Advice(NOTE, finding, remedy)]
    if figures.drift is None:
        return []
    measured = changes(figures.drift, figures.kinds, figures.ratings)
    large = [one for one in measured if one.is_large]
    if not large:
        return [Advice(GOOD, "The last tenth of the events is like those before it.")]
    finding = f"The last tenth of the events differs from the rest: {'; '.join(one.words for one in large)}."
    return [Advice(NOTE, finding, _DRIFT_REMEDIES[large[0].name])]
