"""How a person brings files into the app: what every browser test of uploads does."""

from collections.abc import Mapping

from playwright.sync_api import Page, expect

from visit import Visit

expect.set_options(timeout=30_000)  # milliseconds for what a page shows after a click
LONG = 240_000  # milliseconds that reading may take on a busy machine


def add_files(visit: Visit, files: Mapping[str, bytes]) -> None:
    """Uploads files on the page Data and waits until each stands in the list."""
    page = visit.page
    page.locator("input[type=file]").first.set_input_files(
        [{"name": name, "mimeType": "", "buffer": content} for name, content in files.items()]
    )
    for name in files:
        listed = page.get_by_test_id("stMarkdown").get_by_text(name, exact=True)
        expect(listed.first).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Looking at")).to_have_count(0, timeout=LONG)
    visit.rest()


def offered(page: Page) -> list[str]:
    """What each file in the list is taken for."""
    return (
        page.get_by_test_id("stMain")
        .locator(
            "[class*='st-key-uploads-table'] [aria-checked=true], "
            "[class*='st-key-uploads-table'] [data-testid*=Active]"
        )
        .all_inner_texts()
    )


def choose(visit: Visit, label: str, option: str) -> None:
    """Takes an option of a select box by typing it."""
    page = visit.page
    box = page.get_by_role("combobox", name=label, exact=True)
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()
    visit.rest()


def name_it(visit: Visit, name: str) -> None:
    """Names the data set."""
    box = visit.page.get_by_label("Name", exact=True)
    box.fill(name)
    box.press("Enter")
    visit.rest()


def read_and_clean(visit: Visit, name: str) -> None:
    """Starts the work and waits until the page shows the data set."""
    page = visit.page
    page.get_by_role("button", name="Read and clean").click()
    context = page.get_by_test_id("stMain").get_by_role("link", name=name, exact=True)
    expect(context).to_be_visible(timeout=LONG)
    expect(page.get_by_text("rows in = ")).to_be_visible(timeout=LONG)
    visit.rest()
