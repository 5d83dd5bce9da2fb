"""What an analyst does, in one sitting: a file of their own, up to the layers of the network."""

from playwright.sync_api import expect

from upload_flow import LONG, add_files, choose, read_and_clean
from visit import Visit


def odd_csv() -> bytes:
    """40 people in two camps over 24 things, under names that no alias table knows; two rows are faulty."""
    lines = ["wer;was;sterne;wann"]
    for user in range(40):
        for step in range(6 + user % 4):
            thing = f"{'ab'[user % 2]}{(user * 5 + step * 7) % 12}"
            stars = 1 + (user + step) % 5
            lines.append(f"0{user:02d};{thing};{stars};{1_700_000_000 + 3_600 * step}")
    return "\n".join([*lines, "099;;3;1700000000", lines[1]]).encode()


def add_data(visit: Visit) -> None:
    """Uploads the file, says which column is what, and has it read and cleaned."""
    page = visit.open("data")
    page.get_by_text("Add a data set", exact=True).click()
    visit.rest()
    add_files(visit, {"market.csv": odd_csv()})
    expect(page.get_by_role("heading", name="Which column is what")).to_be_visible(timeout=LONG)
    columns = {"User": "wer", "Item": "was", "Rating or amount": "sterne", "Time": "wann"}
    for label, column in columns.items():
        if page.get_by_role("combobox", name=label, exact=True).input_value() != column:
            choose(visit, label, column)
    read_and_clean(visit, "market")


def train(visit: Visit, name: str) -> None:
    """Trains for two epochs on the page, from the data set that was just added."""
    page = visit.open("data")
    page.get_by_role("button", name="Look at its health").click()
    arrive(visit, "Health")
    page.get_by_role("button", name="Train a scorer on it").click()
    arrive(visit, "Train")
    page.get_by_text("Every option", exact=True).click()
    for field, value in (("Epochs", "2"), ("Name of the run", name)):
        box = page.get_by_label(field, exact=True)
        box.fill(value)
        box.press("Enter")
        visit.rest()
    page.get_by_role("button", name="Train the scorer").click()
    expect(page.get_by_role("heading", name="What the run learned")).to_be_visible(timeout=LONG)
    visit.rest()


def arrive(visit: Visit, title: str) -> str:
    """Waits until the page of this title rests, and gives its text."""
    heading = visit.page.get_by_role("heading", level=1, name=title)
    expect(heading).to_be_visible(timeout=30_000)
    visit.rest()
    return visit.text()


def test_from_an_uploaded_file_to_the_layers_of_its_network(visit):
    add_data(visit)
    train(visit, "Market run")

    visit.page.get_by_role("button", name="See one user's list").click()
    assert "Market run" in arrive(visit, "Recommendations")
    assert visit.page.get_by_test_id("stDataFrame").count() >= 2  # history and list, and a portrait

    visit.page.get_by_test_id("stSidebarNav").get_by_role("link", name="Why").click()
    explained = arrive(visit, "Why")
    assert "In plain words" in explained
    assert "Trust" in explained

    visit.page.get_by_role("button", name="What do the layers do with this pair?").click()
    arrive(visit, "Layers")
    assert "user=" in visit.page.url
    assert "item=" in visit.page.url
