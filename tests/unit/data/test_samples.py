"""The sample that comes with the program."""

import pytest

from m6rec_core.data.samples import SAMPLES, load_sample
from m6rec_core.data.samples.movielens import FOLDER, NOTICE_FILE, load_movielens
from m6rec_core.errors import DataError


def test_movielens_has_the_published_size_and_scale() -> None:
    dataset = load_movielens()
    events = dataset.interactions
    assert (len(events), len(events.users), len(events.items)) == (100_004, 671, 9_066)
    assert events.rating_range == (0.5, 5.0)
    assert events.value.mean() == pytest.approx(3.543608, abs=1e-5)
    assert (events.timestamp.min(), events.timestamp.max()) == (789_652_009, 1_476_640_644)
    assert dataset.report.is_complete()
    assert dataset.report.rows_dropped == dataset.report.rows_rejected == 0


def test_films_have_title_year_and_genres() -> None:
    items = load_movielens().items
    assert items is not None
    assert dict(items.kinds) == {"title": "title", "year": "number", "genres": "multi"}
    row = items.ids.row_of("1")
    assert items.titles()[row] == "Toy Story"
    assert items.numbers("year")[row] == 1995
    rows, labels = items.labels("genres")
    assert labels[rows == row].tolist() == [
        *("Adventure", "Animation", "Children", "Comedy", "Fantasy"),
    ]
    assert sum(items.frame["title"].isna()) == 5


def test_the_notice_states_terms_and_citation() -> None:
    text = NOTICE_FILE.read_text(encoding="utf-8")
    for words in (
        "10.1145/2827872",
        "same license conditions",
        "commercial",
        "as is",
        "acknowledge",
    ):
        assert words in text


def test_the_sample_is_compact() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 700_000


def test_samples_are_opened_by_name() -> None:
    assert set(SAMPLES) == {"movielens", "shop"}
    with pytest.raises(DataError, match="movielens, shop"):
        load_sample("netflix")
