"""Health in pictures: one at a time, with its numbers behind it."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import streamlit as st

from m6rec_core.data.health.drift import changes
from m6rec_core.data.health.record import GAP_NAMES, Activity, Health, Kinds
from m6rec_core.figures import concentration, health_kinds, health_time
from m6rec_core.figures import health as figures
from m6rec_core.figures.text import counted, three
from pages.shared.panels import behind, escaped, picture, quiet

WHOLE = st.column_config.NumberColumn(format="localized")
SHARE = st.column_config.NumberColumn(format="percent")


def pictures(health: Health, name: str) -> None:
    """One picture at a time, chosen in a row above it."""
    views: Mapping[str, Callable[[Health, str], None]] = {
        "Popularity": _popularity,
        "Long tails": _tails,
        "Activity": _activity,
        "Kinds and funnel": _kinds,
        "Ratings": _ratings,
        "Repeats": _repeats,
        "Cold": _cold,
        "Missing": _missing,
        "Drift": _drift,
    }
    st.subheader("What it looks like", anchor=False)
    view = st.segmented_control(
        "Picture",
        list(views),
        default="Popularity",
        required=True,
        key="health.picture",
        bind="query-params",
        label_visibility="collapsed",
    )
    views[str(view)](health, name)


def _popularity(health: Health, name: str) -> None:
    info = health.concentration
    picture(
        concentration.lorenz_finding(info),
        lambda theme: concentration.lorenz_figure(info, theme),
        key="health.lorenz",
    )
    popular = np.array([0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0])
    taken = 1 - np.interp(1 - popular, info.items, info.events)
    _behind(
        pd.DataFrame({"Most popular items": popular, "Share of the events": taken}),
        "popularity",
        name,
        {"Most popular items": SHARE, "Share of the events": SHARE},
    )


def _tails(health: Health, name: str) -> None:
    tables = []
    for place, of, spread in zip(
        st.columns(2), ("user", "item"), (health.user_activity, health.item_activity), strict=True
    ):
        info = concentration.long_tail_info(spread, of=of)
        with place:
            picture(
                concentration.long_tail_finding(info),
                lambda theme, info=info: concentration.long_tail_figure(info, theme),  # type: ignore[misc]
                key=f"health.tail.{of}",
            )
        words = {"Of": f"{of}s", "At least so many events": info.events, "Number": info.owners}
        tables.append(pd.DataFrame(words))
    whole = {"At least so many events": WHOLE, "Number": WHOLE}
    _behind(pd.concat(tables, ignore_index=True), "long-tails", name, whole)


def _activity(health: Health, name: str) -> None:
    info = health.activity
    if info is None:
        _nothing("The events have no times.", "Activity by day and hour needs a column with times.")
        return
    picture(
        health_time.activity_finding(info),
        lambda theme: health_time.activity_figure(info, theme),
        key="health.activity",
    )
    picture(
        health_time.week_finding(info),
        lambda theme: health_time.week_figure(info, theme),
        key="health.week",
    )
    _behind(_activity_table(info), "activity", name, {"Events": WHOLE})


def _activity_table(info: Activity) -> pd.DataFrame:
    starts = np.datetime_as_string(info.start.astype("datetime64[s]"), unit="D")
    return pd.DataFrame(
        {f"{health_time.stretch(info).capitalize()} from (UTC)": starts, "Events": info.events}
    )


def _kinds(health: Health, name: str) -> None:
    info = health.kinds
    picture(
        health_kinds.kinds_finding(info),
        lambda theme: health_kinds.kinds_figure(info, theme),
        key="health.kinds",
    )
    if info.pooled:
        quiet(f"'{info.names[-1]}' stands for the {counted(info.pooled, 'rarest kind')}.")
    whole = {"Events": WHOLE, "Users": WHOLE, "Items": WHOLE, "All users": WHOLE}
    _behind(_kinds_table(info), "kinds", name, whole)
    funnel = health_kinds.funnel_info(info)
    if not funnel.steps:
        return
    picture(
        health_kinds.funnel_finding(funnel),
        lambda theme: health_kinds.funnel_figure(funnel, theme),
        key="health.funnel",
    )
    if not funnel.in_order:
        quiet("Without times it is not known which event came first: both are there.")
    names = {
        "first": "From",
        "second": "To",
        "users": "Users with the first",
        "then": "Then any item",
        "same": "Then same item",
        "pairs": "Pairs with the first",
        "pairs_then": "Then the second",
    }
    steps = pd.DataFrame(funnel.steps)[list(names)].rename(columns=names)
    _behind(steps, "funnel", name, dict.fromkeys(steps.columns[2:], WHOLE))


def _kinds_table(info: Kinds) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Kind": info.names,
            "Weight": info.weights,
            "Events": info.events,
            "Share": info.events / max(int(info.events.sum()), 1),
            "Users": info.users,
            "Items": info.items,
        }
    )


def _ratings(health: Health, name: str) -> None:
    info = health.ratings
    if info is None:
        _nothing(
            "The values of these events are not ratings.",
            "They are amounts, or there are none: what counts is that there was an event.",
        )
        return
    picture(
        figures.ratings_finding(info),
        lambda theme: figures.ratings_figure(info, theme),
        key="health.ratings",
    )
    column = "Rating (middle of a bin)" if info.width else "Rating"
    shown = pd.DataFrame({column: info.value, "Events": info.count})
    shown["Share"] = info.count / info.count.sum()
    _behind(shown, "ratings", name, {"Events": WHOLE, "Share": SHARE})


def _repeats(health: Health, name: str) -> None:
    info = health.repeats
    finding = figures.repeats_finding(info, health.n_events)
    note = (
        "Counted after cleaning, which may have made one event of several: see the step 'Repeats' on the "
        "page Data."
    )
    if not info.events or not len(info.gaps):
        _nothing(finding, note)
        return
    picture(finding, lambda theme: figures.repeats_figure(info, theme), key="health.repeats")
    same = counted(info.same_kind, "event") if info.same_kind else "None"
    quiet(f"{same} of them of a kind that the user had on that item before. {note}")
    shown = pd.DataFrame({"Since the event before": GAP_NAMES, "Events": info.gaps})
    _behind(shown, "repeats", name, {"Events": WHOLE})


def _cold(health: Health, name: str) -> None:
    info = figures.cold_info(health)
    picture(
        figures.cold_finding(info),
        lambda theme: figures.shares_figure(info, theme, axis_title="share"),
        key="health.cold",
    )
    missing = [
        what for what, table in (("users", health.users), ("items", health.items)) if table is None
    ]
    if missing:
        quiet(f"No table about {' and '.join(missing)} was given.")
    if health.links is not None:
        quiet(
            f"{counted(health.links.links, 'link')} between users; {counted(health.links.users, 'user')} "
            "have one."
        )
    _shares(info, "cold", name)


def _missing(health: Health, name: str) -> None:
    if not health.missing:
        _nothing(
            "There is no column that could have empty cells.",
            "Looked at are values of events and the columns of the tables about users and items.",
        )
        return
    info = figures.missing_info(health.missing)
    picture(
        figures.missing_finding(info),
        lambda theme: figures.shares_figure(
            info, theme, axis_title="share of the rows without a value", of=len(health.missing)
        ),
        key="health.missing",
    )
    if health.activity is None:
        quiet("The events have no times at all.")
    every = figures.missing_info(health.missing, most=len(health.missing))
    _shares(every, "missing", name)


def _drift(health: Health, name: str) -> None:
    found = health.drift
    if found is None:
        _nothing(health.why_no_drift, "The last tenth by time is held against the rest.")
        return
    measured = changes(found, health.kinds, health.ratings)
    picture(
        health_time.drift_finding(measured, found),
        lambda theme: health_time.drift_figure(measured, theme),
        key="health.drift",
    )
    quiet(
        "The distance of popularity (Jensen-Shannon) is 0 for equal shares of the most popular items and "
        f"1 for none in common; by chance alone it would be about {three(found.by_chance)}."
    )
    shown = pd.DataFrame(
        {
            "Measure": [change.name for change in measured],
            "What happened": [change.words for change in measured],
            "Change": [change.size for change in measured],
            "Limit": [change.allowed for change in measured],
            "Verdict": ["passes the limit" if one.is_large else "like before" for one in measured],
        }
    )
    numbers = st.column_config.NumberColumn(format="%.3g")
    _behind(shown, "drift", name, {"Change": numbers})


def _shares(info: figures.Shares, what: str, name: str) -> None:
    shown = pd.DataFrame(
        {"Part": info.names, "Number": info.number, "Of": info.total, "Share": info.share}
    )
    _behind(shown, what, name, {"Number": WHOLE, "Of": WHOLE, "Share": SHARE})


def _behind(frame: pd.DataFrame, what: str, name: str, columns: Mapping[str, object]) -> None:
    behind(frame, key=f"health.{what}.table", file_name=f"{name}-{what}.csv", columns=columns)


def _nothing(finding: str, why: str) -> None:
    st.markdown(f"**{escaped(finding)}**")
    quiet(why)
