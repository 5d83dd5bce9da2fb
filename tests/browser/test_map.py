"""A click on the map looks at a point, and the address keeps what is looked at."""

from visit import Visit

# where the first point of the first group stands on the screen, and its title
FIRST_POINT = """() => {
  const plot = document.querySelector('.js-plotly-plot');
  plot.scrollIntoView({block: 'center'});
  const group = plot._fullData[0];
  const {xaxis, yaxis} = plot._fullLayout;
  const area = plot.querySelector('.nsewdrag').getBoundingClientRect();
  return {
    x: area.left + xaxis.l2p(group.x[0]),
    y: area.top + yaxis.l2p(group.y[0]),
    title: group.hovertext[0].split('<br>')[0],
  };
}"""


def test_a_click_on_a_point_shows_what_lies_near_it_and_a_link_shows_the_same(visit: Visit):
    page = visit.open("map")
    point = page.evaluate(FIRST_POINT)
    page.mouse.move(point["x"], point["y"])
    page.wait_for_timeout(400)
    page.mouse.click(point["x"], point["y"])
    page.get_by_text("Nearest in this layer is").wait_for()
    visit.rest()
    heading = page.get_by_test_id("stMain").get_by_role("heading", level=3).inner_text()
    assert "item=" in page.url
    told = visit.text()

    address = page.url.removeprefix(f"{visit.address}/")
    visit.open("overview")
    visit.open(address)
    assert page.get_by_test_id("stMain").get_by_role("heading", level=3).inner_text() == heading
    nearest = next(line for line in told.splitlines() if "Nearest in this layer" in line)
    assert nearest in visit.text()
