"""Numbers in the sentences of the advice."""

import math
from typing import Final

_THIN_SPACE: Final = "\u2009"


def whole(number: float) -> str:
    """A whole number, its thousands parted by thin spaces.

    >>> whole(50_000).split()
    ['50', '000']
    """
    return f"{round(number):,}".replace(",", _THIN_SPACE)


def short(number: float) -> str:
    """Three significant digits; whole from 1,000 on.

    >>> short(3.14159), short(12.0)
    ('3.14', '12')
    """
    return whole(number) if abs(number) >= 1_000 else f"{number:.3g}"


def percent(share: float) -> str:
    """A share as a whole number of percent; what is not quite none, or all, is said so.

    >>> percent(0.4), percent(0.001), percent(0.999), percent(float("nan"))
    ('40 %', 'under 1 %', 'over 99 %', '–')
    """
    if math.isnan(share):
        return "–"
    if 0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{share:.0%}".replace("%", " %")
