"""What an analyst does, in one sitting: a file of their own, up to the layers of the network."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("browser")
LONG = 240_000  # milliseconds that a small training may take on a busy machine


def odd_csv() -> bytes:
    """40 people in two camps over 24 things, under names that no alias table knows; two rows are faulty."""
    lines = ["wer;was;sterne;wann"]
    for user in range(40):
        for step in range(6 + user % 4):
            thing = f"{'ab'[user % 2]}{(user * 5 + step * 7) % 12}"
            stars = 1 + (user + step) % 5
            lines.append(f"0{user:02d};{thing};{stars};{1_700_000_000 + 3_600 * step}")
    return "\n".join([*lines, "099;;3;1700000000", lines[1]]).encode()


def choose(page: Page, label: str, option: str) -> None:
    """Takes an option of a select box by typing it."""
    box = page.get_by_test_id("stSelectbox").filter(has_text=label).first
    box.locator("input").fill(option)
    page.keyboard.press("Enter")


def test_from_an_uploaded_file_to_the_layers_of_its_network(visit):
    page = visit.open("data")
    page.get_by_text("Add a data set", exact=True).click()
    page.get_by_test_id("stFileUploader").first.locator("input[type=file]").set_input_files(
        {"name": "market.csv", "mimeType": "text/csv", "buffer": odd_csv()}
    )
    expect(page.get_by_role("heading", name="Which column is what")).to_be_visible(timeout=30_000)
    visit.rest()
    choose(page, "User", "wer")
    visit.rest()
    choose(page, "Item", "was")
    visit.rest()
    choose(page, "Rating or weight", "sterne")
    visit.rest()
    choose(page, "Time", "wann")
    visit.rest()
    page.get_by_role("button", name="Read and clean").click()

    context = page.get_by_test_id("stMain").get_by_role("link", name="market")
    expect(context).to_be_visible(timeout=LONG)
    visit.open("data")
    assert "market" in visit.text()
    page.get_by_role("button", name="Train a scorer on it").click()

    expect(page.get_by_role("heading", level=1, name="Train")).to_be_visible(timeout=30_000)
    visit.rest()
    page.get_by_text("Every option", exact=True).click()
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("2")
    epochs.press("Enter")
    visit.rest()
    page.get_by_label("Name of the run").fill("Market run")
    page.get_by_label("Name of the run").press("Enter")
    visit.rest()
    page.get_by_role("button", name="Train the scorer").click()
    expect(page.get_by_role("heading", name="What the run learned")).to_be_visible(timeout=LONG)
    visit.rest()
    page.get_by_role("button", name="See one user's list").click()

    expect(page.get_by_role("heading", level=1, name="Recommendations")).to_be_visible()
    visit.rest()
    assert "Market run" in visit.text()
    assert page.get_by_test_id("stDataFrame").count() == 2  # history and list
    page.get_by_role("button", name="Why is the first one first?").click()

    expect(page.get_by_role("heading", level=1, name="Why")).to_be_visible()
    visit.rest()
    text = visit.text()
    assert "In plain words" in text
    assert "Trust" in text
    page.get_by_role("button", name="What do the layers do with this pair?").click()

    expect(page.get_by_role("heading", level=1, name="Layers")).to_be_visible()
    visit.rest()
    assert "user=" in page.url
    assert "item=" in page.url
    assert page.get_by_test_id("stException").count() == 0
