"""One user, one item and what-ifs in a real browser: what is shown, and what an address brings back."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset
from m6rec_core.workspace.results import store_dataset, store_run
from m6rec_core.workspace.workspace import Workspace
from running_app import running_app
from visit import Visit

WAIT = 60_000  # milliseconds
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TITLES = (
    "**bold** [link](https://example.org) # head",
    "<script>window.broken = 1</script><b>big</b>",
    '=HYPERLINK("https://example.org")',
    "עברית \u202e reversed $x^2$ :red[colour] :material/home:",
    "long " * 800,
    "plain",
)
TINY = {
    "seed": 1,
    "split.strategy": "leave_last_out",
    "scorer.epochs": 1,
    "scorer.hidden": "4",
    "ranking.candidates": 10,
    "similarity.measure": "degree",
    "explanation.background": 10,
    "explanation.permutations": 2,
    "explanation.sample": 10,
}


def three_users() -> Dataset:
    """Three people, six things; titles that a page could stumble over, and a picture of the first."""
    rows = [
        (
            f"u{user}",
            f"t{(user + step) % 6}",
            1.0 + (user + step) % 5,
            1_600_000_000 + step * 86_400,
        )
        for user in range(3)
        for step in range(4)
    ]
    events = pd.DataFrame(rows, columns=["user_id", "item_id", "value", "timestamp"])
    things = pd.DataFrame(
        {
            "item_id": [f"t{n}" for n in range(6)],
            "title": TITLES,
            "category": ["odd", "even"] * 3,
            "image_url": [PIXEL, *[None] * 5],
        }
    )
    return Dataset.from_frames(events, items=things, name="Three people")


@pytest.fixture(scope="module")
def small_home(make_once, tmp_path_factory) -> Path:
    def fill(home: Path) -> None:
        from m6rec_core.pipeline import train

        workspace, dataset, config = Workspace(home), three_users(), Config.from_flat(TINY)
        store_dataset(workspace, dataset, "three", job_id="")
        record = workspace.dataset("three")
        with store_run(workspace, record, config, "Small run", job_id="small-run") as folder:
            train(dataset, config, folder)

    folder = tmp_path_factory.mktemp("three") / "home"
    shutil.copytree(make_once("three-people", fill), folder)
    return folder


@pytest.fixture(scope="module")
def small_app(small_home) -> Iterator[str]:
    with running_app(small_home) as address:
        yield address


def whole(visit: Visit) -> str:
    """What can be read on the page once its last line stands."""
    foot = visit.page.get_by_test_id("stMain").get_by_text("What next?")
    expect(foot).to_be_visible(timeout=WAIT)
    visit.rest()
    return visit.text()


def main_text(visit: Visit, path: str) -> str:
    visit.open(path)
    return whole(visit)


def test_odd_titles_are_shown_as_they_are_on_every_page(browser, small_app):
    visit = Visit(browser, small_app)
    for path in ("recommendations?user=u0", "what_if?user=u1", "recommendations?user=u2"):
        main_text(visit, path)
        assert visit.page.get_by_test_id("stDataFrame").count() >= 2
    for place in range(6):
        words = " ".join(TITLES[place].replace("\u202e", "").split())[:60]
        for path in ("item?", "explain?user=u0&", "layers?user=u0&"):
            shown = main_text(visit, f"{path}item=t{place}")
            assert words in " ".join(shown.replace("\u2060", "").split())  # keeps icons away
            assert visit.page.locator("[data-testid=stMain] a[href*='example.org']").count() == 0
    assert visit.page.evaluate("window.broken") is None
    assert visit.faults == []
    visit.close()


def test_an_address_brings_user_model_and_filters_back(visit, browser, app):
    """What is chosen by clicks in one browser stands in another one that gets the address."""
    main_text(visit, "recommendations")
    page = visit.page
    page.get_by_role("button", name="Random user").click()
    page.wait_for_url("**user=**", timeout=WAIT)
    whole(visit)
    visit.choose("Items alike")
    page.wait_for_url("**recommendations.model=**", timeout=WAIT)
    whole(visit)
    page.get_by_text("Filters and boost").click()
    page.get_by_label("Least users", exact=True).fill("20")
    page.keyboard.press("Enter")
    page.wait_for_url("**recommendations.least_users=20**", timeout=WAIT)
    page.keyboard.press("Escape")
    shown = whole(visit)
    assert "Top 10 by items alike" in shown
    other = Visit(browser, app)
    assert main_text(other, page.url.removeprefix(f"{app}/")) == shown
    assert other.faults == []
    other.close()


def test_a_what_if_is_built_from_nothing_kept_and_shared(visit, browser, app):
    assert "Popularity" in main_text(visit, "what_if?what_if.start=Nobody")
    page = visit.page
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("1 item", timeout=WAIT)
    assert "Scorer" in whole(visit)
    page.get_by_role("button", name="Keep this what-if").click()
    expect(page.get_by_role("button", name="Open A")).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Undo all changes").click()
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("0 items", timeout=WAIT)
    page.get_by_role("button", name="Open A").click()
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("1 item", timeout=WAIT)
    shown = whole(visit)
    other = Visit(browser, app)
    assert main_text(other, page.url.removeprefix(f"{app}/")) == shown
    assert other.faults == []
    other.close()


def test_everybody_s_lists_are_written_by_a_job_and_fetched(visit, app):
    main_text(visit, "recommendations?recommendations.detail=Everybody%27s%20lists")
    page = visit.page
    page.get_by_role("button", name="Write everybody's lists").click()
    link = page.get_by_role("link", name="scorer, top 10, parquet")
    expect(link).to_be_visible(timeout=240_000)
    reply = page.request.get(f"{app}{link.get_attribute('href')}")
    assert reply.status == 200
    assert reply.body()[:4] == b"PAR1"
    assert page.request.get(f"{app}/exports/nothing").status == 404
    visit.rest()


@pytest.mark.parametrize("tab", ["Portrait", "Models side by side", "Why A above B", "Cold start"])
def test_each_part_of_the_list_page_opens_from_its_address(visit, tab):
    main_text(visit, f"recommendations?recommendations.detail={tab.replace(' ', '%20')}")
    selected = visit.page.get_by_role("tab", name=tab)
    expect(selected).to_have_attribute("aria-selected", "true")
