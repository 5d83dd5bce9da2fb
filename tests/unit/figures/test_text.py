"""Numbers and names as they are shown."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m6rec_core.figures import text


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0.0, "0"),
        (0.18437, "0.184"),
        (-0.5, "\u22120.500"),
        (12.345, "12.3"),
        (99.96, "100"),
        (999.6, "1\u2009000"),
        (1234567.8, "1\u2009234\u2009568"),
        (0.00012345, "0.000123"),
        (-0.000012345, "\u22121.23·10⁻⁵"),
        (float("inf"), "∞"),
        (float("nan"), "–"),
    ],
)
def test_three_significant_digits(number, shown):
    assert text.three(number) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.1449, "14 %"),
        (0.0999, "10 %"),
        (0.042, "4.2 %"),
        (0.0004, "0.04 %"),
        (-0.2, "\u221220 %"),
    ],
)
def test_percent_has_decimals_only_below_ten(share, shown):
    assert text.percent(share) == shown


def test_a_gain_has_its_sign():
    assert [text.signed(x) for x in (0.024, 0.0, -0.024)] == ["+0.0240", "0", "\u22120.0240"]


def test_a_title_of_several_lines_becomes_one_and_is_cut():
    assert text.cut("The\n Long   Goodbye", 9) == "The Long…"
    assert text.cut("Alien", 5) == "Alien"


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"))))
def test_a_plain_text_holds_no_markup_and_reads_as_before(given_text):
    shown = text.plain(given_text)
    assert not set("<>${}%") & set(shown)
    assert html.unescape(shown).split() == given_text.split()


def test_the_thin_space_of_a_number_survives():
    assert text.plain(f"  {text.thousands(5000)}\n users ") == "5\u2009000 users"


def test_an_entity_that_was_typed_stays_as_it_was_typed():
    assert html.unescape(text.plain("&lt;b&gt;")) == "&lt;b&gt;"
