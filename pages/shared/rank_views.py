"""The rank explained: the whole list, one item above another, what would drop an item, and how faithful it is."""

from pathlib import Path

import pandas as pd
import streamlit as st

from m6rec_core.explanation.attribute_change import AttributeChange
from m6rec_core.explanation.counterfactual import MOST_REMOVED, Removal
from m6rec_core.explanation.pair_explanation import PairExplanation
from m6rec_core.explanation.versus import Place, Versus
from m6rec_core.explanation.words import list_of_titles
from m6rec_core.figures import contributions, faithful, force, list_map
from m6rec_core.figures.text import counted
from m6rec_core.ranking.recommender import Recommendations
from pages.shared import cached, explained
from pages.shared.panels import escaped, picture, quiet, table

TOP = 10


def whole_list(run: Path, user_id: str) -> None:
    """Every item of a list against every group of features."""
    history = cached.recommender(run).histories([user_id])
    if not len(history.item_row):
        st.info(
            "This user has no past items: the list is by popularity, and nothing is taken apart.",
            icon=":material/info:",
        )
        return
    item_rows, found = explained.list_contributions(run, user_id, TOP)
    titles = [f"{at}. {cached.item_titles(run)[row]}" for at, row in enumerate(item_rows, start=1)]
    groups, values = found.group_values()
    info = list_map.list_map_info(values, titles, groups)
    picture(
        list_map.list_map_finding(info),
        lambda theme: list_map.list_map_figure(info, theme),
        key="explain.list_map",
    )
    shown = pd.DataFrame(values, columns=list(groups))
    shown.insert(0, "Item", titles)
    shown["Score"] = found.scores
    table(shown, key="explain.list_table", file_name=f"list-contributions-{user_id}.csv")
    quiet(f"Base of every row: {found.base:.3f}, the score of an average pair. Base + row = score.")


def above_another(run: Path, found: PairExplanation) -> None:
    """Why the item stands above, or below, another one of the list."""
    items = cached.recommender(run).interactions.items
    own = items.row_of(found.item_id)
    place = explained.place_of(run, found.user_id, own)
    st.markdown(escaped(_where(place)))
    listed = cached.recommended(run, found.user_id, TOP, include_seen=False, model="scorer")
    titles = cached.item_titles(run)
    names = {str(items.ids[row]): f"{at}. {titles[row]}" for at, row in _placed(listed, own)}
    if not names:
        st.info("There is no other item to compare with.", icon=":material/info:")
        return
    next_below = min((place.rank or TOP + 1) - 1, len(names) - 1)
    chosen = str(
        st.selectbox(
            "Compare with",
            list(names),
            index=next_below,
            format_func=lambda one: names[one],
            key="explain.other",
            bind="query-params",
            width=420,
        )
    )
    split = explained.versus(run, found.user_id, own, items.row_of(chosen))
    info = force.difference_info(
        split.contributions,
        [feature.title for feature in split.features],
        other_score=split.other_score,
        score=split.score,
        ends=(names[chosen], found.title),
    )
    picture(
        force.difference_finding(info),
        lambda theme: contributions.waterfall_figure(info, theme),
        key="explain.versus",
    )
    _versus_table(split, f"versus-{found.user_id}-{found.item_id}.csv")


def _versus_table(split: Versus, file_name: str) -> None:
    rows = pd.DataFrame(
        {
            "Feature": [feature.title for feature in split.features],
            "Group": [feature.group for feature in split.features],
            "Here": split.values,
            "There": split.other_values,
            "Difference it makes": split.contributions,
        }
    ).sort_values("Difference it makes", key=abs, ascending=False)
    table(rows, key="explain.versus_table", file_name=file_name, height=280)


def _placed(listed: Recommendations, own: int) -> list[tuple[int, int]]:
    rows = [int(row) for row in listed.item_row[0] if row >= 0]
    return [(at, row) for at, row in enumerate(rows, start=1) if row != own]


def _where(place: Place) -> str:
    if place.is_known:
        return "The user knows this item already: lists leave out what is known."
    if not place.is_candidate:
        return (
            "Similarity does not propose this item: it is not among the "
            f"{place.candidates} candidates. By its score it would stand at place {place.rank}."
        )
    return f"The item stands at place {place.rank} of {place.candidates} candidates."


def what_would_drop_it(run: Path, found: PairExplanation) -> None:
    """The fewest past items, and the smallest change of an attribute, that drop the item out of the ten."""
    own = cached.recommender(run).interactions.items.row_of(found.item_id)
    removal = explained.removal(run, found.user_id, found.item_id, TOP)
    st.markdown(f"**{escaped(_removal_words(run, found, removal))}**")
    changes = explained.attribute_changes(run, found.user_id, own, TOP)
    if not changes:
        quiet("Neither the user nor the item has attributes that could be changed.")
        return
    drops = [change for change in changes if change.rank is None]
    st.markdown(
        f"**{escaped(_change_words(drops[0]))}**"
        if drops
        else f"**No change of a single attribute among {len(changes)} drops it out of the first {TOP}.**"
    )
    table(
        pd.DataFrame(
            {
                "Of": [change.side for change in changes],
                "Attribute": [change.column for change in changes],
                "Now": [change.before for change in changes],
                "Changed to": [change.after for change in changes],
                "Rank then": [
                    f"{change.rank}" if change.rank else f"beyond {TOP}" for change in changes
                ],
            }
        ),
        key="explain.changes",
        file_name=f"changes-{found.user_id}-{found.item_id}.csv",
        height=280,
    )
    quiet(
        "Each line was verified by making the list again through the serving path, the rest unchanged."
    )


def _removal_words(run: Path, found: PairExplanation, removal: Removal | None) -> str:
    if removal is None:
        if found.rank is None or found.rank > TOP:
            return f"The item is not among the first {TOP}: there is nothing to drop it from."
        return (
            f"No set of up to {MOST_REMOVED} past items was found without which it leaves the first "
            f"{TOP}: it rests on many."
        )
    history = cached.recommender(run).histories([found.user_id]).item_row
    titles = [str(cached.item_titles(run)[history[entry]]) for entry in removal.entries]
    after = (
        "off the list" if removal.rank_after >= removal.beyond else f"place {removal.rank_after}"
    )
    return (
        f"Without {list_of_titles(titles)} it falls out of the first {removal.top}: from place "
        f"{removal.rank_before} to {after} ({counted(removal.lists, 'list')} made to find and verify it)."
    )


def _change_words(change: AttributeChange) -> str:
    return (
        f"It would fall out of the first {TOP} if the {change.side}'s {change.column} were "
        f"'{change.after}' and not '{change.before}'."
    )


def faithful_curves(run: Path, found: PairExplanation) -> None:
    """Deletion and insertion against plain likeness and chance, side by side."""
    if len(found.history) < 2:
        st.info(
            "With fewer than two past items there is no order to be tested.",
            icon=":material/info:",
        )
        return
    curves = explained.fidelity(run, found.user_id, found.item_id)
    share = next(iter(curves.values())).share
    for column, is_deletion in zip(st.columns(2, gap="medium"), (True, False), strict=True):
        heights = {
            name: one.deleted if is_deletion else one.inserted for name, one in curves.items()
        }
        info = faithful.faithful_info(share, heights, is_deletion=is_deletion)
        with column:
            picture(
                faithful.faithful_finding(info),
                lambda theme, info=info: faithful.faithful_figure(info, theme),  # type: ignore[misc]
                key=f"explain.faithful.{is_deletion}",
            )
    shown = pd.DataFrame({"Share of past items": share})
    for name, one in curves.items():
        shown[f"{name}: gone"], shown[f"{name}: there"] = one.deleted, one.inserted
        shown[f"{name}: rank while they go"] = one.deleted_rank
    numbers = st.column_config.NumberColumn(format="%.3f")
    columns = {name: numbers for name in shown.columns if not name.endswith("they go")}
    table(
        shown,
        key="explain.faithful_table",
        file_name="faithful.csv",
        columns=columns | {"Share of past items": st.column_config.NumberColumn(format="percent")},
        height=280,
    )
