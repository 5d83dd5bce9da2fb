"""Every page opens cold: without data, without a run, with a run, and beside a job that failed."""

import pytest

from m6rec_core.workspace.jobs import FAILED
from m6rec_core.workspace.workspace import Workspace
from pages.shared import places
from pages.shared.panels import escaped
from pages.shared.places import SECTIONS

PLACES = [place for section in SECTIONS.values() for place in section]
ABOUT_DATA = [
    place for place in PLACES if place not in (places.OVERVIEW, places.DATA, places.TRAIN)
]
ABOUT_A_RUN = [place for place in ABOUT_DATA if place not in (places.HEALTH, places.TUNE)]
every_page = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.address)


def texts(app) -> str:
    """All words of the page that a test looks for."""
    shown = [*app.title, *app.subheader, *app.markdown, *app.text, *app.error, *app.info]
    return "\n".join(str(element.value) for element in shown)


@every_page
def test_a_page_opens_in_an_empty_workspace(open_page, tmp_path, place):
    app = open_page(place, tmp_path)
    assert not app.exception
    assert app.title[0].value == place.title


@pytest.mark.parametrize("place", ABOUT_DATA, ids=lambda place: place.address)
def test_without_data_a_page_says_what_is_missing_and_offers_one_action(open_page, tmp_path, place):
    app = open_page(place, tmp_path)
    assert "There is no data set yet." in texts(app)
    assert [button.label for button in app.button] == ["Choose data"]


@pytest.mark.parametrize("place", ABOUT_A_RUN, ids=lambda place: place.address)
def test_without_a_run_a_page_leads_to_the_training(open_page, with_data, place):
    app = open_page(place, with_data)
    assert "No run of this data set is trained yet." in texts(app)
    assert [button.label for button in app.button] == ["Train the scorer"]


@every_page
def test_a_page_opens_on_a_data_set_without_a_run(open_page, with_data, place):
    assert not open_page(place, with_data).exception


@every_page
def test_a_page_opens_on_a_run(open_page, furnished, place):
    app = open_page(place, furnished)
    assert not app.exception
    assert not app.error
    assert len(app.metric) <= 4


@every_page
def test_a_failed_job_is_told_on_every_page_with_its_reason(open_page, own, place):
    jobs = Workspace(own).job_table
    jobs.add("train", {"name": "Second run"})
    jobs.finish(jobs.claim_next(), FAILED, error="The events *name* only one user.")
    app = open_page(place, own)
    assert not app.exception
    assert "Second run** · failed" in app.error[0].value
    assert "The events *name* only one user." in [text.value for text in app.text]
    assert "Resume" in [button.label for button in app.button]


def test_the_address_decides_what_is_looked_at(open_page, furnished, small_shop):
    user_id = str(small_shop.interactions.users.ids[7])
    app = open_page(places.RECOMMENDATIONS, furnished, run="first-run", user=user_id)
    assert app.metric[0].label == escaped(f"User {user_id}")


def test_an_address_with_unknown_things_opens_the_newest(open_page, furnished):
    app = open_page(places.RECOMMENDATIONS, furnished, run="gone", dataset="gone", user="nobody")
    assert not app.exception
    assert app.metric[0].label.startswith("User ")


def test_choices_of_how_come_from_the_address(open_page, furnished):
    address = {"recommendations.model": "Popularity", "recommendations.n": "20"}
    app = open_page(places.RECOMMENDATIONS, furnished, **address)
    assert app.metric[3].value == "Popularity"
    assert len(app.dataframe[1].value) == 20


def test_every_row_of_the_file_is_accounted_for_on_the_data_page(open_page, with_data, small_shop):
    report = small_shop.report
    account = next(
        m.value for m in open_page(places.DATA, with_data).markdown if "rows in" in m.value
    )
    digits = "".join(c for c in account if c.isdigit() or c == " " or c == "=")
    assert [int(number) for number in digits.replace("=", " ").split()] == [
        report.rows_in,
        report.rows_kept,
        report.rows_dropped,
        report.rows_rejected,
    ]


@pytest.mark.parametrize(
    ("place", "tab", "words"),
    [
        (places.DATA, "Rejected rows", "Every row of the events could be read."),
        (places.DATA, "Events", "events; times in UTC"),
        (places.DATA, "Items", "Attributes: "),
        (places.SIMILARITY, "How likeness is spread", "are at most"),
        (places.SIMILARITY, "A block", "Most alike are"),
        (places.SIMILARITY, "K and shrinkage", "Not measured yet"),
        (places.SIMILARITY, "Two settings", "nearest are the same by"),
        (places.TRAIN, "Training against serving", "cross-fitting"),
        (places.TRAIN, "Settings tried", "The settings were given"),
        (places.TRAIN, "Time spent", "in all, at most"),
        (places.TRAIN, "What each group adds", "shuffled between the candidates"),
        (places.WHY, "Users alike", "similar users behind this score"),
        (places.WHY, "Above another", "makes most of the difference"),
        (places.WHY, "What would drop it", "falls out of the first 10"),
        (places.WHY, "Faithful", "While past items come"),
        (places.LAYERS, "Units at work", "unit"),
        (places.LAYERS, "Over the epochs", "of the length of its weights"),
        (places.LAYERS, "Activations", "half of them below"),
        (places.LAYERS, "One unit", "rank correlation"),
        (places.LAYERS, "Reading the history", "does not read the items of a history one by one"),
        (places.EVALUATE, "For whom", "is highest for"),
        (places.EVALUATE, "Accuracy and novelty", "has the highest"),
        (places.EVALUATE, "How it was judged", "Intervals: 95 %"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.address,
)
def test_a_tab_opens_from_its_address(open_page, furnished, place, tab, words):
    app = open_page(place, furnished, **{f"{place.address}.detail": tab})
    assert not app.exception
    assert words.lower() in texts(app).replace("\\", "").lower()


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("Every pair", "High values of"),
        ("One feature", "rank correlation"),
        ("What works together", "work together most"),
        ("Planted truth", "The planted causes are"),
        ("Background", "Over five backgrounds of 50"),
        ("Table", "share the credit"),
    ],
)
def test_what_matters_over_all_pairs_is_shown(open_page, furnished, tab, words):
    address = {"importance.detail": tab, "importance.background": "50"}
    app = open_page(places.IMPORTANCE, furnished, **address)
    assert not app.exception
    assert app.metric[0].label == "Pairs taken apart"
    assert words.lower() in texts(app).replace("\\", "").lower()


def test_a_segment_of_the_pairs_is_measured_on_its_own(open_page, furnished):
    app = open_page(places.IMPORTANCE, furnished, **{"importance.segment": "Rare items"})
    assert not app.exception
    assert float(app.metric[3].value.replace("\\", "").partition("·")[0]) >= 0
    assert "share the credit" in texts(app)


def test_the_whole_list_is_taken_apart_at_once(open_page, furnished):
    app = open_page(places.WHY, furnished, **{"explain.view": "The whole list"})
    assert not app.exception
    assert "moves this list most" in texts(app)
    rows = app.dataframe[0].value
    assert len(rows) == 10
    assert list(rows["Score"]) == sorted(rows["Score"], reverse=True)


def test_users_alike_are_shown_by_number(open_page, furnished, small_shop):
    app = open_page(places.SIMILARITY, furnished, **{"similarity.side": "Users alike"})
    names = app.dataframe[0].value["Neighbour"].tolist()
    assert names[:2] == ["similar user 1", "similar user 2"]
    assert not set(names) & set(small_shop.interactions.users.ids)


def test_for_whom_it_is_good_follows_the_address(open_page, furnished):
    address = {"evaluate.detail": "For whom", "evaluate.by": "gender"}
    app = open_page(places.EVALUATE, furnished, **address, **{"evaluate.metric": "Recall@20"})
    assert not app.exception
    table = app.dataframe[0].value
    assert {"female", "male"} <= set(table["Users"])
    assert table["Number"].sum() == 120
    assert "Recall@20 is highest for" in texts(app)
    coverage = open_page(
        places.EVALUATE, furnished, **address, **{"evaluate.metric": "Coverage@10"}
    )
    assert "belongs to all lists together" in texts(coverage)
