"""The page Health: every picture, and one user or item looked up, each by its address."""

import pytest

from m6rec_core.workspace.workspace import Workspace
from pages.shared import choices
from pages.shared.places import HEALTH

FINDINGS = {
    "Popularity": "The most popular tenth of the items takes",
    "Long tails": "Half of the users have at most",
    "Activity": "The events run from",
    "Kinds and funnel": "is the most frequent kind of event",
    "Ratings": "The values of these events are not ratings",
    "Repeats": "had before",
    "Cold": "events",
    "Missing": "cell",
    "Drift": "The last tenth of the events",
}


def words(app) -> str:
    assert not app.exception
    assert not app.error
    return "\n".join(str(one.value).replace("\\", "") for one in app.markdown)


@pytest.mark.parametrize("picture", FINDINGS)
def test_each_picture_opens_by_its_address(open_page, with_data, picture):
    app = open_page(HEALTH, with_data, **{"health.picture": picture})
    said = words(app)
    assert FINDINGS[picture] in said
    assert len(app.metric) == 4
    assert "users with at least 2 events" in said


@pytest.mark.parametrize(("side", "name"), [("One user", choices.USER), ("One item", choices.ITEM)])
def test_one_is_looked_up_by_its_address(open_page, with_data, small_shop, side, name):
    events = small_shop.interactions.to_frame()
    column = f"{name}_id"
    one_id = events[column].iloc[0]
    number = int((events[column] == one_id).sum())
    dataset = Workspace(with_data).datasets()[0].dataset_id
    app = open_page(HEALTH, with_data, dataset=dataset, **{"health.side": side, name: one_id})
    assert f"{number} events" in words(app)


def test_versions_of_one_name_are_told_apart_in_the_choice():
    labels = choices.distinct({"a": "shop", "b": "shop", "c": "news"})
    assert len(set(labels.values())) == 3
