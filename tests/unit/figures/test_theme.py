"""Colours are told apart by contrast, and come from one place."""

import re
from pathlib import Path

import pytest

from m6rec_core.errors import ConfigError
from m6rec_core.figures import theme as theme_module
from m6rec_core.figures.theme import DARK, LIGHT, SYMBOLS, theme_named


def luminance(colour):
    """Relative luminance of WCAG 2."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_text_and_graphics_have_the_contrast_they_need_on_their_ground(theme):
    for colour in (theme.text, theme.second_text, theme.primary):
        assert contrast(colour, theme.ground) >= 4.5
    for colour in (theme.raises, theme.lowers, theme.muted, *theme.categories):
        assert contrast(colour, theme.ground) >= 3.0


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_points_of_few_and_of_many_can_be_seen_on_their_ground(theme):
    ends = [colour for _, colour in theme.points()]
    assert all(contrast(colour, theme.ground) >= 2.5 for colour in ends)


def test_each_category_has_a_colour_and_a_shape_of_its_own():
    for theme in (LIGHT, DARK):
        assert len(set(theme.categories)) == 7
        assert theme.category(6) == theme.category(40)
    assert len(set(SYMBOLS)) == 7


def test_a_model_keeps_its_colour_and_a_stranger_gets_that_of_others():
    assert LIGHT.of_model("scorer") == LIGHT.categories[0]
    assert LIGHT.of_model("item_cf") == LIGHT.categories[1]
    assert LIGHT.of_model("something") == LIGHT.categories[5]


def test_a_faded_colour_keeps_its_hue():
    assert LIGHT.faded("#0B6BA8", 0.5) == "rgba(11, 107, 168, 0.5)"


def test_an_unknown_theme_is_refused():
    with pytest.raises(ConfigError, match="light, dark"):
        theme_named("sepia")


def test_no_figure_holds_a_colour():
    folder = Path(theme_module.__file__).parent
    for path in sorted(folder.glob("*.py")):
        if path.name != "theme.py":
            assert not re.search(r"#[0-9A-Fa-f]{6}\b|rgba?\(", path.read_text("utf-8")), path.name
