"""Why and Importance in a real browser: every chart says its finding in words and has a table behind it."""

import pytest
from playwright.sync_api import expect

LONG = 60_000
CHART = '[data-testid="stPlotlyChart"]'


def charts_with_words(visit) -> int:
    """The number of charts of the page, each of which is described by a sentence that stands above it."""
    page = visit.page
    page.wait_for_selector(CHART, timeout=LONG)
    described = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stPlotlyChart]')].map(chart => {
            const named = [chart, ...chart.querySelectorAll('[aria-label], [alt]')]
                .map(node => node.getAttribute('aria-label') || node.getAttribute('alt'));
            return named.find(text => text && text.length > 20) || '';
        })"""
    )
    shown = " ".join(visit.text().split())
    for sentence in described:
        assert sentence
        assert " ".join(sentence.split()) in shown
    return len(described)


@pytest.mark.parametrize(
    "tab", ["History items", "Above another", "What would drop it", "Faithful"]
)
def test_each_view_of_a_recommendation_has_charts_in_words_and_a_table(visit, tab):
    page = visit.open(f"explain?explain.detail={tab.replace(' ', '+')}")
    expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    expected = {"What would drop it": 1, "Faithful": 3}.get(tab, 2)
    assert charts_with_words(visit) == expected
    if tab == "What would drop it":
        expect(page.get_by_text("the first 10").first).to_be_visible(timeout=LONG)
    else:
        assert page.get_by_test_id("stDataFrame").count() == 2  # the checks, and that of the view
        assert page.get_by_role("button", name="Download csv").count() == 1


def test_steps_forces_and_the_whole_list_are_a_click_away(visit):
    page = visit.open("explain")
    visit.choose("Forces")
    assert "explain.by=Forces" in page.url
    assert charts_with_words(visit) == 2
    visit.choose("The whole list")
    expect(page.get_by_text("moves this list most").first).to_be_visible(timeout=LONG)
    assert charts_with_words(visit) == 1


def test_importance_by_segment_and_by_feature(visit):
    page = visit.open("importance?importance.detail=What+works+together")
    assert charts_with_words(visit) == 2
    visit.choose("Heavy users")
    expect(page.get_by_text("Pairs taken apart").first).to_be_visible(timeout=LONG)
    page.get_by_role("tab", name="One feature").click()
    expect(page.get_by_text("Coloured by").first).to_be_visible(timeout=LONG)
    visit.rest()
    assert charts_with_words(visit) == 2


def test_layers_says_each_chart_in_words_and_unfolds_its_numbers(visit):
    page = visit.open("layers?layers.detail=One+unit")
    assert charts_with_words(visit) == 2
    page.get_by_text("Every unit in numbers").click()
    table = page.get_by_test_id("stExpander").filter(has_text="Every unit in numbers")
    expect(table.get_by_test_id("stDataFrame")).to_be_visible(timeout=LONG)
    page.get_by_role("tab", name="Weights").click()
    expect(page.get_by_text("lie between").first).to_be_visible(timeout=LONG)
    visit.rest()
    assert charts_with_words(visit) == 2
