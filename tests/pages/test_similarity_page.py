"""The similarity page: studies that are asked for, and other settings beside those of the run."""

from m6rec_core.progress import silent
from m6rec_core.worker import Work, likeness
from m6rec_core.workspace.jobs import DONE
from m6rec_core.workspace.workspace import Workspace
from pages.shared import places

CURVES = {"similarity.detail": "K and shrinkage", "similarity.side": "Users alike"}


def texts(app) -> str:
    return "\n".join(str(element.value) for element in app.markdown)


def test_a_study_is_asked_for_once_and_drawn_when_it_is_measured(open_page, own):
    app = open_page(places.SIMILARITY, own, **CURVES)
    button = next(one for one in app.button if one.label == "Measure on validation")
    assert "It is being measured now" in texts(button.click().run())
    workspace = Workspace(own)
    (job,) = workspace.open_jobs()
    claimed = workspace.job_table.claim_next()
    result = likeness(Work(workspace, job, silent))
    workspace.job_table.finish(claimed, DONE, result_id=result)
    app = open_page(places.SIMILARITY, own, **CURVES)
    assert not app.exception
    assert "number of neighbours" in texts(app)
    assert "validation user" in texts(app)
    options = next(frame.value for frame in app.dataframe if "Option" in frame.value.columns)
    assert set(options["Option"]) == {"neighbours", "shrinkage"}
    assert options["NDCG@10"].between(0, 1).all()


def test_another_setting_comes_from_the_address(open_page, furnished):
    address = {"similarity.detail": "Two settings", "similarity.other_measure": "lift"}
    app = open_page(places.SIMILARITY, furnished, **address)
    assert not app.exception
    assert "by lift" in texts(app)


def test_a_block_around_one_user_names_nobody(open_page, furnished, small_shop):
    address = {
        "similarity.detail": "A block",
        "similarity.side": "Users alike",
        "similarity.block_of": "Around the one above",
        "similarity.block_size": "20",
    }
    app = open_page(places.SIMILARITY, furnished, **address)
    assert not app.exception
    block = next(frame.value for frame in app.dataframe if "Row" in frame.value.columns)
    assert "the user above" in block["Row"].tolist()
    assert not set(block["Row"]) & set(small_shop.interactions.users.ids)
