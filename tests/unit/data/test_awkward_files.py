"""Every awkward file gives the right table with an account of each row, or one clear error."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from awkward import CASES
from awkward.case import Case, Event
from m6rec_core.config import Config
from m6rec_core.data.dataset import Dataset, load_dataset
from m6rec_core.errors import DataError
from pages.shared.preview import Preview, previews

BY_NAME = {case.name: case for case in CASES}


def written(case: Case, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / case.file
    path.write_bytes(case.bytes())
    return path


def load(case: Case, folder: Path) -> Dataset:
    return load_dataset(written(case, folder), config=Config.from_flat(dict(case.options)))


def kept(dataset: Dataset) -> list[Event]:
    frame = dataset.interactions.to_frame()
    if "timestamp" not in frame:
        frame["timestamp"] = None
    frame = frame.astype(object).where(frame.notna(), None)
    return ordered(frame.itertuples(index=False, name=None))


def ordered(events: Sequence[Event]) -> list[Event]:
    return sorted(map(tuple, events), key=repr)


@pytest.mark.parametrize("name", [case.name for case in CASES if not case.error])
def test_a_readable_file_gives_its_table_and_accounts_for_every_row(
    name: str, tmp_path: Path
) -> None:
    case = BY_NAME[name]
    dataset = load(case, tmp_path)
    report = dataset.report
    assert kept(dataset) == ordered(case.events)
    assert {step.name: step.dropped for step in report.steps if step.dropped} == case.dropped
    found = report.rejected
    assert list(zip(found["line"], found["reason"], strict=True)) == list(case.rejected)
    assert (found["remedy"] != "").all()
    rows = len(case.events) + sum(case.dropped.values()) + len(case.rejected)
    assert (report.rows_in, report.rows_kept) == (rows, len(case.events))
    assert report.is_complete()


@pytest.mark.parametrize("name", [case.name for case in CASES if case.error])
def test_an_unusable_file_gives_one_line_that_says_what_and_how_to_mend(
    name: str, tmp_path: Path
) -> None:
    case = BY_NAME[name]
    with pytest.raises(DataError) as caught:
        load(case, tmp_path)
    message = str(caught.value)
    assert case.error in message
    assert "\n" not in message
    assert str(tmp_path) not in message
    assert len(message) < 500
    assert message.endswith(".")
    assert message.count(". ") >= 1  # what is wrong, and a second sentence on how to mend it


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Preview]:
    """What the page sees of all files, each looked at by a child process under limits."""
    folder = tmp_path_factory.mktemp("seen")
    plain = [case for case in CASES if not any("reading." in key for key in case.options)]
    files = [written(case, folder / f"{place}") for place, case in enumerate(plain)]
    found = previews([(path, path.name) for path in files])
    return dict(zip([case.name for case in plain], found, strict=True))


def test_the_page_shows_the_first_rows_of_every_file_or_says_why_not(
    seen: dict[str, Preview],
) -> None:
    wrong = {
        name: preview.error or "shown"
        for name, preview in seen.items()
        if bool(preview.error) == BY_NAME[name].is_seen
        and not (preview.error and BY_NAME[name].error in preview.error)
    }
    assert wrong == {}


def test_the_rows_on_the_page_are_those_of_the_file(seen: dict[str, Preview]) -> None:
    table = pd.DataFrame(
        [
            ["ann", "x", "4", "1600000000"],
            ["bob", "y", "3.5", "1600086400"],
            ["ann", "y", "5", "1600000100"],
        ],
        columns=["user_id", "item_id", "rating", "timestamp"],
    )
    for name in ("ascii", "semicolons", "double colons", "carriage returns alone", "zip", "zstd"):
        pd.testing.assert_frame_equal(seen[name].frame, table, check_dtype=False)


def test_there_are_more_than_sixty_files_and_no_two_have_one_name() -> None:
    assert len(BY_NAME) == len(CASES) >= 60
