"""The way in for data, as an analyst goes it: files dropped, understood, put right, cleaned, accounted for."""

import csv
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from m6rec_core.workspace.workspace import Workspace
from upload_flow import LONG, add_files, choose, name_it, offered, read_and_clean
from visit import Visit

USERS, EVENTS_EACH = 12, 9
# line of the file → the cell that cannot be read
FAULTS = {5: "five stars", 40: "n/a?", 77: "yesterday"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty workspace, in place of the furnished one."""
    folder = tmp_path_factory.mktemp("uploads") / "home"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def app(home: Path) -> Iterator[str]:
    """Address of the app on the empty workspace."""
    from running_app import running_app

    with running_app(home, with_demo=False) as address:
        yield address


def swapped_csv() -> bytes:
    """People under the name of items and films under that of users, with three faulty cells."""
    lines = ["item_id,user_id,rating,timestamp"]
    for person in range(USERS):
        for step in range(EVENTS_EACH):
            film = f"film {(person * 5 + step * 3) % 20}"
            lines.append(f"p{person:03d},{film},{1 + step % 5},{1_700_000_000 + step * 3600}")
    for line, text in FAULTS.items():
        cells = lines[line - 1].split(",")
        cells[3 if text == "yesterday" else 2] = text
        lines[line - 1] = ",".join(cells)
    return "\n".join(lines).encode() + b"\n"


def day(number: int) -> bytes:
    rows = [
        f"u{n % 7},i{(n * number) % 11},view,2024-05-0{number}T10:{n:02d}:00" for n in range(40)
    ]
    return "\n".join(["user_id,item_id,event,timestamp", *rows]).encode()


def test_a_wrong_guess_is_put_right_and_the_rejected_rows_come_back_as_they_were_put_in(
    visit: Visit, home: Path
):
    page = visit.open("data")
    add_files(visit, {"films.csv": swapped_csv()})
    choose(visit, "User", "item_id")
    expect(page.get_by_text("cannot be both the user and the item")).to_be_visible()
    expect(page.get_by_role("button", name="Read and clean")).to_be_disabled()
    choose(visit, "Item", "user_id")
    expect(page.get_by_text("your choice")).to_have_count(2)
    read_and_clean(visit, "films")

    (record,) = Workspace(home).datasets()
    assert record.users == USERS
    rows = USERS * EVENTS_EACH
    assert f"{rows} rows in = " in visit.text()
    assert f"{len(FAULTS)} rejected." in visit.text()
    page.get_by_role("tab", name="Rejected rows").click()
    visit.rest()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all rejected rows").click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(text)))
    assert {int(row["line"]): row["text"] for row in found} == FAULTS
    assert {row["file"] for row in found} == {"films.csv"}
    assert [row["column"] for row in found] == ["rating", "rating", "timestamp"]
    assert all(row["reason"] and row["remedy"] for row in found)


def test_what_was_put_right_is_remembered_for_files_of_the_same_header(visit: Visit):
    page = visit.open("data?data.view=Add a data set")
    add_files(visit, {"films of june.csv": swapped_csv().replace(b"p00", b"q00")})
    expect(page.get_by_text("as you chose last time")).to_have_count(2)


def test_the_same_content_is_recognised(visit: Visit):
    page = visit.open("data?data.view=Add a data set")
    add_files(visit, {"again.csv": swapped_csv()})
    expect(page.get_by_text("the data set 'films' was made of")).to_be_visible()
    add_files(visit, {"twice.csv": swapped_csv()})
    expect(page.get_by_text("is not read a second time")).to_be_visible()
    page.get_by_role("button", name="Look at it").last.click()
    expect(page.get_by_text("rows in = ")).to_be_visible(timeout=LONG)
    expect(page.get_by_test_id("stMain").get_by_role("link", name="films")).to_be_visible()


def test_new_events_make_a_new_version_and_so_does_another_cleaning(visit: Visit, home: Path):
    page = visit.open("data")
    page.get_by_role("button", name="Add events").click()
    expect(page.get_by_role("heading", name="A new version of films")).to_be_visible()
    visit.rest()
    add_files(visit, {"more.csv": swapped_csv().replace(b"p00", b"q00")})
    expect(page.get_by_text("as you chose last time").first).to_be_visible()
    read_and_clean(visit, "films")
    workspace = Workspace(home)
    second, first = (one for one in workspace.datasets() if one.name == "films")
    assert (second.version, second.parent, first.version) == (2, first.dataset_id, 1)
    assert second.users == first.users + 10  # p000 … p009 came again as q000 … q009
    page.get_by_role("tab", name="Versions").click()
    visit.rest()
    assert "the difference to the version" in visit.text()

    page.get_by_role("button", name="Clean again with other options").click()
    expect(page.get_by_role("heading", name="A new version of films")).to_be_visible()
    visit.rest()
    assert page.locator("input[type=file]").count() == 0
    page.get_by_text("Cleaning, step by step").click()
    visit.rest()
    page.get_by_text("10. Rare users and items").click()
    visit.rest()
    for label, least in (("Events per user", "2"), ("Events per item", "2")):
        box = page.get_by_label(label, exact=True)
        box.fill(least)
        box.press("Enter")
        visit.rest()
    page.get_by_role("button", name="Read and clean").click()
    expect(page.get_by_text("Reading your files")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("rows in = ")).to_be_visible(timeout=LONG)
    third = workspace.datasets()[0]
    assert (third.version, third.parent) == (3, second.dataset_id)
    options = workspace.job(third.dataset_id).payload["config"]
    assert options["data.minimum_user_events"] == 2
    assert (options["mapping.user_id"], options["mapping.item_id"]) == ("item_id", "user_id")


def test_several_files_at_once_become_one_data_set(visit: Visit, home: Path):
    page = visit.open("data?data.view=Add a data set")
    users = b"user_id,age\n" + b"".join(b"u%d,%d\n" % (n, 20 + n) for n in range(9))
    items = b"item_id,title\n" + b"".join(b"i%d,Thing %d\n" % (n, n) for n in range(10))
    files = {"day-1.csv": day(1), "day-2.csv": day(2), "users.csv": users, "items.csv": items}
    add_files(visit, files)
    assert list(offered(page)) == ["Events", "Events", "Users", "Items"]
    name_it(visit, "Two days")
    read_and_clean(visit, "Two days")
    record = next(one for one in Workspace(home).datasets() if one.name == "Two days")
    assert (record.users, record.items) == (7, 11)
    page.get_by_role("tab", name="Matches").click()
    text = visit.rest().get_by_test_id("stMain").inner_text()
    assert "2 rows of the file without any event" in text  # users u7 and u8
    assert "1 id of the events without a row in the file" in text  # item i10


def test_a_broken_file_is_one_clear_error_and_the_others_go_on(visit: Visit, home: Path):
    page = visit.open("data?data.view=Add a data set")
    add_files(visit, {"broken.parquet": b"PAR1 and nothing else", "day-1.csv": day(1)})
    errors = page.get_by_test_id("stAlertContentError")
    expect(errors).to_have_count(1)
    said = errors.inner_text()
    assert "'broken.parquet'" in said
    assert str(home) not in said
    assert "Traceback" not in said
    expect(page.get_by_role("button", name="Read and clean")).to_be_enabled()


def test_a_double_click_starts_one_job(visit: Visit, home: Path):
    page = visit.open("data?data.view=Add a data set")
    add_files(visit, {"twice clicked.csv": day(2)})
    before = len(Workspace(home).jobs())
    page.get_by_role("button", name="Read and clean").dblclick()
    expect(page.get_by_test_id("stMain").get_by_role("link", name="twice clicked")).to_be_visible(
        timeout=LONG
    )
    visit.rest()
    assert len(Workspace(home).jobs()) == before + 1


def test_an_upload_can_be_cancelled_and_a_file_too_large_is_refused_before_it_is_sent(
    visit: Visit, home: Path, tmp_path: Path
):
    page = visit.open("data?data.view=Add a data set")
    inbox = home / "inbox"
    there = set(os.listdir(inbox))
    large, slow = tmp_path / "large.csv", tmp_path / "slow.csv"
    for path, megabytes in ((large, 201), (slow, 50)):
        path.touch()
        os.truncate(path, megabytes << 20)
    _slow_down(page)
    page.locator("input[type=file]").set_input_files([str(large), str(slow)])
    expect(page.get_by_role("listitem").get_by_text("larger than 200 MB")).to_be_visible()
    expect(page.get_by_text("of 50 MB")).to_be_visible()
    page.get_by_role("button", name="Cancel the upload of slow.csv").click()
    expect(page.get_by_text("of 50 MB")).to_have_count(0)
    deadline = time.monotonic() + 30
    while set(os.listdir(inbox)) != there and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    assert set(os.listdir(inbox)) == there


def _slow_down(page: Page) -> None:
    network = page.context.new_cdp_session(page)
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 2 << 20},
    )
