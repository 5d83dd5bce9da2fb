"""What each part adds, as the page of training shows it."""

import pandas as pd

from pages.shared import places

ADDRESS = {"run": "first-run", "train.detail": "What each part adds"}


def parts_of(app) -> pd.DataFrame:
    (found,) = (table.value for table in app.dataframe if "adds" in table.value.columns)
    return found


def test_groups_and_single_signals_are_shown_with_what_they_add(open_page, furnished):
    app = open_page(places.TRAIN, furnished, **ADDRESS)
    assert not app.exception
    shown = parts_of(app)
    assert "item similarity" in shown["title"].tolist()
    assert {"title", "features", "without", "adds", "low", "high"} == set(shown.columns)

    single = open_page(places.TRAIN, furnished, **ADDRESS, **{"train.ablation": "Single signals"})
    assert not single.exception
    assert "items alike" in parts_of(single)["title"].tolist()


def test_a_run_of_an_earlier_version_says_what_is_missing(open_page, own):
    (path,) = own.glob("runs/*/ablation.json")
    path.unlink()
    app = open_page(places.TRAIN, own, **ADDRESS)
    assert not app.exception
    assert any("train it again" in str(info.value) for info in app.info)
