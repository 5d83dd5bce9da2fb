"""Every page opens from its own address in a new browser, with real content."""

import pytest

from pages.shared.places import SECTIONS, Place

PLACES = [place for places in SECTIONS.values() for place in places]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.address)
def test_a_cold_link_opens_the_page_on_the_data_set_and_the_run(visit, place: Place):
    page = visit.open(place.address)
    assert page.get_by_role("heading", level=1).inner_text() == place.title
    text = visit.text()
    assert place.question in text
    assert "Corner shop" in text
    assert "First run" in text
    assert "No run of this data set" not in text


def test_a_link_with_user_and_item_opens_their_explanation(visit, small_shop):
    events = small_shop.interactions
    user_id = events.users.ids[0]
    item_id = events.items.ids[5]
    visit.open(f"explain?user={user_id}&item={item_id}")
    assert f"for user {user_id}" in visit.text()


def test_an_address_that_does_not_exist_leads_to_the_first_page(visit):
    page = visit.open("no-such-page")
    assert page.get_by_role("heading", level=1).inner_text() == "Overview"
    assert [fault for fault in visit.faults if "does not seem to exist" not in fault] == []
    visit.faults.clear()  # Streamlit tells the console, as it should
