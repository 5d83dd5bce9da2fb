"""Presets by scene: values of the data options that suit a trade, each saying what it sets and why."""

from collections.abc import Mapping
from dataclasses import dataclass

Value = float | bool | str


@dataclass(frozen=True)
class Scene:
    """Values for options of the data step, by the option's name, and one sentence that gives the reason.

    The weights go by the names of `kinds.KINDS`; `kinds.weight_of` finds them for other spellings.
    """

    name: str
    why: str
    values: Mapping[str, Value]

    def options(self) -> dict[str, Value]:
        """Option → value, as a configuration takes them; nothing else is touched.

        >>> SCENES["news"].options()["data.half_life_days"]
        3.0
        """
        return {f"data.{option}": value for option, value in self.values.items()}

    def words(self) -> str:
        """What the preset sets, option by option, and why.

        >>> SCENES["news"].words()
        "Sets data.bots to true, data.double_clicks to 10, ... Yesterday's news is old, ..."
        """
        sets = ", ".join(f"{option} to {_shown(value)}" for option, value in self.options().items())
        return f"Sets {sets}. {self.why}"


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:g}"


_E_COMMERCE = Scene(
    "e-commerce",
    "A purchase says more than a look, what is sent back was not liked, and needs change in months.",
    {
        "negative_values": "cancellation",
        "bots": True,
        "double_clicks": 2.0,
        "repeats": "sum",
        "event_weights": "impression=0,view=1,click=1,cart=3,favourite=3,like=3,purchase=5,"
        "remove_from_cart=-1,cancellation=-1,low_rating=-1",
        "half_life_days": 90.0,
    },
)
_NEWS = Scene(
    "news",
    "Yesterday's news is old, a headline that was only shown says nothing, and reading an article "
    "twice adds little.",
    {
        "bots": True,
        "double_clicks": 10.0,
        "repeats": "last",
        "event_weights": "impression=0,view=1,click=1,play=2,complete=3,like=3,favourite=3,"
        "comment=3,share=4,dislike=-1,skip=-1",
        "half_life_days": 3.0,
    },
)
_VIDEO = Scene(
    "video",
    "Who finished a film liked it more than who began it, fewer than 3.5 of 5 stars is a no, and "
    "taste lasts.",
    {
        "positive_from": 3.5,
        "double_clicks": 30.0,
        "repeats": "max",
        "event_weights": "impression=0,view=1,click=1,play=2,complete=4,like=4,favourite=4,share=4,"
        "follow=4,purchase=5,rating=5,dislike=-1,skip=-1,low_rating=-1",
        "half_life_days": 180.0,
    },
)
_MUSIC = Scene(
    "music",
    "Songs are heard again and again, so the logarithm of the number of plays counts, and a skip is "
    "a no.",
    {
        "double_clicks": 30.0,
        "repeats": "log_count",
        "event_weights": "view=1,click=1,play=1,complete=3,like=3,favourite=3,share=4,follow=4,"
        "purchase=5,dislike=-1,skip=-1",
        "half_life_days": 120.0,
    },
)
_SOCIAL = Scene(
    "social",
    "Answers, shares and follows say more than looks, a block is a no, and topics pass in weeks.",
    {
        "bots": True,
        "double_clicks": 5.0,
        "repeats": "log_count",
        "event_weights": "impression=0,view=1,click=1,play=1,like=2,favourite=3,comment=4,share=4,"
        "follow=5,dislike=-1,undo=-1",
        "half_life_days": 14.0,
    },
)
_ADVERTISING = Scene(
    "advertising",
    "An advertisement that was only shown says nothing, a sale is what counts, machines click a lot, "
    "and campaigns are short.",
    {
        "bots": True,
        "double_clicks": 30.0,
        "repeats": "count",
        "event_weights": "impression=0,view=0,click=1,cart=3,install=4,purchase=5,dislike=-1,"
        "cancellation=-1",
        "half_life_days": 7.0,
    },
)
SCENES: Mapping[str, Scene] = {
    scene.name: scene for scene in (_E_COMMERCE, _NEWS, _VIDEO, _MUSIC, _SOCIAL, _ADVERTISING)
}
