"""How every figure looks: colours for light and dark, labels and layout; no figure holds a colour."""

from dataclasses import dataclass
from typing import Any, Final

from m6rec_core import schema
from m6rec_core.errors import ConfigError
from m6rec_core.figures.text import THIN_SPACE

FONT: Final = "'Source Sans', 'Source Sans Pro', system-ui, 'Segoe UI', 'Noto Sans', sans-serif"
FONT_SIZE: Final = 14
MOST_POINTS: Final = 5_000  # drawn in one figure

# What Streamlit or Plotly takes as `config`: zoom, reset, image, and nothing else
CONFIG: Final[dict[str, Any]] = {
    "displaylogo": False,
    "modeBarButtons": [["zoom2d", "resetScale2d", "toImage"]],
    "responsive": True,
}

MODEL_TITLES: Final = {
    schema.SCORER: "Scorer",
    schema.ITEM_CF: "Item-based CF",
    schema.USER_CF: "User-based CF",
    schema.POPULARITY: "Popularity",
    schema.RANDOM: "Random",
}

_CIVIDIS: Final = (
    *("#00224E", "#123570", "#3B496C", "#575D6D", "#707173"),
    *("#8A8678", "#A59C74", "#C3B369", "#E1CC55", "#FEE838"),
)

# Shapes that go with the categories, so that colour never stands alone
SYMBOLS: Final = ("circle", "diamond", "square", "triangle-up", "x", "cross", "star")
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")


@dataclass(frozen=True)
class Theme:
    """The colours of one ground; each pair was measured: text ≥ 4.5 : 1, graphics ≥ 3 : 1.

    `sequence` runs from few to many, `difference` from lowers over nothing to raises; both are
    (place in [0, 1], colour) pairs as Plotly takes them.
    """

    name: str
    ground: str
    text: str
    second_text: str
    primary: str
    raises: str
    lowers: str
    muted: str
    grid: str
    categories: tuple[str, ...]
    sequence: tuple[tuple[float, str], ...]
    difference: tuple[tuple[float, str], ...]

    def category(self, index: int) -> str:
        """Colour of the category at this index; from the seventh on, that of 'other'."""
        return self.categories[min(index, len(self.categories) - 1)]

    def by_sign(self, value: float) -> str:
        """Colour of what raises (above zero) or lowers a score."""
        return self.raises if value >= 0 else self.lowers

    def of_model(self, model: str) -> str:
        """Colour of a compared model: the same in every figure."""
        known = list(MODEL_TITLES)
        return self.category(known.index(model) if model in known else len(known))

    def faded(self, colour: str, opacity: float) -> str:
        """A colour of this theme, let through by `opacity` in [0, 1]."""
        red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        return f"rgba({red}, {green}, {blue}, {opacity:g})"

    def points(self) -> list[tuple[float, str]]:
        """The part of `sequence` that can be seen as points on this ground, from few to many."""
        colours = [colour for _, colour in self.sequence]
        return list(_evenly(tuple(colours[:7] if self.name == "light" else colours[4:])))

    def template(self) -> dict[str, Any]:
        """Defaults of all figures, as a Plotly template."""
        axis = {
            "gridcolor": self.grid,
            "linecolor": self.muted,
            "zerolinecolor": self.second_text,
            "tickcolor": self.muted,
            "tickfont": {"color": self.second_text},
            "title": {"font": {"color": self.second_text, "size": FONT_SIZE}, "standoff": 12},
            "automargin": True,
            "zeroline": False,
        }
        bar = {"outlinewidth": 0, "thickness": 12, "tickfont": {"color": self.second_text}}
        flat = [{"marker": {"line": {"width": 0}}}]
        return {
            "data": {"bar": flat, "scatter": flat},
            "layout": {
                "paper_bgcolor": self.ground,
                "plot_bgcolor": self.ground,
                "font": {"family": FONT, "size": FONT_SIZE, "color": self.text},
                "colorway": list(self.categories),
                "separators": f".{THIN_SPACE}",
                "margin": {"l": 16, "r": 24, "t": 16, "b": 16},
                "showlegend": False,
                "bargap": 0.25,
                "hoverlabel": {
                    "bgcolor": self.ground,
                    "bordercolor": self.muted,
                    "font": {"family": FONT, "color": self.text},
                    "align": "left",
                },
                "xaxis": axis,
                "yaxis": axis,
                "coloraxis": {"colorbar": bar},
                "modebar": {
                    "bgcolor": self.faded(self.ground, 0.0),
                    "color": self.second_text,
                    "activecolor": self.primary,
                },
            },
        }


def _evenly(colours: tuple[str, ...]) -> tuple[tuple[float, str], ...]:
    return tuple((index / (len(colours) - 1), colour) for index, colour in enumerate(colours))


LIGHT: Final = Theme(
    name="light",
    ground="#FFFFFF",
    text="#1B1F24",
    second_text="#5A6472",
    primary="#0B6BA8",
    raises="#B85C00",
    lowers="#0072B2",
    muted="#7F8894",
    grid="#E3E8EE",
    categories=("#0072B2", "#B85C00", "#00876C", "#C4527F", "#B07A00", "#2E8BC0", "#6B6B6B"),
    sequence=_evenly(_CIVIDIS),
    difference=_evenly(("#005A8F", "#75B0D3", "#E2E6EA", "#E09D5E", "#9A4C00")),
)

DARK: Final = Theme(
    name="dark",
    ground="#11161D",
    text="#E6EAF0",
    second_text="#9AA4B2",
    primary="#4FA3D9",
    raises="#F0894A",
    lowers="#4FA3D9",
    muted="#6C7685",
    grid="#28313C",
    categories=("#4FA3D9", "#F0894A", "#34B792", "#E08DB8", "#D9A83A", "#7CC4EE", "#A9B0BA"),
    sequence=_evenly(_CIVIDIS),
    difference=_evenly(("#8CCBF0", "#3A83B0", "#2B323B", "#B06A36", "#FFB27D")),
)

THEMES: Final = {theme.name: theme for theme in (LIGHT, DARK)}


def theme_named(name: str) -> Theme:
    """The theme 'light' or 'dark'; ConfigError for any other name.

    >>> theme_named("dark").ground == theme_named("light").ground
    False
    """
    if name not in THEMES:
        raise ConfigError(f"A theme is one of {', '.join(THEMES)}. Received: {name!r}.")
    return THEMES[name]
