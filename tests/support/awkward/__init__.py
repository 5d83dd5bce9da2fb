"""Files as analysts bring them: one list of cases, each with what is to become of it."""

from awkward import broken, encodings, ids, layouts, packed, structured, times
from awkward.case import Case

CASES: tuple[Case, ...] = (
    *encodings.CASES,
    *layouts.CASES,
    *times.CASES,
    *ids.CASES,
    *broken.CASES,
    *packed.CASES,
    *structured.CASES,
)
