"""How alike two ranked lists are."""

from collections.abc import Sequence

PERSISTENCE = 0.9  # the first ten places carry 86 % of the weight (Webber et al. 2010, section 5)


def rbo(
    one: Sequence[object], other: Sequence[object], *, persistence: float = PERSISTENCE
) -> float:
    """Rank-biased overlap of two lists without repeats, in [0, 1]: 1 for equal lists, 0 for disjoint ones.

    The first places count most; what lies beyond the shorter list is taken to agree as its part that is
    seen does (RBO_EXT: Webber, Moffat and Zobel, "A similarity measure for indefinite rankings", TOIS
    2010, equation 32). Two empty lists are equal; an empty and a filled one share nothing.

    >>> rbo("abc", "abc"), rbo("abc", "xyz"), round(rbo("ab", "ba"), 3)
    (1.0, 0.0, 0.9)
    """
    short, long = sorted((list(one), list(other)), key=len)
    if not short:
        return float(not long)
    s, n, p = len(short), len(long), persistence
    overlap = [len(set(short[:depth]) & set(long[:depth])) for depth in range(1, n + 1)]
    weights = [p**depth for depth in range(1, n + 1)]
    seen = sum(x / (d + 1) * w for d, (x, w) in enumerate(zip(overlap, weights, strict=True)))
    at_short, at_long = overlap[s - 1], overlap[n - 1]
    beyond = sum(at_short * (d - s) / (s * d) * p**d for d in range(s + 1, n + 1))
    rest = ((at_long - at_short) / n + at_short / s) * p**n
    return (1 - p) / p * (seen + beyond) + rest


def movements(before: Sequence[object], now: Sequence[object]) -> list[int | None]:
    """For each place of `now` how many places it has gained since `before`; None for what is new there.

    >>> movements("abc", "cax")
    [2, -1, None]
    """
    places = {one: place for place, one in enumerate(before)}
    return [places[one] - place if one in places else None for place, one in enumerate(now)]
