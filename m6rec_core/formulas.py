"""Texts that a spreadsheet would run as a formula, and how they are kept from it."""

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def defused(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it; a signed number stays.

    >>> defused("=1+1"), defused("-5"), defused("Alien")
    ("'=1+1", '-5', 'Alien')
    """
    return f"'{text}" if text.startswith(STARTS) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return not text.startswith(("\t", "\r", "\n"))
