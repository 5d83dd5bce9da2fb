"""Numbers and names as figures show them: three significant digits, thin spaces, one line, no markup."""

import math
import re
from typing import Final

THIN_SPACE: Final = "\u2009"
MINUS: Final = "\u2212"
ELLIPSIS: Final = "…"
UNDEFINED: Final = "–"

_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_BLANKS: Final = re.compile(r"[^\S\u2009\u202f\xa0]+")  # all but the spaces that keep numbers whole
_UNSAFE: Final = re.compile(r"[&<>$%{}\\]")


def thousands(number: float) -> str:
    """A whole number, its thousands parted by thin spaces; '–' for NaN.

    >>> thousands(100004) == "100" + THIN_SPACE + "004"
    True
    """
    if math.isnan(number):
        return UNDEFINED
    return f"{round(number):,}".replace(",", THIN_SPACE).replace("-", MINUS)


def three(number: float) -> str:
    """Three significant digits; whole from 1,000 on, a power of ten below 0.0001; '–' for NaN.

    >>> three(0.18437), three(12.0), three(0.00001234), three(float("nan"))
    ('0.184', '12.0', '1.23·10⁻⁵', '–')
    """
    if math.isnan(number):
        return UNDEFINED
    if math.isinf(number):
        return "∞" if number > 0 else f"{MINUS}∞"
    if number == 0:
        return "0"
    exponent = math.floor(math.log10(float(f"{abs(number):.2e}")))
    if exponent >= 3:
        return thousands(number)
    sign = MINUS if number < 0 else ""
    if exponent < -4:
        power = str(exponent).translate(_SUPERSCRIPTS)
        return f"{sign}{abs(number) / 10.0**exponent:.2f}·10{power}"
    return f"{sign}{abs(number):.{2 - exponent}f}"


def signed(number: float) -> str:
    """Three significant digits with the sign always there.

    >>> signed(0.31), signed(-2) == MINUS + "2.00", signed(0)
    ('+0.310', True, '0')
    """
    return f"+{three(number)}" if number > 0 else three(number)


def percent(share: float) -> str:
    """A share in percent: no decimals from 10 % on, two significant digits below; '–' for NaN.

    >>> percent(0.1449), percent(0.042), percent(0.0), percent(1)
    ('14 %', '4.2 %', '0 %', '100 %')
    """
    if math.isnan(share):
        return UNDEFINED
    value = abs(share) * 100
    sign = MINUS if share < 0 else ""
    if value == 0 or value >= 9.95:
        return f"{sign}{value:.0f} %"
    return f"{sign}{value:.1f} %" if value >= 0.095 else f"{sign}{value:.1g} %"


def cut(text: str, length: int = 36) -> str:
    """The text on one line of at most `length` characters, the rest given by '…'.

    >>> cut("The Discreet Charm of the Bourgeoisie", 12)
    'The Discree…'
    """
    line = _one_line(text)
    return line if len(line) <= length else line[: length - 1].rstrip() + ELLIPSIS


def plain(text: str) -> str:
    """The text so that Plotly shows it as it is: neither tags nor entities nor formulas nor `%{…}`.

    >>> plain("<b>$x$</b>")
    '&#60;b&#62;&#36;x&#36;&#60;/b&#62;'
    """
    return _UNSAFE.sub(lambda found: f"&#{ord(found.group())};", _one_line(text))


def label(text: str, length: int = 36) -> str:
    """Name of an item, user or feature for an axis: cut to one line, then made safe to draw."""
    return plain(cut(text, length))


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: '1 item', '2 items'.

    >>> counted(1, "item"), counted(2, "category", "categories")
    ('1 item', '2 categories')
    """
    return f"{thousands(number)} {one if number == 1 else many or one + 's'}"


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()
