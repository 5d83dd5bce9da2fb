"""The options of a new data set: presets, weights of events, the steps of the cleaning."""

from streamlit.testing.v1 import AppTest

from m6rec_core.config import Config, DataConfig
from m6rec_core.data.scenes import SCENES
from pages.shared.panels import escaped
from pages.shared.upload_cleaning import STEPS

SECONDS = 30


def form() -> None:
    """What the page asks about events; the options that were chosen stand in the session."""
    import streamlit as st

    from pages.shared import upload_cleaning, upload_meaning

    understood = upload_meaning.Understood(("pv", "AddToCart", "a=b"), has_negative=True)
    meaning = upload_meaning.ask(understood)
    st.session_state["chosen"] = upload_cleaning.ask() | meaning


def opened() -> AppTest:
    return AppTest.from_function(form, default_timeout=SECONDS).run()


def chosen(app: AppTest) -> dict[str, object]:
    assert not app.exception
    options = app.session_state["chosen"]
    Config.from_flat(options)
    return options


def test_untouched_steps_change_nothing():
    assert chosen(opened()) == {}


def test_every_option_of_the_cleaning_has_its_step():
    asked = {key for step in STEPS for key in (*step.fields, *step.off)}
    elsewhere = {"data.event_weights", "data.half_life_days", "data.target"}
    assert asked | elsewhere == {f"data.{name}" for name in vars(DataConfig())}
    assert not asked & elsewhere


def test_a_step_that_is_switched_on_sets_its_usual_value_and_off_again_takes_it_back():
    app = opened()
    app.toggle(key="uploads.step.data.double_clicks").set_value(True).run()
    assert chosen(app) == {"data.double_clicks": 2.0}
    app.number_input(key="uploads.data.double_clicks").set_value(30.0).run()
    assert chosen(app) == {"data.double_clicks": 30.0}
    app.toggle(key="uploads.step.data.double_clicks").set_value(False).run()
    assert chosen(app) == {}


def test_duplicates_and_repeats_can_be_kept():
    app = opened()
    app.toggle(key="uploads.step.data.duplicates").set_value(False)
    app.toggle(key="uploads.step.data.repeats").set_value(False).run()
    assert chosen(app) == {"data.duplicates": False, "data.repeats": "all"}


def test_a_scene_sets_exactly_its_values_and_says_so():
    app = opened()
    for name, scene in SCENES.items():
        app.selectbox(key="uploads.scene").select(name).run()
        usual = Config().to_flat()
        wanted = {key: value for key, value in scene.options().items() if value != usual[key]}
        found = chosen(app)
        found_weights = weights(found.pop("data.event_weights"))
        assert found_weights == weights(wanted.pop("data.event_weights"))
        assert found == wanted
        assert app.info[0].value.startswith(escaped(scene.why))
    app.selectbox(key="uploads.scene").select("none").run()
    assert chosen(app) == {}


def weights(text: object) -> dict[str, float]:
    pairs = (part.split("=") for part in str(text).split(","))
    return {name: float(weight) for name, weight in pairs}


def test_a_preset_can_be_changed_afterwards():
    app = opened()
    app.selectbox(key="uploads.scene").select("news").run()
    app.number_input(key="uploads.data.half_life_days").set_value(5.0).run()
    assert chosen(app)["data.half_life_days"] == 5.0


def test_kinds_of_the_files_and_those_the_cleaning_makes_are_listed_with_their_weights():
    app = opened()
    table = app.dataframe[0].value
    assert dict(zip(table["Kind of event"], table["Weight"], strict=True)) == {
        "pv": 1.0,
        "AddToCart": 3.0,
        "a=b": 1.0,
        "cancellation": -1.0,
    }
    app.toggle(key="uploads.step.data.positive_from").set_value(True).run()
    assert "low_rating" in app.dataframe[0].value["Kind of event"].tolist()
    app.selectbox(key="uploads.data.negative_values").select("drop").run()
    assert "cancellation" not in app.dataframe[0].value["Kind of event"].tolist()
