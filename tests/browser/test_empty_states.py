"""With nothing there, every page says what is missing and offers one next step."""

from playwright.sync_api import expect

from pages.shared.places import DATA, OVERVIEW, SECTIONS
from running_app import running_app
from visit import Visit

OTHERS = [place for places in SECTIONS.values() for place in places if place is not DATA]


def test_every_page_of_an_empty_workspace_leads_to_the_data(browser, tmp_path):
    with running_app(tmp_path / "home", with_demo=False) as address:
        visit = Visit(browser, address)
        for place in OTHERS:
            page = visit.open(place.address)
            text = visit.text()
            assert place.title in text
            assert place is OVERVIEW or "There is no data set yet." in text
            expect(page.get_by_role("button", name="Choose data")).to_be_visible()
        page.get_by_role("button", name="Choose data").click()
        expect(page.get_by_role("heading", level=1, name=DATA.title)).to_be_visible()
        visit.rest()
        assert "Open a sample" in visit.text()
        assert visit.faults == []
        visit.close()
