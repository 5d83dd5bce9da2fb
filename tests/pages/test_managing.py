"""A data set and a run get another name, or go, from their pages."""

import pytest

from m6rec_core.workspace.workspace import Workspace
from pages.shared import places


def press(app, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


@pytest.mark.parametrize(("place", "what"), [(places.DATA, "data set"), (places.RUNS, "run")])
def test_it_is_renamed_and_deleted_only_by_its_name(open_page, own, place, what):
    workspace = Workspace(own)

    def names() -> list[str]:
        records = workspace.datasets() if what == "data set" else workspace.runs()
        return [record.name for record in records]

    app = open_page(place, own)
    field = next(one for one in app.text_input if one.label == "Name")
    field.set_value("Spring")
    press(app, "Rename")
    assert names() == ["Spring"]
    label = f"Type the name of the {what} to delete it for good"
    next(one for one in app.text_input if one.label == label).set_value("Autumn")
    press(app, "Delete")
    assert names() == ["Spring"]
    assert f"That is not the name of this {what}" in app.error[0].value
    next(one for one in app.text_input if one.label == label).set_value("Spring")
    press(app, "Delete")
    assert not app.exception
    assert names() == []
